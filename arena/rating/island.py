"""Fit of one island: exact inside each block, with a prior between blocks, and an interval for each model.

It works on strengths and arrays alone, without names of models and Elo points.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from arena.rating.connection import find_blocks, join_pairs
from arena.rating.counts import IndexArray, IntArray, PairCounts
from arena.rating.likelihood import Fit, PairLikelihood, fit_block, gaps
from arena.rating.method import Mean
from arena.rating.separation import find_core, place_blocks
from arena.rating.spread import BlockSpread, Estimator, half_widths
from storage.ledger.battles import FloatArray

Mask = npt.NDArray[np.bool_]

_LEAST_SPREAD = 1e-10
"""Mean squared residual of a pair below which its battles have no information about the variance."""


@dataclass(frozen=True, eq=False)
class IslandFit:
    """The models of one island, measured from its anchor in nats; one entry per model.

    Attributes:
        strength: natural log-strength.
        lower: lower end of the interval; -inf if open, NaN if unknown.
        upper: upper end of the interval; inf if open, NaN if unknown.
        covariance: (n_models, n_models) covariance of the strengths; NaN where unknown.
        freedom: degrees of freedom of each interval.
        tie: tie parameter; NaN for a likelihood without one.
        tie_variance: variance of the tie parameter; NaN if unknown.
        tie_freedom: degrees of freedom of its interval.
        converged: whether every fit reached its tolerance.
        iterations: Newton steps of the longest fit.
    """

    strength: FloatArray
    lower: FloatArray
    upper: FloatArray
    covariance: FloatArray
    freedom: FloatArray
    tie: float
    tie_variance: float
    tie_freedom: float
    converged: bool
    iterations: int


@dataclass(frozen=True, eq=False)
class IslandTask:
    """Common arguments of the fits of all islands.

    Attributes:
        likelihood: likelihood to maximise.
        estimator: estimator of the covariance of a block.
        mean: kind of mean that is placed at zero.
        level: confidence of the intervals.
        start: an earlier fit of all models as one block to start from; None to start at zero.
    """

    likelihood: PairLikelihood
    estimator: Estimator
    mean: Mean
    level: float
    start: Fit | None = None


def fit_island(counts: PairCounts, members: IndexArray, task: IslandTask, *, anchor: int | None) -> IslandFit | None:
    """Rate the models of one island, all of which have a battle.

    If the island has several blocks, the anchor or mean and the tie parameter are those of its core.

    Args:
        counts: battles of the island, with codes of the island.
        members: codes of the models of the island among all models.
        task: arguments of the fit.
        anchor: code within the island of the model that is placed at zero instead of a mean.

    Returns:
        None if the anchor is not in the core and so cannot fix the scale.
    """
    block = find_blocks(counts)
    core = find_core(counts, block) if block.any() else 0
    if anchor is not None and (core is None or block[anchor] != core):
        return None
    pull = _weigh_models(counts, block, core, task.mean)
    if anchor is not None:
        pull[block == core] = 0.0
        pull[anchor] = 1.0
    state = _Blocks(counts, members, block, pull, task)
    state.fit(core)
    strength, lower, upper, covariance = state.strength, state.lower, state.upper, state.covariance
    converged, iterations = state.converged, state.iterations
    if block.any():
        curve = partial(task.likelihood.win_curve, tie=state.tie)
        placement = place_blocks(counts, block, strength, curve, core=core, level=task.level)
        converged, iterations = converged and placement.converged, max(iterations, placement.iterations)
        strength = strength + placement.offset[block]
        lower, upper = lower + placement.lower[block], upper + placement.upper[block]
    if core is None:
        zero = float(strength @ pull) / float(pull.sum())
        strength, lower, upper = strength - zero, lower - zero, upper - zero
    unknown = (np.isneginf(lower) & np.isposinf(upper)) | (np.arange(counts.n_models) == anchor)
    lower[unknown] = upper[unknown] = np.nan
    covariance[block != core, :] = covariance[:, block != core] = np.nan
    return IslandFit(
        strength=strength,
        lower=lower,
        upper=upper,
        covariance=covariance,
        freedom=state.freedom,
        tie=state.tie if task.likelihood.has_tie else np.nan,
        tie_variance=state.tie_variance,
        tie_freedom=state.tie_freedom,
        converged=converged,
        iterations=iterations,
    )


class _Blocks:
    """The blocks of one island, each fitted by itself with its mean weighted by `pull` at zero."""

    def __init__(
        self, counts: PairCounts, members: IndexArray, block: IntArray, pull: FloatArray, task: IslandTask
    ) -> None:
        n = counts.n_models
        self.counts, self.members, self.block, self.pull, self.task = counts, members, block, pull, task
        self.strength, self.lower, self.upper = np.zeros(n), np.zeros(n), np.zeros(n)
        self.covariance, self.freedom = np.zeros((n, n)), np.full(n, np.inf)
        self.tie, self.tie_variance, self.tie_freedom = -np.inf, np.nan, np.inf
        self.converged, self.iterations = True, 0

    def fit(self, core: int | None) -> None:
        """Fit every block of two or more models, the core first, since its tie parameter holds for all."""
        sizes = np.bincount(self.block)
        several = [int(code) for code in np.flatnonzero(sizes > 1)]
        leading = core if core is not None else max(several, key=lambda code: sizes[code], default=None)
        for code in sorted(several, key=lambda code: code != leading):
            self._fit_one(np.flatnonzero(self.block == code), leads=code == leading)

    def _fit_one(self, inside: IndexArray, *, leads: bool) -> None:
        whole = len(inside) == self.counts.n_models
        counts = self.counts if whole else self.counts.within(inside)
        start = self.task.start if whole else None
        found = fit_block(counts, self.task.likelihood, tie=None if leads else self.tie, start=start)
        weights = self.pull[inside] / float(self.pull[inside].sum())
        spread = _known_spread(self.members[inside], counts, found, weights, self.task)
        self.strength[inside] = found.strength - float(found.strength @ weights)
        self.covariance[np.ix_(inside, inside)] = spread.covariance
        self.freedom[inside] = spread.freedom
        half = half_widths(spread.covariance, spread.freedom, self.task.level)
        below, above = (-half, half) if spread.ends is None else spread.ends
        self.lower[inside], self.upper[inside] = self.strength[inside] + below, self.strength[inside] + above
        if leads:
            self.tie, self.tie_variance, self.tie_freedom = found.tie, spread.tie_variance, spread.tie_freedom
        self.converged = self.converged and found.converged
        self.iterations = max(self.iterations, found.iterations)


def _weigh_models(counts: PairCounts, block: IntArray, core: int | None, mean: Mean) -> FloatArray:
    """Weight of each model in the mean that is placed at zero.

    With a core only battles inside a block count, so that an undefeated newcomer does not even change the mean.
    """
    if mean == "models":
        return np.ones(counts.n_models)
    weighty = counts if core is None else counts.keep(block[counts.first] == block[counts.second])
    return weighty.per_model(weighty.battles, weighty.battles)


def _known_spread(
    members: IndexArray, counts: PairCounts, fit: Fit, weights: FloatArray, task: IslandTask
) -> BlockSpread:
    """Spread about the weighted mean; NaN for models that are joined to the rest only by battles without residuals.

    Where every battle between two parts agrees exactly with the fit, such as ties between equals, the variance of
    their distance cannot be estimated, and every formula would give zero.
    """
    by_gap, _ = task.likelihood.pulls(gaps(counts, fit.strength), fit.tie)
    telling = counts.products(by_gap, by_gap) > _LEAST_SPREAD * counts.battles
    if telling.all():
        return task.estimator(members, counts, fit, task.likelihood, weights)
    group = join_pairs(counts, telling)
    largest = find_core(counts, group)
    known = np.zeros(counts.n_models, bool) if largest is None else group == largest
    inner = np.where(known, weights, 0.0)
    if not inner.any():
        nothing = np.full(counts.n_models, np.nan)
        return BlockSpread(np.full((counts.n_models,) * 2, np.nan), nothing, np.nan)
    spread = task.estimator(members, counts, fit, task.likelihood, inner / inner.sum())
    covariance, freedom = spread.covariance.copy(), spread.freedom.copy()
    covariance[~known, :] = covariance[:, ~known] = np.nan
    freedom[~known] = np.nan
    ends = None if spread.ends is None else np.where(known, spread.ends, np.nan)
    return replace(spread, covariance=covariance, freedom=freedom, ends=ends)
