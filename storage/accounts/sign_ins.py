"""Browser sessions: the person behind each cookie, and when the session expires.

Only the digest of a cookie is stored, so a copy of the database opens no session. `rater_of_sign_in` runs on
every request and is one SELECT by primary key.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, or_, select, update
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import Sql, connection_of
from storage.database.tables import Account, Rater, SignIn
from storage.values import Language, Role

IDLE = timedelta(hours=12)
"""A session ends after this time without a request."""

LIFETIME = timedelta(days=7)
"""A session ends this long after signing in, even if it is in use."""

FIRST_LANGUAGE: Language = "en"
"""Language of the pages of an account whose language is not known yet."""

TOUCH_EVERY = timedelta(minutes=1)

_SIGN_IN = table_of(SignIn)
_ACCOUNT = table_of(Account)
_RATER = table_of(Rater)

_SIGNED_IN = (
    select(_RATER.c.id, _RATER.c.role, _ACCOUNT.c.username, _ACCOUNT.c.language, _SIGN_IN.c.seen_at)
    .select_from(_SIGN_IN)
    .join(_RATER, _RATER.c.id == _SIGN_IN.c.rater_id)
    .join(_ACCOUNT, _ACCOUNT.c.rater_id == _SIGN_IN.c.rater_id)
    .where(
        _SIGN_IN.c.token_digest == bindparam("token_digest"),
        _SIGN_IN.c.expires_at > bindparam("now"),
        _SIGN_IN.c.seen_at > bindparam("idle_since"),
        _ACCOUNT.c.active,
        _RATER.c.role.is_not(None),
    )
)


@dataclass(frozen=True, slots=True)
class SignedInPerson:
    """The person who sends a request.

    Attributes:
        is_stale: whether the last use should be stored again, see `touch_sign_in`.
    """

    rater_id: int
    role: Role
    username: str
    language: Language
    is_stale: bool


def open_sign_in(session: Session, token_digest: str, rater_id: int, *, now: datetime) -> None:
    """Start a session and delete the ended sessions of this rater."""
    session.execute(delete(_SIGN_IN).where(_SIGN_IN.c.rater_id == rater_id, _ended(now)))
    row = {
        "token_digest": token_digest,
        "rater_id": rater_id,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + LIFETIME,
    }
    session.execute(insert(_SIGN_IN).values(row))


def rater_of_sign_in(session: Sql, token_digest: str, now: datetime) -> SignedInPerson | None:
    """The person of a session; None if there is no such session, it has ended, or the account is inactive."""
    row = (
        connection_of(session)
        .execute(_SIGNED_IN, {"token_digest": token_digest, "now": now, "idle_since": now - IDLE})
        .first()
    )
    if row is None:
        return None
    return SignedInPerson(row[0], Role(row[1]), row[2], row[3] or FIRST_LANGUAGE, is_stale=now - row[4] >= TOUCH_EVERY)


def touch_sign_in(session: Session, token_digest: str, now: datetime) -> None:
    """Say that a session was used; called at most once a minute per session."""
    session.execute(update(_SIGN_IN).where(_SIGN_IN.c.token_digest == token_digest).values(seen_at=now))


def close_sign_in(session: Session, token_digest: str) -> None:
    """End one session; one that is not there is no error."""
    session.execute(delete(_SIGN_IN).where(_SIGN_IN.c.token_digest == token_digest))


def close_sign_ins(session: Session, rater_id: int) -> int:
    """End every session of a rater and return how many there were."""
    result: Any = session.execute(delete(_SIGN_IN).where(_SIGN_IN.c.rater_id == rater_id))
    return int(result.rowcount)


def purge_sign_ins(session: Session, now: datetime) -> int:
    """Delete every session that has ended and return how many there were."""
    result: Any = session.execute(delete(_SIGN_IN).where(_ended(now)))
    return int(result.rowcount)


def _ended(now: datetime) -> ColumnElement[bool]:
    return or_(_SIGN_IN.c.expires_at <= now, _SIGN_IN.c.seen_at <= now - IDLE)
