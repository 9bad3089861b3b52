"""The standing votes of people with what their ballots tell: sides, times, gold answers and repeats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlmodel import Session

from storage.campaigns.gold_answers import GoldAnswer, gold_answers
from storage.database.columns import table_of
from storage.database.ledger_tables import Preference
from storage.database.quality_tables import BallotTime
from storage.database.tables import Account, Ballot, Rater
from storage.ledger import standing
from storage.values import Winner

_PREFERENCE, _BALLOT, _TIME = table_of(Preference), table_of(Ballot), table_of(BallotTime)
_ACCOUNT, _RATER = table_of(Account), table_of(Rater)


@dataclass(frozen=True)
class RaterVote:
    """One standing vote on a ballot.

    Attributes:
        position: position in the ledger.
        rater_id: the rater.
        campaign_id: campaign of the ballot.
        question_id: the question.
        left_id: response shown left.
        right_id: response shown right.
        winner: vote in terms of the sides shown.
        policy: policy by which the ballot was drawn, or a value of `SpecialDraw`.
        flag: fault that the rater reported; None without one.
        seconds: time from showing to the vote as the server measured it; None if the page never said that it was
            visible.
        active_seconds: time for which the page was visible, as the browser measured it; None when unknown.
        hidden_seconds: time for which the page was in a hidden tab: as the browser told it, otherwise the time of the
            server without the visible time; None when unknown, as for a vote that was taken back and given again.
        at: time of the vote.
    """

    position: int
    rater_id: int
    campaign_id: int
    question_id: int
    left_id: int
    right_id: int
    winner: Winner
    policy: str
    flag: str | None
    seconds: float | None
    active_seconds: float | None
    hidden_seconds: float | None
    at: datetime

    @property
    def pair(self) -> tuple[int, int, int, int]:
        """Campaign, question and both responses, whatever their sides."""
        first, second = sorted((self.left_id, self.right_id))
        return self.campaign_id, self.question_id, first, second

    @property
    def shown_ids(self) -> tuple[int, ...]:
        """The two responses, the left one first."""
        return self.left_id, self.right_id

    @property
    def preferred(self) -> int:
        """The response that won; 0 for a tie and for both bad."""
        return {Winner.model_a: self.left_id, Winner.model_b: self.right_id}.get(self.winner, 0)


@dataclass(frozen=True)
class GoldCount:
    """The gold answers of one rater: right ones and all, silent and with feedback."""

    right: int = 0
    total: int = 0
    onboarding_right: int = 0
    onboarding_total: int = 0


def rater_votes(session: Session, campaign_id: int | None = None) -> list[RaterVote]:
    """The standing votes on ballots of one campaign, or of all, in the order of the ledger.

    Votes of excluded raters are among them, because their measures are asked for too.
    """
    vote, ballot = _PREFERENCE, _BALLOT
    chosen = (
        select(
            vote.c.position,
            vote.c.rater_id,
            ballot.c.campaign_id,
            vote.c.question_id,
            vote.c.response_a_id,
            vote.c.response_b_id,
            vote.c.winner,
            ballot.c.policy,
            vote.c.flag,
            ballot.c.shown_at,
            ballot.c.closed_at,
            _TIME.c.active_seconds,
            _TIME.c.hidden_seconds,
            vote.c.seconds,
            vote.c.created_at,
            ballot.c.undos,
        )
        .select_from(vote)
        .join(ballot, ballot.c.id == vote.c.ballot_id)
        .outerjoin(_TIME, _TIME.c.ballot_id == ballot.c.id)
        .where(standing.stands(vote))
        .order_by(vote.c.position)
    )
    if campaign_id is not None:
        chosen = chosen.where(ballot.c.campaign_id == campaign_id)
    return [_rater_vote(row) for row in session.execute(chosen)]


def _rater_vote(row: Row[Any]) -> RaterVote:
    return RaterVote(
        row.position,
        row.rater_id,
        row.campaign_id,
        row.question_id,
        row.response_a_id,
        row.response_b_id,
        Winner(row.winner),
        row.policy,
        row.flag,
        server_seconds(row),
        row.seconds if row.active_seconds is None else row.active_seconds,
        hidden_seconds(row),
        row.created_at,
    )


def server_seconds(row: Row[Any]) -> float | None:
    """Time from the first showing to the vote; unknown after an undo, because the pair was away in between."""
    if row.shown_at is None or row.closed_at is None or row.undos:
        return None
    return float((row.closed_at - row.shown_at).total_seconds())


def hidden_seconds(row: Row[Any]) -> float | None:
    """Time in a hidden tab as the browser told it, otherwise the time of the server without the visible time."""
    seconds, active = server_seconds(row), row.seconds if row.active_seconds is None else row.active_seconds
    if row.hidden_seconds is not None:
        return float(row.hidden_seconds)
    return None if seconds is None or active is None else max(seconds - float(active), 0.0)


def shown_names(session: Session) -> dict[int, str]:
    """The user name of each person by rater id, or the key of a person without an account."""
    name = func.coalesce(_ACCOUNT.c.username, _RATER.c.key)
    people = select(_RATER.c.id, name).outerjoin(_ACCOUNT, _ACCOUNT.c.rater_id == _RATER.c.id)
    return {int(number): str(found) for number, found in session.execute(people)}


def gold_counts(session: Session, campaign_id: int | None = None) -> dict[int, GoldCount]:
    """The gold answers of each rater with one, in one campaign or in all."""
    answers = gold_answers(session, campaign_id)
    return {rater: _count([one for one in answers if one.rater_id == rater]) for rater in {a.rater_id for a in answers}}


def _count(answers: Sequence[GoldAnswer]) -> GoldCount:
    silent = [one for one in answers if not one.onboarding]
    first = [one for one in answers if one.onboarding]
    return GoldCount(
        sum(one.is_right for one in silent),
        len(silent),
        sum(one.is_right for one in first),
        len(first),
    )
