"""What missing verdicts could hide: a mean beside what it would be if every missing one were the worst, or the best."""

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
    """A mean over what is known, and how far it could be off.

    Attributes:
        name: whose mean it is.
        asked: values that there should be.
        scored: values that there are.
        mean: of those; None without any.
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
    """How many of the verdicts that a judge was asked for there are.

    Attributes:
        asked: verdicts asked for.
        scored: with a score.
        inconsistent: with opposite verdicts in the two orders.
        causes: failed ones, by cause.
        win_rates: of each model, with its worst cases: all without a score lost, or all won.
    """

    asked: int
    scored: int
    inconsistent: int
    causes: dict[str, int]
    win_rates: tuple[Bounds, ...]


@dataclass(frozen=True)
class ScoreCoverage:
    """How many of the scores that a judge was asked for there are.

    Attributes:
        dimension: that was scored.
        bounds: of the mean score, as a share of its scale.
        causes: failed ones, by cause.
    """

    dimension: str
    bounds: Bounds
    causes: dict[str, int]


def worst_case(name: str, values: FloatArray, *, low: float = 0.0, high: float = 1.0) -> Bounds:
    """The bounds of a mean.

    Args:
        name: whose mean it is.
        values: NaN where a value is missing.
        low: least value that a missing one could have.
        high: greatest value that a missing one could have.
    """
    known = values[~np.isnan(values)]
    asked, scored = len(values), len(known)
    if asked == 0:
        return Bounds(name, 0, 0, None, None, None)
    total, missing = float(known.sum()), asked - scored
    mean = total / scored if scored else None
    return Bounds(name, asked, scored, mean, (total + missing * low) / asked, (total + missing * high) / asked)


def win_rate_bounds(models: Sequence[str], a: CodeArray, b: CodeArray, share: FloatArray) -> list[Bounds]:
    """The bounds of each model's mean share of points; models without a row are left out.

    Args:
        models: names.
        a: code of the one model of each row.
        b: code of the other.
        share: of `a`, in [0, 1]; NaN where there is no score.
    """
    found = []
    for code, name in enumerate(models):
        values = np.concatenate([share[a == code], 1.0 - share[b == code]])
        if len(values):
            found.append(worst_case(name, values))
    return found


def verdict_coverage(votes: PairVotes, causes: Mapping[int, str]) -> JudgmentCoverage:
    """Of one judge's verdicts; `causes` tells why each failed one failed, by its position."""
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
    """Of one judge's scores, by dimension; `failed` holds how many failed by cause, for each rater and dimension."""
    is_mine: Mask = np.array([*(one == name for one in scores.raters), False], np.bool_)[scores.rater]
    given = {one: scores.value[is_mine & (scores.dimension == code)] for code, one in enumerate(scores.dimensions)}
    found = []
    for dimension in sorted({*given, *(one for rater, one in failed if rater == name)}):
        causes = failed.get((name, dimension), {})
        values = np.append(given.get(dimension, np.empty(0)), np.full(sum(causes.values()), np.nan))
        if len(values):
            found.append(ScoreCoverage(dimension, worst_case(name, values), dict(causes)))
    return tuple(found)
