"""Replies that are read while they are written: lines of events, pieces of text, and what came at the end."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from judging.chat.model import Finish
from judging.chat.wire.redaction import Redactor
from judging.chat.wire.replies import WrongShape, finish_of, usage_count
from judging.chat.wire.sse import StreamBroken

LONGEST_LINE = 1_000_000
"""Bytes of one event; an endpoint that sends a longer one sends no chat completion."""
_END = b"[DONE]"


@dataclass(frozen=True)
class ReplyPiece:
    """A piece of a reply that is being written; what is not in this piece is empty or None.

    Attributes:
        text: text that follows what came before.
        finish: why the reply ended.
        prompt_tokens: number of prompt tokens.
        completion_tokens: number of reply tokens.
    """

    text: str = ""
    finish: Finish | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


async def stream_pieces(chunks: AsyncIterator[bytes], redactor: Redactor) -> AsyncIterator[ReplyPiece]:
    """The pieces of a reply from the chunks of its body, without secrets.

    Raises:
        StreamBroken: the body ended without a reason to finish and without the end mark.
        WrongShape: an event with an error, or something else than events.
    """
    hiding, has_ended, is_seen = StreamRedactor(redactor), False, False
    async for line in _lines(chunks):
        field, _, value = line.partition(b":")
        value = value.strip()
        if field != b"data":
            if not is_seen and line.strip() and not line.startswith(b":") and field not in (b"event", b"id", b"retry"):
                raise WrongShape("no events")
            continue
        is_seen = True
        if value == _END:
            has_ended = True
            break
        if value:
            for piece in _pieces(_parsed(value)):
                has_ended = has_ended or piece.finish is not None
                yield hiding.cleaned(piece)
    if not has_ended:
        raise StreamBroken("the stream broke off")
    if rest := hiding.rest():
        yield ReplyPiece(rest)


class StreamRedactor:
    """Removes secrets from pieces of a text, also those that several pieces spell, and joins halves of characters."""

    def __init__(self, redactor: Redactor) -> None:
        """Begin a text."""
        self._redactor, self._held = redactor, ""

    def cleaned(self, piece: ReplyPiece) -> ReplyPiece:
        """The piece without secrets; an end that may begin a secret is held back for the next piece."""
        text = self._redactor.text(_joined(self._held + piece.text))
        n_held = max(self._redactor.n_begun(text), int("\ud800" <= text[-1:] <= "\udbff"))
        self._held = text[len(text) - n_held :]
        return ReplyPiece(text[: len(text) - n_held], piece.finish, piece.prompt_tokens, piece.completion_tokens)

    def rest(self) -> str:
        """What is still held back."""
        rest, self._held = self._held, ""
        return rest


def _joined(text: str) -> str:
    """The text in which two halves of a character that came one after the other are one."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    buffer = b""
    async for chunk in chunks:
        *whole, buffer = (buffer + chunk).split(b"\n")
        for line in whole:
            yield line.rstrip(b"\r")
        if len(buffer) > LONGEST_LINE:
            raise WrongShape("an event without an end")
    if buffer:
        yield buffer


def _parsed(value: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError:
        event = _parsed_leniently(value)
    if not isinstance(event, dict) or event.get("error"):
        raise WrongShape("an error" if isinstance(event, dict) else "an event without an object")
    return event


def _parsed_leniently(value: bytes) -> object:
    """An event with half of a character in it, which strict JSON does not allow.

    Raises:
        WrongShape: it is no JSON in any case.
    """
    try:
        return json.loads(value.decode("utf-8", "replace"))
    except ValueError:
        raise WrongShape("an event without JSON") from None


def _pieces(event: dict[str, Any]) -> Iterator[ReplyPiece]:
    choices, usage = event.get("choices"), event.get("usage")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    delta = choice.get("delta") or choice.get("message") or {}
    text = delta.get("content") if isinstance(delta, dict) else None
    reason = choice.get("finish_reason")
    finish = finish_of(reason) if isinstance(reason, str) and reason else None
    counts = (usage_count(usage, "prompt_tokens"), usage_count(usage, "completion_tokens"))
    if (isinstance(text, str) and text) or finish is not None or counts != (None, None):
        yield ReplyPiece(text if isinstance(text, str) else "", finish, *counts)
