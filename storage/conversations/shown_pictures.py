"""Which questions, responses and conversations show which pictures."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, Text, cast, select

from storage.database.bulk import in_lists
from storage.database.columns import table_of
from storage.database.conversation_tables import Conversation
from storage.database.engine import Sql, connection_of
from storage.database.tables import Question, Response
from storage.values import turn_images

SHOWING = tuple(table_of(kind) for kind in (Question, Response, Conversation))
"""The tables whose turns may show pictures."""
_ROWS_PER_READ = 500


class ShownPicture(NamedTuple):
    """A row that shows a picture, and the digest of the picture."""

    row: int
    sha256: str


def shown_pictures(sql: Sql, table: Table, *, after: int = 0) -> Iterator[ShownPicture]:
    """The pictures of the rows of a table with a higher id than `after`, in the order of the ids."""
    return _in_rows(sql, table, table.c.id > after)


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
