"""The strict parser of judge replies: the last marker counts, and an unclear reply has a cause instead of a verdict.

The last line with a marker is read, so a verdict that is quoted or considered earlier in the reply does not count.
Different verdicts on that line are a contradiction. Stored replies can be parsed again at any time, because only the
text is used.
"""

import ast
import json
import math
import re
from collections.abc import Callable

from judging.verdicts.verdict import SHARES, OutputForm, Verdict, VerdictCause

_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_OPEN_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>", re.IGNORECASE)
_CLOSED_THOUGHT = re.compile(r"^.*</(think|thinking|thought|reasoning)>", re.DOTALL | re.IGNORECASE)
_MARKER = re.compile(r"\[\[\s*([^\[\]]{1,40}?)\s*\]\]")
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)(?:\s*/\s*(\d+(?:\.\d+)?))?")
_LARGEST_OBJECT = 20_000


def parse_reply(reply: str, form: OutputForm) -> Verdict:
    """Parse a reply in the form that the prompt asked for."""
    if not reply.strip():
        return Verdict(cause=VerdictCause.empty)
    text = remove_thinking(reply)
    if not text.strip():
        return Verdict(cause=VerdictCause.thinking_only)
    if form.kind == "scores":
        return _parse_scores(text, form)
    read = _share_reader(form) if form.is_pairwise else _score_reader(form)
    for line in reversed(text.splitlines()):
        found = [_MARKER.sub(r"\1", marker[0]) for marker in _MARKER.finditer(line)]
        verdicts = [verdict for verdict in map(read, found) if verdict is not None]
        if not verdicts:
            continue
        if len({(verdict.value, verdict.cause) for verdict in verdicts}) > 1:
            return Verdict(cause=VerdictCause.contradiction, marker=line.strip())
        return verdicts[-1]
    return Verdict(cause=VerdictCause.no_marker)


def remove_thinking(reply: str) -> str:
    """Remove thinking blocks; an unclosed one extends to the end, an unopened one from the start."""
    text = _THOUGHT.sub("", reply)
    opened = _OPEN_THOUGHT.search(text)
    if opened is not None:
        text = text[: opened.start()]
    return _CLOSED_THOUGHT.sub("", text)


MarkerReader = Callable[[str], Verdict | None]
"""Parses the text between two brackets; None if it is no marker of the form."""


def _share_reader(form: OutputForm) -> MarkerReader:
    shares = SHARES[form.kind]

    def read(content: str) -> Verdict | None:
        label = re.sub(r"\s+", "", content).upper()
        return Verdict(value=shares[label], marker=f"[[{content}]]") if label in shares else None

    return read


def _score_reader(form: OutputForm) -> MarkerReader:
    def read(content: str) -> Verdict | None:
        number = _NUMBER.fullmatch(content)
        if number is None:
            return None
        value, out_of = float(number[1]), number[2]
        legal = form.low <= value <= form.high and (out_of is None or float(out_of) == form.high)
        marker = f"[[{content}]]"
        return Verdict(value=value, marker=marker) if legal else Verdict(cause=VerdictCause.out_of_range, marker=marker)

    return read


def _parse_scores(text: str, form: OutputForm) -> Verdict:
    """Scores from the last readable object in the text."""
    for start in reversed([match.start() for match in re.finditer(r"\{", text)]):
        found = _read_object_at(text, start)
        if found is not None:
            return _check_scores(found, form)
    return Verdict(cause=VerdictCause.no_marker)


def _read_object_at(text: str, start: int) -> dict[object, object] | None:
    end = text.find("}", start)
    if end < 0 or end - start > _LARGEST_OBJECT:
        return None
    piece = text[start : end + 1]
    for load in (json.loads, ast.literal_eval):
        try:
            found = load(piece)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def _check_scores(found: dict[object, object], form: OutputForm) -> Verdict:
    marker = json.dumps({str(name): value for name, value in found.items()}, ensure_ascii=False, default=str)
    names = {str(name).strip() for name in found}
    if not names or (form.names and names != set(form.names)):
        return Verdict(cause=VerdictCause.wrong_schema, marker=marker)
    values: dict[str, float] = {}
    for name, value in found.items():
        number = _as_number(value)
        if number is None:
            return Verdict(cause=VerdictCause.wrong_schema, marker=marker)
        if not form.low <= number <= form.high:
            return Verdict(cause=VerdictCause.out_of_range, marker=marker)
        values[str(name).strip()] = number
    return Verdict(values=values, marker=marker)


def _as_number(value: object) -> float | None:
    """A finite number, or a number written as text; booleans are no numbers."""
    if isinstance(value, str) and (written := _NUMBER.fullmatch(value.strip())) is not None and written[2] is None:
        return float(written[1])
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
