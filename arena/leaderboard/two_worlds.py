"""Ratings by preference beside scores on tasks with fixed answers: do both put the models in the same order?

Scores come as plain values by task and model, because `arena` knows no evaluation runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from arena.agreement.rank_correlation import RankCorrelation, correlate_ranks
from arena.rating.method import Ratings
from arena.rating.ranks import difference
from storage.ledger.battles import FloatArray


@dataclass(frozen=True)
class ObjectiveScore:
    """The score of one model on one task.

    Attributes:
        value: share of the points, 0 to 1.
        error: its standard error; None if unknown.
    """

    value: float
    error: float | None = None


ScoresByTask = Mapping[str, Mapping[str, ObjectiveScore]]
"""Scores by task, then by model; a model without a score on a task is missing there."""


@dataclass(frozen=True)
class WorldPoint:
    """One model that has both a rating and objective scores.

    Attributes:
        model: name of the model.
        rating: rating in the unit of the leaderboard.
        lower: lower end of its interval; None if unknown.
        upper: upper end of its interval; None if unknown.
        score: mean share of the points over `TwoWorlds.tasks`, 0 to 1.
        error: standard error of `score`; None if that of a task is unknown.
        rating_rank: rank by rating among these models, 1 the best.
        score_rank: rank by score among these models, 1 the best.
    """

    model: str
    rating: float
    lower: float | None
    upper: float | None
    score: float
    error: float | None
    rating_rank: int
    score_rank: int


@dataclass(frozen=True)
class ReversedPair:
    """Two models that ratings and scores put in opposite order.

    Attributes:
        preferred: model with the higher rating.
        scoring: model with the higher objective score.
        points: lead of `preferred` in the unit of the ratings.
        share: lead of `scoring` in the mean score, 0 to 1.
        is_clear: whether both leads are larger than chance explains at the confidence of the intervals.
    """

    preferred: str
    scoring: str
    points: float
    share: float
    is_clear: bool


@dataclass(frozen=True)
class TaskCorrelation:
    """Rank correlation of the ratings with the scores on one task, over the models that have both."""

    task: str
    found: RankCorrelation


@dataclass(frozen=True)
class TwoWorlds:
    """Ratings and objective scores of the same models.

    Attributes:
        points: models in both worlds, highest rating first.
        tasks: tasks on which every one of these models has a score; their mean is the objective score.
        partial: tasks that some of these models lack, which the mean leaves out.
        overall: rank correlation of ratings and mean scores.
        by_task: rank correlation with each task, highest first.
        reversed_pairs: pairs of models in opposite order, clear ones first.
        only_rated: models with a rating and no objective score, or in a group that cannot be compared.
        only_scored: models with an objective score and no rating.
        level: confidence of the intervals, 0 to 1.
    """

    points: tuple[WorldPoint, ...]
    tasks: tuple[str, ...]
    partial: tuple[str, ...]
    overall: RankCorrelation
    by_task: tuple[TaskCorrelation, ...]
    reversed_pairs: tuple[ReversedPair, ...]
    only_rated: tuple[str, ...]
    only_scored: tuple[str, ...]
    level: float = 0.95


def compare_worlds(ratings: Ratings, scores: ScoresByTask, *, level: float = 0.95) -> TwoWorlds:
    """Compare a leaderboard with objective scores, over the models of its largest group.

    Args:
        ratings: a fit; models outside of its largest group count as not rated.
        scores: objective scores by task and model.
        level: confidence of the intervals, 0 to 1.
    """
    rated = {ratings.models[code]: int(code) for code in np.flatnonzero(ratings.island == 0)}
    scored = {model for own in scores.values() for model in own}
    shared = sorted(rated.keys() & scored, key=lambda model: (-ratings.rating[rated[model]], model))
    tasks = tuple(task for task, own in scores.items() if shared and all(model in own for model in shared))
    means = {model: _mean([scores[task][model] for task in tasks]) for model in shared} if tasks else {}
    codes = np.array([rated[model] for model in means], np.int64)
    rating, score = ratings.rating[codes], np.array([mean.value for mean in means.values()], np.float64)
    return TwoWorlds(
        points=_points(ratings, codes, means, (_ranks(rating), _ranks(score))),
        tasks=tasks,
        partial=tuple(task for task in scores if task not in tasks),
        overall=correlate_ranks(rating, score, level=level),
        by_task=_by_task(ratings, rated, scores, level),
        reversed_pairs=_reversed_pairs(ratings, codes, means, level),
        only_rated=tuple(sorted({model for model, number in _battles(ratings) if number} - means.keys())),
        only_scored=tuple(sorted(scored - means.keys())),
        level=level,
    )


def _battles(ratings: Ratings) -> list[tuple[str, int]]:
    return list(zip(ratings.models, ratings.battles.tolist(), strict=True))


def _points(
    ratings: Ratings,
    codes: np.ndarray[tuple[int], np.dtype[np.int64]],
    means: Mapping[str, ObjectiveScore],
    ranks: tuple[list[int], list[int]],
) -> tuple[WorldPoint, ...]:
    rows = zip(means.items(), codes.tolist(), *ranks, strict=True)
    return tuple(
        WorldPoint(
            model,
            float(ratings.rating[code]),
            _known(float(ratings.lower[code])),
            _known(float(ratings.upper[code])),
            mean.value,
            mean.error,
            rating_rank,
            score_rank,
        )
        for (model, mean), code, rating_rank, score_rank in rows
    )


def _mean(scores: Sequence[ObjectiveScore]) -> ObjectiveScore:
    """Mean of the scores on several tasks, whose errors are independent of each other."""
    errors = [score.error for score in scores if score.error is not None]
    value = float(np.mean([score.value for score in scores]))
    if len(errors) < len(scores):
        return ObjectiveScore(value)
    return ObjectiveScore(value, float(np.sqrt(np.sum(np.square(errors)))) / len(scores))


def _ranks(values: FloatArray) -> list[int]:
    return [1 + int((values > value).sum()) for value in values]


def _by_task(
    ratings: Ratings, rated: Mapping[str, int], scores: ScoresByTask, level: float
) -> tuple[TaskCorrelation, ...]:
    found = []
    for task, own in scores.items():
        both = sorted(own.keys() & rated.keys())
        rating = ratings.rating[[rated[model] for model in both]]
        value = np.array([own[model].value for model in both], np.float64)
        found.append(TaskCorrelation(task, correlate_ranks(rating, value, level=level)))
    return tuple(sorted(found, key=lambda one: (-np.nan_to_num(one.found.kendall.value, nan=-2.0), one.task)))


def _reversed_pairs(
    ratings: Ratings,
    codes: np.ndarray[tuple[int], np.dtype[np.int64]],
    means: Mapping[str, ObjectiveScore],
    level: float,
) -> tuple[ReversedPair, ...]:
    found, named = [], list(means.items())
    for place, (model, mean) in enumerate(named):
        for later in range(place + 1, len(named)):
            other, theirs = named[later]
            apart = difference(ratings, int(codes[place]), int(codes[later]), level=level)
            if apart.difference > 0.0 and theirs.value > mean.value:
                share = theirs.value - mean.value
                is_clear = apart.lower > 0.0 and share > _reach(mean, theirs, level)
                found.append(ReversedPair(model, other, apart.difference, share, is_clear))
    return tuple(sorted(found, key=lambda one: (not one.is_clear, -one.points)))


def _reach(one: ObjectiveScore, other: ObjectiveScore, level: float) -> float:
    """Difference of two mean scores that chance explains; infinite where an error is unknown."""
    if one.error is None or other.error is None:
        return float("inf")
    return float(ndtri(0.5 + level / 2.0) * np.hypot(one.error, other.error))


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
