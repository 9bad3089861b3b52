"""Dialects: the fields of a request that an endpoint takes, learned from its refusals.

Reasoning models want `max_completion_tokens` in the place of `max_tokens` and no `temperature`; some models take
`temperature` or `top_p` but not both; some servers only stream. A refusal usually names the field. Where it names none,
before the endpoint has accepted anything, the dialect of reasoning models is tried once; if that does not help either,
the first refusal stands.

What a user asked for by name, and what the reply is read from (messages, log-probabilities), is never left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from judging.chat.wire.refusals import Refusal
from storage.values import Json

MOST_LESSONS = 10
"""Maximum refusals that one request learns from."""
_RENAMES = {"max_tokens": "max_completion_tokens"}
_OPTIONAL = (
    "max_tokens", "max_completion_tokens", "temperature", "top_p", "seed", "stop", "response_format", "stream_options",
)  # fmt: skip
"""Fields that may be left out, or renamed."""
_SPELLINGS = {
    "maxtokens": "max_tokens", "topp": "top_p", "maxcompletiontokens": "max_completion_tokens",
    "response format": "response_format", "json_schema": "response_format", "structured output": "response_format",
}  # fmt: skip
_ONE_OF_BOTH = re.compile(r"\bboth\b|only one|mutually exclusive|either `?temperature|同时")
_VALUE_COMPLAINT = re.compile(
    r"too (large|long|many)|maximum context|context (length|window)|reduce the length|at least|at most|valid range"
    r"|(less|greater) than|below_min|above_max|below minimum|above maximum|exceed"
)
_STREAM_WANTED = re.compile(
    r"(only|must|require|need|enable|set)[^.]{0,60}\bstream|non-?stream|\bstream\w*[^.]{0,40}(only|must|require|true)"
    r"|stream ?= ?false|仅支持流式|非流式"
)
_ABOUT_THE_TEXT = re.compile(
    r"context (length|window)|maximum context|too (long|many tokens)|token limit|content filter"
)
_TRIAL_STATUSES = (400, 422)


@dataclass(frozen=True)
class Dialect:
    """The form in which an endpoint takes requests.

    Attributes:
        renamed: New names of fields, by their names.
        left_out: Fields that are not sent.
        streams: Whether the endpoint only streams replies.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    streams: bool = False

    @classmethod
    def from_json(cls, stored: Json) -> "Dialect":
        """The dialect that `as_json` wrote."""
        renamed, left_out = stored.get("renamed") or {}, stored.get("left_out") or ()
        return cls(dict(renamed), tuple(left_out), bool(stored.get("streams")))

    def spoken(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A request body in this dialect."""
        if not (self.renamed or self.left_out or self.streams):
            return dict(body)
        sent = {self.renamed.get(name, name): value for name, value in body.items() if name not in self.left_out}
        sent = {name: value for name, value in sent.items() if name not in self.left_out}
        if self.streams:
            sent["stream"] = True
            if "stream_options" not in self.left_out:
                sent["stream_options"] = {"include_usage": True}
        return sent

    def without(self, *names: str) -> "Dialect":
        """The dialect that leaves out these fields too."""
        return replace(self, left_out=tuple(dict.fromkeys([*self.left_out, *names])))

    def as_json(self) -> Json:
        """The dialect as stored with each call; empty for the plain one."""
        found: Json = {}
        if self.renamed:
            found["renamed"] = dict(self.renamed)
        if self.left_out:
            found["left_out"] = list(self.left_out)
        return found | ({"streams": True} if self.streams else {})

    def describe(self) -> str:
        """What is sent otherwise, as a sentence's end; empty for the plain dialect."""
        parts = [f"{new} in the place of {old}" for old, new in self.renamed.items() if new not in self.left_out]
        out = [name for name in self.left_out if name != "stream_options"]
        if out:
            parts.append(f"no {' and no '.join(out)}")
        if self.streams:
            parts.append("a request for a streamed reply")
        return ", ".join(parts)


class DialectLearner:
    """Learns the dialect of one model at an endpoint.

    Attributes:
        dialect: The dialect as known so far.
        accepted: Whether a request was accepted.
        reported: Refusal to report after `learn` returned false: the first one, before another dialect was tried.
    """

    def __init__(self, known: Dialect | None = None) -> None:
        """Start with a dialect that is known from earlier, or the plain one."""
        self.dialect, self.accepted = known or Dialect(), False
        self._known = known
        self.reported = Refusal(0, "")
        self._before: tuple[Dialect, Refusal] | None = None
        self._has_tried = False

    def record_reply(self) -> bool:
        """Note that a request was accepted; whether it is the first."""
        is_first, self.accepted = not self.accepted, True
        self._before = None
        return is_first

    def learn(self, used: Dialect, sent: Mapping[str, Any], refusal: Refusal, fixed: Sequence[str]) -> bool:
        """Learn from a refusal; whether to send the request again, in the present dialect.

        Args:
            used: Dialect that the request was sent in.
            sent: Body of the request, as sent.
            refusal: What the endpoint said.
            fixed: Fields that must be sent as they are.
        """
        self.reported = refusal
        if used != self.dialect:
            return True
        if (
            used == self._known and not self.accepted and _may_try(refusal)
        ):  # the endpoint may take other requests than it did
            self._known, self.dialect = None, Dialect()
            return used != self.dialect
        better = read_lesson(used, sent, refusal, fixed)
        if better is None and not self.accepted and not self._has_tried and _may_try(refusal):
            self._before, self._has_tried = (used, refusal), True
            better = _trial(used, sent, fixed)
        if better is None or better == used:
            self._give_up()
            return False
        self.dialect = better
        return True

    def _give_up(self) -> None:
        if self._before is not None:
            self.dialect, self.reported = self._before
            self._before = None


def read_lesson(used: Dialect, sent: Mapping[str, Any], refusal: Refusal, fixed: Sequence[str]) -> Dialect | None:
    """The dialect that a refusal asks for; None if it names nothing that can be sent otherwise."""
    text = refusal.text
    for spelling, name in _SPELLINGS.items():
        text = text.replace(spelling, name)
    free = [name for name in _OPTIONAL if name in sent and name not in fixed]
    named = sorted((name for name in free if _is_named(name, text)), key=lambda name: _place(name, text))
    if not used.streams and "stream" not in fixed and _STREAM_WANTED.search(text):
        return replace(used, streams=True)
    if _ONE_OF_BOTH.search(text) and {"temperature", "top_p"} <= set(free) and (not named or len(named) > 1):
        return used.without("top_p")
    if "max_tokens" in free and "max_completion_tokens" in text and not _VALUE_COMPLAINT.search(text):
        return replace(used, renamed={**used.renamed, **_RENAMES})
    if not named:
        return None
    first = named[0]
    if first in ("max_tokens", "max_completion_tokens") and _VALUE_COMPLAINT.search(text):
        return None
    if first in _RENAMES:
        return replace(used, renamed={**used.renamed, first: _RENAMES[first]})
    return used.without(first)


def _trial(used: Dialect, sent: Mapping[str, Any], fixed: Sequence[str]) -> Dialect:
    """The dialect to try when a refusal names nothing: the one of reasoning models."""
    free = [name for name in ("top_p", "temperature") if name in sent and name not in fixed]
    renamed = {name: new for name, new in _RENAMES.items() if name in sent and name not in fixed}
    return replace(used.without(*free), renamed={**used.renamed, **renamed})


def _may_try(refusal: Refusal) -> bool:
    return refusal.status in _TRIAL_STATUSES and not _ABOUT_THE_TEXT.search(refusal.text)


def _is_named(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){name}(?![\w-])", text) is not None


def _place(name: str, text: str) -> int:
    found = re.search(rf"(?<![\w-]){name}(?![\w-])", text)
    return len(text) if found is None else found.start()
