"""Fused ratings: the ratings of people alone, moved and made surer by judges."""

from dataclasses import dataclass, replace

import numpy as np

from arena.fused.ceiling import Ceiling
from arena.rating.method import Ratings
from arena.rating.spread import half_widths
from storage.ledger.battles import FloatArray


@dataclass(frozen=True, eq=False)
class FusedRatings:
    """Ratings from people and judges.

    Attributes:
        ratings: the ratings.
        people: ratings of the same votes without judges.
        ceiling: what judges can save, and what they saved.
    """

    ratings: Ratings
    people: Ratings
    ceiling: Ceiling


def assemble(plain: Ratings, rating: FloatArray, variances: tuple[FloatArray, FloatArray], level: float) -> Ratings:
    """Ratings with the variance of people alone, scaled by what the judges removed.

    The corrections of people alone for few raters, questions or votes, and their degrees of freedom, then hold for the
    fused ratings too. A model without a known variance keeps the width of its interval.

    Args:
        plain: ratings of people alone.
        rating: fused ratings.
        variances: (n_models, n_models) variances without and with judges, uncorrected, in squared units of the rating.
        level: confidence of the intervals.
    """
    before, after = variances
    n = len(rating)
    reported = np.full(n, np.nan) if plain.covariance is None else np.diagonal(plain.covariance)
    own = np.diagonal(before)
    growth = np.sqrt(np.divide(reported, own, out=np.full(n, np.nan), where=own > 0.0))
    growth[(own <= 0.0) & (reported == 0.0)] = 1.0
    covariance = after * np.outer(growth, growth)
    covariance[plain.island[:, None] != plain.island[None, :]] = np.nan
    half = half_widths(covariance, plain.freedom, level)
    change = rating - plain.rating
    is_known = np.isfinite(half) & np.isfinite(plain.lower) & np.isfinite(plain.upper)
    lower = np.where(is_known, rating - half, plain.lower + change)
    upper = np.where(is_known, rating + half, plain.upper + change)
    if plain.scale == "percent":
        lower, upper = np.maximum(lower, 0.0), np.minimum(upper, 100.0)
    return replace(plain, rating=rating, lower=lower, upper=upper, covariance=covariance)
