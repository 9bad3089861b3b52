"""What a fused leaderboard says about its judges and its sample, beside the ratings."""

from dataclasses import dataclass, replace

import numpy as np

from arena.fused.ceiling import Ceiling
from arena.fused.means import fuse_means
from arena.fused.pairs import fuse_pairs
from arena.fused.results import FusedRatings
from arena.fused.sources import FusedSource, VoteSampling
from arena.rating.bradley_terry import BRADLEY_TERRY, rate_bradley_terry
from arena.rating.method import Ratings, RatingSettings
from arena.rating.satisfaction import SATISFACTION, rate_satisfaction
from arena.rating.win_rate import WIN_RATE, rate_win_rate
from storage.errors import BadInput

FUSED_METHODS = (BRADLEY_TERRY, WIN_RATE, SATISFACTION)
"""Methods that can be fused."""


@dataclass(frozen=True)
class StratumCount:
    """What people rated of one pair of models, or of one model.

    Attributes:
        models: one or two models.
        votes: number of votes, or scores.
        voted: number of judged items with a vote.
        judged: number of judged items.
        probability: mean probability with which the voted items were drawn; None if unknown.
    """

    models: tuple[str, ...]
    votes: int
    voted: int
    judged: int
    probability: float | None


@dataclass(frozen=True)
class Fusion:
    """Facts of a fused leaderboard.

    Attributes:
        ceiling: what judges can save, and what they saved.
        sampling: probabilities of the votes.
        skipped: judges that were left out because they saw votes.
        strata: what people rated, by pair of models.
        people: ratings by people alone.
        common_votes: number of votes on judged items.
    """

    ceiling: Ceiling
    sampling: VoteSampling
    skipped: tuple[str, ...]
    strata: tuple[StratumCount, ...]
    people: Ratings
    common_votes: int


def rate_fused(source: FusedSource, method: str, settings: RatingSettings) -> tuple[Ratings, Fusion]:
    """Rate models by people and judges.

    Raises:
        BadInput: a method or setting that cannot be fused, or models that cannot be rated.
    """
    refuse(method, settings)
    weighted = not source.sampling.assumed and method != SATISFACTION
    chosen = replace(settings, weights=("sampling",) if weighted else ())
    found = _fit(source, method, chosen)
    fusion = Fusion(
        ceiling=found.ceiling,
        sampling=source.sampling,
        skipped=source.skipped,
        strata=_count_strata(source),
        people=found.people,
        common_votes=int((source.rows.item >= 0).sum()),
    )
    return found.ratings, fusion


def _fit(source: FusedSource, method: str, settings: RatingSettings) -> FusedRatings:
    rows, pool, orders = source.rows, source.pool, source.orders
    if method == BRADLEY_TERRY:
        plain = rate_bradley_terry(source.evidence, settings=settings)
        return fuse_pairs(rows, pool, plain, settings, orders)
    if method == WIN_RATE:
        return fuse_means(rows, pool, rate_win_rate(source.evidence, settings=settings), settings, orders, two=True)
    plain = rate_satisfaction(source.evidence, settings=settings)
    return fuse_means(rows, pool, plain, settings, orders, two=False)


def refuse(method: str, settings: RatingSettings) -> None:
    """Refuse what cannot be fused.

    Raises:
        BadInput: the method, bootstrap intervals, weights, or style control.
    """
    if method not in FUSED_METHODS:
        raise BadInput(
            f"expected a method among {', '.join(FUSED_METHODS)} for people and judges together, got {method!r}"
        )
    if settings.interval == "bootstrap":
        raise BadInput("expected intervals from the rows for people and judges together, got 'bootstrap'")
    for name, value in (("weights", settings.weights), ("style", settings.style)):
        if value:
            raise BadInput(
                f"expected no --{name} for people and judges together, got {', '.join(value)}; votes are weighted by "
                "the inverse of their probability, and judges by their lambda"
            )


def _count_strata(source: FusedSource) -> tuple[StratumCount, ...]:
    """Numbers by unordered pair of models, those with most votes first."""
    models, rows, pool = source.evidence.battles.models, source.rows, source.pool
    n = len(models)
    of_vote = rows.first.astype(np.int64) * n + rows.second
    of_item = pool.first.astype(np.int64) * n + pool.second
    voted = np.zeros(len(pool), bool)
    voted[rows.item[rows.item >= 0]] = True
    keys = np.unique(np.concatenate([of_vote, of_item]))
    place_v, place_i = np.searchsorted(keys, of_vote), np.searchsorted(keys, of_item)
    votes = np.bincount(place_v, minlength=len(keys))
    judged = np.bincount(place_i, minlength=len(keys))
    have = np.bincount(place_i, voted, len(keys)).astype(np.int64)
    chance = np.full(len(keys), np.nan)
    known = ~np.isnan(rows.probability)
    if known.any():
        times = np.bincount(place_v[known], minlength=len(keys))
        total = np.bincount(place_v[known], rows.probability[known], len(keys))
        chance = np.divide(total, times, out=chance, where=times > 0)
    found = [
        StratumCount(
            models=tuple(dict.fromkeys((models[key // n], models[key % n]))),
            votes=int(votes[place]),
            voted=int(have[place]),
            judged=int(judged[place]),
            probability=None if np.isnan(chance[place]) else float(chance[place]),
        )
        for place, key in enumerate(keys.tolist())
    ]
    return tuple(sorted(found, key=lambda one: (-one.votes, -one.judged, one.models)))
