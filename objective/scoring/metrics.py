"""Computes the metrics of a task with their standard errors from the outcomes of its predictions."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
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


def compute_metrics(
    outcomes: Sequence[PredictionOutcome],
    *,
    names: Sequence[str],
    groups: Mapping[str, str] | None = None,
    over_samples: Mapping[str, Callable[[Sequence[float]], float | None]] | None = None,
) -> list[TaskMetric]:
    """Compute the metrics of a task; several samples of an item are averaged first.

    Args:
        outcomes: outcomes of all requested predictions, including failed ones.
        names: metrics in the scored outcomes, the main one first; `accuracy_parsed` is added if some outputs are
            parsed and others are not.
        groups: the passage or document of each item; items of one count as alike in standard errors. An item without
            one is a group of its own.
        over_samples: functions by metric from an item's values of the main metric to its value of that metric; the
            metric is left out where an item has too few samples.
    """
    answered = [outcome for outcome in outcomes if outcome.state != "failed"]
    failed = len(outcomes) - len(answered)
    unparsed = sum(outcome.state == "unparsed" for outcome in answered)
    metrics = []
    for name in names:
        value, error, items = _mean(answered, name, groups or {})
        metrics.append(TaskMetric(name, value, error, items, unparsed, failed))
    for name, measure in (over_samples or {}).items():
        of_items = {item: measure(values) for item, values in _by_item(answered, names[0]).items()}
        known = {item: value for item, value in of_items.items() if value is not None}
        if known and len(known) == len(of_items):
            mean = math.fsum(known.values()) / len(known)
            error = _error(known, groups or {})
            metrics.append(TaskMetric(name, mean, error, len(known), unparsed, failed))
    parsed = [outcome for outcome in answered if outcome.state == "scored"]
    if unparsed and parsed:
        value, error, items = _mean(parsed, names[0], groups or {})
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


def clustered_error(scores: Mapping[str, float], groups: Mapping[str, str]) -> float:
    """The standard error of a mean score whose items share passages (Miller, 2024, https://arxiv.org/abs/2411.00640).

    Deviations are added up within each group before they are squared, so that ten questions on one text count as what
    they are worth. With equal scores it is that of `standard_error` for as many items as there are groups.

    Args:
        scores: scores in [0, 1] by item, of at least two groups.
        groups: group of each item; items without one are groups of their own.
    """
    n = len(scores)
    mean = math.fsum(scores.values()) / n
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for item, score in scores.items():
        sums[("group", groups[item]) if groups.get(item) else ("item", item)] += score - mean
    if min(scores.values()) == max(scores.values()):
        return standard_error([mean] * len(sums))
    spread = math.fsum(deviation**2 for deviation in sums.values())
    return math.sqrt(spread * len(sums) / (len(sums) - 1)) / n


def _error(scores: Mapping[str, float], groups: Mapping[str, str]) -> float | None:
    if len({("group", groups[item]) if groups.get(item) else ("item", item) for item in scores}) < 2:
        return None
    if not any(groups.get(item) for item in scores):
        return standard_error(list(scores.values()))
    return clustered_error(scores, groups)


def _mean(
    answered: Sequence[PredictionOutcome], name: str, groups: Mapping[str, str]
) -> tuple[float | None, float | None, int]:
    """The mean over items, its standard error, and the number of items."""
    means = {item: math.fsum(scores) / len(scores) for item, scores in _by_item(answered, name).items()}
    if not means:
        return None, None, 0
    return math.fsum(means.values()) / len(means), _error(means, groups), len(means)


def _by_item(answered: Sequence[PredictionOutcome], name: str) -> dict[str, list[float]]:
    by_item: dict[str, list[float]] = defaultdict(list)
    for outcome in answered:
        by_item[outcome.item].append(outcome.scores[name] if outcome.state == "scored" else 0.0)
    return by_item
