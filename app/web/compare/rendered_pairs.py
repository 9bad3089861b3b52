"""The voting service of the Compare page, with questions and responses rendered to safe HTML.

A vote reads and renders no text that was rendered before. Model names are never read here.
"""

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
from app.web.compare.scales import scale_of
from arena.campaigns.ends import EndCause
from arena.campaigns.open_ballots import OpenBallot, OpenBallots, VoteInput
from arena.campaigns.own_work.votes import OwnVotes
from arena.campaigns.service import VotingService
from storage.campaigns.campaigns import campaign_row, open_to
from storage.campaigns.rules import rules_in
from storage.database.engine import Database
from storage.values import CampaignKind, Language

KEPT_HISTORY = 50
"""Votes in the history of a rater."""


class RenderedCompareService:
    """Implements `app.web.compare.protocol.CompareService` on the arena's voting service."""

    def __init__(self, database: Database, voting: VotingService, own_votes: OwnVotes, texts: RenderedTexts) -> None:
        """Serve a store.

        Args:
            database: the store, for campaigns.
            voting: assigns pairs and records votes.
            own_votes: lists and changes the votes of a rater.
            texts: renders questions, responses and guidelines.
        """
        self._database = database
        self._voting = voting
        self._own_votes = own_votes
        self._texts = texts

    def state(self, rater_id: int, campaign_id: int | None, language: Language) -> CompareState:
        """Open or resume the campaign with this id, or one with pairs left."""
        return self._state(rater_id, self._voting.open_ballots(rater_id, campaign_id), language)

    def shown(self, rater_id: int, token: str) -> None:
        """Record when a pair became visible."""
        self._voting.mark_shown(rater_id, token)

    def vote(self, rater_id: int, vote: Vote) -> SavedBallot:
        """Record a vote, or return the earlier vote on this ballot."""
        open_ballots = self._voting.vote(rater_id, vote.token, _given(vote), showing=vote.showing)
        return self._recorded(open_ballots, vote.choice, vote.showing)

    def skip(self, rater_id: int, skip: Skip) -> SavedBallot:
        """Skip a pair."""
        open_ballots = self._voting.skip(
            rater_id, skip.token, skip.reason, flag=skip.flag, comment=skip.comment, showing=skip.showing
        )
        return self._recorded(open_ballots, None, skip.showing)

    def undo(self, rater_id: int, language: Language) -> CompareState:
        """Take back the last vote or skip; its pair becomes `current`."""
        return self._state(rater_id, self._voting.undo(rater_id), language)

    def history(self, rater_id: int, campaign_id: int) -> VoteHistory:
        """Return the rater's last votes and skips in a campaign."""
        answered = self._own_votes.history(rater_id, campaign_id, limit=KEPT_HISTORY)
        lines = tuple(
            HistoryLine(
                token=one.token,
                question=self._texts.excerpt(one.question_id),
                choice=one.winner,
                at=one.closed_at.isoformat(timespec="seconds"),
                strength=one.strength,
                reasons=tuple(one.reasons or ()),
                flag=one.flag,
                pictures=self._texts.question_pictures(one.question_id),
            )
            for one in answered
        )
        return VoteHistory(lines, self._own(rater_id, campaign_id))

    def open_again(self, rater_id: int, token: str) -> OpenedPair:
        """Show an own vote again; nothing is written."""
        opened = self._own_votes.open_again(rater_id, token)
        details = VoteDetails(opened.flag, opened.comment, opened.strength, opened.reasons)
        return OpenedPair(self._pair(opened.pair), details)

    def change(self, rater_id: int, vote: Vote) -> bool:
        """Replace an own vote, and return whether anything changed."""
        return self._own_votes.change(rater_id, vote.token, _given(vote))

    def source(self, rater_id: int, token: str) -> PairSource:
        """Return the texts of an own pair as they were written."""
        pair = self._own_votes.ballot(rater_id, token)
        question, (left, right) = self._texts.source(pair.question_id, pair.response_ids)
        return PairSource(question, left, right)

    def _own(self, rater_id: int, campaign_id: int) -> OwnNumbers:
        return OwnNumbers(**vars(self._own_votes.statistics(rater_id, campaign_id)))

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
            feedback=tuple(map(self._texts.expected_answer, open_ballots.feedback)),
        )

    def _state(self, rater_id: int, open_ballots: OpenBallots, language: Language) -> CompareState:
        with self._database.reading() as session:
            others = bool(open_to(session, rater_id, CampaignKind.satisfaction))
            live = bool(open_to(session, rater_id, CampaignKind.live))
        is_end = open_ballots.end is not None and open_ballots.campaign_id is not None
        own = self._own(rater_id, open_ballots.campaign_id or 0) if is_end else None
        return CompareState(
            campaign=None if open_ballots.campaign_id is None else self._campaign(open_ballots.campaign_id, language),
            campaigns=tuple(CampaignChoice(one.id, one.name, one.done, one.total) for one in open_ballots.campaigns),
            progress=BallotProgress(open_ballots.done, open_ballots.total),
            current=None if open_ballots.current is None else self._pair(open_ballots.current),
            next=None if open_ballots.next is None else self._pair(open_ballots.next),
            finished=open_ballots.end is EndCause.finished,
            can_undo=open_ballots.can_undo,
            end=open_ballots.end,
            may_pass=open_ballots.end is not None and open_ballots.end.may_pass,
            others=others,
            own=own,
            live=live,
        )

    def _campaign(self, campaign_id: int, language: Language) -> CampaignView:
        with self._database.reading() as session:
            row = campaign_row(session, campaign_id)
        return CampaignView(
            id=campaign_id,
            name=row.name,
            guidelines=self._texts.guidelines(campaign_id, row.guidelines_version, language),
            guidelines_version=row.guidelines_version,
            example=row.example,
            strength=rules_in(row).ask_strength,
            scale=scale_of(row, language) if row.dimensions else None,
        )

    def _pair(self, pair: OpenBallot) -> RenderedPair:
        return RenderedPair(
            token=pair.token,
            question=self._texts.question(pair.question_id),
            left=self._texts.response(pair.left_id),
            right=self._texts.response(pair.right_id),
            recorded=pair.recorded,
            scores=pair.scores,
            question_pictures=self._texts.question_pictures(pair.question_id),
            left_pictures=self._texts.response_pictures(pair.left_id),
            right_pictures=self._texts.response_pictures(pair.right_id),
        )


def _given(vote: Vote) -> VoteInput:
    return VoteInput(
        vote.choice,
        seconds=vote.seconds,
        flag=vote.flag,
        comment=vote.comment,
        strength=vote.strength,
        reasons=vote.reasons,
        hidden_seconds=vote.hidden_seconds,
        scores=vote.scores,
    )
