"""Append to the ledger: one lock, gap-free positions, a chain of digests.

Every vote, judgment, score, void, exclusion, change of a model and decision of a reviewer is written by `append`.
Counts, leaderboards and reports are functions of the entries up to a position, so two processes that read up to the
same position agree.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from storage.ledger.contents import StoredContents, contents_of
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
ADDED_LATER = {"preference": 2, "satisfaction": 1, "judgement": 1}
"""Number of last columns by kind that came after the first rows were chained: they count only where they hold a value,
so that rows from before keep their digests."""

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
    chain.update(_canonical(kind, rows))
    contents = contents_of(session, settled)
    chain.update((contents or "").encode())
    insert_columns(session, _table(kind), {"position": positions, **settled})
    batch = {
        "first_position": positions[0],
        "last_position": positions[-1],
        "kind": kind,
        "digest": chain.hexdigest(),
        "contents": contents,
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


def head_text(session: Sql, position: int | None = None) -> str | None:
    """The head as one word, `POSITION:DIGEST`, to keep elsewhere and to check the store against later.

    Args:
        session: any session.
        position: an earlier position to give the head of; None for the present one.

    Returns:
        None if rows were written together before and after the position.
    """
    found = head(session)
    if position is not None and position != found[0]:
        digest = session.execute(select(_LEDGER.c.digest).where(_LEDGER.c.last_position == position)).scalar()
        if digest is None:
            return None
        found = (position, str(digest))
    return f"{found[0]}:{found[1]}"


def broken_batches(session: Session) -> Iterator[str]:
    """A sentence for each batch that does not match its digest or follows a gap; none for an intact ledger."""
    before, expected = _GENESIS, 1
    stored_contents: StoredContents | None = None
    rows = {kind: _LedgeredRows(session, kind) for kind in LEDGERED}
    for batch in session.execute(select(_LEDGER).order_by(_LEDGER.c.first_position)).all():
        if batch.first_position != expected:
            yield f"positions {expected} to {batch.first_position - 1} are missing from the ledger"
        where = _where(batch.first_position, batch.last_position)
        if batch.kind not in rows:
            yield f"{where} are of a kind that this version does not know ({batch.kind})"
            before, expected = batch.digest, batch.last_position + 1
            continue
        chain = _chain(before, batch.kind, batch.written_at)
        found = rows[batch.kind].between(batch.first_position, batch.last_position)
        chain.update(_canonical(batch.kind, found))
        chain.update((batch.contents or "").encode())
        if len(found) != batch.last_position - batch.first_position + 1 or chain.hexdigest() != batch.digest:
            yield f"{where} ({batch.kind}) were changed after writing"
        elif batch.contents is not None:
            if stored_contents is None:
                stored_contents = StoredContents(session)
            names = columns_of(batch.kind)
            columns = dict(zip(names, zip(*(row[1:] for row in found), strict=True), strict=True))
            if stored_contents.digest_of(columns) != batch.contents:
                yield f"{where} ({batch.kind}) name a ballot, question or response that was changed after writing"
        before, expected = batch.digest, batch.last_position + 1
    stored = sum(session.execute(select(func.count()).select_from(_table(kind))).scalar_one() for kind in LEDGERED)
    if stored != expected - 1:
        yield f"expected {expected - 1} ledgered rows, got {stored}; some were written without the ledger"


class _LedgeredRows:
    """The rows of one ledgered table in the order of their positions, read page by page."""

    def __init__(self, session: Session, kind: str) -> None:
        self._session, self._table = session, _table(kind)
        self._rows = self._read()
        self._next = next(self._rows, None)

    def between(self, first: int, last: int) -> list[tuple[Any, ...]]:
        """The rows with these positions; those before them belong to no batch and are passed over."""
        found = []
        while self._next is not None and self._next[0] <= last:
            if self._next[0] >= first:
                found.append(self._next)
            self._next = next(self._rows, None)
        return found

    def _read(self) -> Iterator[tuple[Any, ...]]:
        position = self._table.c.position
        page = select(self._table).order_by(position).limit(ROWS_PER_READ)
        rows: Sequence[Any] = self._session.execute(page).all()
        while rows:
            yield from map(tuple, rows)
            rows = self._session.execute(page.where(position > rows[-1][0])).all()


def _where(first: int, last: int) -> str:
    return f"positions {first} to {last}"


def _chain(before: str, kind: str, written_at: datetime) -> "hashlib._Hash":
    """The digest of a batch without its rows: the digest of the batch before, the kind and the time."""
    return hashlib.sha256(f"{before} {kind} {utc(written_at).isoformat()} ".encode())


def _canonical(kind: str, rows: Iterable[tuple[Any, ...]]) -> bytes:
    """Stored rows, each as JSON: sorted keys, UTC times, floats at their shortest exact spelling."""
    later = ADDED_LATER.get(kind, 0)
    least = 1 + len(columns_of(kind)) - later
    if not later:
        return b"".join(orjson.dumps(row, option=orjson.OPT_SORT_KEYS) for row in rows)
    return b"".join(orjson.dumps(_chained(row, least), option=orjson.OPT_SORT_KEYS) for row in rows)


def _chained(row: tuple[Any, ...], least: int) -> tuple[Any, ...]:
    """A row without the empty columns at its end that were added later."""
    end = len(row)
    while end > least and row[end - 1] is None:
        end -= 1
    return row[:end]


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
