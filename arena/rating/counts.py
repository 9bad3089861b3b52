"""Pair counts: everything a rating on pairs needs to know about the battles, in one pass over the rows.

Counts are sufficient for every likelihood and for the variance of independent votes, so a fit never touches
the rows again and costs the same for a thousand votes as for ten million.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from storage.battles import BOTH_BAD, FRACTIONAL, MODEL_A, MODEL_B, TIE, Battles, FloatArray

IndexArray = npt.NDArray[np.intp]
IntArray = npt.NDArray[np.int64]
BothBad = Literal["tie", "drop"]

_SEEN_FROM_OTHER_SIDE = [MODEL_B, MODEL_A, TIE, BOTH_BAD, FRACTIONAL]
_DENSE_CELLS_ALWAYS = 65_536
_DENSE_CELLS_PER_ROW = 2


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Results of each unordered pair of models that met, seen from `first`, which is the smaller code.

    All arrays have one entry per pair; counts are whole numbers held as floats.

    Attributes:
        n_models: size of the vocabulary, including models that never met anybody.
        first: code of the pair's first model.
        second: code of the pair's second model.
        wins: battles won by `first`.
        losses: battles won by `second`.
        ties: battles called a tie.
        both_bad: battles in which both responses were called bad.
        scored: battles with a judge's expected score instead of a verdict.
        scored_sum: sum of `first`'s expected scores.
        scored_squares: sum of their squares.
        self_battles: rows in which a model met itself; they are in no other count.
    """

    n_models: int
    first: IndexArray
    second: IndexArray
    wins: FloatArray
    losses: FloatArray
    ties: FloatArray
    both_bad: FloatArray
    scored: FloatArray
    scored_sum: FloatArray
    scored_squares: FloatArray
    self_battles: int = 0

    @cached_property
    def battles(self) -> FloatArray:
        """Battles of each pair."""
        return self.wins + self.losses + self.ties + self.both_bad + self.scored

    @cached_property
    def score(self) -> FloatArray:
        """Points of `first` in each pair: a win is one, a tie and a both-bad are half a point each."""
        return self.wins + 0.5 * (self.ties + self.both_bad) + self.scored_sum

    def squared_residuals(self, expected: FloatArray) -> FloatArray:
        """Sum over each pair's battles of (score of `first` - `expected`)^2, exactly as from the rows."""
        return (
            self.wins * (1.0 - expected) ** 2
            + self.losses * expected**2
            + (self.ties + self.both_bad) * (0.5 - expected) ** 2
            + np.maximum(self.scored_squares - 2.0 * expected * self.scored_sum + self.scored * expected**2, 0.0)
        )

    def per_model(self, values: FloatArray, other: FloatArray) -> FloatArray:
        """Sum a pair's `values` into its first model and `other` into its second; shape (n_models,)."""
        into_first = np.bincount(self.first, values, self.n_models).astype(np.float64)
        into_second = np.bincount(self.second, other, self.n_models).astype(np.float64)
        return into_first + into_second

    def model_battles(self) -> IntArray:
        """Battles of each model; shape (n_models,)."""
        battles = self.battles
        return self.per_model(battles, battles).astype(np.int64)

    def model_both_bad(self) -> IntArray:
        """Battles of each model in which both responses were called bad; shape (n_models,)."""
        return self.per_model(self.both_bad, self.both_bad).astype(np.int64)

    def win_rate(self) -> FloatArray:
        """Mean score of each model over its battles, ties half; NaN for a model without a battle."""
        points = self.per_model(self.score, self.battles - self.score)
        battles = self.model_battles()
        rate: FloatArray = np.divide(points, battles, out=np.full(self.n_models, np.nan), where=battles > 0)
        return rate

    def keep(self, pairs: npt.NDArray[np.bool_]) -> Self:
        """The pairs where the mask is true."""
        return replace(self, **{name: getattr(self, name)[pairs] for name in _PAIR_COLUMNS})

    def without_both_bad(self) -> Self:
        """The same counts as if no both-bad verdict had been given."""
        left = replace(self, both_bad=np.zeros_like(self.both_bad))
        return left.keep(left.battles > 0)

    def within(self, members: IndexArray) -> Self:
        """The pairs among `members` alone, with codes renumbered in the order of `members` (ascending)."""
        renumber = np.full(self.n_models, -1, np.intp)
        renumber[members] = np.arange(len(members))
        inside = self.keep((renumber[self.first] >= 0) & (renumber[self.second] >= 0))
        return replace(
            inside, n_models=len(members), first=renumber[inside.first], second=renumber[inside.second], self_battles=0
        )


_PAIR_COLUMNS = tuple(field.name for field in fields(PairCounts) if field.name not in ("n_models", "self_battles"))


def count_pairs(battles: Battles) -> PairCounts:
    """Count the battles of every pair, whatever the side; pairs come in ascending order of their codes.

    Two million battles of a hundred models take some ten milliseconds.
    """
    n_models = len(battles.models)
    if n_models**2 <= max(_DENSE_CELLS_ALWAYS, _DENSE_CELLS_PER_ROW * len(battles)):
        return _add_scores(battles, _count_dense(battles))
    return _add_scores(battles, _count_sparse(battles))


def _count_dense(battles: Battles) -> PairCounts:
    """Count into all ordered pairs at once: no sort, the quickest when most pairs have met."""
    n = len(battles.models)
    key = battles.outcome.astype(np.int64)
    key *= n
    key += battles.a
    key *= n
    key += battles.b
    cells = np.bincount(key, minlength=(FRACTIONAL + 1) * n * n).reshape(FRACTIONAL + 1, n, n)
    met = cells.sum(axis=0)
    self_battles = int(met.trace())
    first, second = np.nonzero(np.triu(met + met.T, 1))
    left = cells[:, first, second]
    right = cells[:, second, first]
    return _from_cells(n, (first, second), left + right[_SEEN_FROM_OTHER_SIDE], self_battles)


def _count_sparse(battles: Battles) -> PairCounts:
    """Count only the pairs that occur: one sort, for many models that rarely met."""
    n = len(battles.models)
    apart = battles.a != battles.b
    a, b = battles.a[apart].astype(np.int64), battles.b[apart].astype(np.int64)
    outcome = battles.outcome[apart].astype(np.intp)
    outcome = np.where(a < b, outcome, np.array(_SEEN_FROM_OTHER_SIDE)[outcome])
    pairs, pair_of_row = np.unique(np.minimum(a, b) * n + np.maximum(a, b), return_inverse=True)
    key = outcome * len(pairs) + pair_of_row
    cells = np.bincount(key, minlength=(FRACTIONAL + 1) * len(pairs)).reshape(FRACTIONAL + 1, len(pairs))
    return _from_cells(n, (pairs // n, pairs % n), cells, len(battles) - len(a))


def _from_cells(n: int, pairs: tuple[IndexArray, IndexArray], cells: IntArray, self_battles: int) -> PairCounts:
    counts = cells.astype(np.float64)
    nothing = np.zeros(len(pairs[0]))
    return PairCounts(
        n_models=n,
        first=pairs[0].astype(np.intp),
        second=pairs[1].astype(np.intp),
        wins=counts[MODEL_A],
        losses=counts[MODEL_B],
        ties=counts[TIE],
        both_bad=counts[BOTH_BAD],
        scored=counts[FRACTIONAL],
        scored_sum=nothing,
        scored_squares=nothing,
        self_battles=self_battles,
    )


def _add_scores(battles: Battles, counts: PairCounts) -> PairCounts:
    """Sum the expected scores of judges, turned to the pair's first model."""
    if not counts.scored.any():
        return counts
    rows = np.flatnonzero((battles.outcome == FRACTIONAL) & (battles.a != battles.b))
    a, b = battles.a[rows].astype(np.int64), battles.b[rows].astype(np.int64)
    score = np.where(a < b, battles.score[rows], 1.0 - battles.score[rows])
    n_pairs = len(counts.first)
    pair = np.searchsorted(
        counts.first * counts.n_models + counts.second, np.minimum(a, b) * counts.n_models + np.maximum(a, b)
    )
    return replace(
        counts,
        scored_sum=np.bincount(pair, score, n_pairs).astype(np.float64),
        scored_squares=np.bincount(pair, score * score, n_pairs).astype(np.float64),
    )
