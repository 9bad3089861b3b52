"""Scores outputs that name several options: all or nothing, with partial credit, or one letter for each sub-question.

Partial credit follows the rules of the Chinese entrance examination: the whole for exactly the right options, half for
some of them and no wrong one, nothing for a wrong option.
"""

import re
import unicodedata
from collections.abc import Mapping

from objective.scoring.extraction import visible_answer
from objective.scoring.letters import read_choices
from objective.scoring.registry import Scorer
from objective.task import Item

HALF = 0.5
_MARKED = re.compile(
    r"(?:【答案】|\[答案】|答案|[Aa]nswers?)\s*(?:is|are|是|为|[:=])*\s*([A-Z](?:[\s,、;/和]*[A-Z])*)(?![A-Za-z])"
)
_NUMBERED = re.compile(
    r"(?<![\d.])\(?(\d{1,2})\s*[).、:]\s*(?:【答案】|\[答案】|答案|[Aa]nswer)?\s*(?:is|是|为|[:=])*\s*\(?([A-Z])(?![A-Za-z])"
)
_LETTERS_ONLY = re.compile(r"[\s,、;./()<>a-z和]*")


def score_select(item: Item, output: str) -> Mapping[str, float] | None:
    """Whether an output names exactly the right options, and its partial credit; None if it names none."""
    read = read_choices(output, item.letters)
    if read is None:
        return None
    right = set(item.gold[0])
    partial = 1.0 if set(read) == right else HALF if set(read) < right else 0.0
    return {"accuracy": float(set(read) == right), "partial_credit": partial}


def score_partial_credit(item: Item, output: str) -> Mapping[str, float] | None:
    """The same as `score_select`, with the partial credit as the main value."""
    values = score_select(item, output)
    return values and {name: values[name] for name in ("partial_credit", "accuracy")}


def score_sequence(item: Item, output: str) -> Mapping[str, float] | None:
    """The share of sub-questions with the right letter, and whether all are right; None if no letter is read.

    The letters of the sub-questions in order are the gold answer, such as `BDA`.
    """
    right = item.gold[0]
    read = read_sequence(output, len(right))
    if read is None:
        return None
    share = sum(one == other for one, other in zip(read, right, strict=True)) / len(right)
    return {"partial_credit": share, "accuracy": float(share == 1)}


def read_sequence(output: str, count: int) -> str | None:
    """The letters that an output gives to a number of sub-questions, with a space where one is left open.

    The strongest evidence counts: as many marked answers (`【答案】 A`) or one marked run of letters
    (`【答案】 ABCDE`), numbered answers (`1. A`), or an output of letters only.

    Args:
        output: output of the model.
        count: number of sub-questions.
    """
    answer = visible_answer(output)
    if not answer:
        return None
    plain = unicodedata.normalize("NFKC", answer).replace("*", "")
    marked = [re.sub(r"[^A-Z]", "", found) for found in _MARKED.findall(plain)]
    for found in (marked, marked[-1:]):
        if len("".join(found)) == count:
            return "".join(found)
    numbered = dict(_NUMBERED.findall(plain))
    if numbered:
        return _in_order(numbered, count)
    letters = re.sub(r"[^A-Z]", "", plain)
    if len(letters) == count and _LETTERS_ONLY.fullmatch(re.sub(r"[A-Z]", "", plain)):
        return letters
    return None


def _in_order(numbered: Mapping[str, str], count: int) -> str | None:
    """The letters by their numbers, which begin at 1 or, as in a longer paper, anywhere."""
    places = sorted(int(number) for number in numbered)
    first = 1 if places[-1] <= count else places[0]
    if places[-1] - first >= count:
        return None
    return "".join(numbered.get(str(first + place), " ") for place in range(count))


SELECT = Scorer(name="multiple_select", version=1, metrics=("accuracy", "partial_credit"), score=score_select)
PARTIAL_CREDIT = Scorer(
    name="partial_credit", version=1, metrics=("partial_credit", "accuracy"), score=score_partial_credit
)
SEQUENCE = Scorer(name="answer_sequence", version=1, metrics=("partial_credit", "accuracy"), score=score_sequence)
