"""Scores by model and dimension: mean, distribution, share satisfied, and what raters could not judge."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

from arena.leaderboard.ranking import Board
from arena.rating.means import ScoredRows, mean_scores
from arena.rating.method import RatingSettings
from arena.rating.satisfaction import SATISFACTION
from storage.ledger.scores import Scores, read_scores
from storage.questions.names import question_labels
from storage.values import RaterKind

SATISFIED_FROM = 0.75
"""Share of the scale from which a score counts as satisfied: 4 on a scale from 1 to 5, 8 on one from 1 to 10."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class ScoreLine:
    """The scores of one model on one dimension.

    Attributes:
        model: name of the model.
        dimension: name of the dimension.
        group: category of the questions; None for all of them.
        scores: number of scores.
        mean: mean in percent of the scale; None without a score.
        lower: lower end of its interval; None if unknown.
        upper: upper end of its interval; None if unknown.
        satisfied: share of scores from `SATISFIED_FROM` of the scale, 0 to 1; None without a score.
        cannot_judge: number of times that a rater could not judge.
        distribution: number of scores by share of the scale, 0 to 1, in ascending order.
    """

    model: str
    dimension: str
    group: str | None
    scores: int
    mean: float | None
    lower: float | None
    upper: float | None
    satisfied: float | None
    cannot_judge: int
    distribution: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class SideLine:
    """Mean scores of people and of judges on the responses of one model that both have scored.

    Attributes:
        model: name of the model.
        dimension: name of the dimension.
        responses: number of responses that both have scored.
        people: mean of people in percent of the scale.
        judges: mean of judges in percent of the scale.
    """

    model: str
    dimension: str
    responses: int
    people: float
    judges: float


@dataclass(frozen=True)
class ScoreSummary:
    """The scores behind a leaderboard of scores.

    Attributes:
        lines: scores by model and dimension, for all questions and, where asked for, by category.
        sides: people beside judges on the same responses; empty on a leaderboard of judges.
    """

    lines: list[ScoreLine]
    sides: list[SideLine]


def summary_of(session: Session, board: Board, *, by_category: bool) -> ScoreSummary | None:
    """The scores behind a leaderboard, and those of judges beside those of people; None unless it rests on scores."""
    scores = board.evidence.scores
    if board.ratings.method != SATISFACTION or scores is None or board.fusion is not None:
        return None
    groups = None
    if by_category:
        groups = {key: category or "" for key, (category, _) in question_labels(session).items()}
    sides = []
    if board.selection.kind is RaterKind.human:
        others = replace(board.selection, kind=RaterKind.judge, campaign=None, rater=None, rater_source=None)
        sides = compare_sides(scores, read_scores(session, others))
    return ScoreSummary(summarise_scores(scores, board.recipe.settings, groups), sides)


def summarise_scores(
    scores: Scores, settings: RatingSettings, groups: Mapping[str, str] | None = None
) -> list[ScoreLine]:
    """One line for each model and dimension that has a score or an answer "cannot judge".

    Means of raters or questions with several scores have clustered intervals, as on the leaderboard.

    Args:
        scores: the scores.
        settings: level and clustering of the intervals.
        groups: category by key of the question, for a line per category too; None for none.
    """
    lines = _lines(scores, np.ones(len(scores), np.bool_), settings, None, groups)
    if groups is not None:
        labels = np.array([groups.get(key, "") for key in scores.questions], object)
        of_row = np.array([labels[code] if code >= 0 else "" for code in scores.question], object)
        for group in sorted({label for label in groups.values() if label}):
            lines += _lines(scores, of_row == group, settings, group, groups)
    return lines


def compare_sides(people: Scores, judges: Scores) -> list[SideLine]:
    """Means of people and judges by model and dimension, over the responses that both have scored."""
    one, other = _by_response(people), _by_response(judges)
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for model, question, dimension in sorted(one.keys() & other.keys()):
        pair = (one[model, question, dimension], other[model, question, dimension])
        found.setdefault((model, dimension), []).append(pair)
    return [
        SideLine(model, dimension, len(pairs), *(100.0 * float(np.mean(side)) for side in zip(*pairs, strict=True)))
        for (model, dimension), pairs in found.items()
    ]


def _lines(
    scores: Scores,
    rows: np.ndarray[tuple[int], np.dtype[np.bool_]],
    settings: RatingSettings,
    group: str | None,
    groups: Mapping[str, str] | None,
) -> list[ScoreLine]:
    unjudged = Counter(
        (one.model, one.dimension)
        for one in scores.unjudged
        if group is None or (groups or {}).get(one.question, "") == group
    )
    names = sorted({*scores.dimensions, *(dimension for _, dimension in unjudged)})
    lines = []
    for dimension in names:
        code = scores.dimensions.index(dimension) if dimension in scores.dimensions else -1
        chosen = rows & (scores.dimension == code)
        model, value = scores.model[chosen], scores.value[chosen]
        columns = ScoredRows(
            n_models=len(scores.models),
            first=model,
            second=model,
            score=value,
            two=False,
            weights=None,
            rater=scores.rater[chosen],
            question=scores.question[chosen],
        )
        means = mean_scores(columns, settings)
        for name in sorted({*scores.models, *(model for model, of in unjudged if of == dimension)}):
            place = scores.models.index(name) if name in scores.models else -1
            own = value[model == place]
            if not len(own) and not unjudged[name, dimension]:
                continue
            steps, numbers = np.unique(np.round(own, 6), return_counts=True)
            lines.append(
                ScoreLine(
                    model=name,
                    dimension=dimension,
                    group=group,
                    scores=len(own),
                    mean=float(means.mean[place]) if len(own) else None,
                    lower=_known(float(means.lower[place])) if len(own) else None,
                    upper=_known(float(means.upper[place])) if len(own) else None,
                    satisfied=float((own >= SATISFIED_FROM - _ROUNDING).mean()) if len(own) else None,
                    cannot_judge=unjudged[name, dimension],
                    distribution=tuple(zip(steps.tolist(), numbers.tolist(), strict=True)),
                )
            )
    return lines


def _by_response(scores: Scores) -> dict[tuple[str, str, str], float]:
    """Mean score of each response (its model and question) and dimension."""
    found: dict[tuple[str, str, str], list[float]] = {}
    rows = zip(scores.model, scores.question, scores.dimension, scores.value, strict=True)
    for model, question, dimension, value in rows:
        if question >= 0:
            key = (scores.models[model], scores.questions[question], scores.dimensions[dimension])
            found.setdefault(key, []).append(float(value))
    return {key: float(np.mean(values)) for key, values in found.items()}


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
