"""Claims: work that one process has taken on, so that no other does it too; a claim that is not renewed runs out."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.tables import Claim

_CLAIM = table_of(Claim)


def take_claim(
    session: Session, work: str, holder: str, *, now: datetime, until: datetime, is_gone: Callable[[str], bool]
) -> str:
    """Take a claim unless somebody else holds it; return who holds it now.

    Args:
        session: a writing session.
        work: digest of the work.
        holder: name of the process that takes it.
        now: current time.
        until: time at which the claim runs out.
        is_gone: whether a holder is known to have ended without giving its claim back.
    """
    found = session.execute(select(_CLAIM.c.holder, _CLAIM.c.until).where(_CLAIM.c.work == work)).first()
    if found is not None and found[0] != holder and found[1] > now and not is_gone(str(found[0])):
        return str(found[0])
    dialect = sqlite if session.connection().dialect.name == "sqlite" else postgresql
    row = dialect.insert(_CLAIM).values(work=work, holder=holder, until=until)
    # another process may have taken it since it was read
    taken = row.on_conflict_do_update(
        index_elements=[_CLAIM.c.work],
        set_={"holder": holder, "until": until},
        where=_CLAIM.c.holder == (holder if found is None else str(found[0])),
    )
    session.execute(taken)
    return str(session.execute(select(_CLAIM.c.holder).where(_CLAIM.c.work == work)).scalar_one())


def renew_claim(session: Session, work: str, holder: str, *, until: datetime) -> None:
    """Let a claim run out later."""
    session.execute(update(_CLAIM).where(_CLAIM.c.work == work, _CLAIM.c.holder == holder).values(until=until))


def give_back_claim(session: Session, work: str, holder: str) -> None:
    """End a claim."""
    session.execute(delete(_CLAIM).where(_CLAIM.c.work == work, _CLAIM.c.holder == holder))
