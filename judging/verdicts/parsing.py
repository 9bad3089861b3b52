"""The strict parser of judge replies: the last marker counts, and an unclear reply has a cause instead of a verdict.

The last line with a marker is read, so a verdict that is quoted or considered earlier in the reply does not count.
Different verdicts on that line are a contradiction, and a sentence that makes the marker conditional, denies it or
quotes it is a failure. A reply without a marker may hold its verdict in one object, or name it in its last line.
Stored replies can be parsed again at any time, because only the text and the reason why it ended are used. The time is
linear in the length of the reply, and no text raises an error.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from judging.verdicts.declared import rewrite_declared
from judging.verdicts.labels import LONGEST_LABEL, read_label, read_named
from judging.verdicts.normalizing import plain_brackets, plain_label
from judging.verdicts.object_verdicts import read_object_scores, read_object_verdict, read_whole_verdict
from judging.verdicts.thinking import remove_thinking
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from judging.verdicts.wording import find_qualification

PARSER_VERSION = 2
"""Version of the parsing rules, stored with each reply that is read; replies without one were read by version 1."""

_ASCII_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e"
_LINE_ENDS = f"{_ASCII_LINE_ENDS}\x85\u2028\u2029"
_LINE_END = re.compile(f"[{_LINE_ENDS}]")
_MARKER = re.compile(rf"\[\[([^\[\]{_LINE_ENDS}]*+)\]\]")
_LONGEST_LINE = 10_000
_LONGEST_MARKER = 600
_LONGEST_FRAME = 200
_MOST_SENTENCES = 20
_MOST_LABELS = 100
_MOST_MARKERS = 500
_BARE = re.compile(
    r"(?:[ABC]|[AB](?:>>|>|=|<|<<)[AB]|tie|平局|\d{1,4}(?:[.,]\d{1,2})?(?:/\d{1,4})?分?)[.!。]?", re.IGNORECASE
)
_FENCE_OPENING = re.compile(r"```\w{0,20}\s")


@dataclass(frozen=True)
class MarkerLine:
    """A line of a reply with its markers, read.

    Attributes:
        start: Place of the line's first character in the reply.
        end: Place after its last marker.
        frame: The line without the content of its markers.
        verdicts: Verdict of each marker that its sentence asserts.
        qualified: Verdict and cause of each marker that its sentence does not assert.
    """

    start: int
    end: int
    frame: str
    verdicts: Sequence[Verdict]
    qualified: Sequence[tuple[Verdict, VerdictCause]]


def parse_reply(reply: str, form: OutputForm, *, finish: str = "stop") -> Verdict:
    """Parse a reply in the form that the prompt asked for.

    Args:
        reply: Text of the reply.
        form: Form that the prompt asked for.
        finish: Why the reply ended; one that was cut off by `length` has no verdict, whatever it says.
    """
    if not reply.strip():
        return Verdict(cause=VerdictCause.empty)
    if finish == "length":
        return Verdict(cause=VerdictCause.truncated)
    text = remove_thinking(reply)
    if not text.strip():
        return Verdict(cause=VerdictCause.thinking_only)
    if form.kind == "scores":
        return read_object_scores(text, form)
    return _parse_single(text, form)


def _parse_single(text: str, form: OutputForm) -> Verdict:
    """One verdict: from an object that is the whole reply, a marker, another object, or the last line."""
    whole = _without_fence(text.strip())
    if whole.startswith(("{", "｛")):
        found = read_whole_verdict(whole, form)
        if found is not None:
            return found
    text = rewrite_declared(plain_brackets(text), form)
    line = _last_marker_line(text, form, len(text))
    stated = read_object_verdict(text, form)
    if line is None:
        return stated.verdict if stated is not None else _read_last_line(text, form)
    read = _judge_line(text, form, line)
    if stated is None or stated.end < line.end:
        return read
    if stated.start > line.end and (stated.verdict.value, stated.verdict.cause) != (read.value, read.cause):
        return Verdict(cause=VerdictCause.contradiction, marker=line.frame)
    return stated.verdict


def _without_fence(text: str) -> str:
    """The content of a text that is one fenced block; another text as it is."""
    opened = _FENCE_OPENING.match(text)
    if opened is None or not text.endswith("```"):
        return text
    return text[opened.end() : -3].strip()


def _judge_line(text: str, form: OutputForm, line: MarkerLine) -> Verdict:
    """The verdict of the last line with a marker, unless another marker on it, or its sentence, speaks against it."""
    told = {(verdict.value, verdict.cause) for verdict in line.verdicts}
    told_or_not = told | {(verdict.value, verdict.cause) for verdict, _ in line.qualified}
    denied = {verdict.value for verdict, cause in line.qualified if cause is VerdictCause.negated}
    if len(told_or_not) > 1 or (told and denied):
        return Verdict(cause=VerdictCause.contradiction, marker=line.frame)
    above = _last_marker_line(text, form, line.start)
    if told:
        repeated = (
            above is not None and above.frame == line.frame and not text[above.end : line.start].strip(" \t\n]*_")
        )
        if above is not None and repeated and {(one.value, one.cause) for one in above.verdicts} not in (told, set()):
            return Verdict(cause=VerdictCause.contradiction, marker=line.frame)
        return line.verdicts[-1]
    verdict, cause = line.qualified[-1]
    earlier = {one.value for one in above.verdicts} if above is not None else set()
    if above is None or not earlier:
        return Verdict(cause=cause, marker=verdict.marker)
    if earlier == {verdict.value} and cause is not VerdictCause.negated:
        return above.verdicts[-1]
    return Verdict(cause=VerdictCause.contradiction, marker=line.frame)


def _last_marker_line(text: str, form: OutputForm, before: int) -> MarkerLine | None:
    """The last line with a marker that ends at or before a place; None if there is none."""
    place = next((end for end, content in _markers_from_end(text, before) if read_label(content, form)), None)
    if place is None:
        return None
    start = max(0, place - _LONGEST_LINE)
    for end in _ASCII_LINE_ENDS if text.isascii() else _LINE_ENDS:
        start = max(start, text.rfind(end, start, place) + 1)
    stop = min(before, place + _LONGEST_LINE)
    found = _LINE_END.search(text, place, stop)
    return _read_line(text, form, start, stop if found is None else found.start())


def _read_line(text: str, form: OutputForm, start: int, stop: int) -> MarkerLine:
    verdicts: list[Verdict] = []
    qualified: list[tuple[Verdict, VerdictCause]] = []
    known: dict[str, Verdict | None] = {}
    told: set[tuple[float | None, VerdictCause | None]] = set()
    last = start
    for marker in reversed(list(_MARKER.finditer(text, start, stop))):
        if marker[1] not in known:
            if len(known) == _MOST_LABELS:
                break
            known[marker[1]] = read_label(marker[1], form)
        verdict = known[marker[1]]
        if verdict is None:
            continue
        last = max(last, marker.end())
        cause = VerdictCause.negated if verdict.cause is VerdictCause.negated else None
        if cause is None and len(verdicts) + len(qualified) < _MOST_SENTENCES:
            cause = find_qualification(text, *marker.span(), is_score=not form.is_pairwise)
        if cause is None:
            verdicts.append(verdict)
        else:
            qualified.append((verdict, cause))
        told.add((verdict.value, verdict.cause))
        if len(told) > 1:
            break  # a contradiction, whatever else the line says
    frame = _MARKER.sub("[[]]", text[start : min(stop, start + _LONGEST_FRAME)]).strip()
    return MarkerLine(start, last, frame, verdicts[::-1], qualified[::-1])


def _markers_from_end(text: str, end: int) -> Iterator[tuple[int, str]]:
    """The place after each marker and its content, from the last one on; after 500 of them none is looked for."""
    for _ in range(_MOST_MARKERS):
        close = text.rfind("]]", 0, end)
        if close < 0:
            return
        opened = text.rfind("[[", max(0, close - _LONGEST_MARKER), close)
        if opened >= 0 and (found := _MARKER.fullmatch(text, opened, close + 2)) is not None:
            yield close + 2, found[1]
        end = close + 1


def _read_last_line(text: str, form: OutputForm) -> Verdict:
    """The verdict that the last line names, or that is the whole reply; single brackets alone are no marker."""
    stripped = text.strip()
    last = stripped.rpartition("\n")[2]
    if len(stripped) <= LONGEST_LABEL and _BARE.fullmatch(plain_label(stripped)) is not None:
        found = read_label(stripped, form)
    else:
        found = read_named(last, form)
    if found is None:
        return Verdict(cause=VerdictCause.no_marker)
    return replace(found, marker=last.strip())
