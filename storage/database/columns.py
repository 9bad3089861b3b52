"""Column types and constraint names shared by all tables: UTC times, JSON, short words.

Constraints get predictable names, because a migration on SQLite can only change what it can name.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Index, Integer, String, Table, Text, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from storage.values import utc

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC, with a time zone in Python on both databases; values without one are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The value for the database: UTC, without the zone on SQLite, which cannot store it."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a time with a zone, got {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The value from the database: UTC, with the zone."""
        return None if value is None else utc(value)


WORD = String(32)
NAME = String(200)
DIGEST = String(64)
TEXT = Text()
JSONB: Any = JSON(none_as_null=True)
MOMENT = UtcDateTime()
BIG: Any = BigInteger().with_variant(Integer(), "sqlite")
"""64-bit everywhere; SQLite only numbers rows by itself when the key is declared INTEGER."""


SQLModel.metadata.naming_convention = NAMES


def table_of(row: type[SQLModel]) -> Table:
    """The Core table of a row class, for statements that need no object per row."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table


def key() -> Any:  # noqa: ANN401  SQLModel fields are declared as what they hold
    """An integer primary key."""
    return Field(default=None, primary_key=True, sa_type=BIG)


def to(target: str, *, null: bool = False, index: bool = False) -> Any:  # noqa: ANN401
    """A reference to `table.column`."""
    return Field(default=None if null else ..., foreign_key=target, sa_type=BIG, nullable=null, index=index)


def position() -> Any:  # noqa: ANN401
    """The key of a ledgered row: without gaps over all ledgered tables, assigned by `storage.ledger.chain.append`."""
    return Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})


def unique_where(name: str, *columns: str, condition: str) -> Index:
    """A unique index over the rows that meet a condition, the same on both databases."""
    return Index(name, *columns, unique=True, **where(condition))


def where(condition: str) -> dict[str, Any]:
    """Keyword arguments for a partial index on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
