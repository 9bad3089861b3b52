"""Battles that a process keeps up to date: the cost of an update depends on the new ledger rows only.

The rows are kept together with their numbers by (outcome, model on the left, model on the right), from which a fit can
start. The intervals of a fit need the rows.
"""

import threading
from dataclasses import replace

import numpy as np
from sqlmodel import Session

from arena.rating.counts import IntArray, PairCounts, counts_of_cells
from storage.ledger import chain
from storage.ledger.battle_reading import Selection, select_battles
from storage.ledger.battles import FRACTIONAL, Battles, FloatArray
from storage.ledger.standing_fold import IndexArray, StandingFold
from storage.values import RaterKind

_OUTCOMES = FRACTIONAL + 1


class RunningBattles:
    """All battles of one kind of rater, and the pair counts of those that stand by the usual rules.

    Thread-safe; each call sees one ledger position.
    """

    def __init__(self, kind: RaterKind) -> None:
        """Start before the first ledger position."""
        self._fold = StandingFold(kind)
        self._lock = threading.Lock()
        self._live = np.zeros(0, np.bool_)
        self._cells: IntArray = np.zeros((_OUTCOMES, 0, 0), np.int64)
        self._score_sums: FloatArray = np.zeros((2, 0, 0))

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
            counts = counts_of_cells(self._cells)
            if not counts.scored.any():
                return counts
            total, squares = self._score_sums
            first, second = counts.first, counts.second
            turned = self._cells[FRACTIONAL][second, first] - total[second, first]
            turned_squares = turned - total[second, first] + squares[second, first]
            return replace(
                counts,
                scored_sum=total[first, second] + turned,
                scored_squares=squares[first, second] + turned_squares,
            )

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
        """Allocate space for new rows and models."""
        if len(self._live) < len(self._fold):
            live = np.zeros(max(len(self._fold), 2 * len(self._live)), np.bool_)
            live[: len(self._live)] = self._live
            self._live = live
        have, need = self._cells.shape[1], len(self._fold.models)
        if have < need:
            cells = np.zeros((_OUTCOMES, need, need), np.int64)
            cells[:, :have, :have] = self._cells
            sums = np.zeros((2, need, need))
            sums[:, :have, :have] = self._score_sums
            self._cells, self._score_sums = cells, sums

    def _add(self, rows: IndexArray, sign: int) -> None:
        """Add rows to the counts, or subtract them."""
        a, b, code = (self._fold.column(name)[rows] for name in ("a", "b", "code"))
        np.add.at(self._cells, (code, a, b), sign)
        scored = code == FRACTIONAL
        if scored.any():
            score = self._fold.column("score")[rows][scored]
            np.add.at(self._score_sums[0], (a[scored], b[scored]), sign * score)
            np.add.at(self._score_sums[1], (a[scored], b[scored]), sign * score**2)
