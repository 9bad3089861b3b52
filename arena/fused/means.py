"""Win rates and mean satisfaction from people, made surer by judges."""

import numpy as np

from arena.fused.ceiling import measure_ceiling
from arena.fused.controls import find_strata
from arena.fused.estimate import FusedTask, fuse
from arena.fused.pool import JudgedPool, PeopleRows
from arena.fused.results import FusedRatings, assemble
from arena.rating.clusters import Contributions
from arena.rating.method import Ratings, RatingSettings


def fuse_means(
    people: PeopleRows,
    pool: JudgedPool,
    plain: Ratings,
    settings: RatingSettings,
    orders: tuple[int, ...] = (),
    *,
    two: bool,
) -> FusedRatings:
    """Mean scores of models, with judges as controls.

    Args:
        people: votes on pairs, or scores of single responses.
        pool: judged pairs or responses, with the same codes of models.
        plain: win rates, or mean satisfaction, by people alone, in percent.
        settings: settings of `plain`; level, interval and seed are used.
        orders: number of orders in which each judge was asked, 1 or 2.
        two: whether rows have two models.
    """
    n = len(plain.models)
    total = np.bincount(people.first, people.weight, n).astype(np.float64)
    if two:
        total += np.bincount(people.second, people.weight, n)
    mean = np.nan_to_num(plain.rating / 100.0)
    at_first = people.weight * (people.share - mean[people.first])
    at_second = people.weight * (1.0 - people.share - mean[people.second]) if two else np.zeros(len(people))
    scale = np.divide(100.0, total, out=np.zeros(n), where=total > 0.0)
    # What is left of a vote for the ceiling: given both models, half of what is left of each, for they sum to zero.
    residual = (at_first - at_second) / (2.0 * people.weight) if two else at_first / people.weight
    task = FusedTask(
        people=people,
        pool=pool,
        strata=find_strata(people, pool, n),
        error=Contributions(n, people.first, people.second, at_first, at_second, np.empty((len(people), 0))),
        residual=residual,
        bread=np.diag(scale),
        two=two,
        interval=settings.interval,
        seed=settings.seed,
    )
    found = fuse(task)
    moved = np.bincount(people.first, found.shift, n).astype(np.float64)
    if two:
        moved -= np.bincount(people.second, found.shift, n)
    rating = plain.rating - scale * moved
    ratings = assemble(plain, rating, (found.plain, found.fused), settings.level)
    return FusedRatings(ratings, plain, measure_ceiling(task, found, orders))
