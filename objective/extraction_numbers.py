"""Read the number that a text ends in or states as its answer."""

import re
from fractions import Fraction

from objective.extraction import visible_answer

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
_OVER = r"(?:\s*/\s*\d+(?![\d.]))?"
_NUMBER = re.compile(rf"(?<![\w.])[-+]?\$?(?:{_DIGITS}){_OVER}")
_AT = rf"[\"'*(\\$]*\s*([-+]?\s?[$¥£€]?\s?(?:{_DIGITS}){_OVER})"
_STATED = [
    re.compile(rf"####\s*{_AT}"),
    re.compile(rf"\\boxed\s*\{{\s*{_AT}"),
    re.compile(rf"(?i:answer|result)\s*(?:\*\*)?\s*(?:is|=|:|was|would be|must be)+\s*{_AT}"),
    re.compile(rf"(?:答案|结果)\s*(?:\*\*)?\s*(?:应该|应)?(?:是|为|=|:)+\s*{_AT}"),
]


def read_number(text: str) -> str | None:
    """The number that a text ends in or states as its answer, as a plain fraction or decimal such as `-3/4` or `18`."""
    answer = visible_answer(text)
    if not answer:
        return None
    answer = answer.replace("−", "-").replace("\\$", "$").replace("\\%", "%").replace("\\,", "").replace("\\!", "")
    answer = re.sub(r"\\[dt]?frac\{(\d+)\}\{(\d+)\}", r"\1/\2", answer)
    stated = [match for pattern in _STATED for match in pattern.finditer(answer)]
    if stated:
        return _plain_number(max(stated, key=lambda match: match.end()).group(1))
    found = _NUMBER.findall(answer)
    return _plain_number(found[-1]) if found else None


def value_of(number: str) -> Fraction | None:
    """A number's exact value; None when the text is not one, or divides by zero."""
    plain = _plain_number(number.strip())
    if plain is None:
        return None
    try:
        return Fraction(plain)
    except (ValueError, ZeroDivisionError):
        return None


def _plain_number(text: str) -> str | None:
    plain = re.sub(r"[\s,$¥£€]", "", text).lstrip("+")
    return plain if re.fullmatch(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:/\d+)?", plain) else None
