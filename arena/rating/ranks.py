"""Rank ranges, probabilities of being first, and differences of models, from the joint distribution of ratings.

Intervals of two ratings may overlap although the models clearly differ, because part of the error is shared. So ranks
are counted in draws from the joint normal distribution of all ratings.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arena.rating.counts import IndexArray, IntArray
from arena.rating.method import Ratings
from arena.rating.spread import quantiles
from storage.ledger.battles import FloatArray

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Difference:
    """Difference between the ratings of two models.

    Attributes:
        model: name of the model.
        against: name of the model that it is compared with.
        difference: difference in the unit of the ratings, positive if `model` is better; NaN if they cannot be
            compared.
        lower: lower end of its interval; NaN if unknown.
        upper: upper end of its interval; NaN if unknown.
    """

    model: str
    against: str
    difference: float
    lower: float
    upper: float


def difference(ratings: Ratings, model: int, against: int, *, level: float) -> Difference:
    """Difference between two models by code, with an interval that accounts for their shared error.

    The difference is unknown between islands; its interval is unknown if one of the two has none.
    """
    names = (ratings.models[model], ratings.models[against])
    if ratings.island[model] != ratings.island[against] or ratings.island[model] < 0:
        return Difference(*names, np.nan, np.nan, np.nan)
    apart = float(ratings.rating[model] - ratings.rating[against])
    half = np.nan
    if ratings.covariance is not None and model != against:
        pair = ratings.covariance[np.ix_([model, against], [model, against])]
        variance = float(pair[0, 0] + pair[1, 1] - pair[0, 1] - pair[1, 0])
        freedom = np.minimum(ratings.freedom[[model]], ratings.freedom[[against]])
        half = float(quantiles(freedom, level)[0] * np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else np.nan
    return Difference(*names, apart, apart - half, apart + half)


def joint_places(
    ratings: Ratings, members: IndexArray, *, level: float, draws: int, seed: int, simultaneous: bool
) -> tuple[IntArray, IntArray] | None:
    """Best and worst rank of each of `members` among them, counting from 1; None if no covariance is known.

    A model with unknown variance, such as an undefeated one, is compared by the ends of intervals, an unknown end
    being infinite.

    Args:
        ratings: a fit.
        members: codes of models of one island that have a rating.
        level: share of draws within a range; with `simultaneous`, probability that all ranges hold at once.
        draws: number of draws.
        seed: seed of the draws.
        simultaneous: compare every two models with the quantile of the largest standardised difference of all.
    """
    known = _known_variance(ratings, members)
    if ratings.covariance is None or not known.any():
        return None
    inner = members[known]
    factor = quantiles(ratings.freedom[inner], level) / quantiles(np.full(len(inner), np.inf), level)
    covariance = ratings.covariance[np.ix_(inner, inner)] * factor[:, None] * factor[None, :]
    sample = _sample(covariance, draws, seed)
    low, high = np.ones(len(members), np.int64), np.zeros(len(members), np.int64)
    if simultaneous:
        low[known], high[known] = _simultaneous_places(ratings.rating[inner], covariance, sample, level)
    else:
        low[known], high[known] = _single_places(ratings.rating[inner], sample, level)
    _join_unknown(ratings, members, known, low, high)
    return low, high


def first_probabilities(ratings: Ratings, *, draws: int, seed: int) -> FloatArray:
    """Probability of each model to be the best of its group, from draws of all ratings from their joint normal.

    Returns:
        (n_models,), summing to 1 over a group. NaN for a model whose variance is unknown, and for its whole group
        unless the interval of that model ends below the lower end of another one, so that it cannot be the best.
        NaN everywhere if the method gives no covariance.
    """
    found = np.full(len(ratings.models), np.nan)
    for code in range(ratings.n_islands):
        members = np.flatnonzero(ratings.island == code)
        known = _known_variance(ratings, members)
        inner = members[known]
        lower, upper = comparable_ends(ratings, members)
        if ratings.covariance is None or not len(inner) or (upper[~known] >= lower[known].max()).any():
            continue
        covariance = ratings.covariance[np.ix_(inner, inner)]
        times = np.zeros(len(inner), np.int64)
        at_once = max(1, _CELLS_AT_ONCE // len(inner))
        for start in range(0, draws, at_once):
            sample = _sample(covariance, min(at_once, draws - start), seed + start)
            times += np.bincount(np.argmax(ratings.rating[inner] + sample, axis=1), minlength=len(inner))
        found[inner] = times / draws
    return found


def _known_variance(ratings: Ratings, members: IndexArray) -> npt.NDArray[np.bool_]:
    """Whether the variance of each of `members` is known; nowhere if all known ones are zero."""
    if ratings.covariance is None:
        return np.zeros(len(members), np.bool_)
    variance = np.diagonal(ratings.covariance)[members]
    known: npt.NDArray[np.bool_] = np.isfinite(variance) & ~np.isnan(ratings.freedom[members])
    return known if (variance[known] > 0.0).any() else np.zeros_like(known)


def _sample(covariance: FloatArray, draws: int, seed: int) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    normal = np.random.default_rng(seed).standard_normal((draws, len(covariance)))
    sample: FloatArray = (normal * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return sample


def _single_places(rating: FloatArray, sample: FloatArray, level: float) -> tuple[IntArray, IntArray]:
    """Central range of the rank of each model over the draws."""
    order = np.argsort(-(rating + sample), axis=1)
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(1, len(rating) + 1)[None, :], axis=1)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(place, [tail, 1.0 - tail], axis=0, method="inverted_cdf").astype(np.int64)
    return low, high


def _simultaneous_places(
    rating: FloatArray, covariance: FloatArray, sample: FloatArray, level: float
) -> tuple[IntArray, IntArray]:
    """One plus the number of models significantly above, and all but those below, by max-t of all differences."""
    variance = np.diagonal(covariance)
    spread = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2.0 * covariance, 0.0))
    inverse = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0.0)
    at_once = max(1, _CELLS_AT_ONCE // len(rating) ** 2)
    largest = np.concatenate(
        [
            np.abs((part[:, :, None] - part[:, None, :]) * inverse).max(axis=(1, 2))
            for part in np.array_split(sample, -(-len(sample) // at_once))
        ]
    )
    ahead = rating[:, None] - rating[None, :] > float(np.quantile(largest, level)) * spread
    return 1 + ahead.sum(axis=0), len(rating) - ahead.sum(axis=1)


def _join_unknown(
    ratings: Ratings, members: IndexArray, known: npt.NDArray[np.bool_], low: IntArray, high: IntArray
) -> None:
    """Add the models of unknown variance, and widen the ranges of the models that they may pass."""
    lower, upper = comparable_ends(ratings, members)
    for other in np.flatnonzero(~known):
        surely_above, surely_below = lower[other] > upper, upper[other] < lower
        low[known] += surely_above[known]
        high[known] += ~surely_below[known]
        low[other] = 1 + int((lower > upper[other]).sum())
        high[other] = len(members) - int((upper < lower[other]).sum())


def comparable_ends(ratings: Ratings, members: IndexArray) -> tuple[FloatArray, FloatArray]:
    """Ends of intervals, infinite if unknown; a named anchor is an exact point."""
    lower, upper = ratings.lower[members].copy(), ratings.upper[members].copy()
    if (anchor := ratings.settings.get("anchor")) is not None:
        exact = np.array([ratings.models[code] == anchor for code in members])
        lower[exact] = upper[exact] = ratings.rating[members][exact]
    return np.where(np.isnan(lower), -np.inf, lower), np.where(np.isnan(upper), np.inf, upper)
