"""A local model that reads images as a chat model, which judges and respondents ask like an endpoint."""

import asyncio
from collections.abc import Callable
from typing import Any

from app.models.local_chat import make_reply, make_sampling
from judging.chat.model import ChatRequest, Reply, RequestCause, RequestError
from judging.chat.wire.images import ImageSource, image_missing
from judging.prompts.prompt_file import Message
from objective.request import GeneratedText, Sampling

WriteAboutImages = Callable[[list[dict[str, Any]], list[bytes], Sampling], GeneratedText]


class LocalVisionChat:
    """Answers chat requests one at a time; must be created and used in one event loop."""

    def __init__(self, write: WriteAboutImages, pictures: ImageSource, *, seconds: Callable[[], float]) -> None:
        """Wrap a model.

        Args:
            write: generates the reply to a chat with images.
            pictures: finds the images of requests.
            seconds: a clock that never goes back.
        """
        self._write, self._pictures, self._seconds = write, pictures, seconds
        self._turn = asyncio.Lock()
        self._answering: set[asyncio.Task[Reply]] = set()
        self._writing: asyncio.Task[Any] | None = None

    async def ask(self, request: ChatRequest, *, listener: Callable[[str], None] | None = None) -> Reply:
        """See `ChatModel`; a listener is told of the whole reply, since this way of writing has no pieces."""
        images = []
        for media in request.images:
            found = await asyncio.to_thread(self._pictures, media)
            if found is None:
                raise image_missing(media)
            images.append(found.data)
        conversation = [_as_templates_read(message) for message in request.messages]
        answering = asyncio.create_task(self._answer(request, conversation, images))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)
        try:
            reply = await asyncio.shield(answering)
        except asyncio.CancelledError:
            if answering is not self._writing:
                answering.cancel()
            raise
        if listener is not None:
            listener(reply.text)
        return reply

    async def _answer(self, request: ChatRequest, conversation: list[dict[str, Any]], images: list[bytes]) -> Reply:
        """Answer when it is this request's turn, which lasts until the model has ended, also where nobody waits."""
        async with self._turn:
            self._writing = asyncio.current_task()
            began = self._seconds()
            try:
                text = await asyncio.to_thread(self._write, conversation, images, make_sampling(request))
            except Exception as error:
                reason = str(error).strip().split("\n", 1)[0]
                raise RequestError(
                    RequestCause.rejected, f"the local model failed: {type(error).__name__}: {reason}"
                ) from error
            return make_reply(request, text, self._seconds() - began)

    async def close(self) -> None:
        """Let the model end what it writes; it goes with this object."""
        await asyncio.gather(*self._answering, return_exceptions=True)


def _as_templates_read(message: Message) -> dict[str, Any]:
    """A message as chat templates of models that read images take it: a list of parts, images without their data."""
    content = message["content"]
    if isinstance(content, str):
        return {"role": message["role"], "content": [{"type": "text", "text": content}]}
    parts = [{"type": "image"} if part["type"] == "image" else dict(part) for part in content]
    return {"role": message["role"], "content": parts}
