"""Write many rows as tuples, with ids assigned beforehand.

A file of its own because imports and the ledger both need it: a million rows through dictionaries and per-row
type handling cost more than the database itself. The statement and the value conversions still come from the
table's declared columns, compiled once per table and dialect.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Connection, Dialect, Float, Table, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from storage.database.columns import UtcDateTime
from storage.database.engine import Sql, connection_of
from storage.errors import BadInput

Convert = Callable[[Any], Any]
ROWS_PER_STATEMENT = 5_000
ROWS_WORTH_COPYING = 100
"""Number of rows from which on PostgreSQL uses COPY, six times as fast as INSERT."""

IN_LIST = 5_000
"""Maximum number of values in an IN list, below the parameter limits of both databases (32,766 and 65,535)."""


def insert_rows(session: Sql, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert tuples of values in the order of `names`; the other columns are null.

    Raises:
        sqlalchemy.exc.IntegrityError: a constraint refuses a row.
    """
    if rows:
        insert_columns(session, table, dict(zip(names, zip(*rows, strict=True), strict=True)))


def insert_columns(session: Sql, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows given as columns of one length; the other columns are null.

    Raises:
        sqlalchemy.exc.IntegrityError: a constraint refuses a row.
        sqlalchemy.exc.DBAPIError: the database refuses a row for another reason.
        BadInput: the driver cannot send a value.
    """
    # A column that holds nothing costs as much as one that does, and most rows leave several open.
    used = {name: values for name, values in columns.items() if values.count(None) < len(values)}
    names = tuple(used)
    connection = connection_of(session)
    statement, converts = _compiled(table, names, connection.dialect)
    ready = [_converted(used[name], convert) for name, convert in zip(names, converts, strict=True)]
    stored = list(zip(*ready, strict=True))
    try:
        if connection.dialect.name == "postgresql" and len(stored) >= ROWS_WORTH_COPYING:
            _copy(connection, table, names, stored)
            return
        for start in range(0, len(stored), ROWS_PER_STATEMENT):
            connection.exec_driver_sql(statement, stored[start : start + ROWS_PER_STATEMENT])
    except (ValueError, OverflowError) as error:
        raise BadInput(f"expected values that the database can hold, got one that cannot be sent: {error}") from error


def take_ids(session: Session, table: Table, count: int) -> Sequence[int]:
    """Ids for `count` new rows of a table with an integer key, in ascending order.

    Call it in a writing session: on SQLite nobody else can take the same numbers while the transaction lasts,
    on PostgreSQL they come from the table's own sequence.
    """
    if session.get_bind().dialect.name == "postgresql":
        statement = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
        return sorted(int(row[0]) for row in session.execute(statement, {"table": table.name, "count": count}))
    last = session.execute(select(func.max(table.c.id))).scalar()
    return range(int(last or 0) + 1, int(last or 0) + 1 + count)


def in_lists(values: Iterable[Any]) -> Iterable[list[Any]]:
    """The values in lists short enough for one IN clause."""
    everything = list(values)
    for start in range(0, len(everything), IN_LIST):
        yield everything[start : start + IN_LIST]


@lru_cache(maxsize=64)
def _compiled(table: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[str, tuple[Convert | None, ...]]:
    """The statement for the driver, and a conversion for each column of a type that the driver does not accept."""
    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.name == "sqlite" else "%s"
    columns = ", ".join(quote(name) for name in names)
    marks = ", ".join([mark] * len(names))
    statement = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # noqa: S608  declared names only
    converts: list[Convert | None] = []
    for name in names:
        column_type = table.c[name].type
        if isinstance(column_type, Boolean | Float):
            converts.append(None)  # both drivers take truth values and numbers as they are
        elif isinstance(column_type, UtcDateTime) and dialect.name == "sqlite":
            converts.append(_sqlite_moment)
        else:
            converts.append(column_type.dialect_impl(dialect).bind_processor(dialect))
    return statement, tuple(converts)


def _sqlite_moment(value: datetime) -> str:
    """The text as which SQLAlchemy stores a time on SQLite, eight times as fast; a test holds them equal."""
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _copy(connection: Connection, table: Table, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    statement = f"COPY {quote(table.name)} ({', '.join(quote(name) for name in names)}) FROM STDIN"
    driver: Any = connection.dialect.loaded_dbapi
    try:
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except driver.Error as error:
        raise DBAPIError.instance(statement, None, error, driver.Error, dialect=connection.dialect) from error


def _converted(values: Sequence[Any], convert: Convert | None) -> Sequence[Any]:
    """A column in values for the driver; consecutive equal values are converted once."""
    if convert is None:
        return values
    before: Any = None
    after: Any = None
    converted = []
    for value in values:
        if value is not before:
            before, after = value, None if value is None else convert(value)
        converted.append(after)
    return converted
