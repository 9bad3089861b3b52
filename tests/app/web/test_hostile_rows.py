"""What an attacker or a careless network can send, tried from a real Chromium against the real application.

One site serves all of these. The payloads that stand in responses are in `test_compare_privacy.py`; here is what comes
by other ways: foreign pages, forged cookies, other people's sessions, functions of the admin pages, texts of raters.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.site_wiring import make_web
from app.web.accounts.accounts import Credentials
from app.web.accounts.sessions import COOKIE
from app.web.serving import serving
from app.wiring import make_accounts
from storage.campaigns.campaigns import invite_raters
from storage.database.engine import Database
from storage.database.ledger_tables import Comment, Preference
from storage.database.tables import Account, Ballot, Campaign
from storage.values import Role
from tests.app.compare_store import MODELS, ORDINARY, PASSWORD, fill
from tests.conftest import PATIENCE_MS
from tests.hostile import BOMBS
from tests.stores import open_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

BIDI = "abc \u202edesrever\u202c \u2066isolated\u2069 \u200bzero width"
BOMB_NAMES = sorted(BOMBS)[:8]


@dataclass
class HostileSite:
    """The running site and its store."""

    url: str
    database: Database

    def enter(self, context: "BrowserContext", name: str) -> "Page":
        page = context.new_page()
        page.goto(f"{self.url}/login")
        page.fill("#username", name)
        page.fill("#password", PASSWORD)
        page.click("form[action='/login'] button")
        page.wait_for_url(re.compile(rf"{re.escape(self.url)}/(admin/)?$"))
        return page

    def begin(self, context: "BrowserContext", name: str) -> "Page":
        page = self.enter(context, name)
        if page.url.endswith("/admin/"):
            page.goto(f"{self.url}/")
        page.wait_for_selector("dialog[open]")
        page.keyboard.press("Enter")
        page.wait_for_selector("#ev-compare[data-state=ready][data-armed=yes]")
        return page

    def n_preferences(self) -> int:
        with self.database.reading() as session:
            return len(session.execute(select(col(Preference.position))).all())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileSite]:
    database = open_store(tmp_path_factory.mktemp("site") / "site.db")
    questions = {f"Question {number}?": ORDINARY for number in range(8)}
    store = fill(database, questions=questions, annotators=("ann", "mallory"), overlap=9)
    turned = {f"Text direction: {BIDI}": (BIDI, BIDI + "!")}
    fill(database, questions=turned, annotators=("reader",), title="Text direction")
    bombs = {f"Bomb {name}?": (BOMBS[name], "short") for name in BOMB_NAMES}
    fill(database, questions=bombs, annotators=("sapper",), title="Bombs")
    accounts = make_accounts(database)
    root = accounts.add(Credentials("root", PASSWORD), role=Role.admin)
    with database.writing() as session:
        invite_raters(session, store.campaign, [root])
    with serving(make_web(database)) as url:
        yield HostileSite(url, database)
    database.close()


@pytest.fixture(scope="module")
def opened(site: HostileSite, browser: "Browser") -> Iterator["Page"]:
    """A rater's Compare page, which every attack finds as the one before left it."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield site.begin(context, "ann")
    context.close()


@pytest.fixture
def ann(opened: "Page") -> "Page":
    """The page with a pair that can be voted on."""
    opened.wait_for_selector("#ev-compare[data-state=ready][data-armed=yes]")
    return opened


@pytest.fixture(scope="module")
def root(site: HostileSite, browser: "Browser") -> Iterator["Page"]:
    """The Compare page of an admin who also rates."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield site.begin(context, "root")
    context.close()


def fetch(page: "Page", path: str, body: object, method: str = "POST") -> dict[str, Any]:
    """What the page's own script would get: status and text."""
    got: dict[str, Any] = page.evaluate(
        """async ([path, body, method]) => {
            const reply = await fetch(path, {method, headers: {'Content-Type': 'application/json'},
                body: method === 'GET' ? undefined : JSON.stringify(body)});
            return {status: reply.status, text: await reply.text()};
        }""",
        [path, body, method],
    )
    return got


def test_a_foreign_page_cannot_vote_or_sign_out_with_the_cookie_of_a_rater(site: HostileSite, ann: "Page") -> None:
    """Row 5: a form of another origin, posted by the browser that is signed in."""
    token = ann.get_attribute("#ev-compare", "data-token")
    before = site.n_preferences()

    class Foreign(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"token": token, "choice": "tie"})
            page = (
                f"<form id=v method=post enctype=text/plain action='{site.url}/api/vote'>"
                f"<input name='{body[:-1]},\"x\":\"' value='\"}}'></form>"
                f"<form id=l method=post action='{site.url}/logout'></form>"
                "<script>document.getElementById(location.hash.slice(1)).submit()</script>"
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            return

    foreign = ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
    Thread(target=foreign.serve_forever, daemon=True).start()
    for form, path in (("v", "/api/vote"), ("l", "/logout")):
        tab = ann.context.new_page()
        with tab.expect_response(f"{site.url}{path}") as reply:
            tab.goto(f"http://127.0.0.1:{foreign.server_port}/#{form}")
        assert reply.value.status in (403, 415)
        tab.close()
    foreign.shutdown()
    foreign.server_close()
    assert site.n_preferences() == before
    assert fetch(ann, "/api/compare", {"campaign": None})["status"] == 200


def test_a_get_changes_nothing(site: HostileSite, ann: "Page") -> None:
    """Row 4: every address that an image in a response could name."""
    before = site.n_preferences()
    for path in ("/logout", "/admin/logout", "/api/vote?choice=tie", "/api/undo", "/api/compare"):
        fetch(ann, path, None, "GET")
    assert fetch(ann, "/api/compare", {"campaign": None})["status"] == 200
    assert site.n_preferences() == before


def test_a_cookie_that_was_there_before_signing_in_opens_nothing_afterwards(
    site: HostileSite, browser: "Browser"
) -> None:
    """Row 7: session fixation."""
    context = browser.new_context()
    planted = "planted-by-somebody-else"
    context.add_cookies([{"name": COOKIE, "value": planted, "url": site.url}])
    site.enter(context, "ann")
    cookies = {cookie["name"]: cookie for cookie in context.cookies(site.url)}
    assert cookies[COOKIE]["value"] != planted
    assert cookies[COOKIE]["httpOnly"] and cookies[COOKIE]["sameSite"] == "Lax"
    thief = browser.new_context()
    thief.add_cookies([{"name": COOKIE, "value": planted, "url": site.url}])
    assert thief.request.get(f"{site.url}/api/texts").status == 401
    context.close()
    thief.close()


def test_wrong_passwords_are_slowed_down_and_say_nothing(site: HostileSite, browser: "Browser") -> None:
    """Row 8: guessing; the same sentence whether the name exists or not."""
    context = browser.new_context()
    page = context.new_page()
    sentences = []
    page.goto(f"{site.url}/login")
    for name in ["nobody"] * 4 + ["mallory"] * 8:  # the page that says why not holds the form again
        page.fill("#username", name)
        page.fill("#password", "wrong password")
        with page.expect_navigation():
            page.click("form[action='/login'] button")
        sentences.append(page.inner_text("main"))
    first_known = sentences[4].replace("mallory", "nobody")
    assert sentences[0].splitlines()[:3] == first_known.splitlines()[:3]
    # A wait that a slow machine has sat out by itself is followed by one of twice the length.
    assert any("wait" in sentence.lower() for sentence in sentences[4:])
    assert not any("wait" in sentence.lower() for sentence in sentences[:4]), "a few mistakes are free"
    context.close()


def test_one_rater_reads_and_answers_nothing_of_another(site: HostileSite, ann: "Page", root: "Page") -> None:
    """Row 6: another person's ballot, and Gradio's session hash."""
    token = ann.get_attribute("#ev-compare", "data-token")
    before = site.n_preferences()
    for path, body in (
        ("/api/vote", {"token": token, "choice": "tie"}),
        ("/api/skip", {"token": token, "reason": "other"}),
        ("/api/shown", {"token": token}),
    ):
        reply = fetch(root, path, body)
        assert reply["status"] == 404, (path, reply)
    assert site.n_preferences() == before


def test_an_annotator_reaches_no_function_of_the_admin_pages(site: HostileSite, ann: "Page", root: "Page") -> None:
    """Row 9: every function that an admin's page lists, called as an annotator, on both mounts."""
    config = json.loads(fetch(root, "/admin/config", None, "GET")["text"])
    functions = [dependency["id"] for dependency in config["dependencies"]]
    assert len(functions) > 10
    with site.database.reading() as session:
        before = [tuple(row) for row in session.execute(select(col(Campaign.id), col(Campaign.state)))]
        people = len(session.execute(select(col(Account.rater_id))).all())
    for prefix in ("/admin", ""):
        for function in functions:
            call = {"data": [None] * 12, "fn_index": function, "session_hash": "stolen", "event_data": None}
            reply = fetch(ann, f"{prefix}/gradio_api/queue/join", call)
            assert reply["status"] >= 400 or prefix == "", (prefix, function, reply)
            assert fetch(ann, f"{prefix}/gradio_api/run/{function}", call)["status"] >= 400
    for path in ("/admin/", "/admin/config", "/admin/gradio_api/info", "/admin/gradio_api/startup-events"):
        reply = fetch(ann, path, None, "GET")
        assert reply["status"] in (401, 403, 404), (path, reply["status"])
        assert not any(model in reply["text"] for model in MODELS)
    with site.database.reading() as session:
        after = [tuple(row) for row in session.execute(select(col(Campaign.id), col(Campaign.state)))]
        assert len(session.execute(select(col(Account.rater_id))).all()) == people
    assert after == before


PATHS = (
    "/etc/passwd",
    "//etc/passwd",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "http://127.0.0.1:1/",
    "file:///etc/passwd",
    "C:/x",
    "/proc/self/environ",
)


def test_no_file_of_the_machine_is_served(site: HostileSite, ann: "Page") -> None:
    """Row 11: path traversal and fetching on behalf of a browser."""
    for name in PATHS:
        for path in (f"/gradio_api/file={name}", f"/static/{name}", f"/gradio_api/proxy={name}", f"/assets/{name}"):
            reply = ann.context.request.get(f"{site.url}{path}", max_redirects=0)
            assert reply.status in (301, 303, 307, 400, 403, 404, 405), (path, reply.status)
            assert b"root:" not in reply.body()


COMMENTS = (
    "' OR 1=1; DROP TABLE preference; --",
    "100% _like_ \\",
    "😀 四字节",
    "<script>window.__x=1</script>",
    "=cmd()",
)


def test_a_comment_is_stored_as_it_was_written(site: HostileSite, ann: "Page") -> None:
    """Row 18: SQL, wildcards, four-byte characters, markup."""
    token = ann.get_attribute("#ev-compare", "data-token")
    for comment in COMMENTS:
        reply = fetch(ann, "/api/vote", {"token": token, "choice": "tie", "comment": comment})
        assert reply["status"] == 200
        with site.database.reading() as session:
            chosen = select(col(Comment.body)).join(Ballot, col(Ballot.id) == col(Comment.ballot_id))
            assert session.execute(chosen.where(col(Ballot.token) == token)).scalar_one() == comment
        token = json.loads(reply["text"])["current"]["token"]
    ann.reload()  # the votes were sent past the page


MALFORMED: tuple[tuple[dict[str, object], int], ...] = (
    ({"choice": "maybe"}, 400),
    ({"choice": None}, 400),
    ({"choice": ["tie"]}, 400),
    ({"token": "x" * 5000}, 400),
    ({"token": 7}, 400),
    ({"seconds": -1}, 400),
    ({"seconds": "NaN"}, 400),
    ({"comment": "x" * 2001}, 400),
    ({"comment": "a\x00b"}, 400),
    ({"flag": "no such"}, 400),
    ({"extra": 1}, 400),
    ({"comment": "x" * 300_000}, 413),
)


def test_a_malformed_vote_is_refused_with_a_sentence(site: HostileSite, ann: "Page") -> None:
    """Row 19 and the border of the API: lengths, types, unknown words; nothing is written."""
    before = site.n_preferences()
    token = ann.get_attribute("#ev-compare", "data-token")
    for change, status in MALFORMED:
        reply = fetch(ann, "/api/vote", {"token": token, "choice": "tie"} | change)
        assert reply["status"] == status, (change, reply)
        assert "Traceback" not in reply["text"]
    assert site.n_preferences() == before


def test_no_text_direction_or_invisible_character_moves_the_page(site: HostileSite, browser: "Browser") -> None:
    """Row 22: what would turn text around is shown by its code point, so that nothing around it turns."""
    context = browser.new_context()
    page = site.begin(context, "reader")
    assert "Text direction" in page.inner_text("[data-part=question]")
    shown = page.inner_text(".ev-main")
    assert "U+202E" in shown and "\u202e" not in shown and "\u200b" not in shown
    assert page.inner_text("[data-choice=model_a]").split()[-3:] == ["A", "is", "better"]
    context.close()


def test_bombs_leave_the_page_answering(site: HostileSite, browser: "Browser") -> None:
    """Row 20: nested and endless markup; every pair of the campaign comes up and can be voted on."""
    context = browser.new_context()
    page = site.begin(context, "sapper")
    seen = set()
    for _ in BOMB_NAMES:
        page.wait_for_selector("#ev-compare[data-state=ready][data-armed=yes]")
        token = page.get_attribute("#ev-compare", "data-token")
        with page.expect_response("**/api/vote", timeout=20_000) as reply:
            page.keyboard.press("2")
        assert reply.value.status == 200
        page.wait_for_selector(f"#ev-compare:is([data-state=done], [data-state=ready]:not([data-token='{token}']))")
        seen.add(token)
    page.wait_for_selector("#ev-compare[data-state=done]")
    assert len(seen) == len(BOMB_NAMES)
    context.close()
