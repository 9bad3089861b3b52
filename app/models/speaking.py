"""Models on offer as speakers of the live arena: asked message by message, answering piece by piece."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from app.models.offered import OfferedModel
from judging.chat.endpoint import Endpoint
from judging.chat.model import ChatRequest, Reply
from judging.chat.wire.streaming import ReplyPiece
from judging.prompts.prompt_file import Message

SIGN_SECONDS = 15.0
"""Time after which a model of this machine that has written nothing gives a sign of life, up to its time limit."""


class HeardReplies(Protocol):
    """A model that tells what it has written so far."""

    async def ask(self, request: ChatRequest, *, listener: Callable[[str], None] | None = None) -> Reply:
        """The reply to one request. Raises `RequestError` if it fails."""


class EndpointSpeaker:
    """A model at an endpoint."""

    def __init__(self, offered: OfferedModel, endpoint: Endpoint) -> None:
        """Ask a model on offer through its endpoint."""
        self._offered, self._endpoint = offered, endpoint

    def speak(self, messages: Sequence[Mapping[str, Any]]) -> AsyncIterator[ReplyPiece]:
        """The pieces of an answer; see `app.web.live.answer_writing.Speaker`."""
        return self._endpoint.stream(_request(self._offered, messages))


class LocalSpeaker:
    """A model of this machine."""

    def __init__(self, offered: OfferedModel, model: HeardReplies, *, draw_sample: Callable[[], int]) -> None:
        """Ask a model that is loaded.

        Args:
            offered: the model as it is offered.
            model: the loaded model.
            draw_sample: number of the next sample; above temperature 0 another number gives another answer.
        """
        self._offered, self._model, self._draw_sample = offered, model, draw_sample

    async def speak(self, messages: Sequence[Mapping[str, Any]]) -> AsyncIterator[ReplyPiece]:
        """The pieces of an answer, as they are written."""
        heard: asyncio.Queue[str | None] = asyncio.Queue()
        request = replace(_request(self._offered, messages), sample=self._draw_sample())
        asked = asyncio.create_task(self._model.ask(request, listener=heard.put_nowait))
        asked.add_done_callback(lambda _task: heard.put_nowait(None))
        said, signs = "", int(self._offered.timeout_seconds / SIGN_SECONDS)
        try:
            while True:
                try:
                    async with asyncio.timeout(SIGN_SECONDS if signs > 0 else None):
                        text = await heard.get()
                except TimeoutError:
                    # The answers to others come first: a sign of life, so that waiting does not count as a stall.
                    signs -= 1
                    yield ReplyPiece()
                    continue
                if text is None:
                    break
                # A text that was begun anew after a lack of memory comes again from its beginning.
                if len(text) > len(said):
                    yield ReplyPiece(text[len(said) :])
                    said = text
            reply = await asked
        finally:
            asked.cancel()
        yield ReplyPiece(reply.text[len(said) :], reply.finish, reply.prompt_tokens, reply.completion_tokens)


def _request(offered: OfferedModel, messages: Sequence[Mapping[str, Any]]) -> ChatRequest:
    opening: list[Message] = [{"role": "system", "content": offered.system}] if offered.system else []
    told = [*opening, *(_message(one) for one in messages)]
    label = getattr(offered.reference, "name", None) or offered.reference.label
    return ChatRequest(label, told, offered.settings)


def _message(one: Mapping[str, Any]) -> Message:
    return {"role": "assistant" if one["role"] == "assistant" else "user", "content": one["content"]}
