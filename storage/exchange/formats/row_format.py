"""What a format is: the columns by which its rows are recognised, and a function that reads them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ImportContext, RawRow, RowKind

RowTest = Callable[[RawRow], bool]
"""Tells by the values of a row whether a file has a format."""

RowSplitter = Callable[[RawRow], Iterable[RawRow]]
"""Takes apart a file that is one JSON object: one row for each element of its list."""

RowReader = Callable[[RawRow, ImportContext], Iterable[Any]]
"""Turns one row of a file into canonical rows of `storage.exchange.rows.canonical`."""


@dataclass(frozen=True)
class RowFormat:
    """The layout of one kind of row in files of one program or publisher.

    Attributes:
        kind: kind of row.
        title: name of the format in lists and messages.
        needs: columns by which a file is recognised; all must be present.
        also: further columns that are read where they are present.
        read: function from one row of the file to canonical rows.
        own: whether Evenhand's own export writes it, so that cells of CSV files carry a guard against formulas.
        source: name of the source where neither the file nor the caller gives one; None for the file's name.
        says_rater_kind: whether its rows say if a person or a judge gave them.
        name: name for `--format`, the title in lower case with hyphens where it is not given; a publisher's formats of
            several kinds may share it.
        fits: test of the first row, where columns alone do not tell the format.
        split: function that makes rows of a file that is one JSON object.
        is_variant: whether another format of the list differs only in the name of a column.
    """

    kind: RowKind
    title: str
    needs: frozenset[str]
    also: frozenset[str]
    read: RowReader
    own: bool = False
    source: str | None = None
    says_rater_kind: bool = True
    name: str = ""
    fits: RowTest | None = None
    split: RowSplitter | None = None
    is_variant: bool = False

    def __post_init__(self) -> None:
        """Make a name of the title."""
        if not self.name:
            object.__setattr__(self, "name", "-".join(self.title.lower().split()))

    def is_format_of(self, columns: frozenset[str], first: RawRow) -> bool:
        """Whether a file with these columns and this first row has this format."""
        return self.needs <= columns and (self.fits is None or self.fits(first))

    @classmethod
    def of(
        cls,
        kind: RowKind,
        title: str,
        read: RowReader,
        *,
        needs: str,
        also: str = "",
        **rest: Any,  # noqa: ANN401  the further fields
    ) -> Self:
        """A format whose columns are given as names separated by spaces."""
        return cls(kind, title, frozenset(needs.split()), frozenset(also.split()), read, **rest)

    def unused(self, columns: Iterable[str]) -> tuple[str, ...]:
        """The columns of a file that this format does not read, in the order of the file."""
        read = self.needs | self.also | frozenset(fields.TIMES)
        return tuple(column for column in columns if column not in read)


def with_uid(known: RowFormat) -> RowFormat:
    """The same format for files that name the key of a question `uid` instead of `question_id`."""

    def read(row: RawRow, context: ImportContext) -> Iterable[Any]:
        return known.read({**row, "question_id": row.get("uid")}, context)

    needs = known.needs - {"question_id"} | {"uid"}
    return replace(known, title=f"{known.title} with uid", needs=needs, read=read, name="", is_variant=True)
