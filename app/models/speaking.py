"""Models on offer as speakers of the live arena: asked message by message, answering piece by piece."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from app.models.offered import OfferedModel
from judging.chat.endpoint import Endpoint
from judging.chat.model import ChatRequest, Reply
from judging.chat.wire.streaming import ReplyPiece
from judging.prompts.prompt_file import Message


class WholeReplies(Protocol):
    """A model that gives whole replies."""

    async def ask(self, request: ChatRequest) -> Reply:
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
    """A model of this machine, which gives its whole answer at once."""

    def __init__(self, offered: OfferedModel, model: WholeReplies) -> None:
        """Ask a model that is loaded."""
        self._offered, self._model = offered, model

    async def speak(self, messages: Sequence[Mapping[str, Any]]) -> AsyncIterator[ReplyPiece]:
        """The answer as one piece."""
        reply = await self._model.ask(_request(self._offered, messages))
        yield ReplyPiece(reply.text, reply.finish, reply.prompt_tokens, reply.completion_tokens)


def _request(offered: OfferedModel, messages: Sequence[Mapping[str, Any]]) -> ChatRequest:
    opening: list[Message] = [{"role": "system", "content": offered.system}] if offered.system else []
    told = [*opening, *(_message(one) for one in messages)]
    label = getattr(offered.reference, "name", None) or offered.reference.label
    return ChatRequest(label, told, offered.settings)


def _message(one: Mapping[str, Any]) -> Message:
    return {"role": "assistant" if one["role"] == "assistant" else "user", "content": one["content"]}
