"""Who gets what from which address, and what no response lacks: the table of routes, for everybody."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.web.gate import GRADIO_API
from app.web.headers import GRADIO_POLICY, OWN_POLICY
from app.web.page_head import PageHead, can_set_language, with_language
from app.web.security import comes_from_here
from app.web.sessions import COOKIE, SignIns
from storage.database import open_database
from storage.errors import StoreBusy
from storage.values import Language
from tests.app.site import ORIGIN, PAGE, PASSWORD, Site, make_site

WHO = (None, "ann", "rev", "root")
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    database = open_database(str(tmp_path_factory.mktemp("site") / "evenhand.db"))
    yield make_site(database)
    database.close()


# (method, path, body) -> the status for nobody, an annotator, a reviewer and an admin
TABLE: list[tuple[str, str, tuple[int, int, int, int]]] = [
    ("GET", "/healthz", (200, 200, 200, 200)),
    ("GET", "/login", (200, 200, 200, 200)),
    ("GET", "/logout", (200, 200, 200, 200)),
    ("GET", "/admin/logout", (200, 200, 200, 200)),
    ("GET", "/invite/guessed", (404, 404, 404, 404)),
    ("GET", "/static/pages.css", (200, 200, 200, 200)),
    ("GET", "/static/nothing.css", (404, 404, 404, 404)),
    ("GET", "/theme.css", (200, 200, 200, 200)),
    ("GET", "/", (401, 200, 200, 200)),
    ("GET", "/config", (401, 200, 200, 200)),
    ("GET", "/nothing", (401, 404, 404, 404)),
    ("GET", "/admin", (401, 403, 307, 307)),
    ("GET", "/admin/", (401, 403, 200, 200)),
    ("GET", "/admin/config", (401, 403, 200, 200)),
    ("GET", "/admin/nothing", (401, 403, 404, 404)),
    ("GET", "/gradio_api/startup-events", (401, 200, 200, 200)),
    ("GET", "/admin/gradio_api/startup-events", (401, 403, 200, 200)),
    ("GET", "/gradio_api/app_id", (401, 200, 200, 200)),
    ("POST", "/gradio_api/reset", (401, 422, 422, 422)),
    ("POST", "/gradio_api/cancel", (401, 422, 422, 422)),
    ("POST", "/admin/gradio_api/queue/join", (401, 403, 422, 422)),
    ("POST", "/admin/gradio_api/run/say", (401, 403, 422, 422)),
    ("POST", "/gradio_api/queue/join", (401, 422, 422, 422)),
    ("GET", "/admin/gradio_api/heartbeat/x", (401, 403, 0, 0)),
    ("GET", "/gradio_api/heartbeat/x", (401, 0, 0, 0)),
    ("POST", "/", (401, 405, 405, 405)),
    ("GET", "/api/texts", (401, 200, 200, 200)),
    ("GET", "/api/vote", (405, 405, 405, 405)),
    ("GET", "/api/nothing", (404, 404, 404, 404)),
    ("POST", "/api/texts", (405, 405, 405, 405)),
    ("POST", "/api/compare", (401, 200, 200, 200)),
    ("POST", "/api/shown", (401, 400, 400, 400)),
    ("POST", "/api/vote", (401, 400, 400, 400)),
    ("POST", "/api/skip", (401, 400, 400, 400)),
    ("POST", "/api/undo", (401, 409, 409, 409)),
    ("POST", "/api/language", (401, 400, 400, 400)),
]

# What Gradio offers beyond its pages, and nothing here uses: not found for anybody, under either mount.
NOT_OFFERED = [
    "/docs",
    "/openapi.json",
    "/redoc",
    "/monitoring",
    "/monitoring/summary",
    "/login/",
    "/logout/",
    "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/gradio_api/runs",
    "/gradio_api/run-history/records",
    "/gradio_api/user",
    "/gradio_api/token",
    "/gradio_api/login_check",
    "/gradio_api/dev/reload",
    "/gradio_api/deep_link",
    "/gradio_api/upload_progress",
    "/gradio_api/call/say/1",
    "/gradio_api/stream/a/b/1/playlist.m3u8",
    "/gradio_api/custom_component/a/b/c/d",
    "/gradio_api/vibe-code",
    "/gradio_api/proxy=http://127.0.0.1/",
    "/gradio_api",
    "/gradio_api/",
]

TRAVERSALS = [
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=//etc/passwd",
    "/gradio_api/file=../../../../etc/passwd",
    "/gradio_api/file=..%2f..%2f..%2fetc%2fpasswd",
    "/gradio_api/file=%2e%2e/%2e%2e/etc/passwd",
    "/gradio_api/file=app/web/gate.py",
    "/gradio_api/file=evenhand.db",
    "/gradio_api/file=C:/Windows/win.ini",
    "/gradio_api/file=http://127.0.0.1:1/",
    "/gradio_api/file=https://169.254.169.254/latest/meta-data",
    "/gradio_api/file=/etc/passwd%00.png",
    "/gradio_api/file/etc/passwd",
    "/static/../gate.py",
    "/static/%2e%2e/gate.py",
    "/static/..%2f..%2fweb%2fgate.py",
    "/static/..%5c..%5cgate.py",
    "/static//etc/passwd",
    "/static/%2fetc%2fpasswd",
    "/static/pages.css%00",
    "/assets/../../../../../../etc/passwd",
    "/assets/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/svelte/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/admin/static/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/invite/..%2f..%2fetc%2fpasswd",
]


@pytest.mark.parametrize(("method", "path", "expected"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_each_address_answers_each_role_as_the_table_says(
    site: Site, method: str, path: str, expected: tuple[int, ...]
) -> None:
    statuses = []
    for name, status in zip(WHO, expected, strict=True):
        if status == 0:  # a stream without end, for those who may open it
            statuses.append(0)
            continue
        with site.visitor(name) as client:
            statuses.append(client.request(method, path, headers=JSON).status_code)
    assert tuple(statuses) == expected


@pytest.mark.parametrize("path", NOT_OFFERED)
def test_what_pages_do_not_need_is_not_found_even_for_admins(site: Site, path: str) -> None:
    for name in (None, "root"):
        with site.visitor(name) as client:
            for where in (path, f"/admin{path}"):
                assert client.get(where).status_code == 404, (name, where)


@pytest.mark.parametrize("path", ["upload", "call/say", "call/v2/say", "vibe-edit", "stream/1", "component_server"])
def test_posts_that_pages_do_not_need_are_not_found_even_for_admins(site: Site, path: str) -> None:
    assert path.split("/", maxsplit=1)[0] not in GRADIO_API
    with site.visitor("root") as client:
        assert client.post(f"/gradio_api/{path}", headers=JSON).status_code == 404
        assert client.post(f"/admin/gradio_api/{path}", headers=JSON).status_code == 404


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_address_leads_out_of_its_folder(site: Site, path: str) -> None:
    for name in (None, "root"):
        with site.visitor(name) as client:
            response = client.get(path)
            assert response.status_code in (401, 403, 404), (name, response.status_code)
            assert "root:" not in response.text


def test_an_annotator_cannot_call_an_admin_function_through_either_mount(site: Site) -> None:
    call = {"fn_index": 0, "data": [], "session_hash": "x"}
    with site.visitor("ann") as client:
        for path in ("/admin/gradio_api/run/say", "/admin/gradio_api/queue/join"):
            assert client.post(path, json=call).status_code == 403
    with site.visitor("root") as client:
        assert client.get("/admin/config").json()["title"] == "admin page"
        assert client.get("/config").json()["title"] == "rater page"


def test_a_demoted_admin_is_out_at_the_next_request(site: Site) -> None:
    from storage.raters import set_role
    from storage.values import Role

    with site.visitor("root") as client:
        assert client.get("/admin/").status_code == 200
        try:
            with site.database.writing() as session:
                set_role(session, site.raters["root"], Role.annotator)
            assert client.get("/admin/").status_code == 403
        finally:
            with site.database.writing() as session:
                set_role(session, site.raters["root"], Role.admin)


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


def test_a_store_that_is_busy_is_a_sentence_on_every_kind_of_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("the file is locked")

    with site.visitor("ann") as client:
        monkeypatch.setattr(site.sign_ins, "who", busy)
        monkeypatch.setattr(site.accounts, "sign_in", busy)
        answers = [client.get("/"), client.get("/admin/"), client.post("/api/compare", json={}), client.post("/login")]
        answers.append(client.get("/", headers=PAGE))
    assert [response.status_code for response in answers] == [503] * 5
    assert all("The store is busy" in response.text for response in answers)


def test_a_session_is_known_while_an_import_holds_the_store(site: Site) -> None:
    quick = open_database(str(site.database.engine.url.database), busy_timeout=0.01)
    sign_ins = SignIns(quick, clock=site.clock)
    cookie = sign_ins.open(site.raters["ann"])
    site.clock.forward(minutes=5)
    with site.database.writing():
        assert sign_ins.who(cookie) is not None
    quick.close()


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


def test_no_get_signs_anybody_out_or_changes_a_row(site: Site) -> None:
    cookies = [site.sign_ins.open(site.raters[name]) for name in ("ann", "root")]
    before = rows_of(site)
    paths = [path for method, path, _ in TABLE if method == "GET" and "heartbeat" not in path] + NOT_OFFERED
    with site.visitor() as client:
        for cookie in cookies:
            client.cookies.set(COOKIE, cookie)
            for path in [*paths, "/api/undo", "/api/language?language=zh", "/login?language=zh", "/?language=zh"]:
                client.get(path)
                client.head(path)
                client.get(path, headers=PAGE)
            assert client.get("/").status_code == 200
    assert rows_of(site) == before


def rows_of(site: Site) -> list[str]:
    with sqlite3.connect(str(site.database.engine.url.database)) as connection:
        rows = list(connection.iterdump())
    connection.close()
    return rows


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


def test_a_reader_without_a_session_is_sent_to_sign_in_and_back(site: Site) -> None:
    with site.visitor() as client:
        response = client.get("/leaderboard?by=judge&x=1", headers=PAGE)
        assert response.status_code == 303
        assert response.headers["location"] == "/login?next=%2Fleaderboard%3Fby%3Djudge%26x%3D1"
        response = client.post(
            "/login", data={"username": "ann", "password": PASSWORD, "next": "/leaderboard?by=judge&x=1"}
        )
        assert (response.status_code, response.headers["location"]) == (303, "/leaderboard?by=judge&x=1")


def test_an_annotator_who_opens_the_admin_pages_gets_a_page_that_says_so(site: Site) -> None:
    with site.visitor("ann", language="zh-HK") as client:
        response = client.get("/admin/", headers=PAGE)
    assert response.status_code == 403
    assert "无权" in response.text


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
        again = client.get("/static/pages.css", headers={"if-none-match": client.get(address).headers["etag"]})
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
    templates = Path(__file__).parents[2] / "app" / "web" / "templates"
    texts = [path.read_text(encoding="utf-8").lower() for path in templates.iterdir()]
    assert len(texts) >= 6
    assert not any(word in text for text in texts for word in ("<script", "style=", "onclick", "|safe", "javascript:"))


def test_the_guard_runs_before_anything_reads_the_store(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse: Callable[..., None] = lambda *_: pytest.fail("the store was asked")  # noqa: E731
    with site.visitor("ann") as client:
        monkeypatch.setattr(site.sign_ins, "who", refuse)
        assert client.post("/", headers={"origin": "http://evil.example"}).status_code == 403
        assert client.get("/openapi.json").status_code == 404
