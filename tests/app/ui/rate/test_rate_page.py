"""The Rate page in a Chromium that playwright drives: keys, drafts, undo, two tabs, hostile texts and blindness."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.web.accounts.sessions import COOKIE, SignIns
from app.wiring import clock
from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.scoring import ScoringPlan
from storage.campaigns.campaigns import invite_raters
from storage.database.engine import Database
from storage.database.ledger_tables import Satisfaction
from storage.values import CampaignKind, RatingLayout
from tests.accessibility import violations
from tests.app.compare_store import MODELS, fill
from tests.app.ui.conftest import FILES
from tests.conftest import PATIENCE_MS
from tests.hostile import MARKUP, OUTSIDE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Response

    from tests.app.ui.conftest import Served

pytestmark = pytest.mark.chromium

READY = "#ev-rate[data-state=ready][data-armed=yes]"
NUMBERS = count()
BIDI = "\N{RIGHT-TO-LEFT OVERRIDE}gnirts \N{POP DIRECTIONAL FORMATTING}" + "مرحبا بالعالم"
HOSTILE = [MARKUP[name] for name in MARKUP if "\0" not in MARKUP[name]]
"""All hostile texts in one response each; a store refuses NUL."""


@dataclass
class Session:
    """A rater in front of the Rate page."""

    page: "Page"
    url: str
    database: Database
    rater: int
    requests: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def note_dialog(self, dialog: "Dialog") -> None:
        self.problems.append(dialog.message)
        dialog.dismiss()

    def keep(self, response: "Response") -> None:
        """Keep the body of an answer that is no file."""
        if response.status == HTTPStatus.OK and not urlsplit(response.url).path.startswith(FILES):
            self.bodies.append(response.body())

    def begin(self) -> None:
        token = SignIns(self.database, clock=clock).open(self.rater)
        self.page.context.add_cookies([{"name": COOKIE, "value": token, "url": self.url}])
        self.page.goto(f"{self.url}/rate")
        self.page.wait_for_selector("dialog[open]")
        self.page.keyboard.press("Enter")
        self.ready()

    def ready(self) -> str:
        self.page.wait_for_selector("#ev-rate dialog[open]", state="detached")
        self.page.wait_for_selector(READY)
        return str(self.page.get_attribute("#ev-rate", "data-token"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def send(self) -> None:
        before = self.ready()
        with self.page.expect_response("**/api/rate/answer"):
            self.press("Enter")
        self.page.wait_for_function("before => document.querySelector('#ev-rate').dataset.token !== before", arg=before)

    def rows(self) -> list[tuple[str, str, float | None]]:
        with self.database.reading() as session:
            chosen = select(Satisfaction).where(col(Satisfaction.rater_id) == self.rater)
            rows = session.execute(chosen.order_by(col(Satisfaction.position))).scalars()
            return [(row.dimension, row.state, row.score) for row in rows]


def start(browser: "Browser", served: "Served", *, side_by_side: bool = False, **filling: Any) -> Session:
    number = next(NUMBERS)
    name = f"scorer{number}"
    store = fill(served.database, title=f"Pairs beside scores {number}", annotators=(name,), **filling)
    layout = RatingLayout.side_by_side if side_by_side else RatingLayout.single
    plan = CampaignPlan(
        name=f"Scores {number}",
        source=f"Pairs beside scores {number}",
        kind=CampaignKind.satisfaction,
        scoring=ScoringPlan(("overall", "Tone"), layout=layout),
    )
    with served.database.writing() as session:
        invite_raters(session, create_campaign(session, plan, now=datetime.now(UTC)), store.annotators.values())
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    made = Session(page, served.url, served.database, store.annotators[name])
    page.on("request", lambda request: made.requests.append(request.url))
    page.on("pageerror", lambda error: made.problems.append(str(error)))
    page.on("dialog", made.note_dialog)
    return made


@pytest.fixture
def session(browser: "Browser", served: "Served") -> Iterator[Session]:
    made = start(browser, served)
    yield made
    made.page.context.close()


def focused(page: "Page") -> Any:
    return page.evaluate(
        "() => { const row = document.activeElement.closest('.rt-row');"
        " return row ? row.dataset.dimension : document.activeElement.dataset.part ?? document.activeElement.tagName; }"
    )


def test_digits_score_and_go_on_enter_sends_and_u_takes_back(session: Session) -> None:
    page = session.page
    page.on("response", session.keep)
    session.begin()
    assert focused(page) == "overall"
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    session.press("4")
    assert focused(page) == "Tone"
    session.press("Enter")
    assert session.rows() == []
    assert "Tone" in str(focused(page))
    page.reload()
    session.ready()
    assert page.get_attribute("[data-dimension=overall] [data-value='4']", "aria-checked") == "true"
    session.press("x")
    assert focused(page) == "send"
    session.send()
    assert session.rows() == [("overall", "scored", 4.0), ("Tone", "cannot_judge", None)]
    session.ready()
    with page.expect_response("**/api/rate/undo"):
        session.press("u")
    page.wait_for_selector("[data-dimension=overall] [data-value='4'][aria-checked=true]")
    session.ready()
    session.press("ArrowUp", "ArrowUp", "5")
    session.send()
    assert session.rows()[-2:] == [("overall", "scored", 5.0), ("Tone", "cannot_judge", None)]
    session.ready()
    session.press("s")
    page.wait_for_selector("[data-part=reason-dialog][open]")
    with page.expect_response("**/api/rate/skip"):
        session.press("1", "Enter")
    session.ready()
    assert focused(page) == "overall"
    assert session.problems == []
    assert [url for url in session.requests if not url.startswith((session.url, "data:", "blob:"))] == []
    sent = [*session.bodies, page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])").encode()]
    assert [name for body in sent for name in MODELS if name.lower().encode() in body.lower()] == []


def test_old_scores_are_changed_and_keys_and_display_are_the_raters_own(browser: "Browser", served: "Served") -> None:
    session = start(browser, served, side_by_side=True)
    session.begin()
    page = session.page
    session.press("1", "2", "3", "4", "5", "x")
    session.send()
    assert page.inner_text("[data-part=session]") == "1 in this session"
    session.ready()
    session.press("h")
    page.wait_for_selector("[data-part=history-dialog][open]")
    assert page.inner_text(".ev-history-choice") == "A: Overall 1, Tone 2 · B: Overall 3, Tone 4 · C: Overall 5, Tone –"
    assert violations(page) == []
    page.click("button.ev-history-line")
    page.wait_for_selector("[data-part=changing]:not([hidden])")
    old = session.ready()
    assert page.get_attribute("[data-response='1'][data-dimension=Tone] [data-value='4']", "aria-checked") == "true"
    session.press("Escape")
    page.wait_for_selector("[data-part=changing]", state="hidden")
    assert session.ready() != old
    session.press("h")
    page.click("button.ev-history-line")
    page.wait_for_selector("[data-part=changing]:not([hidden])")
    assert session.ready() == old
    session.press("5", "Tab", "Tab")
    with page.expect_response("**/api/rate/change") as reply:
        page.click("[data-part=send]")
    assert reply.value.json() == {"changed": True}
    page.wait_for_selector("[data-part=changing]", state="hidden")
    assert [row[2] for row in session.rows()] == [1, 2, 3, 4, 5, None, 5, 2, 3, 4, 5, None]
    choose_a_key_and_the_source(session)
    assert session.problems == []
    page.context.close()


def choose_a_key_and_the_source(session: Session) -> None:
    """Both stay for the ballots to come; what makes no sense for three responses is not offered."""
    page = session.page
    session.ready()
    session.press("?")
    page.wait_for_selector("[data-part=help-dialog][open]")
    page.click("[data-rebind=cannot_judge]")
    for key, said in (("7", "digits are for scores"), ("s", "already the key"), ("j", "J is now the key")):
        session.press(key)
        assert said in page.inner_text("[data-part=key-note]")
    session.press("Escape")
    session.ready()
    assert page.inner_text(".rt-row kbd[data-key=cannot_judge] >> nth=0") == "J"
    session.press("j", "v")
    page.wait_for_selector("[data-part=display-dialog][open]")
    assert page.is_visible("[data-display=linked]")
    assert not page.is_visible("[data-display=differences]"), "three responses cannot be set against each other"
    with page.expect_response("**/api/rate/source"):
        page.check("[data-display=source]")
    session.press("Escape")
    session.ready()
    assert page.locator(".rt-panels pre.plain").count() == 3
    assert page.get_attribute("[data-response='0'][data-dimension=overall] [data-value=none]", "aria-checked") == "true"
    page.reload()
    session.ready()
    page.wait_for_selector(".rt-panels pre.plain")


def test_a_second_tab_learns_that_the_first_scores_count(session: Session) -> None:
    session.begin()
    other = session.page.context.new_page()
    other.goto(f"{session.url}/rate")
    other.wait_for_selector(READY)
    session.press("1", "2")
    session.send()
    other.keyboard.press("5")
    other.keyboard.press("5")
    other.keyboard.press("Enter")
    other.wait_for_function("document.querySelector('#ev-rate [data-part=status]').textContent.includes('already')")
    assert session.rows() == [("overall", "scored", 1.0), ("Tone", "scored", 2.0)]


def test_hostile_responses_side_by_side_stay_text_inside_their_panels(browser: "Browser", served: "Served") -> None:
    """One ballot holds every payload, right-to-left text and a very long one; the page still takes scores."""
    everything = "\n\n".join(HOSTILE)
    session = start(
        browser, served, side_by_side=True, questions={everything[:2000]: (everything, BIDI, "a word " * 40_000)}
    )
    session.begin()
    page = session.page
    outside = page.evaluate(
        """() => [...document.querySelectorAll('.rt-panels .ev-content *')].filter((element) =>
            /^(script|iframe|form|input|button|img|video|audio|object|embed|style|link|svg)$/.test(element.localName)
            || [...element.attributes].some(({name}) => name.startsWith('on') || name === 'id' || name === 'src')
        ).map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert outside == []
    assert page.evaluate("document.querySelectorAll('.rt-panel').length") == 3
    session.press("1", "2", "3", "4", "5", "x")
    session.ready()
    session.press("Enter")
    page.wait_for_selector("#ev-rate[data-state=done]")
    assert len(session.rows()) == 6
    assert page.evaluate("window.__x") is None
    assert session.problems == []
    assert [url for url in session.requests if OUTSIDE in url or "/logout" in url] == []
    session.page.context.close()
