"""Which questions, responses and conversations show which pictures."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, Text, cast, func, or_, select

from storage.database.bulk import in_lists
from storage.database.columns import table_of
from storage.database.conversation_tables import Conversation
from storage.database.engine import Sql, connection_of
from storage.database.tables import Question, Response
from storage.values import turn_images

SHOWING = tuple(table_of(kind) for kind in (Question, Response, Conversation))
"""The tables whose turns may show pictures."""
_ROWS_PER_READ = 500
_GAPS_PER_STATEMENT = 50


class ShownPicture(NamedTuple):
    """A row that shows a picture, and the digest of the picture."""

    row: int
    sha256: str


class SeenRows(NamedTuple):
    """The rows of a table that were there at one moment, by their ids.

    Attributes:
        last: the highest id; 0 for an empty table.
        gaps: first and last id of each range below it that had no row. On PostgreSQL a transaction takes its ids when
            it begins to insert, so one that is still open fills a gap when it commits.
    """

    last: int = 0
    gaps: Sequence[tuple[int, int]] = ()

    def others(self, table: Table) -> Iterator[ColumnElement[bool]]:
        """Conditions that together choose the rows of the table that have come since; each is answered by a key."""
        yield table.c.id > self.last
        for start in range(0, len(self.gaps), _GAPS_PER_STATEMENT):
            some = self.gaps[start : start + _GAPS_PER_STATEMENT]
            yield or_(*(table.c.id.between(first, last) for first, last in some))


NOTHING_SEEN = SeenRows()
"""No row, so that every row has come since."""


def seen_rows(sql: Sql, table: Table) -> SeenRows:
    """The rows that a session sees in a table; call it in a session on one snapshot."""
    connection = connection_of(sql)
    before = func.coalesce(func.lag(table.c.id).over(order_by=table.c.id), 0).label("before")
    rows = select(table.c.id, before).subquery()
    gaps = connection.execute(select(rows.c.before + 1, rows.c.id - 1).where(rows.c.id > rows.c.before + 1))
    last = connection.execute(select(func.max(table.c.id))).scalar()
    return SeenRows(int(last or 0), [(int(first), int(end)) for first, end in gaps])


def shown_pictures(sql: Sql, table: Table, *, since: SeenRows = NOTHING_SEEN) -> Iterator[ShownPicture]:
    """The pictures of the rows of a table, or of those that have come since it was looked through."""
    return chain.from_iterable(_in_rows(sql, table, some) for some in since.others(table))


def pictures_of_rows(sql: Sql, table: Table, rows: Sequence[int]) -> Iterator[ShownPicture]:
    """The pictures of some rows of a table."""
    return chain.from_iterable(_in_rows(sql, table, table.c.id.in_(some)) for some in in_lists(rows))


def _in_rows(sql: Sql, table: Table, chosen: ColumnElement[bool]) -> Iterator[ShownPicture]:
    named = cast(table.c.turns, Text).like('%"media"%')
    looked = select(table.c.id, table.c.turns).where(chosen, named).order_by(table.c.id)
    for number, turns in connection_of(sql).execute(looked.execution_options(yield_per=_ROWS_PER_READ)):
        for turn in turns:
            if isinstance(turn, list):
                yield from (ShownPicture(number, part["media"]) for part in turn_images(turn))
