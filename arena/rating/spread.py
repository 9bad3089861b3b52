"""Uncertainty of the fit of one block: the covariance of its strengths, and its degrees of freedom.

All estimators but the bootstrap are sandwiches: inverse curvature, times the summed products of the contributions to
the slopes, times inverse curvature (White, 1982). They differ in the clusters of battles. A fit follows few battles, or
a busy rater, closely, so residuals are corrected for leverage: those of independent battles are divided by one minus
their leverage (the HC3 of MacKinnon and White, 1985, "Some heteroskedasticity-consistent covariance matrix
estimators"), clusters are bias-reduced and have effective degrees of freedom (`bias_reduced.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from arena.rating.bias_reduced import FEW_DEGREES, BiasReduced, cluster_covariance, leverage_corrected
from arena.rating.bootstrap import resample_fits
from arena.rating.clusters import Clusters, Contributions, RowScores, independent_products, renumber
from arena.rating.counts import IndexArray, IntArray, OutcomeValues, PairCounts
from arena.rating.likelihood import Fit, PairLikelihood, gaps, laplacian, recentre
from storage.ledger.battles import FRACTIONAL, MODEL_A, MODEL_B, Battles, FloatArray

_MOST_LEVERAGE = 0.99


@dataclass(frozen=True, eq=False)
class BlockSpread:
    """Uncertainty of the strengths of one block, measured from their weighted mean.

    Attributes:
        covariance: (n_models, n_models), squared nats.
        freedom: degrees of freedom of the interval of each model, inf for a normal one; (n_models,).
        tie_variance: variance of the tie parameter; NaN if it was not fitted.
        tie_freedom: degrees of freedom of the interval of the tie parameter, inf for a normal one.
        ends: lower and upper ends of the intervals minus the strengths, (2, n_models), if not symmetric; None if they
            follow from covariance and freedom.
        further: variances of the parameters after the strengths, if any.
        further_freedom: degrees of freedom of their intervals.
    """

    covariance: FloatArray
    freedom: FloatArray
    tie_variance: float
    ends: FloatArray | None = None
    further: FloatArray = field(default_factory=lambda: np.empty(0))
    further_freedom: FloatArray = field(default_factory=lambda: np.empty(0))
    tie_freedom: float = np.inf


class Estimator(Protocol):
    """An estimator of the uncertainty of a fit."""

    def __call__(
        self, members: IndexArray, counts: PairCounts, fit: Fit, likelihood: PairLikelihood, weights: FloatArray
    ) -> BlockSpread:
        """The spread of a block.

        Args:
            members: codes of the models of the block among all models.
            counts: battles of the block, as fitted, with codes of the block.
            fit: maximum of the likelihood of the block.
            likelihood: likelihood of the fit.
            weights: weights, summing to one, of the mean that strengths are measured from; (n_models,).
        """


def half_widths(covariance: FloatArray, freedom: FloatArray, level: float) -> FloatArray:
    """Half the width of each interval: a quantile of Student's t, or the normal one, times the standard error."""
    spread = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    return quantiles(freedom, level) * spread


def quantiles(freedom: FloatArray, level: float) -> FloatArray:
    """Two-sided quantile for each number of degrees of freedom; the normal one for inf, NaN for NaN."""
    finite = np.isfinite(freedom)
    factor = np.where(np.isnan(freedom), np.nan, float(ndtri(0.5 + level / 2.0)))
    factor[finite] = stdtrit(freedom[finite], 0.5 + level / 2.0)
    return factor


class IndependentSpread:
    """Uncertainty with independent battles, from counts alone."""

    def __init__(self, squares: PairCounts | None, *, corrected: bool) -> None:
        """Make an estimator.

        Args:
            squares: counts with squared weights; None without weights.
            corrected: whether residuals are divided by one minus their leverage.
        """
        self.squares, self.corrected = squares, corrected

    def __call__(
        self, members: IndexArray, counts: PairCounts, fit: Fit, likelihood: PairLikelihood, weights: FloatArray
    ) -> BlockSpread:
        """See `Estimator`."""
        squares = counts
        if self.squares is not None:
            squares = self.squares if len(members) == self.squares.n_models else self.squares.within(members)
        covariance = independent_covariance(counts, squares, fit, likelihood, corrected=self.corrected)
        n = counts.n_models
        return BlockSpread(recentre(covariance[:n, :n], weights), np.full(n, np.inf), _known_variance(covariance))


class ClusteredSpread:
    """Uncertainty with battles clustered by rater, question or both."""

    def __init__(self, battles: Battles, weights: FloatArray | None, clusters: Clusters) -> None:
        """Make an estimator.

        Args:
            battles: the rows that the counts were made from.
            weights: weights of the rows; None for one each.
            clusters: clusters of the rows, with at least one key.
        """
        self.battles, self.weights, self.clusters = battles, weights, clusters

    def __call__(
        self, members: IndexArray, counts: PairCounts, fit: Fit, likelihood: PairLikelihood, weights: FloatArray
    ) -> BlockSpread:
        """See `Estimator`.

        See `clustered_spread` for two keys.
        """
        rows, place = self._rows_of(members)
        inverse = fit.inverse if likelihood.has_tie else fit.inverse[:-1, :-1]
        scores = self._scores(rows, place, fit, likelihood)
        return clustered_spread(scores, inverse, self.clusters, rows, weights)

    def _rows_of(self, members: IndexArray) -> tuple[IndexArray | None, IndexArray | None]:
        if len(members) == len(self.battles.models):
            return None, None
        place = np.full(len(self.battles.models), -1, np.intp)
        place[members] = np.arange(len(members))
        return np.flatnonzero((place[self.battles.a] >= 0) & (place[self.battles.b] >= 0)), place

    def _scores(
        self, rows: IndexArray | None, place: IndexArray | None, fit: Fit, likelihood: PairLikelihood
    ) -> RowScores:
        chosen = slice(None) if rows is None else rows
        a, b = self.battles.a[chosen], self.battles.b[chosen]
        if place is not None:
            a, b = place[a].astype(np.int32), place[b].astype(np.int32)
        weight = np.ones(len(a)) if self.weights is None else self.weights[chosen]
        gap = fit.strength[a] - fit.strength[b]
        by_gap, by_tie = likelihood.pulls(gap, fit.tie)
        outcome, score = self.battles.outcome[chosen], self.battles.score[chosen]

        def contributions(gap_pull: FloatArray, tie_pull: FloatArray) -> Contributions:
            extra = tie_pull[:, None] if likelihood.has_tie else np.empty((len(a), 0))
            return Contributions(len(fit.strength), a, b, gap_pull, -gap_pull, extra)

        slope = contributions(weight * of_outcome(by_gap, outcome, score), weight * of_outcome(by_tie, outcome, score))
        if not likelihood.has_tie:
            unit = np.sqrt(weight * unit_curvature(likelihood, gap, fit.tie))
            return RowScores(slope, (contributions(unit, unit),))
        chances = likelihood.log_probabilities(gap, fit.tie)
        roots = [np.sqrt(weight * np.exp(chance)) for chance in chances]
        parts = zip(roots, by_gap, by_tie, strict=True)
        return RowScores(slope, tuple(contributions(root * pull, root * tied) for root, pull, tied in parts))


class BootstrapSpread:
    """Refits to resampled battles; ends are percentiles."""

    def __init__(self, *, resamples: int, seed: int, level: float) -> None:
        """Make an estimator with this number of resamples."""
        self.resamples, self.seed, self.level = resamples, seed, level

    def __call__(
        self, members: IndexArray, counts: PairCounts, fit: Fit, likelihood: PairLikelihood, weights: FloatArray
    ) -> BlockSpread:
        """See `Estimator`; resamples without a maximum are left out."""
        fits, _ = resample_fits(counts, likelihood, fit, resamples=self.resamples, seed=self.seed)
        n = counts.n_models
        strengths = fits[:, :n] - (fits[:, :n] @ weights)[:, None]
        tail = (1.0 - self.level) / 2.0
        here = fit.strength - fit.strength @ weights
        ends = np.quantile(strengths, [tail, 1.0 - tail], axis=0) - here
        covariance = np.atleast_2d(np.cov(strengths, rowvar=False)).astype(np.float64)
        tie = float(np.var(fits[:, n], ddof=1)) if likelihood.has_tie and np.isfinite(fit.tie) else np.nan
        return BlockSpread(covariance, np.full(n, np.inf), tie, np.asarray(ends, np.float64))


def independent_covariance(
    counts: PairCounts, squares: PairCounts, fit: Fit, likelihood: PairLikelihood, *, corrected: bool
) -> FloatArray:
    """Sandwich covariance of strengths and tie parameter with independent battles, measured from the ground of the fit.

    Args:
        counts: counts of the fit.
        squares: the same pairs with squared weights; `counts` itself without weights.
        fit: the maximum.
        likelihood: likelihood of the fit.
        corrected: whether residuals are divided by one minus their leverage.
    """
    gap = gaps(counts, fit.strength)
    by_gap, by_tie = likelihood.pulls(gap, fit.tie)
    twice = squares.products(by_gap, by_gap)
    shrink = np.ones_like(gap)
    if corrected:
        unit = np.diagonal(fit.inverse)
        quadratic = unit[counts.first] + unit[counts.second] - 2.0 * fit.inverse[counts.first, counts.second]
        mean_weight = squares.battles / counts.battles
        leverage = mean_weight * unit_curvature(likelihood, gap, fit.tie) * quadratic
        shrink = 1.0 / (1.0 - np.minimum(leverage, _MOST_LEVERAGE))
    n = counts.n_models
    meat = np.zeros((n + 1, n + 1))
    meat[:n, :n] = laplacian(n, (counts.first, counts.second), twice * shrink**2)
    if likelihood.has_tie and np.isfinite(fit.tie):
        mixed = squares.products(by_gap, by_tie) * shrink
        meat[n, :n] = meat[:n, n] = counts.per_model(mixed, -mixed)
        meat[n, n] = squares.products(by_tie, by_tie).sum()
    return fit.inverse @ meat @ fit.inverse


def clustered_spread(
    scores: RowScores, inverse: FloatArray, clusters: Clusters, rows: IndexArray | None, weights: FloatArray
) -> BlockSpread:
    """Spread of a fit with clusters, see `bias_reduced.py`.

    With two keys, the covariances by each are added and the one by both at once is subtracted; `_joint_freedom` gives
    the degrees of freedom. No variance falls below that of independent rows if one cluster alone determines it, or by
    two keys with 4 or more degrees of freedom; with fewer, the quantile makes up for it.

    Args:
        scores: slopes and information of the rows, in order.
        inverse: inverse curvature, of the width of the contributions.
        clusters: clusters of all rows.
        rows: indices of these rows among all rows; None for all.
        weights: weights of the mean that strengths are measured from, (n_models,).
    """
    floor = inverse @ independent_products(leverage_corrected(scores, inverse, power=0.5)) @ inverse

    def covariance(codes: IntArray, wanted: FloatArray) -> BiasReduced:
        own = codes if rows is None else renumber(codes[rows])
        if int(own.max(initial=0)) == 0:
            # one rater or question: the variation is unknown, so the interval is nearly unbounded
            return BiasReduced(floor, np.ones(wanted.shape[1]))
        return cluster_covariance(scores, own, inverse, wanted)

    return joint_spread(covariance, floor, clusters, weights)


def joint_spread(
    covariance: Callable[[IntArray, FloatArray], BiasReduced],
    floor: FloatArray,
    clusters: Clusters,
    weights: FloatArray,
) -> BlockSpread:
    """Spread by one or two kinds of clusters, from a function that gives the covariance by one.

    Args:
        covariance: the covariance by clusters with these codes, and the degrees of freedom of these contrasts.
        floor: covariance with independent rows, of the strengths and further parameters.
        clusters: clusters of all rows, with at least one key.
        weights: weights of the mean that strengths are measured from, (n_models,).
    """
    n, width = len(weights), len(floor)
    contrasts = np.eye(width)
    contrasts[:n, :n] -= weights[:, None]
    ways = [covariance(codes, contrasts) for codes in clusters.keys.values()]
    total = np.sum([way.covariance for way in ways], axis=0)
    if len(ways) == 2 and clusters.both is not None:
        total -= covariance(clusters.both, np.empty((width, 0))).covariance
    freedom = _joint_freedom(ways, total, contrasts)
    least = np.append(np.diagonal(recentre(floor[:n, :n], weights)), np.diagonal(floor)[n:])
    enough = FEW_DEGREES if len(ways) == 2 else np.inf
    least = np.where((freedom > 1.0) & (freedom < enough), 0.0, least)
    whole = no_smaller(recentre(total[:n, :n], weights), least[:n])
    further = np.maximum(np.diagonal(total)[n:], least[n:])
    tie = float(further[0]) if width > n else 0.0
    tie_freedom = float(freedom[n]) if width > n else np.inf
    return BlockSpread(
        whole, freedom[:n], tie or np.nan, further=further, further_freedom=freedom[n:], tie_freedom=tie_freedom
    )


def _joint_freedom(ways: list[BiasReduced], total: FloatArray, contrasts: FloatArray) -> FloatArray:
    """Degrees of freedom of each contrast with one or two keys.

    With two, Satterthwaite's approximation for the sum of two estimated variances, the part of both at once taken as
    known: the squared variance over the sum of the squared variances by each key, each over its degrees of freedom.
    It is never below those of the key with fewer, nor above the sum of both.
    """
    if len(ways) == 1:
        return ways[0].freedom
    whole = np.maximum(np.sum(contrasts * (total @ contrasts), axis=0), 0.0)
    parts = [np.sum(contrasts * (way.covariance @ contrasts), axis=0) ** 2 / way.freedom for way in ways]
    fewest, most = np.minimum(ways[0].freedom, ways[1].freedom), ways[0].freedom + ways[1].freedom
    found = np.divide(whole**2, parts[0] + parts[1], out=fewest.copy(), where=parts[0] + parts[1] > 0.0)
    return np.asarray(np.clip(found, fewest, most), np.float64)


def independent_spread(scores: RowScores, inverse: FloatArray, weights: FloatArray, *, corrected: bool) -> BlockSpread:
    """Spread of a fit with independent rows, see `clustered_spread`; `corrected` for leverage (HC3) or not."""
    slope = leverage_corrected(scores, inverse, power=1.0) if corrected else scores.slope
    return spread_of_products(independent_products(slope), slope.n_models, inverse, weights)


def spread_of_products(products: FloatArray, n: int, inverse: FloatArray, weights: FloatArray) -> BlockSpread:
    """Spread of a fit from the summed products of contributions; the first `n` parameters are models."""
    total = inverse @ products @ inverse
    tie = float(total[n, n]) if len(total) > n else 0.0
    further = np.diagonal(total)[n:].copy()
    normal = np.full(len(further), np.inf)
    covariance = recentre(total[:n, :n], weights)
    return BlockSpread(covariance, np.full(n, np.inf), tie or np.nan, further=further, further_freedom=normal)


def no_smaller(covariance: FloatArray, least: FloatArray) -> FloatArray:
    """Covariance without negative eigenvalues and with variances of at least `least`, (n,)."""
    values, vectors = np.linalg.eigh(covariance)
    if values.min(initial=0.0) < 0.0:
        covariance = (vectors * np.maximum(values, 0.0)) @ vectors.T
    missing = np.maximum(least - np.diagonal(covariance), 0.0)
    raised: FloatArray = covariance + np.diag(missing)
    return raised


def of_outcome(values: OutcomeValues, outcome: npt.NDArray[np.int8], score: FloatArray) -> FloatArray:
    """Value for the outcome of each row; interpolated between win and loss for an expected score."""
    win, loss, draw = values
    chosen = np.where(outcome == MODEL_A, win, np.where(outcome == MODEL_B, loss, draw))
    if (scored := outcome == FRACTIONAL).any():
        chosen[scored] = (score * win + (1.0 - score) * loss)[scored]
    return chosen


def unit_curvature(likelihood: PairLikelihood, gap: FloatArray, tie: float) -> FloatArray:
    """Expected curvature of one battle by its gap: the mean squared derivative, or p (1 - p) for half ties."""
    if not likelihood.has_tie:
        win, loss, _ = likelihood.pulls(gap, tie)[0]
        return -win * loss
    curvature = np.zeros_like(gap)
    pulls = likelihood.pulls(gap, tie)[0]
    for log_probability, pull in zip(likelihood.log_probabilities(gap, tie), pulls, strict=True):
        curvature += np.exp(log_probability) * pull**2
    return curvature


def _known_variance(covariance: FloatArray) -> float:
    """Variance of the tie parameter, which is last; NaN if it was not fitted."""
    return float(covariance[-1, -1]) or np.nan
