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
from arena.campaigns.ends import EndCause
from arena.campaigns.open_ballots import OpenBallot, OpenBallots, VoteInput
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
        given = VoteInput(vote.choice, seconds=vote.seconds, flag=vote.flag, comment=vote.comment)
        open_ballots = self._voting.vote(rater_id, vote.token, given, showing=vote.showing)
        return self._recorded(open_ballots, vote.choice, vote.showing)

    def skip(self, rater_id: int, skip: Skip) -> SavedBallot:
        """Skip a pair."""
        open_ballots = self._voting.skip(
            rater_id, skip.token, skip.reason, flag=skip.flag, comment=skip.comment, showing=skip.showing
        )
        return self._recorded(open_ballots, None, skip.showing)

    def undo(self, rater_id: int) -> CompareState:
        """Take back the last vote or skip; its pair becomes `current`."""
        return self._state(rater_id, self._voting.undo(rater_id))

    def _recorded(self, open_ballots: OpenBallots, choice: str | None, showing: str | None) -> SavedBallot:
        current: BallotToken | RenderedPair | None = None
        if open_ballots.current is not None:
            is_on_screen = open_ballots.current.token == showing
            current = BallotToken(open_ballots.current.token) if is_on_screen else self._pair(open_ballots.current)
        return SavedBallot(
            recorded=open_ballots.recorded if open_ballots.repeated else choice,
            repeated=open_ballots.repeated,
            progress=BallotProgress(open_ballots.done, open_ballots.total),
            current=current,
            next=None if open_ballots.next is None else self._pair(open_ballots.next),
            finished=open_ballots.end is EndCause.finished,
            can_undo=open_ballots.can_undo,
            guidelines_version=open_ballots.guidelines_version,
            end=open_ballots.end,
            may_pass=open_ballots.end is not None and open_ballots.end.may_pass,
        )

    def _state(self, rater_id: int, open_ballots: OpenBallots) -> CompareState:
        offered = self._voting.campaigns(rater_id)
        return CompareState(
            campaign=None if open_ballots.campaign_id is None else self._campaign(open_ballots.campaign_id),
            campaigns=tuple(CampaignChoice(one.id, one.name, one.done, one.total) for one in offered),
            progress=BallotProgress(open_ballots.done, open_ballots.total),
            current=None if open_ballots.current is None else self._pair(open_ballots.current),
            next=None if open_ballots.next is None else self._pair(open_ballots.next),
            finished=open_ballots.end is EndCause.finished,
            can_undo=open_ballots.can_undo,
            end=open_ballots.end,
            may_pass=open_ballots.end is not None and open_ballots.end.may_pass,
        )

    def _campaign(self, campaign_id: int) -> CampaignView:
        with self._database.reading() as session:
            row = campaign_row(session, campaign_id)
        return CampaignView(
            id=campaign_id,
            name=row.name,
            guidelines=self._guidelines(campaign_id, row.guidelines_version),
            guidelines_version=row.guidelines_version,
            example=row.example,
        )

    def _pair(self, pair: OpenBallot) -> RenderedPair:
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
            prompts, replies = exchange(session, response_id)
        turns = [RenderedTurn(replies[0])] if replies else []
        for prompt, reply in zip(prompts[1:], replies[1:], strict=False):
            turns += [RenderedTurn(prompt, by="user"), RenderedTurn(reply)]
        return self._renderer.render_turns(turns)

    def _render_guidelines(self, campaign_id: int, version: int) -> str:
        with self._database.reading() as session:
            body = guidelines(session, campaign_id, version)
        return self._renderer.render(body)
