"""The Compare page in a real Chromium: what an annotator does, sees, and never receives."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.web.serving import serving
from app.wiring import make_web
from storage.campaigns.campaigns import set_guidelines
from storage.database.engine import Database
from storage.database.ledger_tables import Comment, Preference
from storage.database.tables import Ballot
from storage.values import BallotState, Language
from tests.app.compare_store import MODELS, PASSWORD, CompareStore, fill
from tests.conftest import PATIENCE_MS
from tests.hostile import MARKUP, OUTSIDE
from tests.stores import open_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Response

pytestmark = pytest.mark.chromium

READY = "#ev-compare[data-state=ready][data-armed=yes]"
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@dataclass
class Served:
    """A site for all tests of this file; each makes a campaign of its own in it."""

    url: str
    database: Database
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


@dataclass
class Visit:
    """One browser context on the site, with everything that it asked for and got, and the campaign that it is for."""

    page: "Page"
    url: str
    database: Database
    campaign: int
    name: str
    rater: int
    requests: list[str] = field(default_factory=list)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def note_dialog(self, dialog: "Dialog") -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def sign_in(self) -> None:
        self.page.goto(f"{self.url}/login")
        self.page.fill("#username", self.name)
        self.page.fill("#password", PASSWORD)
        self.page.click("form[action='/login'] button")
        self.page.wait_for_selector("#ev-compare:not([hidden])")

    def begin(self) -> None:
        """Sign in and read the guidelines."""
        self.sign_in()
        self.page.wait_for_selector("dialog[open]")
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("dialog[open]", state="detached")
        self.ready()

    def ready(self) -> str:
        """Wait for a pair that can be voted on, and return its token."""
        self.page.wait_for_selector(READY)
        return str(self.page.get_attribute("#ev-compare", "data-token"))

    def vote(self, key: str) -> str:
        """Press a key and return the token of the pair that comes next."""
        before = self.ready()
        with self.page.expect_response("**/api/vote"):
            self.page.keyboard.press(key)
        self.page.wait_for_function(
            "before => document.querySelector('#ev-compare').dataset.token !== before"
            " || document.querySelector('#ev-compare').dataset.state === 'done'",
            arg=before,
        )
        return str(self.page.get_attribute("#ev-compare", "data-token"))

    def rows(self) -> list[Preference]:
        with self.database.reading() as session:
            ours = select(Preference).where(col(Preference.rater_id) == self.rater).order_by(col(Preference.position))
            return list(session.execute(ours).scalars())

    def ballots(self, state: BallotState) -> list[Ballot]:
        with self.database.reading() as session:
            ours = select(Ballot).where(col(Ballot.rater_id) == self.rater, col(Ballot.state) == state)
            return list(session.execute(ours).scalars())


Start = Callable[..., Visit]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    database = open_store(tmp_path_factory.mktemp("site") / "evenhand.db")
    with serving(make_web(database)) as url:
        yield Served(url, database)
    database.close()


@pytest.fixture
def visit(browser: "Browser", served: Served) -> Iterator[Start]:
    """Start a campaign and a browser context for its annotator, which is closed at the end."""
    open_ones: list[Any] = []

    @contextmanager
    def started(viewport: dict[str, int], scheme: str, **filling: Any) -> Iterator[Visit]:
        number = next(served.numbers)
        name = f"ann{number}"
        store: CompareStore = fill(served.database, title=f"Campaign {number}", annotators=(name,), **filling)
        context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        made = Visit(page, served.url, served.database, store.campaign, name, store.annotators[name])
        page.on("request", lambda request: made.requests.append(request.url))
        page.on("response", lambda response: _keep(made, response))
        page.on("dialog", made.note_dialog)
        page.on("pageerror", lambda error: made.problems.append(f"error: {error}"))
        yield made
        context.close()

    def start(*, viewport: dict[str, int] = WIDE, scheme: str = "light", **filling: Any) -> Visit:
        manager = started(viewport, scheme, **filling)
        open_ones.append(manager)
        return manager.__enter__()

    yield start
    for manager in open_ones:
        manager.__exit__(None, None, None)


def _keep(made: Visit, response: "Response") -> None:
    if response.status in (200, 400, 401, 403, 404, 409):
        made.bodies.append((response.url, response.body()))


def test_a_key_votes_saves_and_shows_the_next_pair(visit: Start) -> None:
    site = visit()
    site.begin()
    first = site.ready()
    second = site.vote("1")
    assert second != first
    for key in ("2", "3", "4"):
        site.vote(key)
    assert [row.winner for row in site.rows()] == ["model_a", "model_b", "tie", "both_bad"]
    assert all(row.seconds is not None and row.blind for row in site.rows())
    assert site.page.get_attribute("[data-part=track]", "aria-valuenow") == "4"
    shown = site.ballots(BallotState.voted)
    assert len(shown) == 4 and all(ballot.shown_at is not None for ballot in shown)


def test_voting_makes_one_request_a_vote_and_no_gradio_event(visit: Start) -> None:
    site = visit()
    site.begin()
    site.ready()
    site.requests.clear()
    for key in "1234":
        site.vote(key)
    paths = [url.removeprefix(site.url) for url in site.requests]
    assert paths == ["/api/vote"] * 4


def test_undo_shows_the_pair_again_with_the_old_vote_marked(visit: Start) -> None:
    site = visit()
    site.begin()
    site.ready()
    question = site.page.inner_text("[data-part=question]")
    site.vote("1")
    site.ready()
    with site.page.expect_response("**/api/undo"):
        site.page.keyboard.press("u")
    site.page.wait_for_selector("[data-choice=model_a][aria-pressed=true]")
    assert site.page.inner_text("[data-part=question]") == question
    assert site.page.get_attribute("[data-choice=model_a]", "aria-pressed") == "true"
    site.vote("2")
    first, undone, second = site.rows()
    assert [row.winner for row in (first, undone, second)] == ["model_a", None, "model_b"]
    assert [row.supersedes for row in (first, undone, second)] == [None, first.position, undone.position]


def test_skip_asks_for_a_reason_and_a_comment_and_a_flag_travel_with_the_vote(visit: Start) -> None:
    site = visit()
    site.begin()
    site.ready()
    site.page.keyboard.press("s")
    site.page.wait_for_selector("[data-part=reason-dialog][open]")
    site.page.keyboard.press("1")
    with site.page.expect_response("**/api/skip"):
        site.page.keyboard.press("Enter")
    site.ready()
    site.page.keyboard.press("f")
    site.page.wait_for_selector("[data-part=reason-dialog][open]")
    site.page.keyboard.press("6")
    site.page.keyboard.press("Enter")
    site.page.wait_for_selector("[data-part=reason-dialog][open]", state="detached")
    site.page.keyboard.press("c")
    site.page.keyboard.type("1 and 2 are typed here, they do not vote")
    site.page.keyboard.press("Escape")
    site.vote("3")
    rows = site.rows()
    assert [row.winner for row in rows] == ["tie"]
    assert rows[0].flag == "broken"
    (skipped,) = site.ballots(BallotState.skipped)
    with site.database.reading() as session:
        comment = session.execute(select(Comment)).scalar_one()
    assert skipped.reason == "cannot_judge"
    assert comment.body == "1 and 2 are typed here, they do not vote"


def test_panels_are_at_the_top_on_each_new_pair(visit: Start) -> None:
    long = "A line of a long response.\n\n" * 200
    site = visit(questions={f"Question {i}?": (long, long + "b", long + "c") for i in range(3)})
    site.begin()
    site.ready()
    for part in ("left", "right"):
        site.page.evaluate(f"document.querySelector('[data-part={part}]').scrollTop = 400")
    site.vote("1")
    for part in ("left", "right"):
        assert site.page.evaluate(f"document.querySelector('[data-part={part}]').scrollTop") == 0
    assert site.page.evaluate("window.scrollY") == 0


def test_the_work_ends_with_a_done_page_that_can_go_back(visit: Start) -> None:
    site = visit(questions={"One question?": ("left", "right")})
    site.begin()
    site.vote("3")
    site.page.wait_for_selector("#ev-compare[data-state=done]")
    site.page.click("[data-part=message-actions] button")
    site.ready()
    assert [row.winner for row in site.rows()] == ["tie", None]


def test_a_vote_that_cannot_be_saved_comes_back_and_is_not_lost(visit: Start) -> None:
    site = visit()
    site.begin()
    first = site.ready()
    site.page.route("**/api/vote", lambda route: route.abort())
    site.page.keyboard.press("1")
    site.page.wait_for_selector("[data-part=alert]:not(:empty)")
    assert site.page.get_attribute("#ev-compare", "data-token") == first
    site.page.unroute("**/api/vote")
    site.vote("1")
    assert [row.winner for row in site.rows()] == ["model_a"]


def test_new_guidelines_are_shown_before_the_next_vote(visit: Start) -> None:
    site = visit()
    site.begin()
    with site.database.writing() as session:
        set_guidelines(session, site.campaign, "Judge by **kindness** alone.", now=datetime.now(UTC))
    site.vote("1")
    site.page.wait_for_selector("[data-part=guidelines-dialog][open]")
    assert "Judge by kindness alone." in site.page.inner_text("[data-part=guidelines]")
    site.page.keyboard.press("Enter")
    site.page.wait_for_selector("dialog[open]", state="detached")
    site.vote("2")
    assert len(site.rows()) == 2


def test_a_second_tab_does_not_count_a_pair_twice(visit: Start) -> None:
    site = visit()
    site.begin()
    token = site.ready()
    tab = site.page.context.new_page()
    tab.goto(site.url)
    tab.wait_for_selector(f"#ev-compare[data-token='{token}']")
    site.vote("1")
    tab.wait_for_selector(READY)
    with tab.expect_response("**/api/vote"):
        tab.keyboard.press("2")
    tab.wait_for_selector(f"{READY}:not([data-token='{token}'])")
    assert [row.winner for row in site.rows()] == ["model_a"]


@pytest.mark.parametrize(("language", "word"), [("en", "Left is better"), ("zh", "左")])
def test_the_page_is_in_the_language_of_its_user(visit: Start, language: Language, word: str) -> None:
    site = visit(language=language)
    site.begin()
    assert word in site.page.inner_text("[data-choice=model_a]")
    assert site.page.evaluate("document.documentElement.lang").startswith(language)
    with site.page.expect_response("**/api/language"):
        site.page.click("[data-part=language]")
    other = "左" if language == "en" else "Left is better"
    site.page.wait_for_function(
        "word => document.querySelector('[data-choice=model_a]').innerText.includes(word)", arg=other
    )
    site.page.reload()
    site.ready()
    assert other in site.page.inner_text("[data-choice=model_a]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_without_sideways_scrolling(visit: Start, scheme: str) -> None:
    wide = "| " + " | ".join(f"column {i}" for i in range(30)) + " |\n|" + "---|" * 30 + "\n\n`" + "x" * 300 + "`\n"
    site = visit(viewport=PHONE, scheme=scheme, questions={f"Question {i}?": (wide, wide + "b", "c") for i in range(2)})
    site.begin()
    site.ready()
    assert site.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    left, right = (site.page.locator(f"[data-part={part}]").bounding_box() for part in ("left", "right"))
    assert left and right and right["y"] >= left["y"] + left["height"] - 1
    box = site.page.locator("[data-choice=both_bad]").bounding_box()
    assert box and box["y"] + box["height"] <= PHONE["height"]
    site.page.click("[data-choice=both_bad]")
    site.page.wait_for_function("document.querySelector('[data-part=track]').getAttribute('aria-valuenow') === '1'")
    assert [row.winner for row in site.rows()] == ["both_bad"]


def test_no_byte_that_an_annotator_receives_names_a_model(visit: Start) -> None:
    site = visit()
    site.begin()
    for key in "1234":
        site.vote(key)
    site.page.keyboard.press("u")
    site.ready()
    for path in ("/config", "/gradio_api/info", "/admin/config", "/admin/", "/api/texts", "/healthz", "/leaderboard"):
        site.page.request.get(f"{site.url}{path}")
        got = site.page.request.get(f"{site.url}{path}")
        site.bodies.append((path, got.body()))
    assert len(site.bodies) > 20
    leaks = [
        (url, name)
        for url, body in site.bodies
        for name in MODELS
        if name.lower().encode() in body.lower() or name.encode("utf-16-le") in body
    ]
    assert leaks == []
    stored = site.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert not any(name in stored for name in MODELS)


def test_the_browser_keeps_no_response_text(visit: Start) -> None:
    site = visit()
    site.begin()
    for key in "123":
        site.vote(key)
    kept = json.loads(site.page.evaluate("JSON.stringify({...localStorage})"))
    assert not re.search("response|回答|a\\^2", json.dumps(kept, ensure_ascii=False))


def test_no_request_goes_to_another_host(visit: Start) -> None:
    site = visit()
    site.begin()
    for key in "12":
        site.vote(key)
    site.page.click("[data-tool=help]")
    site.page.keyboard.press("Escape")
    assert [url for url in site.requests if not url.startswith((site.url, "data:", "blob:"))] == []


FOREIGN_PARTS = """() => {
    const banned = /^(script|iframe|form|input|button|img|video|audio|object|embed|style|link|svg|picture|meta|base)$/;
    const found = [];
    for (const element of document.querySelectorAll('.ev-content *')) {
        const names = [...element.attributes].map(({name}) => name);
        if (banned.test(element.localName)) found.push(element.localName);
        if (names.some(name => name.startsWith('on') || ['id', 'style', 'src'].includes(name))) found.push(`${names}`);
        if (getComputedStyle(element).position === 'fixed') found.push('fixed');
        if (element.href && !/^(https?|mailto):/.test(element.href)) found.push(String(element.href));
    }
    return found;
}"""
HOSTILE = [name for name in MARKUP if "\0" not in MARKUP[name]]  # a store refuses NUL
GROUPS = [HOSTILE[start::4] for start in range(4)]


@pytest.mark.parametrize("group", range(len(GROUPS)))
def test_hostile_responses_stay_text_inside_their_panel(visit: Start, group: int) -> None:
    """Every payload stands left or right, with an ordinary response beside it and itself as the question."""
    texts = {f"{MARKUP[name]}\n\n({name})": (MARKUP[name], "An ordinary response.") for name in GROUPS[group]}
    site = visit(questions=texts)
    site.begin()
    for _ in range(len(texts)):
        site.ready()
        assert site.page.evaluate(FOREIGN_PARTS) == []
        site.vote("3")
    assert site.page.evaluate("window.__x") is None
    assert site.problems == []
    assert [url for url in site.requests if OUTSIDE in url or "/logout" in url] == []
    assert len(site.rows()) == len(texts)


def test_a_very_long_response_leaves_the_page_usable(visit: Start) -> None:
    huge = "formula $x^2$ and **bold** text. " * 32_000
    site = visit(questions={"Long?": (huge, "short")})
    site.begin()
    site.vote("2")
    site.page.wait_for_selector("#ev-compare[data-state=done]")
    assert len(site.rows()) == 1


def test_signing_out_needs_a_post_and_ends_the_session(visit: Start) -> None:
    site = visit()
    site.begin()
    site.page.request.get(f"{site.url}/logout")
    site.vote("1")
    site.page.click("form[action='/logout'] button")
    site.page.wait_for_selector("#username")
    reply = site.page.request.post(f"{site.url}/api/compare", data={"campaign": None}, headers={"Origin": site.url})
    assert reply.status == 401


def test_a_question_with_wide_code_leaves_the_vote_buttons_in_reach_on_a_phone(visit: Start) -> None:
    code = "This is slow:\n\n```python\nresult = [" + "some_function(value), " * 12 + "]\n```\n\nMake it faster."
    site = visit(viewport=PHONE, questions={code: ("left", "right")})
    site.begin()
    site.ready()
    assert site.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    site.page.click("[data-choice=tie]")
    site.page.wait_for_selector("#ev-compare[data-state=done]")
    assert [row.winner for row in site.rows()] == ["tie"]
