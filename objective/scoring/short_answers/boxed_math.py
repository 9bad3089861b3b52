r"""Scores answers in LaTeX, as in `\boxed{…}`: equal after normalisation, by value, or part by part.

Lists without brackets and sets are compared without order; tuples, intervals and vectors with it. No computer algebra:
`2\sqrt{3}` and `\sqrt{12}` differ.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from objective.scoring.extraction import normalise_math, read_math
from objective.scoring.numbers import value_of_math
from objective.scoring.registry import Scorer
from objective.task import Item

_FRACTION = re.compile(r"\\frac\{([^{}]*)\}\{([^{}]*)\}")
_SIMPLE = re.compile(r"-?(?:\d+(?:\.\d+)?|\\?[A-Za-z]+|\d+\\?[A-Za-z]+)")
_POWER = re.compile(r"([_^])\{(\w)\}")
_ROOT = re.compile(r"\\sqrt\{(\w)\}")
_LETTER = re.compile(r"\(([A-Z])\)")
_MEMBER = re.compile(r"[A-Za-z]\\in(?![A-Za-z])")
_AND = re.compile(r"(?<=[\d})\]])(?:and|or)(?=[-\d\\(\[])")
_OPENING, _CLOSING = "([{", ")]}"
_LONGEST = 2000
"""Longest answer that is compared part by part, in characters; longer ones only by equality."""


def score_boxed(item: Item, output: str) -> Mapping[str, float] | None:
    """Whether the stated answer equals an accepted one; None if none is stated."""
    read = read_math(output)
    return None if read is None else {"accuracy": float(any(is_equal(read, gold) for gold in item.gold))}


def is_equal(read: str, gold: str) -> bool:
    """Whether two answers in LaTeX are the same."""
    one, other = _canonical(read), _canonical(gold)
    if one == other:
        return True
    if max(len(one), len(other)) > _LONGEST:
        return False
    if "," not in one + other:  # thousands are no longer separated, so a comma separates parts
        first, second = value_of_math(one), value_of_math(other)
        if first is not None and second is not None:
            return first == second
    return _are_equal_lists(one, other)


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    plain = normalise_math(text).replace("\\{", "\\lbrace").replace("\\}", "\\rbrace")
    plain = plain.replace("\\lbrace", "⟨").replace("\\rbrace", "⟩").replace("\\le ", "\\leq").replace("\\cdot", "*")
    plain = _MEMBER.sub("", _AND.sub(",", plain))
    plain = _ROOT.sub(r"\\sqrt{\1}", _POWER.sub(r"\1\2", plain))
    plain = re.sub(r"\\frac\{-([^{}]*)\}", r"-\\frac{\1}", plain)
    plain = _FRACTION.sub(_as_quotient, plain)
    letter = _LETTER.fullmatch(plain)
    return letter[1] if letter else plain


def _as_quotient(match: re.Match[str]) -> str:
    """A fraction of two simple terms with a slash; any other fraction unchanged."""
    top, bottom = match[1], match[2]
    if _SIMPLE.fullmatch(top) and _SIMPLE.fullmatch(bottom):
        return f"{top}/{bottom}" if not (top.isdigit() and bottom.isdigit()) else match[0]
    return match[0]


def _are_equal_lists(one: str, other: str) -> bool:
    first, second = _parts(one), _parts(other)
    if first is None or second is None or first[0] != second[0] or len(first[1]) != len(second[1]):
        return False
    if first[0] not in ("", "⟨⟩"):
        return all(is_equal(left, right) for left, right in zip(first[1], second[1], strict=True))
    left_over = list(second[1])
    for part in first[1]:
        place = next((place for place, right in enumerate(left_over) if is_equal(part, right)), None)
        if place is None:
            return False
        left_over.pop(place)
    return True


def _parts(text: str) -> tuple[str, list[str]] | None:
    """The brackets around a list and its parts; None if the text is no list."""
    brackets = ""
    if len(text) > 1 and text[0] + text[-1] in ("()", "[]", "(]", "[)", "⟨⟩") and _is_enclosed(text):
        brackets, text = text[0] + text[-1], text[1:-1]
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in _OPENING + "⟨") - (sign in _CLOSING + "⟩")
        if sign in ",;" and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    parts.append(text[start:])
    return (brackets, parts) if len(parts) > 1 or brackets else None


def _is_enclosed(text: str) -> bool:
    """Whether the first bracket closes at the end only."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign in _OPENING + "⟨") - (sign in _CLOSING + "⟩")
        if depth == 0:
            return place == len(text) - 1
    return False


BOXED = Scorer(name="boxed_math", version=1, metrics=("accuracy",), score=score_boxed)
