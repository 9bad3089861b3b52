"""Mean scores of models, with intervals clustered by rater and question.

The plain win rate and mean satisfaction share this code, which has no likelihood.
"""

from dataclasses import dataclass

import numpy as np

from arena.rating.clusters import Contributions, RowScores, find_clusters
from arena.rating.counts import IntArray
from arena.rating.method import IntervalBasis, Ratings, RatingSettings, SettingValue
from arena.rating.spread import clustered_spread, half_widths, independent_spread
from storage.errors import BadInput
from storage.ledger.battles import CodeArray, FloatArray

_LEAST_SPREAD = 1e-12


@dataclass(frozen=True, eq=False)
class ScoredRows:
    """Scores from 0 to 1, with one or two models per row.

    Attributes:
        n_models: number of models.
        first: code of the first model.
        second: code of the second model; equal to `first` if `two` is false.
        score: score of the first model.
        two: whether rows have a second model, with score 1 - score.
        weights: weights of the rows, with mean one; None for one each.
        rater: code of the rater; -1 if unknown.
        question: code of the question; -1 if unknown.
    """

    n_models: int
    first: CodeArray
    second: CodeArray
    score: FloatArray
    two: bool
    weights: FloatArray | None
    rater: CodeArray
    question: CodeArray


@dataclass(frozen=True, eq=False)
class Means:
    """Mean scores in percent, one entry per model; NaN where unknown.

    Attributes:
        mean: mean score, 0 to 100.
        lower: lower end of the interval, at least 0.
        upper: upper end of the interval, at most 100.
        covariance: (n_models, n_models), squared percent; NaN where unknown.
        freedom: degrees of freedom of each interval.
        number: number of scores of each model.
        basis: clustering of the intervals.
    """

    mean: FloatArray
    lower: FloatArray
    upper: FloatArray
    covariance: FloatArray
    freedom: FloatArray
    number: IntArray
    basis: IntervalBasis

    def as_ratings(self, method: str, models: tuple[str, ...], settings: dict[str, SettingValue]) -> Ratings:
        """These means as ratings, on one island, with scores as battles and no win rate.

        Args:
            method: name of the rating method.
            models: names of the models.
            settings: the settings that were used.
        """
        return Ratings(
            method=method,
            settings=settings,
            scale="percent",
            models=models,
            rating=self.mean,
            lower=self.lower,
            upper=self.upper,
            covariance=self.covariance,
            freedom=self.freedom,
            basis=self.basis,
            battles=self.number,
            win_rate=np.full(len(models), np.nan),
            both_bad=np.zeros(len(models), np.int64),
            island=np.where(self.number > 0, 0, -1),
            converged=True,
            iterations=0,
            left_out={},
        )


def mean_scores(rows: ScoredRows, settings: RatingSettings) -> Means:
    """Mean score of each model.

    A model with every point, or none, gets an end from the binomial distribution (Clopper and Pearson, 1934,
    "The use of confidence or fiducial limits"), with the number of raters or questions, if known, instead of
    that of battles; other models with equal scores only have no interval.

    Raises:
        BadInput: bootstrap intervals, which means do not support.
    """
    if settings.interval == "bootstrap":
        raise BadInput("expected an interval from the rows for means, got 'bootstrap'; choose another interval")
    weight = np.ones(len(rows.score)) if rows.weights is None else rows.weights
    total = _per_model(rows, weight, weight)
    met = total > 0.0
    points = _per_model(rows, weight * rows.score, weight * (1.0 - rows.score))
    mean = np.divide(points, total, out=np.full(rows.n_models, np.nan), where=met)
    number = _per_model(rows, np.ones(len(weight)), np.ones(len(weight))).astype(np.int64)
    scores = _row_scores(rows, weight, mean)
    inverse = np.diag(np.divide(1.0, total, out=np.zeros(rows.n_models), where=met))
    clusters = find_clusters(rows.rater, rows.question, settings.interval)
    nothing = np.zeros(rows.n_models)
    if clusters.keys:
        spread = clustered_spread(scores, inverse, clusters, None, nothing)
        basis = clusters.basis
    else:
        plain = settings.interval == "sandwich"
        spread = independent_spread(scores, inverse, nothing, corrected=not plain)
        basis = IntervalBasis("sandwich" if plain else "independent", dropped=clusters.basis.dropped)
    unsure = ~met | (np.diagonal(spread.covariance) < _LEAST_SPREAD)
    covariance, freedom = 1e4 * spread.covariance, np.where(unsure, np.nan, spread.freedom)
    covariance[unsure, :] = covariance[:, unsure] = np.nan
    half = half_widths(covariance, freedom, settings.level)
    lower, upper = np.maximum(100.0 * mean - half, 0.0), np.minimum(100.0 * mean + half, 100.0)
    _bound_extremes(mean, _effective(number, spread.freedom), settings.level, lower, upper)
    return Means(100.0 * mean, lower, upper, covariance, freedom, number, basis)


def _per_model(rows: ScoredRows, first: FloatArray, second: FloatArray) -> FloatArray:
    total = np.bincount(rows.first, first, rows.n_models).astype(np.float64)
    if rows.two:
        total += np.bincount(rows.second, second, rows.n_models)
    return total


def _row_scores(rows: ScoredRows, weight: FloatArray, mean: FloatArray) -> RowScores:
    """Weighted deviations from the means, and weights as information, those of two models apart."""
    none, nothing = np.zeros(len(weight)), np.empty((len(weight), 0))

    def contributions(to_first: FloatArray, to_second: FloatArray) -> Contributions:
        return Contributions(rows.n_models, rows.first, rows.second, to_first, to_second, nothing)

    to_first, root = weight * (rows.score - mean[rows.first]), np.sqrt(weight)
    if not rows.two:
        return RowScores(contributions(to_first, none), (contributions(root, none),))
    slope = contributions(to_first, weight * (1.0 - rows.score - mean[rows.second]))
    return RowScores(slope, (contributions(root, none), contributions(none, root)), apart=True)


def _effective(number: IntArray, freedom: FloatArray) -> FloatArray:
    """Effective number of scores of each model: its scores, or its raters or questions if these are fewer."""
    return np.where(np.isfinite(freedom), np.minimum(number, freedom + 1.0), number)


def _bound_extremes(mean: FloatArray, number: FloatArray, level: float, lower: FloatArray, upper: FloatArray) -> None:
    """Set the ends of the intervals of models at 0 and at 100 percent."""
    tail = (1.0 - level) / 2.0
    for extreme in (0.0, 1.0):
        there = mean == extreme
        end = 100.0 * tail ** (1.0 / np.maximum(number[there], 1.0))
        lower[there] = end if extreme == 1.0 else 0.0
        upper[there] = 100.0 if extreme == 1.0 else 100.0 - end
