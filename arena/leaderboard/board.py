"""Rows and matrices of a leaderboard from ratings.

Values of rows are finite or None, never NaN, so that they can be written to JSON or to a file.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from arena.rating.counts import IndexArray, PairCounts
from arena.rating.davidson import DAVIDSON, Davidson
from arena.rating.davidson_per_model import DAVIDSON_PER_MODEL
from arena.rating.method import ELO_PER_NAT, Ratings, RatingSettings
from arena.rating.ranks import count_above, joint_places
from arena.rating.rao_kupper import RAO_KUPPER, RaoKupper
from storage.ledger.battles import FloatArray

PROVISIONAL_BELOW = 30
"""A model with fewer battles than this is provisional: its normal interval is not reliable yet."""

_SAME_RATING = 1e-6
_TIES: dict[str, Davidson | RaoKupper] = {DAVIDSON: Davidson(), DAVIDSON_PER_MODEL: Davidson(), RAO_KUPPER: RaoKupper()}


@dataclass(frozen=True)
class LeaderboardRow:
    """The row of one model.

    Attributes:
        rank: 1 + the number of models of the same island with a higher rating; None without a rating.
        rank_low: best rank at the confidence of the intervals; None if the method gives no ranges. The range from
            best to worst holds for this model by itself, or with `simultaneous` for all models at once.
        rank_high: worst rank at the confidence of the intervals; None likewise.
        model: name of the model.
        rating: rating in Elo points, or in percent.
        lower: lower end of the interval; None if open or unknown.
        upper: upper end of the interval; None if open or unknown.
        battles: number of usable battles.
        win_rate: mean score, 0 to 1, a tie is half.
        both_bad: number of both-bads among its battles, used or not.
        provisional: whether it has fewer than `PROVISIONAL_BELOW` battles.
        island: group within which ranks and ratings may be compared, 0 the largest; None without a battle.
        freedom: effective degrees of freedom of the interval; None for a normal or an unknown one.
    """

    rank: int | None
    rank_low: int | None
    rank_high: int | None
    model: str
    rating: float | None
    lower: float | None
    upper: float | None
    battles: int
    win_rate: float | None
    both_bad: int
    provisional: bool
    island: int | None
    freedom: float | None = None


def rank_models(ratings: Ratings, settings: RatingSettings | None = None) -> tuple[LeaderboardRow, ...]:
    """One row per model, island by island, best first; equal ratings by name, models without a rating last.

    Ranks count within an island. Rank ranges come from the differences of all ratings, see `joint_places`. Without a
    known covariance they come from the overlap of intervals, an open or unknown end being infinite, so that a model
    with an open interval widens the ranges of the others. A named anchor is an exact point.

    Args:
        ratings: a fit.
        settings: level, resamples, seed and simultaneous are used; None for the defaults.
    """
    chosen = settings or RatingSettings()
    rank = np.zeros(len(ratings.models), np.int64)
    low, high = np.zeros_like(rank), np.zeros_like(rank)
    for code in range(ratings.n_islands):
        members = np.flatnonzero(ratings.island == code)
        rating = ratings.rating[members]
        rank[members] = 1 + count_above(rating, rating + _SAME_RATING)
        places = joint_places(
            ratings,
            members,
            level=chosen.level,
            draws=chosen.resamples,
            seed=chosen.seed,
            simultaneous=chosen.simultaneous,
        )
        if places is not None:
            low[members], high[members] = np.minimum(places[0], rank[members]), np.maximum(places[1], rank[members])
    order = sorted(range(len(rank)), key=lambda i: (*_place(int(ratings.island[i]), int(rank[i])), ratings.models[i]))
    return tuple(_row(ratings, i, int(rank[i]), (int(low[i]), int(high[i]))) for i in order)


def observed_win_fractions(counts: PairCounts, codes: IndexArray | None = None) -> FloatArray:
    """Share of points of the row against the column model, ties half; (n, n), NaN without battles.

    Args:
        counts: battles of pairs.
        codes: models of the rows and columns in their order; None for all.
    """
    grid, (first, second), pairs = _grid(counts, codes)
    share = counts.score[pairs] / counts.battles[pairs]
    grid[first, second] = share
    grid[second, first] = 1.0 - share
    return grid


def predicted_win_fractions(ratings: Ratings, codes: IndexArray | None = None) -> FloatArray:
    """Expected score of the row model against the column model, as `predicted_shares`; (n, n), NaN on the diagonal.

    Args:
        ratings: a fit.
        codes: models of the rows and columns in their order; None for all.
    """
    chosen = np.arange(len(ratings.models)) if codes is None else codes
    fractions = predicted_shares(ratings, *np.broadcast_arrays(chosen[:, None], chosen[None, :]))
    np.fill_diagonal(fractions, np.nan)
    return fractions


def predicted_shares(ratings: Ratings, first: IndexArray, second: IndexArray) -> FloatArray:
    """Expected score of the first model of each pair of codes, a tie being half; of the shape of `first`.

    NaN across islands, and everywhere for methods whose ratings alone do not predict battles: percentages, and
    grounded ratings, whose zero takes part in every battle.
    """
    if ratings.scale != "elo":
        return np.full(first.shape, np.nan)
    gap = (ratings.rating[first] - ratings.rating[second]) / ELO_PER_NAT
    shares = np.asarray(expit(gap), np.float64)
    island = np.where(ratings.island[first] == ratings.island[second], ratings.island[first], -1)
    if ratings.method in _TIES and ratings.ties:
        likelihood, lean = _TIES[ratings.method], ratings.tie_lean
        of_island = [likelihood.tie_of(value) for value in ratings.ties]
        for code in np.unique(island[island >= 0]).tolist():
            inside = island == code
            if lean is None:
                win, _, tie = likelihood.log_probabilities(gap[inside], of_island[code])
            else:
                ties = of_island[code] + lean[first[inside]] + lean[second[inside]]
                win, _, tie = Davidson().log_probabilities(gap[inside], ties)
            shares[inside] = np.exp(win) + 0.5 * np.exp(tie)
    shares[island < 0] = np.nan
    return shares


def battle_counts(counts: PairCounts, codes: IndexArray | None = None) -> FloatArray:
    """Number of battles of the row model with the column model, (n, n); NaN without battles.

    Args:
        counts: battles of pairs.
        codes: models of the rows and columns in their order; None for all.
    """
    grid, (first, second), pairs = _grid(counts, codes)
    grid[first, second] = grid[second, first] = counts.battles[pairs]
    return grid


def _grid(counts: PairCounts, codes: IndexArray | None) -> tuple[FloatArray, tuple[IndexArray, IndexArray], IndexArray]:
    """An empty grid of some models, the place in it of each pair of them, and the indices of these pairs."""
    chosen = np.arange(counts.n_models) if codes is None else codes
    place = np.full(counts.n_models, -1, np.intp)
    place[chosen] = np.arange(len(chosen))
    pairs = np.flatnonzero((place[counts.first] >= 0) & (place[counts.second] >= 0))
    grid = np.full((len(chosen),) * 2, np.nan)
    return grid, (place[counts.first[pairs]], place[counts.second[pairs]]), pairs


def _place(island: int, rank: int) -> tuple[float, int]:
    return (math.inf if island < 0 else float(island), rank)


def _row(ratings: Ratings, code: int, rank: int, rank_range: tuple[int, int]) -> LeaderboardRow:
    island, battles = int(ratings.island[code]), int(ratings.battles[code])
    return LeaderboardRow(
        rank=rank or None,
        rank_low=rank_range[0] or None,
        rank_high=rank_range[1] or None,
        model=ratings.models[code],
        rating=_known(ratings.rating[code]),
        lower=_known(ratings.lower[code]),
        upper=_known(ratings.upper[code]),
        battles=battles,
        win_rate=_known(ratings.win_rate[code]),
        both_bad=int(ratings.both_bad[code]),
        provisional=battles < PROVISIONAL_BELOW,
        island=island if island >= 0 else None,
        freedom=_known(ratings.freedom[code]),
    )


def _known(value: np.float64) -> float | None:
    return float(value) if math.isfinite(value) else None
