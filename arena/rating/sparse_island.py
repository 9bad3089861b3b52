"""Fit of one island of very many models, without a covariance, and the variances of the models that are asked for.

The point fit is that of `island.py`: exact inside each block, with a prior between blocks. Here all matrices are
sparse, and a variance takes one solution of a linear system instead of an inverse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from arena.rating.connection import find_blocks, ties_are_bounded
from arena.rating.counts import IndexArray, IntArray, PairCounts
from arena.rating.likelihood import (
    PairLikelihood,
    climb,
    slope_at,
    sparse_information,
    tie_of_equals,
)
from arena.rating.method import Mean
from arena.rating.separation import find_core, place_blocks
from arena.rating.sparse_solving import solve_sparse
from storage.ledger.battles import FloatArray


@dataclass(frozen=True, eq=False)
class SparseIsland:
    """The models of one island, measured from its anchor in nats; one entry per model.

    Attributes:
        strength: natural log-strength.
        lower: end that the battles with other blocks set, with the block itself taken as known; NaN without one.
        upper: the other such end.
        block: block of each model.
        tie: tie parameter; NaN for a likelihood without one.
        weights: weight of each model in the mean of its block, from which it is measured.
        inner: the battles inside blocks.
        core: block that fixes the scale; None without one.
        converged: whether every fit reached its tolerance.
        iterations: Newton steps of the longest fit.
    """

    strength: FloatArray
    lower: FloatArray
    upper: FloatArray
    block: IntArray
    tie: float
    weights: FloatArray
    inner: PairCounts
    core: int | None
    converged: bool
    iterations: int


@dataclass(frozen=True, eq=False)
class Direction:
    """How the rating of one model moves with the slopes: by_gap * step of the pair, plus by_tie * tie.

    Attributes:
        along: movement for each model's slope, (n_models,).
        tie: movement for the slope of the tie parameter.
    """

    along: FloatArray
    tie: float


def fit_sparse_island(
    counts: PairCounts, likelihood: PairLikelihood, mean: Mean, level: float, *, anchor: int | None
) -> SparseIsland | None:
    """Rate the models of one island; None if the anchor is not in the core and so cannot fix the scale.

    Args:
        counts: battles of the island, with codes of the island.
        likelihood: likelihood to maximise.
        mean: kind of mean that is placed at zero.
        level: confidence of the ends between blocks.
        anchor: code of the model that is placed at zero instead of a mean.
    """
    block = find_blocks(counts)
    core = find_core(counts, block) if block.any() else 0
    if anchor is not None and (core is None or block[anchor] != core):
        return None
    inner = counts.keep(block[counts.first] == block[counts.second])
    strength, tie, converged, iterations = _fit_inside(inner, block, core, likelihood)
    weighty = counts if core is None else inner
    pull = np.ones(counts.n_models) if mean == "models" else weighty.per_model(weighty.battles, weighty.battles)
    if anchor is not None:
        pull[block == core] = 0.0
        pull[anchor] = 1.0
    sums = np.bincount(block, pull)
    pull = np.where(sums[block] > 0.0, pull, 1.0)
    weights = pull / np.bincount(block, pull)[block]
    strength = strength - np.bincount(block, weights * strength)[block]
    ends = np.zeros((2, counts.n_models))
    if block.any():
        curve = partial(likelihood.win_curve, tie=tie)
        placement = place_blocks(counts, block, strength, curve, core=core, level=level)
        converged, iterations = converged and placement.converged, max(iterations, placement.iterations)
        ends = np.stack([strength + placement.lower[block], strength + placement.upper[block]])
        strength = strength + placement.offset[block]
    else:
        ends = np.stack([strength, strength])
    if core is None:
        zero = float(strength @ pull) / float(pull.sum())
        strength, ends = strength - zero, ends - zero
    ends[:, np.isneginf(ends[0]) & np.isposinf(ends[1])] = np.nan
    found_tie = tie if likelihood.has_tie else np.nan
    return SparseIsland(strength, ends[0], ends[1], block, found_tie, weights, inner, core, converged, iterations)


def _fit_inside(
    inner: PairCounts, block: IntArray, core: int | None, likelihood: PairLikelihood
) -> tuple[FloatArray, float, bool, int]:
    """Strengths inside each block, from any zero; the tie parameter is that of the core, or of the largest block."""
    if not len(inner.first):
        return np.zeros(inner.n_models), -np.inf, True, 0
    leading = core if core is not None else int(np.argmax(np.bincount(block)))
    leads = block[inner.first] == leading
    strength, tie, converged, iterations = _fit_pairs(inner.keep(leads), block, likelihood, None)
    if not leads.all():
        others, _, settled, steps = _fit_pairs(inner.keep(~leads), block, likelihood, tie)
        strength = strength + others
        converged, iterations = converged and settled, max(iterations, steps)
    return strength, tie, converged, iterations


def _fit_pairs(
    counts: PairCounts, block: IntArray, likelihood: PairLikelihood, tie: float | None
) -> tuple[FloatArray, float, bool, int]:
    """Maximum of the likelihood of pairs inside blocks; models without one of them stay at zero."""
    n = counts.n_models
    fitted = tie is None and likelihood.has_tie and ties_are_bounded(counts)
    start = tie_of_equals(counts, likelihood) if tie is None else tie
    width = n + fitted

    def tie_at(point: FloatArray) -> float:
        return float(point[n]) if fitted else start

    sizes = np.bincount(block)

    def slope(point: FloatArray) -> FloatArray:
        found = slope_at(counts, likelihood, point[:n], tie_at(point))[:width]
        found[:n] -= (np.bincount(block, found[:n]) / sizes)[block]  # zero but for rounding, which no step can remove
        return found

    top = climb(
        slope,
        lambda point: sparse_information(counts, likelihood, point[:n], tie_at(point), with_tie=fitted),
        np.append(np.zeros(n), start)[:width],
    )
    return top.point[:n], tie_at(top.point), top.converged, top.iterations


def directions(island: SparseIsland, likelihood: PairLikelihood, wanted: IndexArray) -> Callable[[int], Direction]:
    """For a model among `wanted`, how its rating within its block moves with the slopes: one linear solution each."""
    counts, n = island.inner, len(island.strength)
    fitted = likelihood.has_tie and np.isfinite(island.tie) and island.core is not None
    tie = island.tie if likelihood.has_tie else -np.inf
    in_core = counts.keep(island.block[counts.first] == island.core) if fitted else counts
    matrices = {
        is_core: sparse_information(in_core if is_core else counts, likelihood, island.strength, tie, with_tie=is_core)
        for is_core in {bool(fitted and island.block[code] == island.core) for code in wanted}
    }

    def of(model: int) -> Direction:
        is_core = bool(fitted and island.block[model] == island.core)
        matrix: csr_array = matrices[is_core]
        contrast = np.where(island.block == island.block[model], -island.weights, 0.0)
        contrast[model] += 1.0
        found = solve_sparse(matrix, np.append(contrast, 0.0)[: matrix.shape[0]])
        return Direction(found[:n], float(found[n]) if is_core else 0.0)

    return of


def row_leverage(counts: PairCounts, unit: FloatArray) -> FloatArray:
    """Leverage of one battle of each pair, by the information of its two models.

    The exact one needs the inverse curvature. In a graph of many models that met many others the distance of two
    models is known nearly as if each had met the others alone (U. von Luxburg, A. Radl and M. Hein, 2014, "Hitting and
    commute times in large random neighborhood graphs", Journal of Machine Learning Research 15).

    Args:
        counts: battles of pairs.
        unit: expected curvature of one battle of each pair.
    """
    whole = counts.per_model(counts.battles * unit, counts.battles * unit)
    inverse = np.divide(1.0, whole, out=np.zeros_like(whole), where=whole > 0.0)
    leverage: FloatArray = unit * (inverse[counts.first] + inverse[counts.second])
    return leverage
