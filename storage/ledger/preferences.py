"""Write votes, comments and exclusions; ledgered rows never change afterwards."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from storage import audit
from storage.audit import Subject
from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.ledger_tables import Comment, Preference
from storage.database.tables import Ballot
from storage.errors import Conflict, NotFound
from storage.ledger import chain, standing
from storage.ledger.standing import EXCLUSION
from storage.values import BallotState, digest

_PREFERENCE, _COMMENT = table_of(Preference), table_of(Comment)
_BALLOT = table_of(Ballot)
_LAST_OF_BALLOT = (
    select(_PREFERENCE.c.position, _PREFERENCE.c.winner)
    .where(_PREFERENCE.c.ballot_id == bindparam("ballot"))
    .order_by(_PREFERENCE.c.position.desc())
    .limit(1)
)


def last_of_ballot(session: Sql, ballot_id: int) -> tuple[int, str | None] | None:
    """Position and winner of the last row of a ballot; a winner of None means that the vote was undone."""
    row = connection_of(session).execute(_LAST_OF_BALLOT, {"ballot": ballot_id}).first()
    return None if row is None else (int(row[0]), row[1])


def record(session: Sql, row: Mapping[str, Any], *, comment: str | None = None, salt: str = "", now: datetime) -> int:
    """Append one preference, store its comment outside the ledger, and return the position.

    Args:
        session: a writing session or connection.
        row: columns of `Preference` without position and comment digest.
        comment: comment of the rater; the row stores `sha256(salt + comment)`.
        salt: random text, required with a comment, so that the comment cannot be guessed from its digest.
        now: the time of writing.
    """
    full = dict(row)
    if comment:
        full["comment_digest"] = digest(salt + comment)
    position = chain.append(session, "preference", [full], now=now)[0]
    if comment:
        add_comment(session, comment, ballot_id=full.get("ballot_id"), position=position, salt=salt, now=now)
    return position


def add_comment(
    session: Sql, body: str, *, ballot_id: int | None, position: int | None = None, salt: str, now: datetime
) -> None:
    """Store a comment beside a ledgered row or a skipped ballot."""
    values = {"ballot_id": ballot_id, "position": position, "salt": salt, "body": body, "created_at": now}
    connection_of(session).execute(insert(_COMMENT), values)


def exclude(
    session: Session,
    *,
    rater_id: int | None = None,
    question_id: int | None = None,
    actor_id: int | None,
    reason: str,
    now: datetime,
) -> int:
    """Exclude a rater or a question from every leaderboard from now on, and return the position.

    Open ballots are withdrawn. An excluded rater gets no more ballots and takes up no place; an excluded question is
    shown no more.

    Raises:
        Conflict: the rater or question is excluded already.
    """
    chain.lock(session)
    if excluded(session, rater_id=rater_id, question_id=question_id) is not None:
        raise Conflict("expected a rater or question that is not excluded, but this one is excluded already")
    row = {
        "rater_id": rater_id,
        "question_id": question_id,
        "actor_id": actor_id,
        "reason": reason,
        "created_at": now,
    }
    position = chain.append(session, "exclusion", [row], now=now)[0]
    target = _BALLOT.c.rater_id == rater_id if rater_id is not None else _BALLOT.c.question_id == question_id
    is_open = _BALLOT.c.state.in_((BallotState.reserved, BallotState.shown))
    session.execute(update(_BALLOT).where(target, is_open).values(state=BallotState.withdrawn, closed_at=now))
    audit.record(session, *_subject(rater_id, question_id), "exclusion", new=reason)
    return position


def excluded(session: Session, *, rater_id: int | None = None, question_id: int | None = None) -> int | None:
    """The position of the exclusion in force for a rater or question, None if it is not excluded."""
    target = EXCLUSION.c.rater_id == rater_id if rater_id is not None else EXCLUSION.c.question_id == question_id
    found = session.execute(standing.excluded(EXCLUSION.c.position).where(target)).scalar()
    return None if found is None else int(found)


def readmit(
    session: Session,
    *,
    rater_id: int | None = None,
    question_id: int | None = None,
    actor_id: int | None,
    reason: str,
    now: datetime,
) -> int:
    """Reverse an exclusion by another row, and return its position.

    Raises:
        NotFound: the rater or question is not excluded.
    """
    chain.lock(session)
    in_force = excluded(session, rater_id=rater_id, question_id=question_id)
    if in_force is None:
        raise NotFound("expected an excluded rater or question, but this one is not excluded")
    row = {
        "rater_id": rater_id,
        "question_id": question_id,
        "actor_id": actor_id,
        "reason": reason,
        "reverses": in_force,
        "created_at": now,
    }
    before = session.execute(select(EXCLUSION.c.reason).where(EXCLUSION.c.position == in_force)).scalar()
    audit.record(session, *_subject(rater_id, question_id), "exclusion", old=before)
    return chain.append(session, "exclusion", [row], now=now)[0]


def _subject(rater_id: int | None, question_id: int | None) -> tuple[Subject, int]:
    return (Subject.rater, rater_id) if rater_id is not None else (Subject.question, int(question_id or 0))
