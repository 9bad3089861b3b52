"""Wrong rows of one file: all are counted, and each kind of mistake is one line with its first places."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

from storage.errors import BadRows

LISTED = 50
"""Maximum number of kinds of mistakes that are listed; rows of further kinds are only counted."""

KINDS = 5_000
"""Maximum number of kinds of mistakes that are told apart."""

PLACES = 5
VALUES = 8
VALUES_CHARACTERS = 240
SHOWN_CHARACTERS = 80

_VARIABLE = re.compile(r"(?<!column )(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")…?|\d+")


class BadRowSink(Protocol):
    """Takes the rows that an import skips."""

    def put(self, line: int, reason: str, row: Mapping[str, Any] | str | None) -> None:
        """Keep one row with its line number and the reason why it is not imported."""


class Problems:
    """The wrong rows of one file.

    Attributes:
        path: name of the file in each sentence.
        lines: numbers of the lines with a wrong row.
        rows: rows that are being imported, by line number; filled only where wrong rows are skipped.
    """

    def __init__(self, path: str, sink: BadRowSink | None = None) -> None:
        """Start without wrong rows; with a sink, wrong rows are skipped instead of refusing the file."""
        self.path = path
        self.lines: set[int] = set()
        self.rows: dict[int, Mapping[str, Any]] = {}
        self._sink = sink
        self._kinds: dict[str, _Mistake] = {}
        self._untold = 0
        self._ended = False

    @property
    def count(self) -> int:
        """Number of wrong rows."""
        return len(self.lines)

    @property
    def skips(self) -> bool:
        """Whether wrong rows are skipped."""
        return self._sink is not None

    def add(self, line: int, sentence: str, text: str | None = None) -> None:
        """Note a wrong row.

        Args:
            line: its line number (for Parquet, its row number), from 1.
            sentence: what was expected, what came, and what to do.
            text: the line itself, where it could not be read as a row.
        """
        if self._sink is not None and line not in self.lines:
            self._sink.put(line, sentence, self.rows.get(line, text))
        self.lines.add(line)
        head, got, advice = _parts(sentence)
        kind = _VARIABLE.sub("…", f"{head}; {advice}")
        mistake = self._kinds.get(kind)
        if mistake is None:
            if len(self._kinds) >= KINDS:
                self._untold += 1
                return
            mistake = self._kinds[kind] = _Mistake(sentence)
        mistake.add(line, got)

    def end(self, line: int, sentence: str) -> None:
        """Note a mistake after which the file cannot be read further; it is never skipped."""
        self._ended = True
        self.add(line, sentence)

    def raise_any(self, good: int = 0) -> None:
        """Refuse the file if a row was wrong; where wrong rows are skipped, only if no row was good.

        Args:
            good: number of good rows.

        Raises:
            BadRows: a row was wrong; the error lists up to 50 kinds of mistakes and counts the others.
        """
        if not self.lines or (self.skips and good and not self._ended):
            return
        rows = "1 bad row" if self.count == 1 else f"{self.count} bad rows"
        what = "which end its readable part, so" if self.skips and self._ended else "so"
        summary = f"{self.path} has {rows}, {what} nothing was imported; correct the file and import it again"
        told = list(self._kinds.values())
        untold = self._untold + sum(mistake.count for mistake in told[LISTED:])
        raise BadRows(summary, [mistake.told(self.path) for mistake in told[:LISTED]], truncated=untold)


class _Mistake:
    """One kind of mistake: its first sentence, its first places, and the values that came."""

    def __init__(self, sentence: str) -> None:
        self.count = 0
        self._sentence = sentence
        self._places: list[int] = []
        self._values: Counter[str] = Counter()
        self._others = 0

    def add(self, line: int, value: str) -> None:
        """Count one more row with this mistake."""
        self.count += 1
        if len(self._places) < PLACES and line not in self._places:
            self._places.append(line)
        if value in self._values or len(self._values) < VALUES:
            self._values[value] += 1
        else:
            self._others += 1

    def told(self, path: str) -> str:
        """One line: the place if there is one, otherwise the number of rows and the first places."""
        if self.count == 1:
            return f"{path}:{self._places[0]}: {self._sentence}"
        head, _, advice = _parts(self._sentence)
        sentence = head
        if values := self._told_values():
            sentence += f", got {values}"
        if advice:
            sentence += f"; {advice}"
        places = ", ".join(map(str, self._places))
        more = ", …" if self.count > len(self._places) else ""
        return f"{path}:{self._places[0]}: {sentence} ({self.count:,} rows: {places}{more})"

    def _told_values(self) -> str:
        if len(self._values) == 1 and not self._others:
            return next(iter(self._values))
        told: list[str] = []
        length, others = 0, self._others
        for value, number in self._values.most_common():
            one = f"{value} ({number:,}×)"
            if told and length + len(one) > VALUES_CHARACTERS:
                others += number
                continue
            told.append(one)
            length += len(one)
        return ", ".join(told) + (f" and others ({others:,}×)" if others else "")


def shown(value: object) -> str:
    """A value in a sentence: its representation, shortened if it is long."""
    text = repr(value[: SHOWN_CHARACTERS + 1] if isinstance(value, str) else value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _parts(sentence: str) -> tuple[str, str, str]:
    """A sentence taken apart: what was expected, what came, and what to do; the last two may be empty."""
    head, _, rest = sentence.partition(", got ")
    got, mark, advice = rest.rpartition("; ")
    if mark:
        return head, got, advice
    if rest:
        return head, rest, ""
    head, _, advice = sentence.rpartition("; ")
    return (head, "", advice) if head else (sentence, "", "")
