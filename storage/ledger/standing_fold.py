"""The rule of `storage.ledger.standing` over columns in memory: a fold that continues from any ledger position.

A vote adds a row; a change, an undo, a void or an exclusion silences rows, and a reversal makes them count again.
The state at a position is the same whether the ledger was read in one step or in a thousand.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlmodel import Session

from storage.ledger.entries import (
    FAILED,
    FRACTIONS,
    INCONSISTENT,
    NO_WINNER,
    SPECIAL_CODES,
    IdArray,
    PreferenceEntries,
    Withdrawal,
    read_preferences,
    read_withdrawals,
)
from storage.values import RaterKind, SpecialDraw

Mask = npt.NDArray[np.bool_]
IndexArray = npt.NDArray[np.intp]

_NAMES = tuple(PreferenceEntries.__dataclass_fields__)


@dataclass(frozen=True, eq=False)
class FoldChange:
    """The change made by catching up.

    Attributes:
        added: number of new rows; they come last.
        touched: indices of older rows that may count differently now, in ascending order, without repeats.
    """

    added: int
    touched: IndexArray


class IdCodes:
    """Codes for ids in order of appearance; a code never changes."""

    def __init__(self) -> None:
        """Start without ids."""
        self.ids: list[int] = []
        self._code: IdArray = np.full(64, -1, np.int64)

    def __len__(self) -> int:
        """Number of ids with a code."""
        return len(self.ids)

    def learn(self, ids: IdArray) -> IdArray:
        """The code of each id; new ids get the next codes."""
        top = int(ids.max(initial=0))
        if top >= len(self._code):
            grown = np.full(max(top + 1, 2 * len(self._code)), -1, np.int64)
            grown[: len(self._code)] = self._code
            self._code = grown
        new = ids[self._code[ids] < 0]
        if len(new):
            values, first = np.unique(new, return_index=True)
            for value in values[np.argsort(first)].tolist():
                self._code[value] = len(self.ids)
                self.ids.append(value)
        return self._code[ids]

    def find(self, identity: int) -> int:
        """The code of an id, -1 for an id that never occurred."""
        return int(self._code[identity]) if identity < len(self._code) else -1


class StandingFold:
    """Votes, or judgments, up to a ledger position, and which of them count.

    Columns grow by doubling; `column(name)` is the filled part. `a`, `b`, `rater` and `question` are codes of `models`,
    `raters` and `questions`; the other columns are as read.
    """

    def __init__(self, kind: RaterKind) -> None:
        """Start before the first position."""
        self.kind = kind
        self.position = 0
        self.models, self.raters, self.questions = IdCodes(), IdCodes(), IdCodes()
        self._size = 0
        self._columns: dict[str, npt.NDArray[Any]] = {
            **{name: np.empty(0, np.float64 if name in FRACTIONS else np.int64) for name in _NAMES},
            "superseder": np.empty(0, np.int64),
            "voids": np.empty(0, np.int64),
        }
        self._in_force: dict[int, Withdrawal] = {}
        self._excluded: dict[str, Counter[int]] = {"rater": Counter(), "question": Counter()}

    def __len__(self) -> int:
        """Number of rows read, whether they count or not."""
        return self._size

    def column(self, name: str) -> npt.NDArray[Any]:
        """A column of `PreferenceEntries`, `superseder` (replacing row, -1 for none) or `voids` (those in force)."""
        return self._columns[name][: self._size]

    def catch_up(self, session: Session, up_to: int) -> FoldChange:
        """Read new entries up to a position; an earlier position changes nothing."""
        if up_to <= self.position:
            return FoldChange(0, np.empty(0, np.intp))
        rows = read_preferences(session, self.kind, self.position, up_to)
        before = self._size
        touched = [self._append(rows)]
        touched += [self._withdraw(one) for one in read_withdrawals(session, self.position, up_to)]
        self.position = up_to
        older = np.unique(np.concatenate(touched)) if touched else np.empty(0, np.intp)
        return FoldChange(self._size - before, older[older < before])

    def reasons(self, *, flagged: bool, not_blind: bool, gold: bool = False) -> dict[str, Mask]:
        """Masks of the rows that do not count, by reason; a row may have several, and the first names it.

        Args:
            flagged: whether votes on pairs that were reported as broken count.
            not_blind: whether votes that were given with the names in view count.
            gold: whether votes on silent gold items count.
        """
        code, superseder = self.column("code"), self.column("superseder")
        superseded = superseder >= 0
        undo = (code == NO_WINNER) & ~superseded
        undone = np.zeros(self._size, np.bool_)
        undone[superseded] = undo[superseder[superseded]]
        return {
            "undone": undone,
            "superseded": superseded,
            "void": self.column("voids") > 0,
            "inconsistent": code == INCONSISTENT,
            "failed": code == FAILED,
            "excluded": self._is_excluded("rater"),
            "excluded_question": self._is_excluded("question"),
            "flagged": (self.column("flagged") > 0) & (not flagged),
            "not_blind": (self.column("seen_names") > 0) & (not not_blind),
            "gold": (self.column("special") == SPECIAL_CODES[SpecialDraw.gold]) & (not gold),
            "onboarding": self.column("special") == SPECIAL_CODES[SpecialDraw.onboarding],
            "repeated": self.column("special") == SPECIAL_CODES[SpecialDraw.repeat],
        }

    def standing(self, rows: IndexArray | slice) -> Mask:
        """Whether each of some rows counts by default: standing, not excluded, blind, not flagged, an ordinary vote."""
        counts = self.column("code")[rows] >= 0
        counts &= self.column("superseder")[rows] < 0
        counts &= self.column("voids")[rows] == 0
        counts &= (self.column("flagged")[rows] == 0) & (self.column("seen_names")[rows] == 0)
        counts &= self.column("special")[rows] == 0
        for name in ("rater", "question"):
            if excluded := self._excluded_codes(name):
                counts &= ~np.isin(self.column(name)[rows], excluded)
        return counts

    def _append(self, rows: PreferenceEntries) -> IndexArray:
        """Add rows, and return the older rows that they replace."""
        added, before = len(rows.position), self._size
        self._reserve(before + added)
        self._size = before + added
        coded = {
            "a": self.models.learn(rows.a),
            "b": self.models.learn(rows.b),
            "rater": self.raters.learn(rows.rater),
            "question": self.questions.learn(rows.question),
        }
        for name in _NAMES:
            self._columns[name][before : self._size] = coded.get(name, getattr(rows, name))
        self._columns["superseder"][before : self._size] = -1
        self._columns["voids"][before : self._size] = 0
        replacing = np.flatnonzero(rows.supersedes > 0)
        replaced = self._rows_at(rows.supersedes[replacing])
        here = replaced >= 0
        self._columns["superseder"][replaced[here]] = before + replacing[here]
        return replaced[here]

    def _withdraw(self, one: Withdrawal) -> IndexArray:
        """Apply a void, an exclusion or a reversal, and return the rows concerned."""
        if one.reverses:
            original = self._in_force.pop(one.reverses, None)
            if original is None:  # a reversal cannot be reversed
                return np.empty(0, np.intp)
            change = -1
        else:
            self._in_force[one.position] = original = one
            change = 1
        if original.what == "row":
            rows = self._rows_at(np.array([original.target], np.int64))
            rows = rows[rows >= 0]
            self._columns["voids"][rows] += change
            return rows
        codes = self.raters if original.what == "rater" else self.questions
        code = int(codes.learn(np.array([original.target], np.int64))[0])
        self._excluded[original.what][code] += change
        return np.flatnonzero(self.column(original.what) == code)

    def _is_excluded(self, name: str) -> Mask:
        return np.isin(self.column(name), self._excluded_codes(name))

    def _excluded_codes(self, name: str) -> list[int]:
        return [code for code, number in self._excluded[name].items() if number]

    def _rows_at(self, positions: IdArray) -> IndexArray:
        """The index of the row at each position, -1 where there is none of this kind."""
        held = self.column("position")
        if not len(held):
            return np.full(len(positions), -1, np.intp)
        place = np.minimum(np.searchsorted(held, positions), len(held) - 1)
        return np.where(held[place] == positions, place, -1)

    def _reserve(self, size: int) -> None:
        """Make room for a number of rows, at least doubling the capacity."""
        capacity = len(self._columns["position"])
        if size <= capacity:
            return
        for name, column in self._columns.items():
            grown = np.empty(max(size, 2 * capacity), column.dtype)
            grown[: self._size] = column[: self._size]
            self._columns[name] = grown
