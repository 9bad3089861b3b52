"""Scores generated outputs and option likelihoods against the accepted answers."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from objective.request import ScoredContinuation
from objective.scoring import extraction
from objective.scoring.extraction import (
    find_stated_text,
    normalise_math,
    normalise_text,
    read_math,
    read_text,
    visible_answer,
    with_thinking_tag,
)
from objective.scoring.letters import read_choice, read_choices
from objective.scoring.numbers import read_number, value_of, value_of_math
from objective.scoring.sentences import find_answer, find_option
from objective.task import AnswerKind, Item

SCORER = f"reading {extraction.VERSION}, marking 4"
"""Version of the scoring rules; part of every content key, so that scores of other rules are never reused."""

_LETTER_WITH_TEXT = re.compile(r"[\s*_(（]*([A-Z])[)）*_]*\s*[.:：、．)）]\s*(\S[^\n]*)")
_FENCE = "```"
_EMPTY_LIST = re.compile(r"(?:\d+[.)、]\s*){3,}\d*")


@dataclass(frozen=True)
class ScoredAnswer:
    """The answer extracted from an output, and its score.

    Attributes:
        extracted: extracted answer; None if there is none.
        score: 1.0 for right, 0.0 for wrong, None without an answer.
    """

    extracted: str | None
    score: float | None


def _equals_number(read: str, gold: str) -> bool:
    value = value_of(read)
    return value is not None and value == value_of(gold)


def _equals_math(read: str, gold: str) -> bool:
    plain = normalise_math(gold)
    value = value_of_math(read)
    return read == plain or (value is not None and value == value_of_math(plain))


def _read_choice(item: Item, output: str) -> str | None:
    found = read_choice(output, item.letters, item.options)
    if found is not None and _names_another_option(item, found, output):
        return None
    if found is not None or not item.options:
        return found
    place = find_option(output, item.options)
    return None if place is None else item.letters[place]


def _names_another_option(item: Item, letter: str, output: str) -> bool:
    """Whether the only line of an output is a letter with the text of another option, as in "B. opening" for C."""
    match = _LETTER_WITH_TEXT.fullmatch((visible_answer(output) or "").strip())
    if match is None or match[1] != letter or not item.options:
        return False
    text, own = normalise_text(match[2]), normalise_text(item.options[item.letters.index(letter)])
    return text != own and text in {normalise_text(option) for option in item.options}


def _read_number(output: str) -> str | None:
    """The number of an answer; numbers of a list without any entry are none.

    An output that breaks off inside a program has none unless it stated one before.
    """
    if _EMPTY_LIST.fullmatch((visible_answer(output) or "").strip()):
        return None
    if output.count(_FENCE) % 2 and not find_stated_text(output.rpartition(_FENCE)[0]):
        return None
    return read_number(output)


def _read_exact(output: str) -> str | None:
    """The text of an answer; numbers of a list without any entry are none."""
    found = read_text(output)
    return None if found is None or _EMPTY_LIST.fullmatch(found) else found


_EXTRACTORS: dict[AnswerKind, Callable[[Item, str], str | None]] = {
    "choice": _read_choice,
    "choices": lambda item, output: read_choices(output, item.letters),
    "number": lambda _, output: _read_number(output),
    "exact": lambda _, output: _read_exact(output),
    "math": lambda _, output: read_math(output),
}
_EQUALS: dict[AnswerKind, Callable[[str, str], bool]] = {
    "choice": str.__eq__,
    "choices": str.__eq__,
    "number": _equals_number,
    "exact": lambda read, gold: read == normalise_text(gold),
    "math": _equals_math,
}


def score_output(item: Item, output: str, *, prompt: str = "") -> ScoredAnswer:
    """Extract the answer from a generated output and compare it with the accepted answers.

    Args:
        item: the item.
        output: generated text.
        prompt: prompt before the output; if it ends in a thinking tag, the output begins inside the thinking block.
    """
    whole = with_thinking_tag(prompt, output)
    extracted = _EXTRACTORS[item.kind](item, whole)
    if extracted is None:
        return ScoredAnswer(None, None)
    is_right = any(_EQUALS[item.kind](extracted, gold) for gold in item.gold)
    if item.kind == "exact" and not is_right:
        finding = find_answer(whole, item.gold, item.question)
        if finding == "unclear":
            return ScoredAnswer(None, None)
        if finding == "stated":
            return ScoredAnswer(normalise_text(item.gold[0]), 1.0)
    return ScoredAnswer(extracted, float(is_right))


LIKELIHOOD_METRICS: Mapping[str, Callable[[str, ScoredContinuation], float]] = {
    "accuracy": lambda _, scored: scored.nats,
    "accuracy_chars": lambda text, scored: scored.nats / len(text),
    "accuracy_bytes": lambda text, scored: scored.nats / len(text.encode()),
    "accuracy_tokens": lambda _, scored: scored.nats / scored.tokens,
}
"""For each metric, the value by which options are compared, from the text of an option without delimiter and its
likelihood."""


def score_options(item: Item, texts: Sequence[str], scored: Sequence[ScoredContinuation]) -> dict[str, ScoredAnswer]:
    """Select the likeliest option by each metric; of equal ones the first, as other harnesses do.

    Args:
        item: an item with as many options as there are texts.
        texts: texts of the scored options, without delimiter.
        scored: likelihoods in the same order; if one is not a number, as when a model overflows in 16 bits, there is no
            answer.
    """
    if any(math.isnan(one.nats) for one in scored):
        return dict.fromkeys(LIKELIHOOD_METRICS, ScoredAnswer(None, None))
    answers = {}
    for metric, measure in LIKELIHOOD_METRICS.items():
        values = [measure(text, one) for text, one in zip(texts, scored, strict=True)]
        letter = item.letters[max(range(len(values)), key=values.__getitem__)]
        answers[metric] = ScoredAnswer(letter, float(letter in item.gold))
    return answers
