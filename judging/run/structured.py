"""Structured verdicts: the request asks for one JSON object with the reason first, and only such an object is read.

Format: `response_format` of OpenAI's "Structured outputs", which vLLM, SGLang, Ollama and others also take. Where an
endpoint refuses it, the instruction in the text still asks for the object.
"""

import json
import math
from collections.abc import Sequence

from judging.chat.model import Reply
from judging.prompts.messages import message_text
from judging.prompts.prompt_file import Message
from judging.verdicts.thinking import remove_thinking
from judging.verdicts.verdict import SHARES, OutputForm, Verdict, VerdictCause
from storage.values import Json, Language

STRUCTURED = "json-schema"
"""Name of these rules in a judge's settings."""

_REASON, _VERDICT, _SCORE, _SCORES = "reason", "verdict", "score", "scores"
_LONGEST_MARKER = 1_000
_FENCES = ("```json", "```")


def response_format(form: OutputForm) -> Json:
    """The field `response_format` that asks for a verdict in this form."""
    name, value = _value_schema(form)
    schema: Json = {
        "type": "object",
        "properties": {_REASON: {"type": "string"}, name: value},
        "required": [_REASON, name],
        "additionalProperties": False,
    }
    strict = form.kind != "scores" or bool(form.names)
    return {"type": "json_schema", "json_schema": {"name": "judgment", "strict": strict, "schema": schema}}


def add_instruction(messages: Sequence[Message], form: OutputForm, language: Language) -> list[Message]:
    """Messages whose last one also asks for the object."""
    example = json.dumps({_REASON: "…", **_example(form)}, ensure_ascii=False)
    words = {
        "en": f"Write no marker. Reply with one JSON object and nothing else, the reason first, such as: {example}",
        "zh": f"不要写上述标记。只回复一个 JSON 对象，先写理由，例如：{example}",
    }
    *before, last = messages
    return [*before, Message(role=last["role"], content=f"{message_text(last)}\n\n{words[language]}")]


def read_structured(reply: Reply, form: OutputForm) -> Verdict:
    """The verdict of a reply that is one object, as asked for; anything else has a cause instead."""
    text = remove_thinking(reply.text).strip()
    if not text:
        return Verdict(cause=VerdictCause.empty)
    for fence in _FENCES:
        if text.startswith(fence) and text.endswith("```") and len(text) > len(fence) + 3:
            text = text[len(fence) : -3].strip()
    try:
        found = json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        found = None
    name = _value_schema(form)[0]
    if reply.finish == "length" or not isinstance(found, dict) or set(found) != {_REASON, name}:
        return Verdict(cause=VerdictCause.wrong_schema)
    if not isinstance(found[_REASON], str):
        return Verdict(cause=VerdictCause.wrong_schema)
    return _read_value(found[name], form)


def _value_schema(form: OutputForm) -> tuple[str, Json]:
    if form.is_pairwise:
        return _VERDICT, {"type": "string", "enum": list(SHARES[form.kind])}
    number: Json = {"type": "number", "description": f"from {form.low:g} to {form.high:g}"}
    if form.kind == "score":
        return _SCORE, number
    if not form.names:
        return _SCORES, {"type": "object", "additionalProperties": number}
    properties = dict.fromkeys(form.names, number)
    names = list(form.names)
    return _SCORES, {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def _example(form: OutputForm) -> Json:
    if form.is_pairwise:
        return {_VERDICT: " | ".join(SHARES[form.kind])}
    if form.kind == "score":
        return {_SCORE: round(form.high)}
    return {_SCORES: dict.fromkeys(form.names or ("…",), round(form.high))}


def _read_value(value: object, form: OutputForm) -> Verdict:
    marker = json.dumps(value, ensure_ascii=False)[:_LONGEST_MARKER]
    if form.is_pairwise:
        if not isinstance(value, str) or value not in SHARES[form.kind]:
            return Verdict(cause=VerdictCause.wrong_schema, marker=marker)
        return Verdict(value=SHARES[form.kind][value], marker=marker)
    said = value if isinstance(value, dict) else {"": value}
    if (form.kind == "scores") != isinstance(value, dict) or (form.names and set(said) != set(form.names)):
        return Verdict(cause=VerdictCause.wrong_schema, marker=marker)
    scores = {name: number for name, one in said.items() if (number := _as_number(one)) is not None}
    if not scores or len(scores) < len(said):
        return Verdict(cause=VerdictCause.wrong_schema)
    if any(not form.low <= one <= form.high for one in scores.values()):
        return Verdict(cause=VerdictCause.out_of_range, marker=marker)
    return Verdict(value=scores[""], marker=marker) if form.kind == "score" else Verdict(values=scores, marker=marker)


def _as_number(value: object) -> float | None:
    """A finite number; booleans are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object of these pairs.

    Raises:
        ValueError: A name occurs twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice")
    return found
