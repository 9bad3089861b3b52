"""Ratings as they stood while the battles came in."""

from dataclasses import dataclass, replace

import numpy as np

from arena.rating.evidence import Evidence
from arena.rating.method import RatingMethod, RatingSettings
from storage.ledger.battles import Battles, FloatArray


@dataclass(frozen=True, eq=False)
class History:
    """Ratings after growing numbers of battles.

    Attributes:
        models: names.
        battles: how many battles each point rests on; ascending, the last are all.
        time: when the last battle of each point was given, seconds since 1970 UTC; NaN when unknown.
        rating: (n_points, n_models), NaN for a model that was not connected to the largest group yet.
    """

    models: tuple[str, ...]
    battles: tuple[int, ...]
    time: FloatArray
    rating: FloatArray


def rating_history(battles: Battles, method: RatingMethod, settings: RatingSettings, *, points: int) -> History:
    """Fit the first share of the battles, then more and more of them, in the order of the ledger.

    A later exclusion or void leaves a battle out of all points: this is how the board of today would have looked.

    Args:
        battles: of one board.
        method: how to rate.
        settings: of the method; a named anchor is not used, since it may have no battle at first.
        points: how many fits; fewer when there are fewer battles.
    """
    order = np.argsort(battles.position, kind="stable")
    sizes = np.unique(np.linspace(0, len(battles), points + 1).round().astype(int))[1:]
    chosen = replace(settings, anchor=None, interval="sandwich")
    ratings = []
    for size in sizes:
        rows = np.zeros(len(battles), bool)
        rows[order[:size]] = True
        fit = method(Evidence(battles.subset(rows)), settings=chosen)
        ratings.append(np.where(fit.island == 0, fit.rating, np.nan))
    rating = np.array(ratings).reshape(len(sizes), len(battles.models))
    return History(battles.models, tuple(int(size) for size in sizes), battles.time[order[sizes - 1]], rating)
