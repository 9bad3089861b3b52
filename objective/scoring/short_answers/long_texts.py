"""Scores answers to questions on long texts: needles by depth, shared words, numbers of paragraphs, classes, and code.

The values of questions with short answers follow the published rules of LongBench and of open-book question answering;
Chinese is compared by characters, where LongBench compares words that another library cuts.
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from objective.scoring.extraction import visible_answer
from objective.scoring.registry import Scorer
from objective.task import Item

_DIGITS = re.compile(r"\d[\d,]*")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_NO_CODE = ("`", "#", "//")
_DEPTHS = range(0, 101, 10)


def score_needle(item: Item, output: str) -> Mapping[str, float] | None:
    """Whether the first number of an output is the hidden one; None if the output has no number."""
    found = [number.replace(",", "") for number in _DIGITS.findall(visible_answer(output) or "")]
    return {"accuracy": float(found[0] in item.gold)} if found else None


def score_words(item: Item, output: str) -> Mapping[str, float] | None:
    """The largest F1 of the words shared with an accepted answer; None for an empty output."""
    return _largest(item, output, _english)


def score_characters(item: Item, output: str) -> Mapping[str, float] | None:
    """The largest F1 of the characters shared with an accepted answer; None for an empty output."""
    return _largest(item, output, _chinese)


def score_paragraph(item: Item, output: str) -> Mapping[str, float] | None:
    """The share of the right number among the numbers of an output, as LongBench counts; None if it has none."""
    found = re.findall(r"\d+", visible_answer(output) or "")
    right = {number for gold in item.gold for number in re.findall(r"\d+", gold)[:1]}
    return {"accuracy": sum(number in right for number in found) / len(found)} if found else None


def score_contained(item: Item, output: str) -> Mapping[str, float] | None:
    """Whether an output holds an accepted answer, without articles and punctuation; None for an empty output."""
    text = " ".join(_english(visible_answer(output) or ""))
    if not text:
        return None
    return {"accuracy": float(any(gold in text for one in item.gold if (gold := " ".join(_english(one)))))}


def score_class(item: Item, output: str) -> Mapping[str, float] | None:
    """One divided by the number of classes that an output names, if the right one is among them; None if it names none.

    A class whose name is a part of the right one's counts as the right one, as in LongBench.
    """
    named = {str(one) for one in item.data.get("classes") or item.gold if str(one) in output}
    if not named:
        return None

    def share(gold: str) -> float:
        told = [one for one in named if one == gold or one not in gold]
        return 1 / len(told) if gold in told else 0.0

    return {"accuracy": max(map(share, item.gold))}


def score_code(item: Item, output: str) -> Mapping[str, float] | None:
    """How similar the first line of code of an output is to the right line, in whole percent as in LongBench.

    Lines with a backquote, `#` or `//` are no code. The similarity of two lines is twice the length of their longest
    common subsequence, over the sum of their lengths. None for an output without a line of code.
    """
    line = next((one for one in output.split("\n") if one.strip() and not any(mark in one for mark in _NO_CODE)), None)
    if line is None:
        return None
    return {"edit_similarity": max(round(100 * _similarity(line, gold)) / 100 for gold in item.gold)}


def _similarity(first: str, second: str) -> float:
    """Twice the length of the longest common subsequence of two texts over the sum of their lengths (Hyyrö, 2004)."""
    places: dict[str, int] = {}
    for place, sign in enumerate(first):
        places[sign] = places.get(sign, 0) | 1 << place
    full = (1 << len(first)) - 1
    row = full
    for sign in second:
        matched = row & places.get(sign, 0)
        row = (row + matched | row - matched) & full
    common = len(first) - row.bit_count()
    return 2 * common / (len(first) + len(second))


def _largest(item: Item, output: str, parts: Callable[[str], Sequence[str]]) -> Mapping[str, float] | None:
    answer = (visible_answer(output) or "").strip()
    if not answer:
        return None
    read = Counter(parts(answer))
    return {"f1": max(_overlap(read, Counter(parts(gold))) for gold in item.gold)}


def _overlap(read: Counter[str], gold: Counter[str]) -> float:
    shared = (read & gold).total()
    return 2 * shared / (read.total() + gold.total()) if shared else 0.0


@lru_cache(maxsize=4096)
def _english(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without punctuation and articles."""
    return tuple(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


@lru_cache(maxsize=4096)
def _chinese(text: str) -> tuple[str, ...]:
    """The characters of a text in lower case, with runs of Latin letters and digits as one, without punctuation."""
    plain = "".join(sign for sign in text.lower() if not unicodedata.category(sign).startswith(("P", "S")))
    return tuple(re.findall(r"[a-z0-9]+|[^\sa-z0-9]", plain))


def _at_depth(depth: int) -> Callable[[Sequence[Item], Sequence[str]], float | None]:
    def mean(items: Sequence[Item], outputs: Sequence[str]) -> float | None:
        values = [
            (score_needle(item, output) or {"accuracy": 0.0})["accuracy"]
            for item, output in zip(items, outputs, strict=True)
            if item.data.get("depth") == depth
        ]
        return sum(values) / len(values) if values else None

    return mean


NEEDLE = Scorer(
    name="needle",
    version=1,
    metrics=("accuracy",),
    score=score_needle,
    corpus={f"depth_{depth}": _at_depth(depth) for depth in _DEPTHS},
)
WORDS = Scorer(name="shared_words", version=1, metrics=("f1",), score=score_words)
CHARACTERS = Scorer(name="shared_characters", version=1, metrics=("f1",), score=score_characters)
PARAGRAPH = Scorer(name="paragraph_number", version=1, metrics=("accuracy",), score=score_paragraph)
CONTAINED = Scorer(name="contained_answer", version=1, metrics=("accuracy",), score=score_contained)
CLASS = Scorer(name="named_class", version=1, metrics=("accuracy",), score=score_class)
CODE = Scorer(name="code_line", version=1, metrics=("edit_similarity",), score=score_code)
