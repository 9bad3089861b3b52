"""By how much a leaderboard of judges missed that of people, where both are known."""

from dataclasses import dataclass

import numpy as np

from arena.rating.method import Ratings
from storage.ledger.battles import FloatArray

_SURE = 1.96
"""Standard errors of a difference from which people are taken to be sure of an order."""


@dataclass(frozen=True)
class JudgeMiss:
    """Distance of the ratings of judges from those of people, over the models that both rated.

    Attributes:
        models: number of these models.
        typical: root mean square of the differences in the unit of the ratings, after the mean difference is removed.
        beyond_chance: the same, less what the intervals of both explain; 0 if they explain all.
        outside: number of models whose rating by people lies outside the judges' interval.
        sure_pairs: number of pairs of models whose order by people is beyond chance at 95 %.
        reversed_pairs: number of these that the judges put in the opposite order.
    """

    models: int
    typical: float
    beyond_chance: float
    outside: int
    sure_pairs: int
    reversed_pairs: int


def measure_miss(judges: Ratings, people: Ratings) -> JudgeMiss | None:
    """The distance of judges from people; None with fewer than two models that both rated in their largest group."""
    place = {name: code for code, name in enumerate(people.models)}
    both = [
        (code, place[name])
        for code, name in enumerate(judges.models)
        if name in place and judges.island[code] == 0 and people.island[place[name]] == 0
    ]
    both = [(one, other) for one, other in both if np.isfinite(judges.rating[one] + people.rating[other])]
    if len(both) < 2 or judges.scale != people.scale:
        return None
    own, theirs = (np.array(column) for column in zip(*both, strict=True))
    said, meant = judges.rating[own], people.rating[theirs]
    change = (said - said.mean()) - (meant - meant.mean())
    variance = _variance(judges, own) + _variance(people, theirs)
    beyond = float(np.nanmean(change**2 - variance)) if np.isfinite(variance).any() else np.nan
    reach = (judges.upper[own] - judges.lower[own]) / 2.0
    sure, turned = _orders(said, people, theirs)
    return JudgeMiss(
        models=len(both),
        typical=float(np.sqrt(np.mean(change**2))),
        beyond_chance=float(np.sqrt(max(beyond, 0.0))) if np.isfinite(beyond) else np.nan,
        outside=int((np.abs(change) > reach).sum()),
        sure_pairs=sure,
        reversed_pairs=turned,
    )


def _variance(ratings: Ratings, codes: np.ndarray) -> FloatArray:
    if ratings.covariance is None:
        return np.full(len(codes), np.nan)
    return np.asarray(np.diagonal(ratings.covariance)[codes], np.float64)


def _orders(said: FloatArray, people: Ratings, codes: np.ndarray) -> tuple[int, int]:
    """Pairs whose order people are sure of, and those of them that the judges put the other way."""
    covariance = people.covariance
    if covariance is None:
        return 0, 0
    sure = turned = 0
    rating, variance = people.rating[codes], np.diagonal(covariance)[codes]
    for place in range(len(codes) - 1):
        rest = slice(place + 1, None)
        gap = rating[place] - rating[rest]
        shared = covariance[codes[place], codes[rest]]
        error = np.sqrt(np.maximum(variance[place] + variance[rest] - 2.0 * shared, 0.0))
        is_sure = (np.abs(gap) > _SURE * error) & (error > 0.0)
        sure += int(is_sure.sum())
        turned += int((is_sure & (gap * (said[place] - said[rest]) < 0.0)).sum())
    return sure, turned
