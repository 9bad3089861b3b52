"""Battles that a process keeps up to date: the cost of an update depends on the new ledger rows only.

The rows are kept together with their numbers by (outcome, model on the left, model on the right), from which a fit can
start. The intervals of a fit need the rows.
"""

import threading

import numpy as np
import numpy.typing as npt
from sqlmodel import Session

from arena.rating.counts import IntArray, PairCounts, counts_of_ordered_pairs
from storage.ledger import chain
from storage.ledger.battle_reading import Selection, select_battles
from storage.ledger.battles import FRACTIONAL, Battles, FloatArray
from storage.ledger.standing_fold import IndexArray, StandingFold
from storage.values import RaterKind

_OUTCOMES = FRACTIONAL + 1
_SHIFT = np.int64(32)
"""Bits of the code of the right model in the number of a pair."""


class _PairCells:
    """Numbers of battles by outcome of the ordered pairs of models that occur, so that very many models have room."""

    def __init__(self) -> None:
        self._number: IntArray = np.zeros(0, np.int64)
        self._cells: IntArray = np.zeros((_OUTCOMES, 0), np.int64)
        self._score_sums: FloatArray = np.zeros((2, 0))

    def add(self, sides: tuple[IntArray, IntArray], code: IntArray, score: FloatArray, sign: int) -> None:
        """Add rows to the numbers, or subtract them."""
        number = (sides[0] << _SHIFT) | sides[1]
        self._make_room(number)
        place = np.searchsorted(self._number, number)
        np.add.at(self._cells, (code, place), sign)
        scored = code == FRACTIONAL
        np.add.at(self._score_sums, (0, place[scored]), sign * score[scored])
        np.add.at(self._score_sums, (1, place[scored]), sign * score[scored] ** 2)

    def counts(self, n_models: int) -> PairCounts:
        """The pair counts of all added rows."""
        sides = (self._number >> _SHIFT, self._number & ((np.int64(1) << _SHIFT) - 1))
        return counts_of_ordered_pairs(n_models, sides, self._cells, self._score_sums)

    def _make_room(self, number: IntArray) -> None:
        """Keep the numbers of pairs in ascending order, with new ones among them."""
        new = np.setdiff1d(number, self._number)
        if not len(new):
            return
        at = np.searchsorted(self._number, new)
        self._number = np.insert(self._number, at, new)
        self._cells = np.insert(self._cells, at, 0, axis=1)
        self._score_sums = np.insert(self._score_sums, at, 0.0, axis=1)


class RunningBattles:
    """All battles of one kind of rater, and the pair counts of those that stand by the usual rules.

    Thread-safe; each call sees one ledger position.
    """

    def __init__(self, kind: RaterKind) -> None:
        """Start before the first ledger position."""
        self._fold = StandingFold(kind)
        self._lock = threading.Lock()
        self._live: npt.NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._cells = _PairCells()

    @property
    def position(self) -> int:
        """Last ledger position that was read."""
        return self._fold.position

    @property
    def model_ids(self) -> tuple[int, ...]:
        """Ids of the models by their codes in `counts`; codes never change."""
        return tuple(self._fold.models.ids)

    def catch_up(self, session: Session) -> int:
        """Read the new ledger rows in the snapshot of the session; returns how many rows changed their standing."""
        with self._lock:
            change = self._fold.catch_up(session, chain.head(session)[0])
            self._grow()
            before = len(self._fold) - change.added
            rows = np.concatenate([change.touched, np.arange(before, len(self._fold))]).astype(np.intp)
            standing = self._fold.standing(rows)
            was = self._live[rows]
            self._add(rows[standing & ~was], 1)
            self._add(rows[was & ~standing], -1)
            self._live[rows] = standing
            return int((standing != was).sum())

    def counts(self) -> PairCounts:
        """Pair counts of the standing battles, self-battles counted separately; codes as in `model_ids`."""
        with self._lock:
            return self._cells.counts(len(self._fold.models))

    def battles(self, session: Session, selection: Selection) -> Battles:
        """The battles of a selection at the position of the last `catch_up`.

        Raises:
            ValueError: a selection of another kind of rater, or of an earlier position.
            NotFound: the rater of the selection is not in the store.
        """
        if selection.kind is not self._fold.kind or selection.position not in (None, self.position):
            raise ValueError(f"expected battles by {self._fold.kind} as of now, got {selection!r}")
        with self._lock:
            return select_battles(session, self._fold, selection)

    def _grow(self) -> None:
        """Allocate space for new rows."""
        if len(self._live) < len(self._fold):
            live = np.zeros(max(len(self._fold), 2 * len(self._live)), np.bool_)
            live[: len(self._live)] = self._live
            self._live = live

    def _add(self, rows: IndexArray, sign: int) -> None:
        """Add rows to the counts, or subtract them."""
        a, b, code, score = (self._fold.column(name)[rows] for name in ("a", "b", "code", "score"))
        self._cells.add((a.astype(np.int64), b.astype(np.int64)), code.astype(np.int64), score, sign)
