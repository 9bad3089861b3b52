"""Pair counts: the sufficient statistics of battles for ratings on pairs, from one pass over the rows.

Counts are sufficient for every likelihood here and for the variance of independent battles, so a fit does not read
the rows again, and takes as long for a thousand battles as for ten million.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from arena.rating.kernels import compiled, count_cells, is_fast
from storage.ledger.battles import BOTH_BAD, FRACTIONAL, MODEL_A, MODEL_B, TIE, Battles, FloatArray

IndexArray = npt.NDArray[np.intp]
IntArray = npt.NDArray[np.int64]
BothBad = Literal["tie", "drop"]
OutcomeValues = tuple[FloatArray, FloatArray, FloatArray]
"""A value per pair, or per battle, if `first` wins, loses, ties."""

_SEEN_FROM_OTHER_SIDE = [MODEL_B, MODEL_A, TIE, BOTH_BAD, FRACTIONAL]
_DENSE_CELLS_ALWAYS = 65_536
_DENSE_CELLS_PER_ROW = 2


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Results of each unordered pair of models that met, seen from `first`, which is the smaller code.

    All arrays have one entry per pair; counts are whole numbers held as floats, or sums of weights.

    Attributes:
        n_models: number of models, including those without a battle.
        first: code of the first model of the pair.
        second: code of the second model of the pair.
        wins: battles won by `first`.
        losses: battles won by `second`.
        ties: battles that ended in a tie.
        both_bad: battles in which both responses were rated bad.
        scored: battles with an expected score of a judge instead of an outcome.
        scored_sum: sum of the expected scores of `first`.
        scored_squares: sum of the squares of these scores.
        self_battles: rows of a model against itself; they are in no other count.
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

    @cached_property
    def draws(self) -> FloatArray:
        """Battles without a winner: ties and both-bads."""
        return self.ties + self.both_bad

    @cached_property
    def won(self) -> FloatArray:
        """Battles won by `first`; an expected score counts as that share of a win."""
        return self.wins + self.scored_sum

    @cached_property
    def lost(self) -> FloatArray:
        """Battles won by `second`; an expected score counts as the rest of a win."""
        return self.losses + self.scored - self.scored_sum

    def products(self, one: OutcomeValues, other: OutcomeValues) -> FloatArray:
        """Sum over the battles of each pair of the product of two values that depend on the outcome.

        A value is given for a win, a loss and a tie of `first`; at an expected score s it is
        s * win + (1 - s) * loss.
        """
        step_one, step_other = one[0] - one[1], other[0] - other[1]
        scored = (
            self.scored * one[1] * other[1]
            + self.scored_sum * (one[1] * step_other + other[1] * step_one)
            + self.scored_squares * step_one * step_other
        )
        whole: FloatArray = (
            self.wins * one[0] * other[0] + self.losses * one[1] * other[1] + self.draws * one[2] * other[2] + scored
        )
        return whole

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
        """Battles of each model in which both responses were rated bad; shape (n_models,)."""
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

    def at(self, pairs: IndexArray) -> Self:
        """The pairs with these indices, in their order."""
        return replace(self, **{name: getattr(self, name)[pairs] for name in _PAIR_COLUMNS})

    def renamed(self, n_models: int, code: IndexArray) -> Self:
        """The same pairs among `n_models` models with new codes, in the order of the old ones; `code` by old code."""
        return replace(self, n_models=n_models, first=code[self.first], second=code[self.second], self_battles=0)

    def without_both_bad(self) -> Self:
        """The same counts without both-bads."""
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


def count_pairs(battles: Battles, weights: FloatArray | None = None) -> PairCounts:
    """Count the battles of every pair, regardless of sides; pairs are in ascending order of their codes.

    Two million battles of a hundred models take some ten milliseconds.

    Args:
        battles: rows of any order.
        weights: positive weight of each battle, 1 by default; counts are then sums of weights.
    """
    n_models = len(battles.models)
    if n_models**2 <= max(_DENSE_CELLS_ALWAYS, _DENSE_CELLS_PER_ROW * len(battles)):
        return _add_scores(battles, _count_dense(battles, weights), weights)
    return _add_scores(battles, _count_sparse(battles, weights), weights)


def counts_of_cells(cells: IntArray | FloatArray) -> PairCounts:
    """Pair counts from (n_outcomes, n_models, n_models) numbers of battles by outcome, left model and right model.

    Cells only hold the number of battles with an expected score; the caller adds the sums of these scores.
    """
    n = cells.shape[1]
    met = cells.sum(axis=0)
    first, second = np.nonzero(np.triu(met + met.T, 1))
    left = cells[:, first, second]
    right = cells[:, second, first]
    return _from_cells(n, (first, second), left + right[_SEEN_FROM_OTHER_SIDE], int(met.trace()))


def counts_of_ordered_pairs(
    n_models: int, sides: tuple[IndexArray, IndexArray], cells: IntArray, score_sums: FloatArray
) -> PairCounts:
    """Pair counts from numbers of battles of ordered pairs, each pair of a left and a right model at most once.

    Args:
        n_models: number of models.
        sides: code of the left and of the right model of each ordered pair.
        cells: (n_outcomes, n_pairs) numbers of battles by outcome.
        score_sums: (2, n_pairs) sums of the expected scores of the left model, and of their squares.
    """
    left, right = sides
    apart = left != right
    self_battles = int(cells[:, ~apart].sum())
    left, right, cells, (total, squares) = left[apart], right[apart], cells[:, apart], score_sums[:, apart]
    turned = left > right
    cells = np.where(turned, cells[_SEEN_FROM_OTHER_SIDE], cells)
    squares = np.where(turned, cells[FRACTIONAL] - 2.0 * total + squares, squares)
    total = np.where(turned, cells[FRACTIONAL] - total, total)
    pairs, place = np.unique(np.minimum(left, right) * n_models + np.maximum(left, right), return_inverse=True)

    def joined(values: npt.NDArray[Any]) -> FloatArray:
        return np.bincount(place, values, len(pairs)).astype(np.float64)

    found = _from_cells(n_models, (pairs // n_models, pairs % n_models), np.stack([*map(joined, cells)]), self_battles)
    found = replace(found, scored_sum=joined(total), scored_squares=joined(squares))
    return found.keep(found.battles > 0.0)


def count_left_out(counts: PairCounts, both_bad: BothBad, left_out: Mapping[str, int]) -> dict[str, int]:
    """Number of unused rows by reason: those left out before counting, self-battles, dropped both-bads."""
    total = dict(left_out)
    if counts.self_battles:
        total["self_battle"] = total.get("self_battle", 0) + counts.self_battles
    if both_bad == "drop" and counts.both_bad.any():
        total["both_bad"] = total.get("both_bad", 0) + int(counts.both_bad.sum())
    return total


def _count_dense(battles: Battles, weights: FloatArray | None) -> PairCounts:
    """Count into all ordered pairs at once, without a sort; fastest when most pairs have met."""
    n = len(battles.models)
    if weights is None and is_fast(len(battles)):
        counted = np.zeros((FRACTIONAL + 1, n, n), np.int64)
        compiled(count_cells)(battles.outcome, battles.a, battles.b, counted)
        return counts_of_cells(counted)
    key = battles.outcome.astype(np.int64)
    key *= n
    key += battles.a
    key *= n
    key += battles.b
    cells = np.bincount(key, weights, minlength=(FRACTIONAL + 1) * n * n).reshape(FRACTIONAL + 1, n, n)
    return counts_of_cells(cells)


def _count_sparse(battles: Battles, weights: FloatArray | None) -> PairCounts:
    """Count only the pairs that occur, with one sort; for many models that rarely met."""
    n = len(battles.models)
    of_rows = None if weights is None else weights[battles.a != battles.b]
    apart = battles.a != battles.b
    a, b = battles.a[apart].astype(np.int64), battles.b[apart].astype(np.int64)
    outcome = battles.outcome[apart].astype(np.intp)
    outcome = np.where(a < b, outcome, np.array(_SEEN_FROM_OTHER_SIDE)[outcome])
    pairs, pair_of_row = np.unique(np.minimum(a, b) * n + np.maximum(a, b), return_inverse=True)
    key = outcome * len(pairs) + pair_of_row
    cells = np.bincount(key, of_rows, minlength=(FRACTIONAL + 1) * len(pairs)).reshape(FRACTIONAL + 1, len(pairs))
    return _from_cells(n, (pairs // n, pairs % n), cells, len(battles) - len(a))


def _from_cells(n: int, pairs: tuple[IndexArray, IndexArray], cells: npt.NDArray[Any], self_battles: int) -> PairCounts:
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


def _add_scores(battles: Battles, counts: PairCounts, weights: FloatArray | None) -> PairCounts:
    """Sum the expected scores of judges, as seen from the first model of the pair."""
    if not counts.scored.any():
        return counts
    rows = np.flatnonzero((battles.outcome == FRACTIONAL) & (battles.a != battles.b))
    a, b = battles.a[rows].astype(np.int64), battles.b[rows].astype(np.int64)
    score = np.where(a < b, battles.score[rows], 1.0 - battles.score[rows])
    weight = 1.0 if weights is None else weights[rows]
    n_pairs = len(counts.first)
    pair = np.searchsorted(
        counts.first * counts.n_models + counts.second, np.minimum(a, b) * counts.n_models + np.maximum(a, b)
    )
    return replace(
        counts,
        scored_sum=np.bincount(pair, weight * score, n_pairs).astype(np.float64),
        scored_squares=np.bincount(pair, weight * score * score, n_pairs).astype(np.float64),
    )
