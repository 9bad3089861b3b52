"""Verdicts in objects: one verdict beside its reason, or one score for each name."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from judging.verdicts.labels import read_label
from judging.verdicts.normalizing import plain_characters
from judging.verdicts.objects import FoundObject, ObjectValue, TextNumber, find_objects, find_whole_object
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause

_PAIR_NAMES = frozenset(
    "verdict winner choice preference better decision result judgment judgement final_verdict final_decision "
    "preferred answer 结论 胜者 判定 裁决 选择".split()
)
_SCORE_NAMES = frozenset(
    "score rating overall total final_score overall_score final_rating grade verdict result "
    "评分 得分 分数 总分 综合得分".split()
)
_REASON_NAMES = frozenset(
    "reason reasons reasoning why explanation analysis comment comments rationale justification feedback thoughts "
    "evidence summary 理由 原因 分析 解释 说明 评语 点评 依据".split()
)
_BRACKETED = re.compile(r"\A\s*\[\[(.*)\]\]\s*\Z", re.DOTALL)
_NUMBERED = re.compile(r"(?:assistant|answer|response|model|output|回答|回复|助手|答案)[\s_]*(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class ObjectVerdict:
    """A verdict in an object of a reply.

    Attributes:
        verdict: The verdict, or why the object has none.
        start: Place of the object's first character.
        end: Place after its last character.
    """

    verdict: Verdict
    start: int
    end: int


def read_object_verdict(text: str, form: OutputForm) -> ObjectVerdict | None:
    """The verdict of the last object that has one under a usual name; None if there is no such object."""
    if "}" not in text and "｝" not in text:
        return None
    for found in find_objects(text):
        verdict = _verdict_of(found, form)
        if verdict is not None:
            return ObjectVerdict(verdict, found.start, found.end)
    return None


def read_whole_verdict(text: str, form: OutputForm) -> Verdict | None:
    """The verdict of a text that is one object; None if it is no object, or one without a verdict."""
    found = find_whole_object(text)
    return None if found is None else _verdict_of(found, form)


def _verdict_of(found: FoundObject, form: OutputForm) -> Verdict | None:
    names = _PAIR_NAMES if form.is_pairwise else _SCORE_NAMES
    told = {name: value for name, value in found.content.items() if _plain_name(name).replace(" ", "_") in names}
    if told and found.is_repeated:
        return Verdict(cause=VerdictCause.contradiction)
    return _read_told(told, form) if told else None


def read_object_scores(text: str, form: OutputForm) -> Verdict:
    """Scores from the last readable object in the text; texts under the name of a reason are ignored."""
    found = next(find_objects(text), None)
    if found is None:
        return Verdict(cause=VerdictCause.no_marker)
    if found.is_repeated:
        return Verdict(cause=VerdictCause.contradiction)
    return _check_scores(_unwrap(found, form), form)


def _read_told(told: Mapping[str, ObjectValue], form: OutputForm) -> Verdict:
    marker = _show(told)
    read = [_read_value(value, form) for value in told.values()]
    if None in read:
        return Verdict(cause=VerdictCause.wrong_schema, marker=marker)
    verdicts = [one for one in read if one is not None]
    if len({(one.value, one.cause) for one in verdicts}) > 1:
        return Verdict(cause=VerdictCause.contradiction, marker=marker)
    return Verdict(value=verdicts[0].value, cause=verdicts[0].cause, marker=marker)


def _read_value(value: ObjectValue, form: OutputForm) -> Verdict | None:
    if isinstance(value, TextNumber):
        return None if form.is_pairwise else read_label(value.text, form)
    if isinstance(value, str):
        bracketed = _BRACKETED.match(value)
        return read_label(bracketed[1] if bracketed else value, form)
    if isinstance(value, dict) and not form.is_pairwise:
        inside = [one for name, one in value.items() if _plain_name(name) in _SCORE_NAMES]
        return _read_value(inside[0], form) if len(inside) == 1 and not isinstance(inside[0], dict) else None
    return None


def _unwrap(found: FoundObject, form: OutputForm) -> dict[str, ObjectValue]:
    """The object itself, or the one object in it that holds the scores: `{"scores": {…}, "reason": "…"}`."""
    inside = [
        value
        for value in found.content.values()
        if isinstance(value, dict) and value and set(map(_plain_name, value)) - _SCORE_NAMES - _REASON_NAMES
    ]
    names = {_own_name(name, form) for name in found.content}
    if len(inside) == 1 and not names & set(form.names):
        return inside[0]
    return found.content


def _check_scores(found: Mapping[str, ObjectValue], form: OutputForm) -> Verdict:
    marker = _show(found)
    scores = {name: value for name, value in found.items() if not _is_reason(name, value)}
    names = [_own_name(name, form) for name in scores]
    if not names or len(set(names)) < len(names) or (form.names and set(names) != set(form.names)):
        return Verdict(cause=VerdictCause.wrong_schema, marker=marker)
    values: dict[str, float] = {}
    for name, value in zip(names, scores.values(), strict=True):
        read = _read_value(value, form)
        if read is None:
            return Verdict(cause=VerdictCause.wrong_schema, marker=marker)
        if read.value is None:
            return Verdict(cause=read.cause, marker=marker)
        values[name] = read.value
    return Verdict(values=values, marker=marker)


def _is_reason(name: str, value: ObjectValue) -> bool:
    return isinstance(value, str) and _plain_name(name) in _REASON_NAMES


def _own_name(name: str, form: OutputForm) -> str:
    """The form's own spelling of a name: case and width do not matter, nor does a word before a number."""
    plain = name.strip()
    if plain in form.names:
        return plain
    numbered = _NUMBERED.fullmatch(plain_characters(plain))
    wanted = numbered[1] if numbered is not None and numbered[1] in form.names else _plain_name(plain)
    return next((own for own in form.names if _plain_name(own) == wanted), plain)


def _plain_name(name: str) -> str:
    return plain_characters(name).strip().casefold()


def _show(found: Mapping[str, ObjectValue]) -> str:
    """The object as JSON; numbers as they were written, without their end where they are long."""
    return json.dumps({name: _shown(value) for name, value in found.items()}, ensure_ascii=False)


def _shown(value: ObjectValue) -> object:
    if isinstance(value, TextNumber):
        return json.loads(value.text.lstrip("+").lstrip("0") or "0") if _is_short(value.text) else value.text[:40] + "…"
    if isinstance(value, dict):
        return {name: _shown(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_shown(one) for one in value]
    return value


def _is_short(number: str) -> bool:
    return len(number) <= 20 and re.fullmatch(r"[+]?\d+(?:\.\d+)?", number) is not None
