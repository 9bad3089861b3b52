"""The voting service of the Compare page, with questions and responses rendered to safe HTML.

Responses never change, so each is rendered once per process and cached by id; a vote then reads and renders no text.
Model names are never read here.
"""

from functools import lru_cache

from app.rendering.html import RenderedTurn, Renderer
from app.web.compare.protocol import (
    BallotProgress,
    BallotToken,
    CampaignChoice,
    CampaignView,
    CompareState,
    RenderedPair,
    SavedBallot,
    Skip,
    Vote,
)
from arena.campaigns.open_ballots import BallotPair as DeskPair
from arena.campaigns.open_ballots import OpenBallots, VoteInput
from arena.campaigns.service import VotingService
from storage.campaigns.campaigns import campaign_row, guidelines
from storage.database.engine import Database
from storage.questions.transcripts import exchange, question_texts

KEPT_SIDES = 8_192
"""Rendered responses and questions in the cache; about 40 MB at the usual 5 kB each."""


class RenderedCompareService:
    """Implements `app.web.compare.protocol.CompareService` on the arena's voting service."""

    def __init__(self, database: Database, voting: VotingService, renderer: Renderer) -> None:
        """Serve a store.

        Args:
            database: the store, for texts.
            voting: assigns pairs and records votes.
            renderer: renders text to safe HTML.
        """
        self._database = database
        self._voting = voting
        self._renderer = renderer
        self._question = lru_cache(KEPT_SIDES)(self._render_question)
        self._side = lru_cache(KEPT_SIDES)(self._render_side)
        self._guidelines = lru_cache(64)(self._render_guidelines)

    def state(self, rater_id: int, campaign_id: int | None) -> CompareState:
        """Open or resume the campaign with this id, or one with pairs left."""
        return self._state(rater_id, self._voting.open_ballots(rater_id, campaign_id))

    def shown(self, rater_id: int, token: str) -> None:
        """Record when a pair became visible."""
        self._voting.mark_shown(rater_id, token)

    def vote(self, rater_id: int, vote: Vote) -> SavedBallot:
        """Record a vote, or return the earlier vote on this ballot."""
        verdict = VoteInput(vote.choice, seconds=vote.seconds, flag=vote.flag, comment=vote.comment)
        desk = self._voting.vote(rater_id, vote.token, verdict, showing=vote.showing)
        return self._recorded(desk, vote.choice, vote.showing)

    def skip(self, rater_id: int, skip: Skip) -> SavedBallot:
        """Skip a pair."""
        desk = self._voting.skip(
            rater_id, skip.token, skip.reason, flag=skip.flag, comment=skip.comment, showing=skip.showing
        )
        return self._recorded(desk, None, skip.showing)

    def undo(self, rater_id: int) -> CompareState:
        """Take back the last vote or skip; its pair becomes `current`."""
        return self._state(rater_id, self._voting.undo(rater_id))

    def _recorded(self, desk: OpenBallots, choice: str | None, showing: str | None) -> SavedBallot:
        current: BallotToken | RenderedPair | None = None
        if desk.current is not None:
            is_on_screen = desk.current.token == showing
            current = BallotToken(desk.current.token) if is_on_screen else self._pair(desk.current)
        return SavedBallot(
            recorded=desk.recorded if desk.repeated else choice,
            repeated=desk.repeated,
            progress=BallotProgress(desk.done, desk.total),
            current=current,
            next=None if desk.next is None else self._pair(desk.next),
            finished=desk.current is None,
            can_undo=desk.can_undo,
            guidelines_version=desk.guidelines_version,
        )

    def _state(self, rater_id: int, desk: OpenBallots) -> CompareState:
        studies = self._voting.campaigns(rater_id)
        return CompareState(
            campaign=None if desk.campaign_id is None else self._study(desk.campaign_id),
            campaigns=tuple(CampaignChoice(one.id, one.name, one.done, one.total) for one in studies),
            progress=BallotProgress(desk.done, desk.total),
            current=None if desk.current is None else self._pair(desk.current),
            next=None if desk.next is None else self._pair(desk.next),
            finished=desk.campaign_id is not None and desk.current is None,
            can_undo=desk.can_undo,
        )

    def _study(self, campaign_id: int) -> CampaignView:
        with self._database.reading() as session:
            row = campaign_row(session, campaign_id)
        return CampaignView(
            id=campaign_id,
            name=row.name,
            guidelines=self._guidelines(campaign_id, row.guidelines_version),
            guidelines_version=row.guidelines_version,
            example=row.example,
        )

    def _pair(self, pair: DeskPair) -> RenderedPair:
        return RenderedPair(
            token=pair.token,
            question=self._question(pair.question_id),
            left=self._side(pair.left_id),
            right=self._side(pair.right_id),
            recorded=pair.recorded,
        )

    def _render_question(self, question_id: int) -> str:
        with self._database.reading() as session:
            first, *_ = question_texts(session, question_id)
        return self._renderer.render_turns([RenderedTurn(first, by="user")])

    def _render_side(self, response_id: int) -> str:
        with self._database.reading() as session:
            asked, answered = exchange(session, response_id)
        turns = [RenderedTurn(answered[0])] if answered else []
        for said, reply in zip(asked[1:], answered[1:], strict=False):
            turns += [RenderedTurn(said, by="user"), RenderedTurn(reply)]
        return self._renderer.render_turns(turns)

    def _render_guidelines(self, campaign_id: int, version: int) -> str:
        with self._database.reading() as session:
            body = guidelines(session, campaign_id, version)
        return self._renderer.render(body)
