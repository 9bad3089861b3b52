"""Append to the ledger: one lock, gap-free positions, a chain of digests.

Every vote, judgment, score, void, exclusion, change of a model and decision of a reviewer is written by `append`.
Counts, leaderboards and reports are functions of the entries up to a position, so two processes that read up to the
same position agree.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Float, Table, func, insert, select, text
from sqlmodel import Session, SQLModel

from storage.database.bulk import insert_columns
from storage.database.columns import UtcDateTime, table_of
from storage.database.engine import Sql, connection_of, is_postgres
from storage.database.ledger_tables import (
    Adjudication,
    Exclusion,
    Judgment,
    Ledger,
    ModelChange,
    Preference,
    Satisfaction,
    Void,
)
from storage.values import utc

LEDGERED: dict[str, type[SQLModel]] = {
    "preference": Preference,
    "judgement": Judgment,
    "satisfaction": Satisfaction,
    "exclusion": Exclusion,
    "void": Void,
    "model_change": ModelChange,
    "adjudication": Adjudication,
}
ROWS_PER_READ = 5_000
ADVISORY_LOCK = 0x4576656E68616E64  # "Evenhand" in ASCII, a number that no other program is likely to use

_LEDGER = table_of(Ledger)
_HEAD = select(_LEDGER.c.last_position, _LEDGER.c.digest).order_by(_LEDGER.c.first_position.desc()).limit(1)
_INSERT_BATCH = insert(_LEDGER)
_GENESIS = "0" * 64


def append(session: Sql, kind: str, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> range:
    """Write ledgered rows as one batch and return their positions in order.

    The ledger stays locked until the transaction ends, so keep the transaction short or the batch large. Rows are
    dictionaries of column values without `position`; missing columns are null.

    Raises:
        ValueError: a row names a column that the table does not have.
        sqlalchemy.exc.IntegrityError: a unique index refuses a row (a second vote on a ballot, say).
    """
    names = dict.fromkeys(name for row in rows for name in row)
    return append_columns(session, kind, {name: [row.get(name) for row in rows] for name in names}, now=now)


def append_columns(session: Sql, kind: str, columns: Mapping[str, Sequence[Any]], *, now: datetime) -> range:
    """Write ledgered rows, given as columns of one length without `position`, as one batch; return their positions.

    Raises:
        ValueError: a column does not exist in the table.
        sqlalchemy.exc.IntegrityError: a unique index refuses a row.
    """
    names = columns_of(kind)
    if not columns.keys() <= set(names):
        raise ValueError(f"expected columns of {kind}, got {sorted(columns.keys() - set(names))!r}")
    lock(session)
    last, before = head(session)
    n_rows = max(map(len, columns.values()), default=0)
    positions = range(last + 1, last + 1 + n_rows)
    if not n_rows:
        return positions
    settled = {name: _settled(kind, name, values) for name, values in columns.items()}
    nothing = [None] * n_rows
    rows = zip(positions, *(settled.get(name, nothing) for name in names), strict=True)
    chain = _chain(before, kind, now)
    chain.update(b"".join(map(_canonical, rows)))
    insert_columns(session, _table(kind), {"position": positions, **settled})
    batch = {
        "first_position": positions[0],
        "last_position": positions[-1],
        "kind": kind,
        "digest": chain.hexdigest(),
        "written_at": now,
    }
    connection_of(session).execute(_INSERT_BATCH, batch)
    return positions


@cache
def columns_of(kind: str) -> tuple[str, ...]:
    """The columns of a ledgered table without `position`, in the order of the table."""
    return tuple(column.name for column in _table(kind).columns if column.name != "position")


def lock(session: Sql) -> None:
    """Keep other transactions from appending until this one ends (on SQLite, writing transactions do so anyway)."""
    if is_postgres(session):
        connection_of(session).execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


def head(session: Sql) -> tuple[int, str]:
    """The last position (0 for an empty ledger) and the digest of the chain up to it."""
    row = connection_of(session).execute(_HEAD).first()
    return (0, _GENESIS) if row is None else (int(row[0]), str(row[1]))


def broken_batches(session: Session) -> Iterator[str]:
    """A sentence for each batch that does not match its digest or follows a gap; none for an intact ledger.

    No command calls it yet; the planned check of a store will.
    """
    before, expected = _GENESIS, 1
    batches: Sequence[Any] = session.execute(select(_LEDGER).order_by(_LEDGER.c.first_position)).all()
    for batch in batches:
        if batch.first_position != expected:
            yield f"positions {expected} to {batch.first_position - 1} are missing from the ledger"
        chain = _chain(before, batch.kind, batch.written_at)
        n_rows = 0
        table = _table(batch.kind)
        rows = session.execute(
            select(table)
            .where(table.c.position.between(batch.first_position, batch.last_position))
            .order_by(table.c.position)
            .execution_options(yield_per=ROWS_PER_READ)
        )
        for row in rows:
            chain.update(_canonical(tuple(row)))
            n_rows += 1
        if n_rows != batch.last_position - batch.first_position + 1 or chain.hexdigest() != batch.digest:
            yield f"positions {batch.first_position} to {batch.last_position} ({batch.kind}) were changed after writing"
        before, expected = batch.digest, batch.last_position + 1
    stored = sum(session.execute(select(func.count()).select_from(_table(kind))).scalar_one() for kind in LEDGERED)
    if stored != expected - 1:
        yield f"expected {expected - 1} ledgered rows, got {stored}; some were written without the ledger"


def _chain(before: str, kind: str, written_at: datetime) -> "hashlib._Hash":
    """The digest of a batch without its rows: the digest of the batch before, the kind and the time."""
    return hashlib.sha256(f"{before} {kind} {utc(written_at).isoformat()} ".encode())


def _canonical(row: tuple[Any, ...]) -> bytes:
    """One stored row as JSON: sorted keys, UTC times, floats at their shortest exact spelling."""
    return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)


def _settled(kind: str, name: str, values: Sequence[Any]) -> Sequence[Any]:
    """A column as it is read back, so that the chain can be checked: times in UTC, fractions as floats."""
    column_type = _table(kind).c[name].type
    if isinstance(column_type, UtcDateTime):
        return [None if value is None else utc(value) for value in values]
    if isinstance(column_type, Float):
        return [None if value is None else float(value) for value in values]
    return values


def _table(kind: str) -> Table:
    return table_of(LEDGERED[kind])
