"""Extracts the number that a text states as its answer or ends with."""

import re
from fractions import Fraction

from objective.scoring.extraction import before_next_question, fold, visible_answer

_WHOLE = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)"
_DIGITS = rf"(?:(?:{_WHOLE}(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+(?![\w.]))?)"
_OVER = r"(?:\s*/\s*\d+(?![\d.]))?"
_VALUE = rf"(?:\d+\s+\d+/\d+(?![\d.])|{_DIGITS}{_OVER})"
"""Pattern of a number: mixed (`2 1/2`), a fraction, or a decimal."""

_NUMBER = re.compile(rf"(?<![A-Za-z0-9_.])[-+]?[$¥£€]?{_VALUE}")
_AT = rf"[\"'*(\\$]*\s*([-+]?\s?[$¥£€]?\s?(?:\d{{1,3}}(?: \d{{3}})+(?![\d/])|{_VALUE}))"
_WRAPPED = r"(?:(?:[A-Za-z]\s*=|\\text\s*\{)\s*)?"
_STATED = [
    re.compile(rf"####\s*{_WRAPPED}{_AT}"),
    re.compile(rf"\\boxed\s*\{{\s*{_WRAPPED}{_AT}"),
    re.compile(rf"(?i:answer|result)\s*(?:\*\*)?\s*(?:is|=|:|was|would be|must be)+\s*{_AT}"),
    re.compile(rf"(?:答案|结果)\s*(?:\*\*)?\s*(?:应该|应)?(?:是|为|=|:)+\s*{_AT}"),
]
_STATED_PARTS = (("####",), ("boxed",), ("answer", "result"), ("答案", "结果"))
"""Parts of which a folded text holds at least one where the pattern in the same place of `_STATED` matches."""
_TERM = r"(?:[^\n=.,;。A-Za-z\\]|[.,](?=\d)|\\[a-z]+|x(?=\s*\d))"
_SUM = re.compile(
    rf"\s*(?:[A-Za-z%]+\s*)?(?:[-+*/×÷]|x(?=\s*\d)|\\times|\\cdot|\\div)\s*[$¥£€(]?\d{_TERM}*?"
    rf"(?:[A-Za-z]+\s*)?=\s*{_AT}(?:{_TERM}*=\s*{_AT})?"
)
"""Pattern of a calculation that continues after a stated number; its result is the answer."""

_TENS = re.compile(r"(?<=\d)\s*(?:\*|×|\\times|\\cdot)\s*10\s*\^\s*\{?\s*([-+]?\d+)\s*\}?")


def read_number(text: str) -> str | None:
    """Extract the number that a text states or ends with, as a fraction or decimal such as `-3/4` or `18`."""
    whole = visible_answer(text)
    if not whole:
        return None
    head = before_next_question(whole)
    return _number_in(head) or (_number_in(whole) if head != whole else None)


def value_of(number: str) -> Fraction | None:
    """The exact value of a number; None if the text is no number or divides by zero."""
    plain = _plain_number(number.strip())
    if plain is None:
        return None
    try:
        return Fraction(plain)
    except (ValueError, ZeroDivisionError):
        return None


def value_of_math(text: str) -> Fraction | None:
    r"""The exact value of normalised LaTeX such as `0.5`, `1/2` or `-\frac{1}{2}`; None if it is no number."""
    match = re.fullmatch(r"(-?)\\frac\{(-?\d{1,99})\}\{(-?\d{1,99})\}", text)
    if match is None:
        return value_of(text)
    top, bottom = int(match[1] + "1") * int(match[2]), int(match[3])
    return Fraction(top, bottom) if bottom else None


def _number_in(text: str) -> str | None:
    answer = _plain_signs(text)
    folded = fold(answer)
    stated = [
        match
        for pattern, parts in zip(_STATED, _STATED_PARTS, strict=True)
        if any(part in folded for part in parts)
        for match in pattern.finditer(answer)
    ]
    if not stated:
        found = _NUMBER.findall(answer)
        return _plain_number(found[-1]) if found else None
    last = max(stated, key=lambda match: match.end())
    more = _SUM.match(answer, last.end())
    number = last.group(1) if more is None else more.group(2) or more.group(1)
    return _plain_number(number)


def _plain_signs(text: str) -> str:
    """A text with minus signs, fractions, percentages and powers of ten in one spelling; patterns only where needed."""
    answer = text.replace("−", "-").replace("\\$", "$").replace("\\%", "%").replace("\\,", "").replace("\\!", "")
    answer = answer.replace("{,}", ",").replace("**", "")
    if "–" in answer or "—" in answer:
        answer = re.sub(r"(?<![A-Za-z0-9)\]])\s?[–—](?=[$¥£€]?\d)", "-", answer)
    if "frac" in answer:
        answer = re.sub(r"\\[dt]?frac\{(\d+)\}\{(\d+)\}", r"\1/\2", answer)
        answer = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)(?!\d)", r"\1/\2", answer)
    if "分之" in answer:
        answer = re.sub(r"(?<!\d)(\d++)\s*分之\s*(\d+)", r"\2/\1", answer.replace("百分之", ""))
    if "负" in answer:
        answer = re.sub(r"负(?=\d)", "-", answer)
    return _TENS.sub(r"e\1", answer) if "^" in answer else answer


def _plain_number(text: str) -> str | None:
    mixed = re.fullmatch(r"([-+]?)\s?[$¥£€]?\s?(\d{1,99})\s+(\d{1,99})/(\d{1,99})", text)
    if mixed is not None:
        whole, over, under = (int(part) for part in mixed.groups()[1:])
        return f"{mixed[1]}{whole * under + over}/{under}".lstrip("+")
    plain = re.sub(r"[\s,$¥£€]", "", text).lstrip("+")
    return plain if re.fullmatch(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,3}|/\d+)?", plain) else None
