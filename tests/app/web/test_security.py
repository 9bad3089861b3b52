"""What no request gets past and no response lacks: origins, methods, sizes, headers, languages, caching."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.web.headers import GRADIO_POLICY, OWN_POLICY
from app.web.page_head import PageHead, can_set_language, with_language
from app.web.security import comes_from_here
from storage.errors import StoreBusy
from storage.values import Language
from tests.app.site import ORIGIN, PAGE, Site, make_site
from tests.stores import open_store

WHO = (None, "ann", "rev", "root")
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    database = open_store(tmp_path_factory.mktemp("site") / "evenhand.db")
    yield make_site(database)
    database.close()


def test_every_response_carries_the_headers(site: Site) -> None:
    for name in WHO:
        with site.visitor(name) as client:
            responses = [client.get(path) for path in ("/", "/login", "/nothing", "/api/texts", "/healthz", "/docs")]
            responses += [client.get(path, headers=PAGE) for path in ("/", "/admin/", "/nothing", "/static/x")]
            responses += [
                client.post("/api/vote", json={}),
                client.put("/"),
                client.post("/login", content="x" * 300_000),
            ]
            responses.append(client.post("/", headers={"origin": "http://evil.example"}))
        for response in responses:
            where = (name, response.request.method, response.url)
            assert response.headers.get("content-security-policy") in (GRADIO_POLICY, OWN_POLICY), where
            assert response.headers["x-content-type-options"] == "nosniff", where
            assert response.headers["referrer-policy"] == "same-origin", where
            assert response.headers["x-frame-options"] == "SAMEORIGIN", where
            assert response.headers["cache-control"] in ("no-store", "no-cache"), where


def test_a_browser_keeps_the_scripts_whose_names_hold_a_digest_and_asks_for_the_rest_again(site: Site) -> None:
    """Gradio's page needs about sixty of them; without this each visit loads two megabytes again."""
    with site.visitor("ann") as client:
        names = re.findall(r"assets/[\w-]+\.(?:js|css)", client.get("/", headers=PAGE).text)
        assert names
        for name in names:
            answer = client.get(f"/{name}")
            assert (answer.status_code, answer.headers["cache-control"]) == (
                200,
                "public, max-age=31536000, immutable",
            ), name
        for path in (
            "/assets/none-12345678.js",
            f"/{names[0]}.txt",
            "/gradio_api/file=/assets/a-12345678.js",
            "/config",
        ):
            assert client.get(path).headers["cache-control"] in ("no-store", "no-cache"), path


def test_a_failure_is_a_sentence_with_all_headers(site: Site) -> None:
    site.voting.failure = RuntimeError("secret detail")
    try:
        with site.visitor("ann") as client:
            patient = TestClient(site.application, ORIGIN, raise_server_exceptions=False, cookies=client.cookies)
            response = patient.post("/api/compare", json={}, headers={"origin": ORIGIN})
    finally:
        site.voting.failure = None
    assert response.status_code == 500
    assert response.json()["code"] == "failed"
    assert "secret" not in response.text
    assert "content-security-policy" in response.headers
    assert response.headers["cache-control"] == "no-store"


def test_a_busy_store_is_reported_on_every_kind_of_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("the file is locked")

    with site.visitor("ann") as client:
        monkeypatch.setattr(site.sign_ins, "who", busy)
        monkeypatch.setattr(site.accounts, "sign_in", busy)
        answers = [client.get("/"), client.get("/admin/"), client.post("/api/compare", json={}), client.post("/login")]
        answers.append(client.get("/", headers=PAGE))
    assert [response.status_code for response in answers] == [503] * 5
    assert all("The database is busy" in response.text for response in answers)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_other_methods_are_refused_everywhere(site: Site, method: str) -> None:
    with site.visitor("root") as client:
        for path in ("/", "/admin/", "/api/vote", "/login", "/healthz", "/static/pages.css"):
            response = client.request(method, path)
            assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")


HEADERS_OF_POSTS: list[tuple[str, dict[str, str], bool]] = [
    ("own page", {"origin": "http://host:1"}, True),
    ("own page over HTTPS at a proxy", {"origin": "https://host:1"}, True),
    ("capitals", {"origin": "HTTP://HOST:1"}, True),
    ("foreign page", {"origin": "http://evil.example"}, False),
    ("other port", {"origin": "http://host:2"}, False),
    ("other port that begins the same", {"origin": "http://host:11"}, False),
    ("host in front", {"origin": "http://host:1.evil.example"}, False),
    ("host as a user", {"origin": "http://host:1@evil.example"}, False),
    ("opaque", {"origin": "null"}, False),
    ("empty", {"origin": ""}, False),
    ("broken", {"origin": "http://[host"}, False),
    ("foreign although the referrer is ours", {"origin": "http://evil.example", "referer": "http://host:1/"}, False),
    ("fetch metadata: own", {"sec-fetch-site": "same-origin"}, True),
    ("fetch metadata: same site", {"sec-fetch-site": "same-site"}, False),
    ("fetch metadata: foreign", {"sec-fetch-site": "cross-site", "referer": "http://host:1/"}, False),
    ("fetch metadata: typed", {"sec-fetch-site": "none"}, False),
    ("referrer: own", {"referer": "http://host:1/login?next=/"}, True),
    ("referrer: foreign", {"referer": "http://evil.example/http://host:1/"}, False),
    ("form of a browser that says nothing", {"content-type": "application/x-www-form-urlencoded"}, False),
    ("form that pretends to be text", {"content-type": "text/plain"}, False),
    ("nothing at all", {}, False),
    ("script without a cookie", {"content-type": "application/json; charset=utf-8"}, True),
    ("script with a cookie", {"content-type": "application/json", "cookie": "a=b"}, False),
    ("script with a cookie that names us", {"cookie": "a=b", "origin": "http://host:1"}, True),
]


@pytest.mark.parametrize(
    ("headers", "passes"),
    [case[1:] for case in HEADERS_OF_POSTS],
    ids=[case[0] for case in HEADERS_OF_POSTS],
)
def test_a_post_must_come_from_our_own_pages(headers: dict[str, str], passes: bool) -> None:
    raw = [(b"host", b"host:1"), *((key.encode(), value.encode()) for key, value in headers.items())]
    assert comes_from_here(raw) is passes


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/logout",
        "/admin/logout",
        "/invite/x",
        "/api/vote",
        "/gradio_api/queue/join",
        "/admin/gradio_api/run/say",
    ],
)
def test_a_foreign_page_can_post_nowhere(site: Site, path: str) -> None:
    with site.visitor("root") as client:
        for origin in ("http://evil.example", "null"):
            response = client.post(path, headers={"origin": origin})
            assert (response.status_code, response.json()["code"]) == (403, "other_origin")
        assert client.get("/").status_code == 200


def test_a_large_body_is_refused_with_a_sentence(site: Site) -> None:
    with site.visitor("ann") as client:
        response = client.post("/api/vote", content=b'{"comment": "' + b"x" * 200_000 + b'"}', headers=JSON)
        assert (response.status_code, response.json()["code"]) == (413, "too_large")
        response = client.post("/api/vote", content=b'{"comment": "' + b"x" * 100_000 + b'"}', headers=JSON)
        assert response.status_code == 400


@pytest.mark.parametrize(
    "path", ["/api/vote", "/login", "/invite/x", "/gradio_api/queue/join", "/admin/gradio_api/run/say"]
)
def test_a_large_body_in_pieces_without_a_length_is_refused(site: Site, path: str) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    with site.visitor("root") as client:
        kind = "application/x-www-form-urlencoded" if path in ("/login", "/invite/x") else "application/json"
        response = client.post(path, content=pieces(), headers={"content-type": kind})
    assert response.status_code == 413


def test_a_body_that_lies_about_its_length_is_refused(site: Site) -> None:
    with site.visitor("ann") as client:
        response = client.post("/api/vote", content=b"x" * 300_000, headers=JSON | {"content-length": "10"})
    assert response.status_code == 413


@pytest.mark.parametrize(("language", "code"), [("en", "en"), ("zh", "zh-CN")])
def test_gradio_pages_are_in_the_language_of_the_account(site: Site, language: Language, code: str) -> None:
    site.accounts.set_language(site.raters["root"], language)
    with site.visitor("root", language="fr-FR") as client:
        for path in ("/", "/admin/"):
            for encoding in ("identity", "br", "gzip"):
                page = client.get(path, headers={**PAGE, "accept-encoding": encoding})
                assert f'lang="{code}"' in page.text[:200]
                assert f'"language",{{get:()=>"{code}"}}' in page.text
                assert page.text.index("navigator") < page.text.index("<meta")
                assert client.cookies["evenhand_language"] == language
    site.accounts.set_language(site.raters["root"], "en")


def test_a_browser_that_knows_the_language_gets_no_cookie_with_a_page(site: Site) -> None:
    with site.visitor("ann") as client:
        client.cookies.set("evenhand_language", "en")
        assert "set-cookie" not in client.get("/", headers=PAGE).headers
        client.cookies.set("evenhand_language", "zh")
        assert "evenhand_language=en" in client.get("/", headers=PAGE).headers["set-cookie"]


def test_this_gradio_has_the_page_head_that_we_change() -> None:
    assert can_set_language()


def test_a_page_with_another_head_stays_as_it_is() -> None:
    assert with_language(b"<html><body>lang</body></html>", "zh") == b"<html><body>lang</body></html>"


def test_only_html_is_rewritten_and_streams_are_passed_on_at_once() -> None:
    async def plain(_request: Request) -> PlainTextResponse:
        return PlainTextResponse('<head> lang="en"')

    app = Starlette(routes=[Route("/", plain)])
    app.add_middleware(PageHead)
    with TestClient(app) as client:
        assert client.get("/").text == '<head> lang="en"'


def test_files_are_kept_for_a_year_only_under_the_address_of_their_content(site: Site) -> None:
    with site.visitor() as client:
        address = client.get("/login").text.split('rel="stylesheet" href="')[1].split('"')[0]
        assert client.get(address).headers["cache-control"] == "public, max-age=31536000, immutable"
        for other in ("/static/pages.css", "/static/pages.css?v=0123456789ab", f"{address}&x=1"):
            assert client.get(other).headers["cache-control"] == "no-cache"
        again = client.get(
            "/static/pages.css", headers={"if-none-match": client.get("/static/pages.css").headers["etag"]}
        )
        assert again.status_code == 304


def test_fonts_of_gradio_are_served_beside_our_files(site: Site) -> None:
    with site.visitor() as client:
        assert client.get("/static/fonts/IBMPlexMono/IBMPlexMono-Regular.woff2").status_code == 200


def test_nothing_is_reported_or_kept_by_gradio(site: Site) -> None:
    import os

    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    with site.visitor("root") as client:
        for path in ("/config", "/admin/config"):
            config = client.get(path).json()
            assert config["footer_links"] == []
            assert config.get("run_history") in (False, None)
            assert not config.get("analytics_enabled")
            assert not config.get("enable_monitoring")


def test_a_websocket_is_closed(site: Site) -> None:
    from starlette.websockets import WebSocketDisconnect

    with site.visitor("root") as client, pytest.raises(WebSocketDisconnect), client.websocket_connect("/"):
        pass


def test_no_page_of_ours_holds_a_script(site: Site) -> None:
    templates = Path(__file__).parents[3] / "app" / "web" / "templates"
    texts = [path.read_text(encoding="utf-8").lower() for path in templates.iterdir()]
    assert len(texts) >= 6
    assert not any(word in text for text in texts for word in ("<script", "style=", "onclick", "|safe", "javascript:"))


def test_the_guard_runs_before_anything_reads_the_store(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse: Callable[..., None] = lambda *_: pytest.fail("the store was asked")  # noqa: E731
    with site.visitor("ann") as client:
        monkeypatch.setattr(site.sign_ins, "who", refuse)
        assert client.post("/", headers={"origin": "http://evil.example"}).status_code == 403
        assert client.get("/openapi.json").status_code == 404
