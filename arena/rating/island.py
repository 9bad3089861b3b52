"""Bradley-Terry for one island: exact inside each block, placed between blocks, with an interval for each model.

A file of its own because it works on strengths and arrays alone: no names, no Elo, no sentences.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from arena.rating.connection import find_blocks, join_pairs
from arena.rating.counts import IntArray, PairCounts
from arena.rating.likelihood import Maximum, expected_scores, fit_strengths, recentre, sandwich_covariance
from arena.rating.method import Mean
from arena.rating.separation import find_core, place_blocks
from storage.battles import FloatArray

Mask = npt.NDArray[np.bool_]

_LEAST_SPREAD = 1e-10
"""Mean squared residual of a pair's battles below which they agree with the fit and tell no variance."""


@dataclass(frozen=True, eq=False)
class IslandFit:
    """The models of one island, measured from its anchor in nats; one entry per model.

    Attributes:
        strength: natural log-strength.
        lower: lower end of the interval, -inf when open, NaN when unknown.
        upper: upper end, inf when open, NaN when unknown.
        covariance: (n_models, n_models) covariance of the strengths; NaN where unknown.
        unplaced: models whose distance to the others is bounded on no side.
        unspread: models whose battles tell no variance.
        converged: whether every fit reached its tolerance.
        iterations: Newton steps of the longest fit.
    """

    strength: FloatArray
    lower: FloatArray
    upper: FloatArray
    covariance: FloatArray
    unplaced: Mask
    unspread: Mask
    converged: bool
    iterations: int


def fit_island(counts: PairCounts, *, anchor: int | None, mean: Mean, level: float) -> IslandFit | None:
    """Rate the models of one island, all of which have a battle.

    Where the island falls into several blocks, the anchor or mean is that of its core.

    Args:
        counts: battles of the island, with codes of the island.
        anchor: code of the model that stands at zero instead of a mean.
        mean: which mean stands at zero.
        level: confidence of the intervals.

    Returns:
        None when the anchor is not in the core and so cannot carry the scale.
    """
    block = find_blocks(counts)
    core = find_core(counts, block) if block.any() else 0
    if anchor is not None and (core is None or block[anchor] != core):
        return None
    pull = _weigh_models(counts, block, core, mean)
    if anchor is not None:
        pull[block == core] = 0.0
        pull[anchor] = 1.0
    strength, covariance, tops = _fit_blocks(counts, block, pull)
    spread = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    reach = float(ndtri(0.5 + level / 2.0)) * spread
    lower, upper = strength - reach, strength + reach
    if block.any():
        placement = place_blocks(counts, block, strength, core=core, level=level)
        tops.append(Maximum(placement.offset, placement.converged, placement.iterations))
        strength = strength + placement.offset[block]
        lower, upper = lower + placement.lower[block], upper + placement.upper[block]
    if core is None:
        zero = float(strength @ pull) / float(pull.sum())
        strength, lower, upper = strength - zero, lower - zero, upper - zero
    unspread = np.isnan(spread)
    unplaced = np.isneginf(lower) & np.isposinf(upper)
    unknown = unplaced | (np.arange(counts.n_models) == anchor)
    lower[unknown] = upper[unknown] = np.nan
    covariance[block != core, :] = covariance[:, block != core] = np.nan
    return IslandFit(
        strength=strength,
        lower=lower,
        upper=upper,
        covariance=covariance,
        unplaced=unplaced,
        unspread=unspread,
        converged=all(top.converged for top in tops),
        iterations=max((top.iterations for top in tops), default=0),
    )


def _weigh_models(counts: PairCounts, block: IntArray, core: int | None, mean: Mean) -> FloatArray:
    """Weight of each model in the mean that stands at zero.

    With a core only battles inside a block count, so that an undefeated newcomer moves nobody, not even the mean.
    """
    if mean == "models":
        return np.ones(counts.n_models)
    weighty = counts if core is None else counts.keep(block[counts.first] == block[counts.second])
    return weighty.model_battles().astype(np.float64)


def _fit_blocks(counts: PairCounts, block: IntArray, pull: FloatArray) -> tuple[FloatArray, FloatArray, list[Maximum]]:
    """Fit each block by itself, its mean weighted by `pull` at zero; a lone model stands at zero, exactly."""
    n = counts.n_models
    strength, covariance, tops = np.zeros(n), np.zeros((n, n)), []
    sizes = np.bincount(block)
    for code in np.flatnonzero(sizes > 1):
        members = np.flatnonzero(block == code)
        inside = counts if len(members) == n else counts.within(members)
        top = fit_strengths(inside)
        tops.append(top)
        strength[members] = top.point - float(top.point @ pull[members]) / float(pull[members].sum())
        covariance[np.ix_(members, members)] = _known_covariance(inside, top.point, pull[members])
    return strength, covariance, tops


def _known_covariance(counts: PairCounts, strengths: FloatArray, pull: FloatArray) -> FloatArray:
    """Sandwich covariance about the weighted mean, NaN for models joined to the rest by battles without spread.

    Where every battle between two parts agrees with the fit, such as ties between equals, the sandwich has
    nothing to estimate their distance's variance from and would call it zero.
    """
    residuals = counts.squared_residuals(expected_scores(counts, strengths))
    telling = residuals > _LEAST_SPREAD * counts.battles
    if telling.all():
        return recentre(sandwich_covariance(counts, strengths), pull / pull.sum())
    group = join_pairs(counts, telling)
    largest = find_core(counts, group)
    known = np.zeros(counts.n_models, bool) if largest is None else group == largest
    weights = np.where(known, pull, 0.0)
    if not weights.any():
        return np.full((counts.n_models,) * 2, np.nan)
    covariance = recentre(sandwich_covariance(counts, strengths), weights / weights.sum())
    covariance[~known, :] = covariance[:, ~known] = np.nan
    return covariance
