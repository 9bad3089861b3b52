"""A whole site over an empty store: what the tests of the web application begin with."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import gradio as gr
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.rendering.html import Renderer
from app.web.accounts.accounts import Accounts, Credentials
from app.web.accounts.passwords import Passwords
from app.web.accounts.sessions import COOKIE, SignIns
from app.web.accounts.throttle import Throttle
from app.web.application import GradioPages, Services, make_application
from app.web.compare.protocol import (
    BallotProgress,
    BallotToken,
    CampaignChoice,
    CampaignView,
    CompareState,
    HistoryLine,
    OpenedPair,
    OwnNumbers,
    PairSource,
    RenderedPair,
    SavedBallot,
    Skip,
    Vote,
    VoteDetails,
    VoteHistory,
)
from app.web.compare.rendered_texts import RenderedTexts
from app.web.media.picture_route import PictureRoute
from app.web.rate.rendered_ratings import RenderedRatingService
from app.wiring import mint
from arena.campaigns.own_work.scores import OwnScores
from arena.campaigns.service import RatingService
from storage.database.engine import Database
from storage.errors import Conflict, NotFound
from storage.values import Language, Role
from tests.clocks import Clock

ORIGIN = "http://testserver"
PASSWORD = "correct horse"
PEOPLE = {"ann": Role.annotator, "rev": Role.reviewer, "root": Role.admin}
PAGE = {"accept": "text/html,application/xhtml+xml"}


@dataclass
class StubVoting:
    """Hands out `pair-RATER-1`, `pair-RATER-2`, … and remembers what it was told."""

    votes: dict[str, Vote] = field(default_factory=dict)
    skips: dict[str, Skip] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    failure: Exception | None = None

    def state(self, rater_id: int, campaign_id: int | None, language: Language) -> CompareState:
        self._fail()
        if campaign_id not in (None, 1):
            raise NotFound("no such campaign")
        done = self._n_done(rater_id)
        return CompareState(
            campaign=CampaignView(1, "First campaign", "<p>Be fair.</p>", 1),
            campaigns=(CampaignChoice(1, "First campaign", done, 10),),
            progress=BallotProgress(done, 10),
            current=_pair(rater_id, done + 1),
            next=_pair(rater_id, done + 2),
            finished=False,
            can_undo=done > 0,
        )

    def shown(self, rater_id: int, token: str) -> None:
        self._check(rater_id, token)
        self.seen.append(token)

    def vote(self, rater_id: int, vote: Vote) -> SavedBallot:
        self._check(rater_id, vote.token)
        repeated = vote.token in self.votes
        first = self.votes.setdefault(vote.token, vote)
        return self._recorded(rater_id, first.choice.value, repeated=repeated)

    def skip(self, rater_id: int, skip: Skip) -> SavedBallot:
        self._check(rater_id, skip.token)
        self.skips[skip.token] = skip
        return self._recorded(rater_id, None, repeated=False)

    def undo(self, rater_id: int, language: Language) -> CompareState:
        if not self.votes:
            raise Conflict("nothing to take back")
        self.votes.popitem()
        return self.state(rater_id, None, language)

    def history(self, rater_id: int, campaign_id: int) -> VoteHistory:
        if campaign_id != 1:
            raise NotFound("no such campaign")
        mine = [vote for token, vote in self.votes.items() if token.startswith(f"pair-{rater_id}-")]
        lines = (HistoryLine(v.token, "Q", v.choice, "2026-01-01", v.strength, v.reasons, v.flag) for v in mine)
        return VoteHistory(tuple(lines), OwnNumbers(len(mine), 0, 0, 0, None))

    def open_again(self, rater_id: int, token: str) -> OpenedPair:
        self._check(rater_id, token)
        if token not in self.votes:
            raise Conflict("no vote")
        vote = self.votes[token]
        return OpenedPair(_pair(rater_id, 1), VoteDetails(vote.flag, vote.comment, vote.strength, vote.reasons))

    def change(self, rater_id: int, vote: Vote) -> bool:
        self.open_again(rater_id, vote.token)
        is_new = self.votes[vote.token] != vote
        self.votes[vote.token] = vote
        return is_new

    def source(self, rater_id: int, token: str) -> PairSource:
        self._check(rater_id, token)
        return PairSource("<pre>Q</pre>", "<pre>left</pre>", "<pre>right</pre>")

    def _recorded(self, rater_id: int, winner: str | None, *, repeated: bool) -> SavedBallot:
        done = self._n_done(rater_id)
        return SavedBallot(
            recorded=winner,
            repeated=repeated,
            progress=BallotProgress(done, 10),
            current=BallotToken(_pair(rater_id, done + 1).token),
            next=_pair(rater_id, done + 2),
            finished=False,
        )

    def _n_done(self, rater_id: int) -> int:
        return sum(token.startswith(f"pair-{rater_id}-") for token in [*self.votes, *self.skips])

    def _check(self, rater_id: int, token: str) -> None:
        self._fail()
        if not token.startswith(f"pair-{rater_id}-"):
            raise NotFound("this pair is not yours")

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


@dataclass
class StubBoards:
    """A board that says in which language it was asked for, and with which filters."""

    clock: Clock

    def board(self, wanted: Mapping[str, str], language: Language, seen: int | None) -> object | None:
        return None if seen == 1 else {"language": language, "wanted": dict(wanted)}

    def closer(self, wanted: Mapping[str, str], language: Language) -> object:
        return {"closer": language, "wanted": dict(wanted)}

    def file(self, wanted: Mapping[str, str]) -> str:
        return "model\r\n" + "".join(wanted)

    def now(self) -> datetime:
        return self.clock()


@dataclass
class Site:
    """A site with the people of `PEOPLE`, all with the password `PASSWORD`."""

    database: Database
    clock: Clock
    passwords: Passwords
    accounts: Accounts
    sign_ins: SignIns
    voting: StubVoting
    application: FastAPI
    raters: dict[str, int]

    @contextmanager
    def visitor(self, name: str | None = None, *, language: str | None = None) -> Iterator[TestClient]:
        """A browser, signed in as this person or as nobody."""
        headers = {"origin": ORIGIN} if language is None else {"origin": ORIGIN, "accept-language": language}
        client = TestClient(self.application, ORIGIN, headers=headers, follow_redirects=False)
        client.headers.pop("accept", None)
        if name is not None:
            client.cookies.set(COOKIE, self.sign_ins.open(self.raters[name]))
        yield client
        client.close()


def make_site(database: Database) -> Site:
    """A site over an empty store."""
    clock, passwords = Clock(), Passwords()
    throttle = Throttle(salt=b"a fixed salt", seconds=clock.seconds)
    accounts = Accounts(database, clock=clock, passwords=passwords, throttle=throttle)
    sign_ins = SignIns(database, clock=clock)
    voting = StubVoting()
    services = Services(
        database=database,
        accounts=accounts,
        sign_ins=sign_ins,
        voting=voting,
        texts=texts,
        rating=RenderedRatingService(
            database,
            RatingService(database, clock=clock, mint=mint),
            OwnScores(database, clock=clock, mint=mint),
            RenderedTexts(database, Renderer()),
        ),
        rating_texts=texts,
        rater_pages=GradioPages(blocks_of("rater page")),
        admin_pages=GradioPages(blocks_of("admin page")),
        boards=StubBoards(clock),
        picture_routes=PictureRoute(database, sign_ins=sign_ins, clock=clock).routes(),
    )
    raters = {name: accounts.add(Credentials(name, PASSWORD), role=role) for name, role in PEOPLE.items()}
    return Site(database, clock, passwords, accounts, sign_ins, voting, make_application(services), raters)


def texts(language: Language) -> Mapping[str, object]:
    return {"next": {"en": "Next pair", "zh": "下一对"}[language]}


def blocks_of(title: str) -> Callable[[], gr.Blocks]:
    """Pages with one function, which says who called it."""

    def build() -> gr.Blocks:
        with gr.Blocks(title=title) as blocks:
            button, out = gr.Button("Say"), gr.Textbox()

            def say(request: gr.Request) -> str:
                return f"{title} {request.username}"

            button.click(say, None, out, api_name="say", api_visibility="private")
        return blocks

    return build


def _pair(rater_id: int, number: int) -> RenderedPair:
    return RenderedPair(f"pair-{rater_id}-{number}", "<p>Q</p>", "<p>left</p>", "<p>right</p>")
