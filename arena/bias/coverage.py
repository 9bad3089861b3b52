"""Worst cases of means with missing values: the mean if every missing value were the lowest, or the highest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from arena.agreement.votes import Mask
from storage.ledger.battles import CodeArray, FloatArray
from storage.ledger.entries import FAILED, INCONSISTENT
from storage.ledger.pair_votes import SCORED, PairVotes
from storage.ledger.scores import Scores


@dataclass(frozen=True)
class Bounds:
    """A mean over the known values, with its worst cases.

    Attributes:
        name: subject of the mean, such as a model.
        asked: number of values, missing ones included.
        scored: number of known values.
        mean: mean of the known values; None without any.
        lowest: mean of all if every missing value were the lowest; None when nothing was asked.
        highest: mean of all if every missing value were the highest.
    """

    name: str
    asked: int
    scored: int
    mean: float | None
    lowest: float | None
    highest: float | None


@dataclass(frozen=True)
class JudgmentCoverage:
    """Coverage of the judgments of a judge.

    Attributes:
        asked: number of judgments.
        scored: number of judgments with a score.
        inconsistent: number of judgments with opposite verdicts in the two orders.
        causes: number of failed judgments, by cause.
        win_rates: win rate of each model, with its worst cases: all judgments without a score lost, or all won.
    """

    asked: int
    scored: int
    inconsistent: int
    causes: dict[str, int]
    win_rates: tuple[Bounds, ...]


@dataclass(frozen=True)
class ScoreCoverage:
    """Coverage of the scores of a judge.

    Attributes:
        dimension: dimension of the scores.
        bounds: mean score as a share of its scale, with its worst cases.
        causes: number of failed scores, by cause.
    """

    dimension: str
    bounds: Bounds
    causes: dict[str, int]


def worst_case(name: str, values: FloatArray, *, low: float = 0.0, high: float = 1.0) -> Bounds:
    """A mean with its worst cases.

    Args:
        name: subject of the mean.
        values: NaN where a value is missing.
        low: least possible value.
        high: greatest possible value.
    """
    known = values[~np.isnan(values)]
    asked, scored = len(values), len(known)
    if asked == 0:
        return Bounds(name, 0, 0, None, None, None)
    total, missing = float(known.sum()), asked - scored
    mean = total / scored if scored else None
    return Bounds(name, asked, scored, mean, (total + missing * low) / asked, (total + missing * high) / asked)


def win_rate_bounds(models: Sequence[str], a: CodeArray, b: CodeArray, share: FloatArray) -> list[Bounds]:
    """Win rate of each model with its worst cases; models without a row are left out.

    Args:
        models: names of the models.
        a: code of the first model of each row.
        b: code of the second model of each row.
        share: share of the point for `a`, in [0, 1]; NaN where there is no score.
    """
    found = []
    for code, name in enumerate(models):
        values = np.concatenate([share[a == code], 1.0 - share[b == code]])
        if len(values):
            found.append(worst_case(name, values))
    return found


def judgment_coverage(votes: PairVotes, causes: Mapping[int, str]) -> JudgmentCoverage:
    """Coverage of the judgments of one judge; `causes` has the cause of each failed one by its position."""
    battles, failed = votes.battles, votes.state == FAILED
    share = np.where(votes.state == SCORED, battles.score, np.nan)
    return JudgmentCoverage(
        asked=len(battles),
        scored=int((votes.state == SCORED).sum()),
        inconsistent=int((votes.state == INCONSISTENT).sum()),
        causes=dict(Counter(causes[position] for position in battles.position[failed].tolist()).most_common()),
        win_rates=tuple(win_rate_bounds(battles.models, battles.a, battles.b, share)),
    )


def score_coverage(
    name: str, scores: Scores, failed: Mapping[tuple[str, str], dict[str, int]]
) -> tuple[ScoreCoverage, ...]:
    """Coverage of the scores of one judge by dimension; `failed` counts failures by cause, per rater and dimension."""
    is_mine: Mask = np.array([*(one == name for one in scores.raters), False], np.bool_)[scores.rater]
    given = {one: scores.value[is_mine & (scores.dimension == code)] for code, one in enumerate(scores.dimensions)}
    found = []
    for dimension in sorted({*given, *(one for rater, one in failed if rater == name)}):
        causes = failed.get((name, dimension), {})
        values = np.append(given.get(dimension, np.empty(0)), np.full(sum(causes.values()), np.nan))
        if len(values):
            found.append(ScoreCoverage(dimension, worst_case(name, values), dict(causes)))
    return tuple(found)
