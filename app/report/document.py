"""The numbers of a report: what is computed, as tables of plain values with texts in both languages.

Every page, picture and file of a report is made from one document, so that a number has one home. Values are rounded
when they enter it, and a report is verified by computing the document again.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.values import LANGUAGES, Language

Cell = str | int | float | bool | None
WHOLE_DECIMALS, SHARE_DECIMALS = 4, 6
"""Decimals that are kept of numbers from 10 on, and of smaller ones."""


@dataclass(frozen=True)
class NumberTable:
    """One table of values; it becomes a CSV, a JSON and a Parquet file.

    Attributes:
        columns: names of the columns.
        rows: one value per column; None is unknown, never zero.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @classmethod
    def of(cls, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> "NumberTable":
        """A table of these rows; numbers that are not finite become None."""
        return cls(tuple(columns), tuple(tuple(map(_plain, row)) for row in rows))

    def records(self) -> Iterator[dict[str, Any]]:
        """Each row as values by column."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))


Texts = Mapping[Language, list[str]]
"""Sentences in each language, equally many in each."""


@dataclass(frozen=True)
class PartNumbers:
    """What one part of a report adds to the document.

    Attributes:
        tables: tables by name.
        texts: sentences by name.
    """

    tables: Mapping[str, NumberTable] = field(default_factory=dict)
    texts: Mapping[str, Texts] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """All numbers and sentences of a report, and the facts about its making.

    Attributes:
        facts: settings, seeds, versions, inputs, and counts of rows; JSON values.
        tables: tables by name.
        texts: sentences by name.
    """

    facts: Mapping[str, Any]
    tables: Mapping[str, NumberTable]
    texts: Mapping[str, Texts]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table as values by column; none if the report has no such table."""
        return list(self.tables[name].records()) if name in self.tables else []

    def sentences(self, name: str, language: Language) -> list[str]:
        """Sentences in one language; none if the report has no such ones."""
        return list(self.texts[name][language]) if name in self.texts else []

    def as_json(self) -> dict[str, Any]:
        """The document as JSON values, with rounded numbers."""
        return {
            "facts": dict(self.facts),
            "tables": {
                name: {"columns": list(table.columns), "rows": [[settle(cell) for cell in row] for row in table.rows]}
                for name, table in self.tables.items()
            },
            "texts": {
                name: {language: texts[language] for language in LANGUAGES} for name, texts in self.texts.items()
            },
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Document":
        """The document of JSON values that `as_json` gave."""
        tables = {
            name: NumberTable(tuple(own["columns"]), tuple(map(tuple, own["rows"])))
            for name, own in value["tables"].items()
        }
        return cls(value["facts"], tables, value["texts"])


def in_both(make: Any) -> Texts:  # noqa: ANN401  a function of the language that returns sentences
    """The sentences that a function makes for each language."""
    return {language: list(make(language)) for language in LANGUAGES}


def settle(value: Cell) -> Cell:
    """A value as it is kept: a number with a fixed number of decimals."""
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return round(value, decimals_of(value)) + 0.0  # no negative zero


def decimals_of(value: float) -> int:
    """The number of decimals that are kept of a number."""
    return WHOLE_DECIMALS if abs(value) >= 10.0 else SHARE_DECIMALS


def _plain(value: Any) -> Cell:  # noqa: ANN401  a value of a statistic
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, float):  # numpy's floats are floats too
        return float(value) if math.isfinite(value) else None
    return int(value)
