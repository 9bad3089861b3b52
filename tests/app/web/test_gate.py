"""Who gets what from which address: the table of routes for everybody, and no effect on GET."""

import sqlite3
from collections.abc import Iterator

import pytest

from app.web.accounts.sessions import COOKIE, SignIns
from app.web.gate import GRADIO_API
from storage.accounts.raters import set_role
from storage.database.engine import open_database
from storage.values import Role
from tests.app.site import PAGE, PASSWORD, Site, make_site
from tests.stores import open_store

WHO = (None, "ann", "rev", "root")
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    database = open_store(tmp_path_factory.mktemp("site") / "evenhand.db")
    yield make_site(database)
    database.close()


# (method, path) -> the status for nobody, an annotator, a reviewer and an admin
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
    ("GET", "/api/board", (401, 403, 200, 200)),
    ("GET", "/api/board?seen=1", (401, 403, 204, 204)),
    ("GET", "/api/board/closer", (401, 403, 200, 200)),
    ("GET", "/api/board.csv", (401, 403, 200, 200)),
    ("POST", "/api/board", (405, 405, 405, 405)),
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


def test_an_unknown_address_is_a_page_for_a_browser_and_json_for_a_program(site: Site) -> None:
    for path in ("/nothing", "/admin/nothing", "/gradio_api/nothing"):
        with site.visitor("root") as client:
            shown = client.get(path, headers=PAGE)
            assert shown.status_code == 404 and shown.headers["content-type"].startswith("text/html"), path
            assert "There is no page at this address" in shown.text and "{" not in shown.text.split("<main")[1]
            assert client.get(path).json(), path


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
    with site.visitor("root") as client:
        assert client.get("/admin/").status_code == 200
        try:
            with site.database.writing() as session:
                set_role(session, site.raters["root"], Role.annotator)
            assert client.get("/admin/").status_code == 403
        finally:
            with site.database.writing() as session:
                set_role(session, site.raters["root"], Role.admin)


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


def test_a_session_is_known_while_an_import_holds_the_store(site: Site) -> None:
    quick = open_database(str(site.database.engine.url.database), busy_timeout=0.01)
    sign_ins = SignIns(quick, clock=site.clock)
    cookie = sign_ins.open(site.raters["ann"])
    site.clock.forward(minutes=5)
    with site.database.writing():
        assert sign_ins.who(cookie) is not None
    quick.close()
