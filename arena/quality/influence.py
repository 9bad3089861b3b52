"""What leaving one rater out changes on a leaderboard."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings, RatingSettings
from storage.ledger.battles import Battles

_PLAIN = RatingSettings(interval="sandwich")
"""Only the ratings are read, so the intervals that are cheapest to compute."""


@dataclass(frozen=True)
class RaterInfluence:
    """The change of a Bradley–Terry leaderboard when one rater is left out.

    Attributes:
        votes: number of votes that go.
        largest_change: largest change of a rating in Elo points, both boards centred on the models that both rate;
            None where fewer than two models are rated on both.
        model: model with that change.
        swaps: pairs of models that change their order: the one that is ahead with the rater first.
        lost: models that have no rating without the rater.
    """

    votes: int
    largest_change: float | None
    model: str | None
    swaps: tuple[tuple[str, str], ...]
    lost: tuple[str, ...]


def leave_out(battles: Battles, rater: str) -> RaterInfluence | None:
    """The influence of one rater on the leaderboard of some battles; None for a rater without one.

    Only models of the largest group that battles connect are compared, because ratings of different groups have no
    common scale.
    """
    if rater not in battles.raters:
        return None
    own = battles.rater == battles.raters.index(rater)
    if not own.any():
        return None
    before, after = (_rated(part) for part in (battles, battles.subset(~own)))
    common = sorted(before.keys() & after.keys())
    lost = tuple(sorted(before.keys() - after.keys()))
    if len(common) < 2:
        return RaterInfluence(int(own.sum()), None, None, (), lost)
    old, new = (np.array([ratings[name] for name in common]) for ratings in (before, after))
    change = (new - new.mean()) - (old - old.mean())
    most = int(np.argmax(np.abs(change)))
    swaps = []
    for one, other in combinations(range(len(common)), 2):
        if (old[one] - old[other]) * (new[one] - new[other]) < 0:
            ahead, behind = (one, other) if old[one] > old[other] else (other, one)
            swaps.append((common[ahead], common[behind]))
    return RaterInfluence(int(own.sum()), float(change[most]), common[most], tuple(swaps), lost)


def _rated(battles: Battles) -> dict[str, float]:
    if not len(battles):
        return {}
    fitted: Ratings = rate_bradley_terry(Evidence(battles), settings=_PLAIN)
    rows = zip(fitted.models, fitted.rating, fitted.island, strict=True)
    return {name: float(rating) for name, rating, island in rows if island == 0 and np.isfinite(rating)}
