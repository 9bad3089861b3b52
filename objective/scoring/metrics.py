"""Computes the metrics of a task with their standard errors from the outcomes of its predictions."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

OutcomeState = Literal["scored", "unparsed", "failed"]


@dataclass(frozen=True)
class PredictionOutcome:
    """The outcome of one prediction.

    Attributes:
        item: key of the item.
        state: whether the prediction was scored, had no readable answer, or failed.
        scores: scores in [0, 1] by metric; empty unless the prediction was scored.
    """

    item: str
    state: OutcomeState
    scores: Mapping[str, float]


@dataclass(frozen=True)
class TaskMetric:
    """One metric of a task.

    Attributes:
        name: name of the metric. `accuracy` is the share of right answers, where unparsed ones count as wrong;
            `accuracy_parsed` is the share among parsed answers; `accuracy_chars`, `_bytes` and `_tokens` select the
            option with the highest likelihood per character, byte or token.
        value: value in [0, 1]; None if nothing was answered.
        error: standard error of the value over items, see `standard_error`; None for fewer than two items.
        items: number of answered items.
        unparsed: predictions without a readable answer.
        failed: predictions without an output.
    """

    name: str
    value: float | None
    error: float | None
    items: int
    unparsed: int
    failed: int


def compute_metrics(outcomes: Sequence[PredictionOutcome], *, names: Sequence[str]) -> list[TaskMetric]:
    """Compute the metrics of a task; several samples of an item are averaged first.

    Args:
        outcomes: outcomes of all requested predictions, including failed ones.
        names: metrics in the scored outcomes, the main one first; `accuracy_parsed` is added if some outputs are
            parsed and others are not.
    """
    answered = [outcome for outcome in outcomes if outcome.state != "failed"]
    failed = len(outcomes) - len(answered)
    unparsed = sum(outcome.state == "unparsed" for outcome in answered)
    metrics = []
    for name in names:
        value, error, items = _mean(answered, name)
        metrics.append(TaskMetric(name, value, error, items, unparsed, failed))
    parsed = [outcome for outcome in answered if outcome.state == "scored"]
    if unparsed and parsed:
        value, error, items = _mean(parsed, names[0])
        metrics.append(TaskMetric(f"{names[0]}_parsed", value, error, items, unparsed, failed))
    return metrics


def standard_error(scores: Sequence[float]) -> float:
    """The standard error of a mean score: the sample standard deviation over the square root of n.

    If all scores are equal (five of five right, say), that would be 0, as if nothing were left to chance. Then it is
    the standard deviation of the posterior of a share after n equal answers with a uniform prior,
    Beta(n m + 1, n (1 - m) + 1), which is Laplace's rule of succession (see Bowyer et al., 2025,
    https://arxiv.org/abs/2503.01747, on small sets of items).

    Args:
        scores: at least two scores in [0, 1].
    """
    n = len(scores)
    mean = math.fsum(scores) / n
    if min(scores) == max(scores):
        a, b = n * mean + 1, n * (1 - mean) + 1
        return math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    return math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / (n - 1) / n)


def _mean(answered: Sequence[PredictionOutcome], name: str) -> tuple[float | None, float | None, int]:
    """The mean over items, its standard error, and the number of items."""
    by_item: dict[str, list[float]] = defaultdict(list)
    for outcome in answered:
        by_item[outcome.item].append(outcome.scores[name] if outcome.state == "scored" else 0.0)
    means = [math.fsum(scores) / len(scores) for scores in by_item.values()]
    n = len(means)
    if n == 0:
        return None, None, 0
    mean = math.fsum(means) / n
    return mean, standard_error(means) if n > 1 else None, n
