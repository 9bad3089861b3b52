"""Ratings over time: fits to growing numbers of battles."""

from dataclasses import dataclass, replace

import numpy as np

from arena.rating.evidence import Evidence
from arena.rating.method import RatingMethod, RatingSettings
from storage.errors import BadInput
from storage.ledger.battles import Battles, FloatArray


@dataclass(frozen=True, eq=False)
class History:
    """Ratings after growing numbers of battles.

    Attributes:
        models: names of the models.
        battles: number of battles of each point, ascending; the last point has all.
        time: time of the last battle of each point, in seconds since 1970 UTC; NaN if unknown.
        rating: (n_points, n_models); NaN for a model that was not yet connected to the largest group, and for all
            models where the method refused the battles so far.
    """

    models: tuple[str, ...]
    battles: tuple[int, ...]
    time: FloatArray
    rating: FloatArray


def rating_history(battles: Battles, method: RatingMethod, settings: RatingSettings, *, points: int) -> History:
    """Fit growing numbers of battles, in the order of the ledger.

    A battle that was later excluded or voided is left out of all points.

    Args:
        battles: battles of one leaderboard.
        method: rating method.
        settings: settings of the method; a named anchor is not used, since it may have no battle at first.
        points: number of fits; fewer if there are fewer battles.
    """
    order = np.argsort(battles.position, kind="stable")
    sizes = np.unique(np.linspace(0, len(battles), points + 1).round().astype(int))[1:]
    chosen = replace(settings, anchor=None, interval="sandwich")
    ratings = []
    for size in sizes:
        rows = np.zeros(len(battles), bool)
        rows[order[:size]] = True
        try:
            fit = method(Evidence(battles.subset(rows)), settings=chosen)
        except BadInput:  # the first battles may not connect enough models for the method
            ratings.append(np.full(len(battles.models), np.nan))
        else:
            ratings.append(np.where(fit.island == 0, fit.rating, np.nan))
    rating = np.array(ratings).reshape(len(sizes), len(battles.models))
    return History(battles.models, tuple(int(size) for size in sizes), battles.time[order[sizes - 1]], rating)
