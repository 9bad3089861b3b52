"""What differs between two documents or two files, each named by its place."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.report.document import Document, NumberTable, Texts, decimals_of, settle

MOST_LINES = 20
"""Largest number of differing lines that are named of one file."""
_AROUND = 32
"""Characters that are shown on each side of a difference."""
_ROUNDING = 0.502
"""Units of the last decimal by which a stored number may differ from an exact one: half of one for rounding, and a
little for another machine's arithmetic."""


@dataclass(frozen=True)
class ReportDifference:
    """One thing that is not as it should be.

    Attributes:
        file: name of the file within the report.
        place: line, table and row, or empty for the whole file.
        text: what was expected and what was found.
    """

    file: str
    place: str
    text: str

    def __str__(self) -> str:
        """The difference as one line."""
        where = f"{self.file}, {self.place}" if self.place else self.file
        return f"{where}: {self.text}"


def compare_documents(stored: Document, exact: Document, file: str) -> tuple[Document, list[ReportDifference]]:
    """Compare a stored document with one that was computed again.

    Returns:
        The true document, which has the stored number where it is right, and the recomputed one elsewhere; and the
        differences.
    """
    found: list[ReportDifference] = []
    tables: dict[str, NumberTable] = {}
    for name in dict.fromkeys([*exact.tables, *stored.tables]):
        if name not in stored.tables or name not in exact.tables:
            text = "expected this table, found none" if name in exact.tables else "is not computed from the data"
            found.append(ReportDifference(file, f"table {name}", text))
        else:
            tables[name], own = _compare_tables(name, stored.tables[name], exact.tables[name], file)
            found += own
        if name in exact.tables:
            tables.setdefault(name, exact.tables[name])
    found += _compare_texts(stored.texts, exact.texts, file)
    if dict(stored.facts.get("rows", {})) != dict(exact.facts["rows"]):
        text = f"expected {dict(exact.facts['rows'])}, found {stored.facts.get('rows')}"
        found.append(ReportDifference(file, "facts, rows", text))
    ordered = {name: tables[name] for name in exact.tables}
    return Document(exact.facts, ordered, exact.texts), found


def _compare_tables(
    name: str, stored: NumberTable, exact: NumberTable, file: str
) -> tuple[NumberTable, list[ReportDifference]]:
    if stored.columns != exact.columns or len(stored.rows) != len(exact.rows):
        shape = f"expected {len(exact.rows)} rows of {len(exact.columns)} columns, found other ones"
        return exact, [ReportDifference(file, f"table {name}", shape)]
    found, rows = [], []
    for number, (one, other) in enumerate(zip(stored.rows, exact.rows, strict=True), 1):
        cells = []
        for column, mine, theirs in zip(stored.columns, one, other, strict=True):
            is_same = _is_same(mine, theirs)
            cells.append(mine if is_same else theirs)
            if not is_same:
                place = f"table {name}, row {number} ({_named(other)}), {column}"
                found.append(
                    ReportDifference(file, place, f"{mine!r} is stored, {settle(theirs)!r} comes out of the data")
                )
        rows.append(tuple(cells))
    return NumberTable(exact.columns, tuple(rows)), found


def _named(row: Sequence[Any]) -> str:
    return ", ".join(str(cell) for cell in row[:3] if isinstance(cell, str)) or "…"


def _is_same(stored: Any, exact: Any) -> bool:  # noqa: ANN401  values of JSON
    if isinstance(exact, float) and isinstance(stored, int | float) and not isinstance(stored, bool):
        return abs(float(stored) - exact) <= _ROUNDING * 10.0 ** -min(decimals_of(exact), decimals_of(float(stored)))
    return type(stored) is type(exact) and bool(stored == exact)


def _compare_texts(stored: Mapping[str, Texts], exact: Mapping[str, Texts], file: str) -> Iterator[ReportDifference]:
    for name in dict.fromkeys([*exact, *stored]):
        own, other = dict(stored.get(name, {})), dict(exact.get(name, {}))
        for language in dict.fromkeys([*other, *own]):
            for number, (mine, theirs) in enumerate(_side_by_side(own.get(language, []), other.get(language, [])), 1):
                if mine != theirs:
                    place = f"text {name} ({language}), sentence {number}"
                    yield ReportDifference(
                        file, place, f"expected {_excerpt(theirs, mine)}, found {_excerpt(mine, theirs)}"
                    )


def _side_by_side(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place in range(max(len(one), len(other))):
        yield (one[place] if place < len(one) else "", other[place] if place < len(other) else "")


def compare_lines(file: str, expected: bytes, found: bytes) -> list[ReportDifference]:
    """The lines of a text file that are not as expected, each with its number; at most `MOST_LINES` of them."""
    if expected == found:
        return []
    mine = found.decode(errors="replace").split("\n")
    theirs = expected.decode(errors="replace").split("\n")
    differences = []
    if len(mine) == len(theirs):
        pairs = [(number, one, other) for number, (one, other) in enumerate(zip(mine, theirs, strict=True), 1)]
        changed = [pair for pair in pairs if pair[1] != pair[2]]
    else:
        changed = []
        for kind, first, last, start, end in difflib.SequenceMatcher(None, theirs, mine, autojunk=False).get_opcodes():
            if kind != "equal":
                changed.append((start + 1, "\n".join(mine[start:end]), "\n".join(theirs[first:last])))
    for number, one, other in changed[:MOST_LINES]:
        text = f"expected {_excerpt(other, one)}, found {_excerpt(one, other)}"
        differences.append(ReportDifference(file, f"line {number}", text))
    if len(changed) > MOST_LINES:
        differences.append(ReportDifference(file, "", f"and {len(changed) - MOST_LINES} more lines differ"))
    return differences


def _excerpt(text: str, other: str) -> str:
    """The part of a text around the first place where it differs from the other."""
    start = next((place for place, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]), None)
    start = min(len(text), len(other)) if start is None else start
    first, last = max(0, start - _AROUND), start + _AROUND
    shown = re.sub(r"\s+", " ", text[first:last])
    return f"“{'…' if first else ''}{shown}{'…' if last < len(text) else ''}”"
