"""Scores short answers to questions on a passage, where the passage itself holds the accepted answers."""

from collections.abc import Mapping

from objective.scoring.extraction import normalise_text, read_math, read_text
from objective.scoring.numbers import read_number, value_of
from objective.scoring.registry import Scorer
from objective.scoring.sentences import find_answer
from objective.scoring.short_answers.boxed_math import is_equal
from objective.task import Item


def score_stated(item: Item, output: str) -> Mapping[str, float] | None:
    """Whether an output states an accepted answer: as a number, as the whole answer, or in a sentence.

    The item's `data` may hold `asked`, the question without its passage: an answer that stands in it already is not
    looked for in sentences. Where `latex` is true, the answers are compared as LaTeX. None if nothing is stated, or if
    a sentence lists or denies the answer.
    """
    read = read_text(output)
    if read is None:
        return None
    if any(read == normalise_text(gold) for gold in item.gold) or _is_equal_number(item, output):
        return {"accuracy": 1.0}
    if item.data.get("latex"):
        boxed = read_math(output)
        return {"accuracy": float(boxed is not None and any(is_equal(boxed, gold) for gold in item.gold))}
    finding = find_answer(output, item.gold, str(item.data.get("asked", "")))
    return None if finding == "unclear" else {"accuracy": float(finding == "stated")}


def _is_equal_number(item: Item, output: str) -> bool:
    """Whether the number that an output states or ends with is an accepted one."""
    accepted = {value for gold in item.gold if (value := value_of(gold)) is not None}
    if not accepted:
        return False
    read = read_number(output)
    return read is not None and value_of(read) in accepted


STATED = Scorer(name="stated_answer", version=1, metrics=("accuracy",), score=score_stated)
