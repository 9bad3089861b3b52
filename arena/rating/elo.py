"""Online Elo: each battle moves two ratings, in the order of the ledger.

A. Elo, 1978, "The rating of chessplayers, past and present". It tracks contestants that change; for models that do
not change, Bradley-Terry uses the same battles better and has intervals. It is sequential, so it needs the rows in
order instead of counts.
"""

import math

import numpy as np
import numpy.typing as npt

from arena.rating.connection import find_islands
from arena.rating.counts import count_left_out, count_pairs
from arena.rating.evidence import Evidence
from arena.rating.kernels import EloRows, compiled, is_fast, play
from arena.rating.method import Ratings, RatingSettings
from storage.ledger.battles import BOTH_BAD, Battles, FloatArray

ELO = "elo"

_ROWS_AT_ONCE = 65_536
_NATS_PER_POINT = math.log(10.0) / 400.0


def rate_elo(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate models by online Elo: a result moves both by K times (score - expected score), in opposite directions.

    Ratings depend on the order of the battles, which is that of their positions, and on K. There are no
    intervals. The anchor settings are not used: the scale is set by the rating before the first battle.
    """
    battles = evidence.battles
    counts = count_pairs(battles)
    drop = settings.both_bad == "drop"
    used = counts.without_both_bad() if drop else counts
    rows = battles.a != battles.b
    if drop:
        rows &= battles.outcome != BOTH_BAD
    rating = _play(battles, None if _is_whole(battles, rows) else _in_order(battles, rows), settings)
    n_battles = used.model_battles()
    rating[n_battles == 0] = np.nan
    island = find_islands(used)
    left_out = count_left_out(counts, settings.both_bad, battles.counts)
    unknown = np.full(len(battles.models), np.nan)
    return Ratings(
        method=ELO,
        settings={
            "both_bad": settings.both_bad,
            "elo_k": settings.elo_k,
            "elo_initial": settings.elo_initial,
            "order": "position",
        },
        models=battles.models,
        rating=rating,
        lower=unknown,
        upper=unknown.copy(),
        covariance=None,
        battles=n_battles,
        win_rate=used.win_rate(),
        both_bad=counts.model_both_bad(),
        island=island,
        converged=True,
        iterations=1,
        left_out=left_out,
        freedom=unknown.copy(),
    )


def _is_whole(battles: Battles, rows: npt.NDArray[np.bool_]) -> bool:
    """Whether all battles are used in their present order."""
    position = battles.position
    return bool(rows.all()) and bool((position[1:] >= position[:-1]).all())


def _in_order(battles: Battles, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    chosen = np.flatnonzero(rows)
    position = battles.position[chosen]
    if (position[1:] >= position[:-1]).all():
        return chosen
    return chosen[np.argsort(position, kind="stable")]


def _play(battles: Battles, order: npt.NDArray[np.intp] | None, settings: RatingSettings) -> FloatArray:
    """Final ratings after the battles in `order`; None for their present order."""
    rows = (battles.a, battles.b, battles.score)
    if order is not None:
        rows = (battles.a[order], battles.b[order], battles.score[order])
    if is_fast(len(rows[0])):
        rating = np.full(len(battles.models), settings.elo_initial, np.float64)
        compiled(play)(rows, rating, settings.elo_k, _NATS_PER_POINT)
        return rating
    return _play_plain(rows, len(battles.models), settings)


def _play_plain(rows: EloRows, n_models: int, settings: RatingSettings) -> FloatArray:
    """Online Elo with plain floats, since numpy scalars are slower."""
    rating = [settings.elo_initial] * n_models
    k, exp = settings.elo_k, math.exp
    for start in range(0, len(rows[0]), _ROWS_AT_ONCE):
        columns = [column[start : start + _ROWS_AT_ONCE].tolist() for column in rows]
        for a, b, score in zip(*columns, strict=True):
            rating_a, rating_b = rating[a], rating[b]
            gap = _NATS_PER_POINT * (rating_b - rating_a)
            expected = 1.0 / (1.0 + exp(gap)) if gap < 700.0 else 0.0
            change = k * (score - expected)
            rating[a], rating[b] = rating_a + change, rating_b - change
    return np.array(rating, np.float64)
