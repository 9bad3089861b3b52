"""Write the scores that people give on ballots; ledgered rows never change afterwards.

The scores of one ballot are written in one batch, so all of them are stored or none is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.ledger_tables import Comment, Satisfaction
from storage.ledger import chain
from storage.ledger.preferences import add_comment
from storage.values import ScoreState, digest

_SCORE, _COMMENT = table_of(Satisfaction), table_of(Comment)
_OF_BALLOT = select(_SCORE).where(_SCORE.c.ballot_id == bindparam("ballot")).order_by(_SCORE.c.position)
_KEPT = (
    "rater_id",
    "question_id",
    "model_id",
    "response_id",
    "dimension",
    "scale_low",
    "scale_high",
    "sample",
    "ballot_id",
)
"""Columns that a row shares with the row that it supersedes."""

FLAGGED = "flag:"
"""Beginning of the cause of a person's score on responses that the person reported as faulty."""


class BallotScore(NamedTuple):
    """The last row of one response and dimension of a ballot.

    Attributes:
        position: position in the ledger.
        state: `undone` if the score was taken back.
        score: step of the scale; None unless scored.
        cause: reported fault, as the row has it; None without one.
        seconds: time for which the responses were visible; None when unknown.
        kept: columns that a superseding row shares.
    """

    position: int
    state: ScoreState
    score: float | None
    cause: str | None
    seconds: float | None
    kept: dict[str, Any]


def scores_of_ballot(session: Sql, ballot_id: int) -> dict[tuple[int, str], BallotScore]:
    """The last row of each response and dimension of a ballot."""
    rows = connection_of(session).execute(_OF_BALLOT, {"ballot": ballot_id}).mappings()
    return {
        (int(row["response_id"]), str(row["dimension"])): BallotScore(
            int(row["position"]),
            ScoreState(row["state"]),
            row["score"],
            row["cause"],
            row["seconds"],
            {name: row[name] for name in _KEPT},
        )
        for row in rows
    }


def comment_of(session: Sql, last: Mapping[tuple[int, str], BallotScore]) -> str | None:
    """The comment that was given with the scores of a ballot; None without one."""
    positions = [one.position for one in last.values()]
    chosen = select(_COMMENT.c.body).where(_COMMENT.c.position.in_(positions)).order_by(_COMMENT.c.id.desc())
    body = connection_of(session).execute(chosen.limit(1)).scalar()
    return None if body is None else str(body)


def record_scores(
    session: Sql, rows: Sequence[Mapping[str, Any]], *, comment: str | None = None, salt: str = "", now: datetime
) -> range:
    """Append the scores of one ballot as one batch, store the comment outside the ledger, and return the positions.

    Args:
        session: a writing session or connection.
        rows: columns of `Satisfaction` without position and comment digest; at least one row.
        comment: comment of the rater; the first row stores `sha256(salt + comment)`.
        salt: random text, required with a comment, so that the comment cannot be guessed from its digest.
        now: the time of writing.
    """
    full = [dict(row) for row in rows]
    if comment:
        full[0]["comment_digest"] = digest(salt + comment)
    positions = chain.append(session, "satisfaction", full, now=now)
    if comment:
        add_comment(session, comment, ballot_id=full[0]["ballot_id"], position=positions[0], salt=salt, now=now)
    return positions


def undo_scores(session: Sql, last: Mapping[tuple[int, str], BallotScore], *, now: datetime) -> None:
    """Take the scores of a ballot back, each by a row that supersedes it."""
    rows = [
        {**one.kept, "state": ScoreState.undone, "supersedes": one.position, "created_at": now}
        for one in last.values()
        if one.state is not ScoreState.undone
    ]
    if rows:
        chain.append(session, "satisfaction", rows, now=now)
