"""Agreement of raters in scores of single responses: correlations, alpha, and the mean difference.

Statistics over all pairs of scores that two different raters gave to one item, without listing the pairs: an item with
m scores of one group and n of the other adds m n pairs, and all sums over pairs follow from sums over the item.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from arena.agreement.clustered import Estimate
from arena.agreement.votes import Mask
from storage.ledger.battles import FloatArray, IdArray

_MOST_BLOCKS = 100
_NEARLY_ONE = 1.0 - 1e-12


@dataclass(frozen=True, eq=False)
class ScoreColumns:
    """Scores, one per row.

    Attributes:
        item: code of the response and the dimension that was scored.
        rater: code of the rater.
        value: the score; only differences between scores matter.
        question: code of the question; intervals are clustered by question.
        position: ledger position.
    """

    item: IdArray
    rater: IdArray
    value: FloatArray
    question: IdArray
    position: IdArray

    def keep(self, rows: Mask) -> "ScoreColumns":
        """The rows where the mask is true."""
        return ScoreColumns(
            self.item[rows], self.rater[rows], self.value[rows], self.question[rows], self.position[rows]
        )


@dataclass(frozen=True)
class ScoreAgreement:
    """Agreement of two groups of raters in their scores.

    Attributes:
        items: number of items with a pair of scores.
        questions: number of questions of those items.
        pairs: number of pairs of scores.
        pearson: Pearson correlation over all pairs.
        spearman: rank correlation over all pairs.
        alpha: Krippendorff's alpha, with the interval metric, of all raters of both groups together.
        difference: mean score of the second group minus that of the first, over all pairs; unknown within one group.
        exact: share of pairs of equal scores, in [0, 1]; scores are compared as shares of their scales.
        kappa: Cohen's kappa over all pairs: equal scores beyond what the marginal shares of each score give by chance.
        weighted_kappa: Cohen's kappa with quadratic weights, so that a near score counts nearly in full; this is Lin's
            concordance correlation.
    """

    items: int
    questions: int
    pairs: int
    pearson: Estimate
    spearman: Estimate
    alpha: Estimate
    difference: Estimate
    exact: Estimate
    kappa: Estimate
    weighted_kappa: Estimate


def measure_scores(rows: ScoreColumns, one: Mask, other: Mask, *, level: float) -> ScoreAgreement | None:
    """Agreement of two groups of raters; None without a pair of scores.

    Args:
        rows: the scores.
        one: mask over the codes of raters.
        other: mask over the codes of raters, equal to `one` or without a rater in common.
        level: confidence of the intervals: the jackknife over questions, in at most 100 blocks of them.

    Raises:
        ValueError: groups that overlap in part.
    """
    is_same = bool((one == other).all())
    if not is_same and (one & other).any():
        raise ValueError("expected two groups that are the same or have no rater in common")
    whole = _Sides(rows, one, other)
    met = rows.keep(whole.weight > 0.0)
    if not len(met.item):
        return None
    questions, place = np.unique(met.question, return_inverse=True)
    block = place % min(len(questions), _MOST_BLOCKS)
    pairs = float(whole.weight[one[rows.rater]].sum()) / (2.0 if is_same else 1.0)

    def statistics(kept: Mask) -> FloatArray:
        sides = _Sides(met.keep(kept), one, other)
        return np.array(
            [
                sides.pearson(),
                sides.spearman(),
                sides.alpha(),
                sides.difference(),
                sides.exact(),
                sides.kappa(),
                sides.weighted_kappa(),
            ]
        )

    estimates = _leave_out_blocks(block, statistics, level)
    return ScoreAgreement(len(np.unique(met.item)), len(questions), round(pairs), *estimates)


class _Sides:
    """Scores of two groups, and the number of pairs that each score is part of."""

    def __init__(self, rows: ScoreColumns, one: Mask, other: Mask) -> None:
        self.rows, self.is_same = rows, bool((one == other).all())
        self.masks = (one[rows.rater], other[rows.rater])
        _, self.item = np.unique(rows.item, return_inverse=True)
        self.n_items = int(self.item.max(initial=-1)) + 1
        self.n_pairs = 0.0
        _, self.score = np.unique(np.round(rows.value, 9), return_inverse=True)
        _, self.own = np.unique(self.item * len(one) + rows.rater, return_inverse=True)
        number = [np.bincount(self.item[mask], minlength=self.n_items) for mask in self.masks]
        self.weight = np.where(self.masks[0], number[1][self.item], 0).astype(np.float64)
        if self.is_same:
            self.weight -= np.where(
                self.masks[0], np.bincount(self.own[self.masks[0]], minlength=len(rows.item))[self.own], 0
            )
        else:
            self.weight += np.where(self.masks[1], number[0][self.item], 0)
        self.n_pairs = float((self.weight * self.masks[0]).sum())

    def pearson(self) -> float:
        """Correlation of the scores of a pair."""
        return self._correlation(self.rows.value, self.rows.value)

    def spearman(self) -> float:
        """Correlation of their ranks among all scores of the same side."""
        one, other = (_ranks(self.rows.value, self.weight * mask) for mask in self.masks)
        return self._correlation(one, other)

    def difference(self) -> float:
        """Mean of the second side minus that of the first."""
        if self.is_same:
            return float("nan")
        one, other = (self._mean(self.rows.value, mask) for mask in self.masks)
        return other - one

    def exact(self) -> float:
        """Share of pairs of equal scores."""
        if not self.n_pairs:
            return float("nan")
        n_scores = int(self.score.max(initial=0)) + 1
        equal = [np.bincount(_ranked(self.item * n_scores + self.score), mask) for mask in self.masks]
        together = float((equal[0] * equal[1]).sum())
        if self.is_same:
            together -= float((np.bincount(_ranked(self.own * n_scores + self.score), self.masks[0]) ** 2).sum())
        return together / self.n_pairs

    def kappa(self) -> float:
        """Cohen's kappa of equal scores."""
        if not self.n_pairs:
            return float("nan")
        shares = [np.bincount(self.score, self.weight * mask) / self.n_pairs for mask in self.masks]
        chance = float((shares[0] * shares[1]).sum())
        return (self.exact() - chance) / (1.0 - chance) if chance < _NEARLY_ONE else float("nan")

    def weighted_kappa(self) -> float:
        """Cohen's kappa with quadratic weights, from means, variances and the correlation of a pair."""
        value = self.rows.value
        means = [self._mean(value, mask) for mask in self.masks]
        variances = [self._mean((value - mean) ** 2, mask) for mean, mask in zip(means, self.masks, strict=True)]
        apart = sum(variances) + (means[0] - means[1]) ** 2
        if not apart > 1e-12:
            return float("nan")
        together = 0.0 if min(variances) <= 1e-12 else self.pearson() * float(np.sqrt(variances[0] * variances[1]))
        return 2.0 * together / apart

    def alpha(self) -> float:
        """Krippendorff's alpha with the interval metric, over the last score of each rater on each item."""
        rows = self.rows
        order = np.argsort(rows.position, kind="stable")[::-1]
        last = order[np.unique(self.own[order], return_index=True)[1]]
        item, value = self.item[last], rows.value[last] - rows.value.mean()
        number = np.bincount(item, minlength=self.n_items).astype(np.float64)
        total, square = (np.bincount(item, column, self.n_items) for column in (value, value**2))
        several = number > 1
        apart = (number * square - total**2)[several] / (number[several] - 1.0)
        n, all_total, all_square = (column[several].sum() for column in (number, total, square))
        expected = n * all_square - all_total**2
        return float(1.0 - (n - 1.0) * apart.sum() / expected) if expected > 1e-12 else float("nan")

    def _mean(self, value: FloatArray, mask: Mask) -> float:
        weight = self.weight * mask
        return float((weight * value).sum() / weight.sum()) if weight.any() else float("nan")

    def _correlation(self, one: FloatArray, other: FloatArray) -> float:
        if not self.weight.any():
            return float("nan")
        x, y = one - self._mean(one, self.masks[0]), other - self._mean(other, self.masks[1])
        spread = (self._mean(x * x, self.masks[0]) * self._mean(y * y, self.masks[1])) ** 0.5
        sums = [
            np.bincount(self.item, column * mask, self.n_items) for column, mask in zip((x, y), self.masks, strict=True)
        ]
        together = float((sums[0] * sums[1]).sum())
        if self.is_same:
            own = [np.bincount(self.own, column * self.masks[0]) for column in (x, y)]
            together -= float((own[0] * own[1]).sum())
        pairs = float((self.weight * self.masks[0]).sum())
        return together / pairs / spread if spread > 1e-12 else float("nan")


def _ranked(key: IdArray) -> IdArray:
    """Codes from zero for the values of a key."""
    codes: IdArray = np.unique(key, return_inverse=True)[1]
    return codes


def _ranks(value: FloatArray, weight: FloatArray) -> FloatArray:
    """Mid-ranks of values, each value being repeated as often as its weight."""
    _, place = np.unique(value, return_inverse=True)
    number = np.bincount(place, weight)
    ranks: FloatArray = (np.cumsum(number) - number / 2.0)[place]
    return ranks


def _leave_out_blocks(block: IdArray, statistics: Callable[[Mask], FloatArray], level: float) -> list[Estimate]:
    """The statistics with jackknife intervals; correlations on Fisher's scale, a share between 0 and 1."""
    whole = statistics(np.ones(len(block), np.bool_))
    n = int(block.max()) + 1
    if n < 2:
        return [Estimate(float(value)) for value in whole]
    without = np.array([statistics(block != code) for code in range(n)])
    quantile = float(stdtrit(n - 1, 0.5 + level / 2.0))
    found = []
    lowest = (-1.0, -1.0, -np.inf, -1.0, 0.0, -1.0, -1.0)
    is_correlation = (True, True, False, False, False, False, True)
    for value, others, is_bounded, low in zip(whole, without.T, is_correlation, lowest, strict=True):
        middle, moved = (_fisher(value), _fisher(others)) if is_bounded else (value, others)
        reach = quantile * np.sqrt((n - 1) / n * np.sum((moved - moved.mean()) ** 2))
        ends = np.array([middle - reach, middle + reach])
        found.append(Estimate(float(value), *(np.tanh(ends) if is_bounded else np.clip(ends, low, 1.0)).tolist()))
    return found


def _fisher(value: FloatArray) -> FloatArray:
    return np.asarray(np.arctanh(np.clip(value, -_NEARLY_ONE, _NEARLY_ONE)), np.float64)
