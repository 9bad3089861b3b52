"""What a person has answered in a campaign, newest first, for that person's own history."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from storage.campaigns.ballots import CLOSED
from storage.database.columns import table_of
from storage.database.ledger_tables import Comment, Preference
from storage.database.tables import Ballot
from storage.values import BallotState, Winner

_BALLOT, _PREFERENCE, _COMMENT = table_of(Ballot), table_of(Preference), table_of(Comment)
_EARLIER = _PREFERENCE.alias()
_LAST = select(func.max(_EARLIER.c.position)).where(_EARLIER.c.ballot_id == _BALLOT.c.id).scalar_subquery()


class AnsweredBallot(NamedTuple):
    """One ballot that a person has closed, with the vote that stands.

    Attributes:
        token: token of the ballot.
        question_id: question of the pair.
        closed_at: time at which the ballot was closed for the first time.
        winner: vote in terms of the sides shown; None for a skip.
        seconds: time for which the pair was visible; None when unknown.
        strength: strength of the preference; None when it was not given.
        reasons: reasons of the vote; None when none were given.
        flag: fault that the person reported; None without one.
    """

    token: str
    question_id: int
    closed_at: datetime
    winner: Winner | None
    seconds: float | None
    strength: int | None
    reasons: list[str] | None
    flag: str | None


def answered(
    connection: Connection, rater_id: int, campaign_id: int, *, limit: int | None = None
) -> list[AnsweredBallot]:
    """The last closed ballots of a person in a campaign, newest first; all of them without a limit."""
    chosen = (
        select(
            _BALLOT.c.token,
            _BALLOT.c.question_id,
            _BALLOT.c.closed_at,
            _BALLOT.c.state,
            _BALLOT.c.flag,
            _PREFERENCE.c.winner,
            _PREFERENCE.c.seconds,
            _PREFERENCE.c.strength,
            _PREFERENCE.c.reasons,
        )
        .select_from(_BALLOT)
        .outerjoin(_PREFERENCE, (_PREFERENCE.c.ballot_id == _BALLOT.c.id) & (_PREFERENCE.c.position == _LAST))
        .where(
            _BALLOT.c.rater_id == rater_id,
            _BALLOT.c.campaign_id == campaign_id,
            _BALLOT.c.state.in_(CLOSED),
            _BALLOT.c.response_b_id.is_not(None),
        )
        .order_by(_BALLOT.c.closed_at.desc(), _BALLOT.c.id.desc())
    )
    rows: Any = connection.execute(chosen if limit is None else chosen.limit(limit))
    return [_answered(row) for row in rows]


def standing_vote(connection: Connection, ballot_id: int) -> Row[Any] | None:
    """The last row of a ballot in the ledger, with the comment that belongs to it; None without a row."""
    chosen = (
        select(_PREFERENCE, _COMMENT.c.body.label("comment"))
        .outerjoin(_COMMENT, _COMMENT.c.position == _PREFERENCE.c.position)
        .where(_PREFERENCE.c.ballot_id == ballot_id)
        .order_by(_PREFERENCE.c.position.desc())
    )
    return connection.execute(chosen.limit(1)).first()


def _answered(row: Row[Any]) -> AnsweredBallot:
    is_vote = row.state == BallotState.voted and row.winner is not None
    return AnsweredBallot(
        token=str(row.token),
        question_id=int(row.question_id),
        closed_at=row.closed_at,
        winner=Winner(row.winner) if is_vote else None,
        seconds=row.seconds if is_vote else None,
        strength=row.strength if is_vote else None,
        reasons=row.reasons if is_vote else None,
        flag=row.flag,
    )
