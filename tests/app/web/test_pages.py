"""Signing in, signing out and accepting an invitation, as a browser does it, and the health check."""

import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from starlette.testclient import TestClient

from app.web.accounts.passwords import SHORTEST
from app.web.accounts.sessions import COOKIE
from app.web.accounts.throttle import FREE_PER_NAME
from app.web.headers import OWN_POLICY
from app.web.pages import own_path
from app.web.serving import serving
from app.web.wording import TEXTS
from storage.accounts.raters import find_person, people
from storage.database.engine import Database, open_database
from storage.values import Role
from tests.app.site import ORIGIN, PASSWORD, Site, make_site
from tests.stores import open_store


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    database = open_database(sqlite_url)
    yield make_site(database)
    database.close()


@pytest.fixture
def visitor(site: Site) -> Iterator[TestClient]:
    with site.visitor() as client:
        yield client


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for tests that leave no trace in it."""
    database = open_store(tmp_path_factory.mktemp("site") / "evenhand.db")
    yield make_site(database)
    database.close()


@pytest.fixture
def passer_by(standing: Site) -> Iterator[TestClient]:
    with standing.visitor() as client:
        yield client


def sign_in(client: TestClient, name: str = "ann", password: str = PASSWORD, **more: str) -> int:
    return client.post("/login", data={"username": name, "password": password, **more}).status_code


def test_signing_in_opens_the_start_page(passer_by: TestClient) -> None:
    assert passer_by.get("/").status_code == 401
    response = passer_by.post("/login", data={"username": "Ann", "password": PASSWORD, "next": "/"})
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert passer_by.get("/").status_code == 200


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(standing: Site, passer_by: TestClient) -> None:
    plain = passer_by.post("/login", data={"username": "ann", "password": PASSWORD}).headers.get_list("set-cookie")
    secure = TestClient(standing.application, "https://testserver", headers={"origin": "https://testserver"})
    guarded = secure.post(
        "/login", data={"username": "ann", "password": PASSWORD}, follow_redirects=False
    ).headers.get_list("set-cookie")
    for cookies, is_secure in ((plain, False), (guarded, True)):
        assert [cookie.split("=")[0] for cookie in cookies] == [COOKIE, "evenhand_language"]
        for cookie in cookies:
            parts = {part.strip().lower() for part in cookie.split(";")}
            assert {"httponly", "samesite=lax", "path=/"} <= parts
            assert ("secure" in parts) is is_secure


def test_a_cookie_from_before_signing_in_is_worth_nothing_after_it(site: Site, visitor: TestClient) -> None:
    planted = "a-token-that-an-attacker-knows"
    visitor.cookies.set(COOKIE, planted)
    sign_in(visitor)
    assert planted not in [cookie.value for cookie in visitor.cookies.jar if cookie.domain == "testserver.local"]
    assert site.sign_ins.who(planted) is None


def test_signing_in_again_ends_the_session_that_the_browser_had(site: Site, visitor: TestClient) -> None:
    sign_in(visitor)
    first = visitor.cookies[COOKIE]
    sign_in(visitor, "root")
    assert visitor.cookies[COOKIE] != first
    assert site.sign_ins.who(first) is None


def test_signing_out_ends_this_session_and_no_other(site: Site, visitor: TestClient) -> None:
    elsewhere = site.sign_ins.open(site.raters["ann"])
    sign_in(visitor)
    here = visitor.cookies[COOKIE]
    response = visitor.post("/logout")
    assert (response.status_code, response.headers["location"]) == (303, "/login")
    assert COOKIE not in visitor.cookies
    assert site.sign_ins.who(here) is None
    assert site.sign_ins.who(elsewhere) is not None


@pytest.mark.parametrize("path", ["/logout", "/admin/logout"])
def test_a_get_to_the_sign_out_address_only_offers_a_button(passer_by: TestClient, path: str) -> None:
    sign_in(passer_by)
    response = passer_by.get(path, headers={"accept": "image/avif,image/webp,*/*"})
    assert response.status_code == 200
    assert '<form method="post" action="/logout">' in response.text
    assert passer_by.get("/").status_code == 200


def test_wrong_credentials_get_one_sentence_and_keep_the_name(passer_by: TestClient) -> None:
    answers = []
    for name, password in (("ann", "wrong"), ("nobody", PASSWORD)):
        response = passer_by.post("/login", data={"username": name, "password": password, "next": "/x"})
        assert response.status_code == 401
        assert COOKIE not in passer_by.cookies
        assert 'name="next" value="/x"' in response.text
        assert password not in response.text
        answers.append(response.text.replace(name, "NAME"))
    assert answers[0] == answers[1]


def test_twenty_wrong_passwords_are_slowed_down_with_a_time_to_wait(site: Site, visitor: TestClient) -> None:
    statuses = [sign_in(visitor, password=f"wrong {number}") for number in range(20)]
    assert statuses == [401] * FREE_PER_NAME + [429] * (20 - FREE_PER_NAME)
    response = visitor.post("/login", data={"username": "ann", "password": PASSWORD})
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    site.clock.forward(seconds=1)
    assert sign_in(visitor) == 303


@pytest.mark.parametrize("form", [{}, {"username": "ann"}, {"password": PASSWORD}, {"username": "", "password": ""}])
def test_an_incomplete_form_is_a_failed_attempt(passer_by: TestClient, form: dict[str, str]) -> None:
    assert passer_by.post("/login", data=form).status_code == 401


def test_strange_forms_are_refused_without_a_traceback(passer_by: TestClient) -> None:
    many = "&".join(f"field{number}=x" for number in range(50))
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert passer_by.post("/login", content=many, headers=form).status_code == 400
    upload = passer_by.post("/login", data={"username": "ann"}, files={"password": b"x"})
    assert upload.status_code == 400
    broken = passer_by.post("/login", content=b"\xff%zz=%ff&username=%00", headers=form)
    assert broken.status_code == 401
    no_boundary = passer_by.post("/login", content=b"x", headers={"content-type": "multipart/form-data"})
    assert no_boundary.status_code == 400


@pytest.mark.parametrize("path", ["/", "/leaderboard?by=judge", "/admin/", "/登录"])
def test_a_path_of_this_site_is_a_valid_target(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http://evil.example",
        "javascript:alert(1)",
        "/\r\nset-cookie: a=b",
        "/\t/evil.example",
        "/x\u202e",
        " /x",
    ],
)
def test_a_target_that_could_be_elsewhere_becomes_the_start_page(passer_by: TestClient, text: str) -> None:
    assert own_path(text) == "/"
    response = passer_by.post("/login", data={"username": "ann", "password": PASSWORD, "next": text})
    assert response.headers["location"] == "/"


def test_what_was_typed_is_shown_as_text(passer_by: TestClient) -> None:
    payload = '"><script>alert(1)</script>'
    page = passer_by.post("/login", data={"username": payload, "password": "x", "next": f"/{payload}"}).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert passer_by.get("/login", params={"next": payload, "language": payload}).text.count("<script>") == 0


@pytest.mark.parametrize(
    ("asked", "word"), [("zh-CN,en;q=0.5", "登录"), ("zh", "登录"), ("en-GB,zh", "Sign in"), ("fr", "Sign in")]
)
def test_the_page_is_in_the_language_of_the_browser(standing: Site, asked: str, word: str) -> None:
    with standing.visitor(language=asked) as client:
        assert f"<h1>{word}</h1>" in client.get("/login").text


def test_the_language_switch_is_a_link_that_keeps_the_way_back(passer_by: TestClient) -> None:
    page = passer_by.get("/login", params={"next": "/a?b=c"}).text
    link = re.search(r'href="(\?[^"]+)"', page)
    assert link is not None
    chinese = passer_by.get("/login" + link[1].replace("&amp;", "&")).text
    assert "<h1>登录</h1>" in chinese
    assert 'name="next" value="/a?b=c"' in chinese
    assert 'name="language" value="zh"' in chinese
    assert not passer_by.cookies


def test_a_language_chosen_while_signing_in_stays_with_the_account(site: Site, visitor: TestClient) -> None:
    sign_in(visitor, language="zh")
    assert visitor.cookies["evenhand_language"] == "zh"
    visitor.cookies.clear()
    sign_in(visitor)
    assert visitor.cookies["evenhand_language"] == "zh"


def test_an_account_without_a_language_takes_that_of_the_first_browser_until_one_is_chosen(site: Site) -> None:
    found = []
    for browser, chosen in (("zh-CN,zh;q=0.9", ""), ("en", ""), ("en", "en"), ("zh", "")):
        with site.visitor(language=browser) as client:
            sign_in(client, language=chosen)
            found.append(client.cookies["evenhand_language"])
    assert found == ["zh", "zh", "en", "en"]


def test_both_languages_have_every_sentence_with_the_same_blanks() -> None:
    english, chinese = TEXTS["en"], TEXTS["zh"]
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", chinese[key])), key


def accept(client: TestClient, link: str, name: str = "bo", **form: str) -> int:
    data = {"username": name, "password": PASSWORD, "password_again": PASSWORD, **form}
    return client.post(f"/invite/{link}", data=data).status_code


def test_an_invitation_makes_an_account_and_signs_it_in(site: Site, visitor: TestClient) -> None:
    link = site.accounts.invite(Role.reviewer)
    page = visitor.get(f"/invite/{link}")
    assert "Your role: reviewer." in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert accept(visitor, link, language="zh") == 303
    assert visitor.get("/admin/").status_code == 200
    assert visitor.cookies["evenhand_language"] == "zh"


def test_looking_at_an_invitation_does_not_use_it(standing: Site, passer_by: TestClient) -> None:
    link = standing.accounts.invite(Role.annotator)
    for _ in range(3):
        assert passer_by.get(f"/invite/{link}").status_code == 200
        assert passer_by.head(f"/invite/{link}").status_code == 200
    assert accept(passer_by, link, name="looker") == 303


def test_a_used_expired_or_guessed_invitation_is_reported(site: Site, visitor: TestClient) -> None:
    used, old = site.accounts.invite(Role.annotator), site.accounts.invite(Role.annotator)
    assert accept(visitor, used) == 303
    site.clock.forward(days=15)
    for link in (used, old, "guessed", "x" * 500):
        assert accept(visitor, link, name=f"cy {link[:5]}") == 404
        page = visitor.get(f"/invite/{link}")
        assert page.status_code == 404
        assert "has been used or has expired" in page.text


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"username": ""}, 400, "1 to 60 visible characters"),
        ({"username": "a\u202eb"}, 400, "1 to 60 visible characters"),
        ({"username": "ANN"}, 409, "user name is already taken"),
        ({"password": "short", "password_again": "short"}, 400, f"{SHORTEST} to 200 characters"),
        ({"password_again": "different"}, 400, "passwords are different"),
    ],
)
def test_an_invalid_account_is_reported_and_the_invitation_stays_open(
    site: Site, visitor: TestClient, form: dict[str, str], status: int, sentence: str
) -> None:
    link = site.accounts.invite(Role.annotator)
    data = {"username": "bo", "password": PASSWORD, "password_again": PASSWORD, **form}
    response = visitor.post(f"/invite/{link}", data=data)
    assert response.status_code == status
    assert sentence in response.text
    assert PASSWORD not in response.text
    assert accept(visitor, link) == 303


def test_a_form_cannot_choose_its_own_role(standing: Site, passer_by: TestClient) -> None:
    link = standing.accounts.invite(Role.annotator)
    assert accept(passer_by, link, role="admin") == 303
    with standing.database.reading() as session:
        bo = find_person(session, "bo")
    assert bo is not None
    assert bo.role is Role.annotator


def test_browsers_that_race_for_an_invitation_make_one_account(database_url: str) -> None:
    database: Database = open_database(database_url)
    site = make_site(database)
    link = site.accounts.invite(Role.annotator)
    start = Barrier(6)

    def race(number: int) -> int:
        data = {"username": f"racer {number}", "password": PASSWORD, "password_again": PASSWORD}
        with httpx.Client(base_url=address, headers={"origin": address}) as client:
            start.wait()
            return client.post(f"/invite/{link}", data=data).status_code

    with serving(site.application) as address, ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(race, range(6)))
    with database.reading() as session:
        names = [person.username for person in people(session)]
    database.close()
    assert statuses == [303, 404, 404, 404, 404, 404]
    assert sum(name.startswith("racer") for name in names) == 1


def test_our_pages_run_no_script_and_may_not_be_framed(standing: Site, passer_by: TestClient) -> None:
    link = standing.accounts.invite(Role.annotator)
    for path in ("/login", "/logout", f"/invite/{link}", "/invite/guessed"):
        response = passer_by.get(path)
        assert response.headers["content-security-policy"] == OWN_POLICY
        assert response.headers["cache-control"] == "no-store"
        assert "<script" not in response.text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', response.text)


def test_the_health_check_is_public(passer_by: TestClient) -> None:
    response = passer_by.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "position": 0})


def test_an_unreadable_store_fails_the_health_check(site: Site, visitor: TestClient, tmp_path: Path) -> None:
    site.database.close()
    with sqlite3.connect(tmp_path / "evenhand.db") as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("BEGIN EXCLUSIVE")
        (tmp_path / "evenhand.db").rename(tmp_path / "moved.db")
        (tmp_path / "evenhand.db").mkdir()
        response = visitor.get("/healthz")
    connection.close()
    assert (response.status_code, response.json()) == (503, {"status": "unavailable", "code": "store_gone"})


def test_a_team_at_one_origin_is_not_confused_by_a_port(standing: Site) -> None:
    with serving(standing.application) as address, httpx.Client(base_url=address) as client:
        form = {"username": "ann", "password": PASSWORD}
        assert client.post("/login", data=form, headers={"origin": address}).status_code == 303
        assert client.post("/login", data=form, headers={"origin": ORIGIN}).status_code == 403
        assert client.post("/login", data=form, headers={"origin": address.rsplit(":", 1)[0]}).status_code == 403
