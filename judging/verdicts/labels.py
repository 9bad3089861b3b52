"""Labels: what stands between the brackets of a marker, read as a verdict of the form that was asked for."""

import re
from functools import lru_cache

from judging.verdicts.normalizing import plain_label
from judging.verdicts.verdict import SHARES, OutputForm, Verdict, VerdictCause

LONGEST_LABEL = 80
"""Characters of a label; longer texts are none, except for numbers."""

_SUBJECT = (
    r"(?:(?:the )?(?:ai )?(?:assistant|answer|response|model|output|option|candidate|chatbot|system|reply|solution)"
    r"|助手|回答|回复|答案|模型|选项|输出|响应)"
)
_IS = r"\s*(?:\bis\b|[:=]|-(?=\s)|为|是|→|->)\s*"
_VERDICT_NAME = (
    r"(?:(?:my|the) )?(?:(?:final|overall) )?"
    r"(?:verdict|winner|choice|decision|result|judge?ment|preference|preferred|better|best|answer"
    r"|结论|胜者|获胜者|胜出者|判定|判断|裁决|最终(?:结论|裁决|判定|判断|结果)|选择|结果)"
)
_SCORE_NAME = (
    r"(?:(?:my|the) )?(?:(?:final|overall|total|general) )?(?:rating|score|grade|mark|points|overall|total)"
    r"|(?:最终|综合|总体)?(?:评分|得分|分数|总分|打分|评级)"
)
_BETTER = (
    r"(?:(?: (?:is|was))? (?:(?:slightly|somewhat|a bit|much|significantly|clearly|far) )?"
    r"(?:better|preferred|(?:the )?(?:winner|better one)|wins?|won)|\s?(?:更好|更优|较好|胜出|获胜|胜))?"
)
_PREFIX = {
    "pair": re.compile(rf"{_VERDICT_NAME}{_IS}", re.IGNORECASE),
    "score": re.compile(rf"(?:{_SCORE_NAME}){_IS}|(?:{_SCORE_NAME}) (?:of )?(?=[\d+-])", re.IGNORECASE),
}
_SIDE = re.compile(rf"(?:{_SUBJECT}\s?)?([ab]){_BETTER}", re.IGNORECASE)
_TIE = re.compile(
    r"(?:it'?s |it is )?(?:an? )?(?:tie|draw|tied|drawn|equal(?:ly (?:good|bad))?|the same"
    r"|both(?: are)?(?: equally)?(?: good| bad)|neither(?: is better)?)"
    r"|平局|平手|打平|平|相当|不相上下|一样好|一样|难分高下",
    re.IGNORECASE,
)
_C = re.compile(r"(?:(?:option|choice|选项)\s?)?c", re.IGNORECASE)
_LEVEL = re.compile(rf"(?:{_SUBJECT}\s?)?([ab])(>>|>|==?|<<|<)(?:{_SUBJECT}\s?)?([ab])", re.IGNORECASE)
_STRONG = re.compile(r"\b(?:much|significantly|far)\b", re.IGNORECASE)
_WEAK = re.compile(r"\b(?:slightly|somewhat|a bit)\b", re.IGNORECASE)
_ALTERNATIVES = re.compile(r"[abc](?:\s?(?:[/|,、&]|or|and|或|和)\s?[abc])+", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|never|no)\b|n't\b|不|非|并非", re.IGNORECASE)
_PARTS = re.compile(r"\s?[():;,-]+\s?")
_NUMBER = r"[+-]?\d++(?:[.,]\d++)?"
_SCORE = re.compile(
    rf"({_NUMBER})(?:\s?(?:/|out of|of)\s?({_NUMBER}))?\s?(?:points?|pts|stars?|分|点)?\s?"
    r"(?:\([^()\d]{1,40}\))?[.!]?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[+-]?[\d.,]++")


def read_label(content: str, form: OutputForm) -> Verdict | None:
    """The verdict of a label, or the cause why it has none; None if it is no label of the form."""
    if len(content) > LONGEST_LABEL:
        return _read_long(content, form)
    return _read_short(content, form)


@lru_cache(maxsize=1_000)
def _read_short(content: str, form: OutputForm) -> Verdict | None:
    """A short label, remembered: a judge writes the same few."""
    text = plain_label(content)
    if not text:
        return None
    if form.is_pairwise:
        return _read_pair(text, form)
    return _read_score(_PREFIX["score"].sub("", text, count=1) if _PREFIX["score"].match(text) else text, form)


def read_named(line: str, form: OutputForm) -> Verdict | None:
    """The verdict of a line that names it, such as `Rating: 7` or `**Verdict:** Assistant A`; else None."""
    if len(line) > LONGEST_LABEL:
        return None
    text = plain_label(line.strip("#>-•|= \t"))
    name = _PREFIX["pair" if form.is_pairwise else "score"].match(text)
    if name is None or not text[name.end() :].strip():
        return None
    rest = text[name.end() :].strip().removesuffix("。").strip(" []")
    return _read_pair(rest, form) if form.is_pairwise else _read_score(rest, form)


def _read_pair(text: str, form: OutputForm) -> Verdict | None:
    text = text.rstrip(".!。！ ")
    prefix = _PREFIX["pair"].match(text)
    if prefix is not None:
        text = text[prefix.end() :].strip()
    share = _share_of(text, form)
    if share is not None:
        return Verdict(value=share, marker=f"[[{text}]]")
    if _ALTERNATIVES.fullmatch(text):
        return Verdict(cause=VerdictCause.contradiction, marker=f"[[{text}]]")
    parts = [_share_of(part.strip(), form) for part in _PARTS.split(text) if part.strip()]
    told = {part for part in parts if part is not None}
    if len(parts) > 1 and told and None not in parts:
        if len(told) == 1:
            return Verdict(value=told.pop(), marker=f"[[{text}]]")
        return Verdict(cause=VerdictCause.contradiction, marker=f"[[{text}]]")
    if _NEGATED.search(text) and _share_of(_NEGATED.sub("", text).strip(), form) is not None:
        return Verdict(cause=VerdictCause.negated, marker=f"[[{text}]]")
    return None


def _share_of(text: str, form: OutputForm) -> float | None:
    """A's share of the point for a label of a pairwise form, in either direction and in words."""
    level = _LEVEL.fullmatch(re.sub(r"\s+", "", text))
    if level is not None:
        return _share_of_level(level[1].upper(), level[2], level[3].upper(), form)
    if _TIE.fullmatch(text):
        return 0.5
    if form.kind == "three-way" and _C.fullmatch(text):
        return SHARES["three-way"]["C"]
    side = _SIDE.fullmatch(text)
    if side is None:
        return None
    letter = side[1].upper()
    if form.kind == "three-way":
        return SHARES["three-way"][letter]
    sign = ">>" if _STRONG.search(text) else ">" if _WEAK.search(text) else None
    return None if sign is None else SHARES["five-level"][f"A{sign}B" if letter == "A" else f"B{sign}A"]


def _share_of_level(first: str, sign: str, second: str, form: OutputForm) -> float | None:
    if first == second:
        return None
    if "=" in sign:
        return 0.5
    if "<" in sign:
        first, second, sign = second, first, sign.replace("<", ">")
    share = SHARES["five-level"][f"{first}{sign}{second}"]
    return share if form.kind == "five-level" else float(share > 0.5)


def _read_score(text: str, form: OutputForm) -> Verdict | None:
    found = _SCORE.fullmatch(text.strip().strip("()\"' "))
    if found is None:
        return None
    value, out_of = _as_number(found[1]), found[2] and _as_number(found[2])
    if value is None or (found[2] and out_of is None):
        return None
    marker = f"[[{text}]]"
    if not form.low <= value <= form.high or (out_of is not None and out_of != form.high):
        return Verdict(cause=VerdictCause.out_of_range, marker=marker)
    return Verdict(value=value, marker=marker)


def _as_number(text: str) -> float | None:
    """The number; a comma before one or two digits is a decimal one, any other may separate thousands."""
    whole, comma, decimals = text.partition(",")
    if comma and len(decimals) > 2:
        return None
    return float(f"{whole}.{decimals}" if comma else text)


def _read_long(content: str, form: OutputForm) -> Verdict | None:
    """A number of many digits lies outside every scale; no other long text is a label."""
    if form.is_pairwise or not _DIGITS.fullmatch(content.strip()):
        return None
    return Verdict(cause=VerdictCause.out_of_range, marker=f"[[{content.strip()[:LONGEST_LABEL]}…]]")
