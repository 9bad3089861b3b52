"""From outputs and likelihoods to marks, and from marks to a task's metrics with their standard errors."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from objective.request import ScoredContinuation
from objective.scoring import extraction
from objective.scoring.extraction import continued, folded, folded_math, read_math, read_text
from objective.scoring.letters import read_choice, read_choices
from objective.scoring.numbers import read_number, value_of, value_of_math
from objective.task import Item, Kind

SCORER = f"reading {extraction.VERSION}, marking 2"
"""Stands in every content key, so that a score of other rules is never taken for one of these."""

State = Literal["scored", "unparsed", "failed"]


@dataclass(frozen=True)
class Mark:
    """What was read in an output.

    Attributes:
        extracted: the answer that was read; None when none could be.
        score: 1.0 right, 0.0 wrong, None without an answer.
    """

    extracted: str | None
    score: float | None


@dataclass(frozen=True)
class ItemOutcome:
    """How one sample of an item ended; `scores` by metric is empty unless it was scored."""

    item: str
    state: State
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Metric:
    """One number of a task.

    Attributes:
        name: `accuracy`: share of right answers among all answers, in which one that cannot be read is not right;
            `accuracy_parsed`: among those that could be read; with `_chars`, `_bytes`, `_tokens` the option of the
            highest likelihood per character, byte or token is taken.
        value: in [0, 1]; None when nothing was answered.
        error: standard error of the value over items, as `standard_error` takes it; None for fewer than two items.
        items: that were answered.
        unparsed: samples in which no answer could be read.
        failed: samples without an output.
    """

    name: str
    value: float | None
    error: float | None
    items: int
    unparsed: int
    failed: int


def _number_is(read: str, gold: str) -> bool:
    value = value_of(read)
    return value is not None and value == value_of(gold)


def _math_is(read: str, gold: str) -> bool:
    plain = folded_math(gold)
    value = value_of_math(read)
    return read == plain or (value is not None and value == value_of_math(plain))


_READERS: dict[Kind, Callable[[Item, str], str | None]] = {
    "choice": lambda item, output: read_choice(output, item.letters, item.options),
    "choices": lambda item, output: read_choices(output, item.letters),
    "number": lambda _, output: read_number(output),
    "exact": lambda _, output: read_text(output),
    "math": lambda _, output: read_math(output),
}
_EQUALS: dict[Kind, Callable[[str, str], bool]] = {
    "choice": str.__eq__,
    "choices": str.__eq__,
    "number": _number_is,
    "exact": lambda read, gold: read == folded(gold),
    "math": _math_is,
}


def mark(item: Item, output: str, *, prompt: str = "") -> Mark:
    """Read a generated output and hold it against the accepted answers.

    Args:
        item: that was asked.
        output: what came back.
        prompt: before it; one that ends in a thinking tag makes the output begin in that thinking.
    """
    read = _READERS[item.kind](item, continued(prompt, output))
    if read is None:
        return Mark(None, None)
    return Mark(read, float(any(_EQUALS[item.kind](read, gold) for gold in item.gold)))


LIKELIHOODS: Mapping[str, Callable[[str, ScoredContinuation], float]] = {
    "accuracy": lambda _, scored: scored.nats,
    "accuracy_chars": lambda text, scored: scored.nats / len(text),
    "accuracy_bytes": lambda text, scored: scored.nats / len(text.encode()),
    "accuracy_tokens": lambda _, scored: scored.nats / scored.tokens,
}
"""By metric: what is compared between options, from an option's text without its delimiter and what it scored."""


def mark_options(item: Item, texts: Sequence[str], scored: Sequence[ScoredContinuation]) -> dict[str, Mark]:
    """The likeliest option by each metric; the first of equals, as the known harnesses take it.

    Args:
        item: with as many options as there are texts.
        texts: of the scored options, without delimiter.
        scored: what each of them scored, in the same order; where one is not a number, as when a model overflows in
            16 bits, there is no likeliest option and so no answer.
    """
    if any(math.isnan(one.nats) for one in scored):
        return dict.fromkeys(LIKELIHOODS, Mark(None, None))
    marks = {}
    for metric, measure in LIKELIHOODS.items():
        values = [measure(text, one) for text, one in zip(texts, scored, strict=True)]
        letter = item.letters[max(range(len(values)), key=values.__getitem__)]
        marks[metric] = Mark(letter, float(letter in item.gold))
    return marks


def metrics(outcomes: Sequence[ItemOutcome], *, names: Sequence[str]) -> list[Metric]:
    """The metrics of a task over its samples; several samples of an item are averaged first.

    Args:
        outcomes: at least those that were asked for, failed ones among them.
        names: the metrics that scored outcomes carry, the main one first; `accuracy_parsed` follows where some
            outputs could be read and others not.
    """
    answered = [outcome for outcome in outcomes if outcome.state != "failed"]
    failed = len(outcomes) - len(answered)
    unparsed = sum(outcome.state == "unparsed" for outcome in answered)
    found = []
    for name in names:
        value, error, items = _mean(answered, name)
        found.append(Metric(name, value, error, items, unparsed, failed))
    read = [outcome for outcome in answered if outcome.state == "scored"]
    if unparsed and read:
        value, error, items = _mean(read, names[0])
        found.append(Metric(f"{names[0]}_parsed", value, error, items, unparsed, failed))
    return found


def _mean(answered: Sequence[ItemOutcome], name: str) -> tuple[float | None, float | None, int]:
    """Mean over items, its standard error, and the number of items."""
    by_item: dict[str, list[float]] = defaultdict(list)
    for outcome in answered:
        by_item[outcome.item].append(outcome.scores[name] if outcome.state == "scored" else 0.0)
    means = [math.fsum(scores) / len(scores) for scores in by_item.values()]
    n = len(means)
    if n == 0:
        return None, None, 0
    mean = math.fsum(means) / n
    return mean, standard_error(means) if n > 1 else None, n


def standard_error(scores: Sequence[float]) -> float:
    """How far a mean score may be from that of all items like these.

    The sample deviation over the root of n. Where all scores are equal, five of five right, say, that would be 0, as
    if nothing were left to chance; then it is the deviation of what a share may be after so many equal answers, if
    all shares were equally likely before: that of Beta(n m + 1, n (1 - m) + 1), Laplace's rule of succession (see
    Bowyer et al., 2025, https://arxiv.org/abs/2503.01747, on small sets of items).

    Args:
        scores: in [0, 1], at least two.
    """
    n = len(scores)
    mean = math.fsum(scores) / n
    if min(scores) == max(scores):
        a, b = n * mean + 1, n * (1 - mean) + 1
        return math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    return math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / (n - 1) / n)
