"""Replies that arrive as server-sent events: their pieces become the body of one whole completion.

Format: "Server-sent events", WHATWG HTML living standard, section 9.2; `data: [DONE]` ends a completion.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

_END = b"[DONE]"
_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")


class StreamBroken(ValueError):
    """A stream that ended before its reply was complete."""


def is_event_stream(content_type: str, content: bytes) -> bool:
    """Whether a body holds server-sent events, by its type or by its first line."""
    return content_type.startswith("text/event-stream") or content.lstrip()[:6] in (b"data: ", b"data:{")


def read_events(content: bytes) -> Iterator[Any]:
    """The JSON of each event, up to the end mark; comments and other fields are skipped.

    Raises:
        ValueError: An event holds no JSON.
    """
    for line in content.splitlines():
        field, _, value = line.partition(b":")
        if field != b"data":
            continue
        value = value.strip()
        if value == _END:
            return
        if value:
            yield orjson.loads(value)


def assemble(content: bytes) -> dict[str, Any]:
    """The body of the whole completion whose pieces these events are; an event with an error is that error.

    Raises:
        StreamBroken: The stream ended without a reason to finish and without the end mark.
        ValueError: An event holds no JSON.
    """
    whole: dict[str, Any] = {"choices": []}
    message: dict[str, Any] = {}
    finish, logprobs, calls = None, list[Any](), dict[int, dict[str, Any]]()
    for event in read_events(content):
        if not isinstance(event, dict):
            continue
        if event.get("error"):
            return event
        whole |= {name: event[name] for name in ("id", "model", "usage") if event.get(name) is not None}
        for choice in (event.get("choices") or ())[:1]:
            piece = choice.get("delta") or choice.get("message") or {}
            for name in _TEXTS:
                if isinstance(piece.get(name), str):
                    message[name] = message.get(name, "") + piece[name]
            _add_calls(calls, piece.get("tool_calls") or ())
            finish = choice.get("finish_reason") or finish
            logprobs += (choice.get("logprobs") or {}).get("content") or ()
    if finish is None and _END not in content:
        raise StreamBroken("the stream broke off")
    if message or calls or finish is not None:
        if calls:
            message["tool_calls"] = [calls[place] for place in sorted(calls)]
        choice = {"message": message, "finish_reason": finish}
        whole["choices"] = [choice | {"logprobs": {"content": logprobs} if logprobs else None}]
    return whole


def _add_calls(calls: dict[int, dict[str, Any]], pieces: Any) -> None:  # noqa: ANN401  whatever an endpoint sends
    for place, piece in enumerate(pieces):
        if not isinstance(piece, Mapping):
            continue
        own = piece.get("function") or {}
        call = calls.setdefault(int(piece.get("index") or place), {"function": {"name": "", "arguments": ""}})
        for name in ("name", "arguments"):
            if isinstance(own.get(name), str):
                call["function"][name] += own[name]
