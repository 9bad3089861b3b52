"""A site with the Compare page for all tests of this folder, and visits of an annotator in a real Chromium."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.site_wiring import make_web
from app.web.accounts.sessions import COOKIE, SignIns
from app.web.serving import serving
from app.wiring import clock
from storage.database.engine import Database
from storage.database.ledger_tables import Preference
from storage.database.tables import Ballot
from storage.values import BallotState
from tests.app.compare_store import CompareStore, fill
from tests.conftest import PATIENCE_MS
from tests.stores import open_store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Response

READY = "#ev-compare[data-state=ready][data-armed=yes]"
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
FILES = ("/assets/", "/static/")
"""Paths of files that are the same for every store."""

Keep = Literal["all", "own"]
"""Which bodies a visit keeps: of every answer, or of those that are no `FILES`, which take long to pass on."""


@dataclass
class Served:
    """A site for all tests; each makes a campaign of its own in it."""

    url: str
    database: Database
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


@dataclass
class Visit:
    """One browser context on the site: its campaign and annotator, its requests, and if asked for what it received."""

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
        """Arrive with a session that was opened elsewhere."""
        token = SignIns(self.database, clock=clock).open(self.rater)
        self.page.context.add_cookies([{"name": COOKIE, "value": token, "url": self.url}])
        self.page.goto(self.url)
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


@pytest.fixture(scope="session")
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
    def started(viewport: dict[str, int], scheme: str, keep: Keep | None, **filling: Any) -> Iterator[Visit]:
        number = next(served.numbers)
        name = f"ann{number}"
        store: CompareStore = fill(served.database, title=f"Campaign {number}", annotators=(name,), **filling)
        context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        made = Visit(page, served.url, served.database, store.campaign, name, store.annotators[name])
        page.on("request", lambda request: made.requests.append(request.url))
        if keep is not None:
            page.on("response", lambda response: _keep(made, response, files=keep == "all"))
        page.on("dialog", made.note_dialog)
        page.on("pageerror", lambda error: made.problems.append(f"error: {error}"))
        yield made
        context.close()

    def start(
        *, viewport: dict[str, int] = WIDE, scheme: str = "light", keep: Keep | None = None, **filling: Any
    ) -> Visit:
        manager = started(viewport, scheme, keep, **filling)
        open_ones.append(manager)
        return manager.__enter__()

    yield start
    for manager in open_ones:
        manager.__exit__(None, None, None)


def _keep(made: Visit, response: "Response", *, files: bool) -> None:
    is_file = urlsplit(response.url).path.startswith(FILES)
    if response.status in (200, 400, 401, 403, 404, 409) and (files or not is_file):
        made.bodies.append((response.url, response.body()))
