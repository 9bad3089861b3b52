"""What a format is: the columns by which its rows are recognised, and a function that reads them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from storage.exchange.rows.canonical import ImportContext, RawRow, RowKind

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
    """

    kind: RowKind
    title: str
    needs: frozenset[str]
    also: frozenset[str]
    read: RowReader
    own: bool = False
    source: str | None = None
    says_rater_kind: bool = True

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
        return tuple(column for column in columns if column not in self.needs and column not in self.also)
