"""Append to the ledger: one lock, gap-free positions, a chain of digests.

Every verdict and every exclusion passes through `append`. Counts, boards and reports are folds over
positions, so any process that reads up to position n agrees with any other.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlmodel import Session, SQLModel

from storage.ledger_tables import Exclusion, Judgement, Ledger, Preference, Satisfaction, Void
from storage.values import canonical_json

LEDGERED: dict[str, type[SQLModel]] = {
    "preference": Preference,
    "judgement": Judgement,
    "satisfaction": Satisfaction,
    "exclusion": Exclusion,
    "void": Void,
}
ROWS_PER_STATEMENT = 5_000
ADVISORY_LOCK = 0x4576656E68616E64  # "Evenhand" in ASCII: any number that no other program uses

_LEDGER = Ledger.__table__  # type: ignore[attr-defined]
_HEAD = select(_LEDGER.c.last_position, _LEDGER.c.digest).order_by(_LEDGER.c.first_position.desc()).limit(1)
_GENESIS = "0" * 64


def append(session: Session, kind: str, rows: Iterable[Mapping[str, Any]], *, now: datetime) -> range:
    """Write ledgered rows as one batch and return their positions, in order.

    Takes the ledger's lock until the transaction ends, so keep the transaction short or the batch large.
    Rows are dictionaries of column values without `position`; columns left out are null.

    Raises:
        sqlalchemy.exc.IntegrityError: a unique index refuses a row (a second vote on a ballot, say).
    """
    table = _table(kind)
    lock(session)
    last, before = head(session)
    chain = hashlib.sha256(before.encode())
    columns = [column.name for column in table.columns]
    position = last
    source = iter(rows)
    while chunk := list(islice(source, ROWS_PER_STATEMENT)):
        stored = []
        for row in chunk:
            position += 1
            full = dict.fromkeys(columns)
            full.update(row)
            full["position"] = position
            chain.update(canonical_json([full[name] for name in columns]).encode())
            stored.append(full)
        session.execute(insert(table), stored)
    if position > last:
        batch = {
            "first_position": last + 1,
            "last_position": position,
            "kind": kind,
            "digest": chain.hexdigest(),
            "written_at": now,
        }
        session.execute(insert(_LEDGER), batch)
    return range(last + 1, position + 1)


def lock(session: Session) -> None:
    """Let no other transaction append until this one ends (SQLite write transactions hold such a lock already)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


def head(session: Session) -> tuple[int, str]:
    """The last position (0 when nothing was written) and the digest of the chain up to it."""
    row = session.execute(_HEAD).first()
    return (0, _GENESIS) if row is None else (int(row[0]), str(row[1]))


def broken_batches(session: Session) -> Iterator[str]:
    """A sentence for each batch whose rows no longer match its digest, or that leaves a gap; none if intact."""
    before, expected = _GENESIS, 1
    batches: Sequence[Any] = session.execute(select(_LEDGER).order_by(_LEDGER.c.first_position)).all()
    for batch in batches:
        if batch.first_position != expected:
            yield f"positions {expected} to {batch.first_position - 1} are missing from the ledger"
        chain = hashlib.sha256(before.encode())
        n_rows = 0
        table = _table(batch.kind)
        rows = session.execute(
            select(table)
            .where(table.c.position.between(batch.first_position, batch.last_position))
            .order_by(table.c.position)
            .execution_options(yield_per=ROWS_PER_STATEMENT)
        )
        for row in rows:
            chain.update(canonical_json(list(row)).encode())
            n_rows += 1
        if n_rows != batch.last_position - batch.first_position + 1 or chain.hexdigest() != batch.digest:
            yield f"positions {batch.first_position} to {batch.last_position} ({batch.kind}) were changed after writing"
        before, expected = batch.digest, batch.last_position + 1


def n_rows(session: Session, kind: str) -> int:
    """How many rows of one kind the ledger holds, superseded and void ones included."""
    return int(session.execute(select(func.count()).select_from(_table(kind))).scalar_one())


def _table(kind: str) -> Table:
    table: Table = LEDGERED[kind].__table__  # type: ignore[attr-defined]
    return table
