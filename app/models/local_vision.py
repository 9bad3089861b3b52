"""A local model that reads images as a chat model, which judges and respondents ask like an endpoint."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from app.models.local_chat import heard_in_loop, make_reply, make_sampling
from judging.chat.model import ChatRequest, Reply, RequestCause, RequestError
from judging.chat.wire.images import ImageSource, image_missing
from judging.prompts.prompt_file import Message
from objective.request import GeneratedText, IsWanted, PieceListener, Sampling


class WriteAboutImages(Protocol):
    """A model that reads images, as `objective.engine.writing.about_images` asks it."""

    def __call__(
        self,
        conversation: list[dict[str, Any]],
        images: list[bytes],
        sampling: Sampling,
        *,
        listener: PieceListener | None,
        is_wanted: IsWanted,
    ) -> GeneratedText | None:
        """The reply to a chat; None if it was not wanted to its end."""


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

    async def ask(self, request: ChatRequest, *, listener: PieceListener | None = None) -> Reply:
        """See `ChatModel` and `LocalChat.ask`; who is cancelled ends the writing at the next token."""
        images = []
        for media in request.images:
            found = await asyncio.to_thread(self._pictures, media)
            if found is None:
                raise image_missing(media)
            images.append(found.data)
        conversation = [_as_templates_read(message) for message in request.messages]
        cancelled = threading.Event()
        write = partial(
            self._write,
            conversation,
            images,
            make_sampling(request),
            listener=heard_in_loop(listener),
            is_wanted=lambda: not cancelled.is_set(),
        )
        answering = asyncio.create_task(self._answer(request, write))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)
        try:
            return await asyncio.shield(answering)
        except asyncio.CancelledError:
            cancelled.set()
            if answering is not self._writing:
                answering.cancel()
            raise

    async def _answer(self, request: ChatRequest, write: Callable[[], GeneratedText | None]) -> Reply:
        """Answer when it is this request's turn, which lasts until the model has ended, also where nobody waits."""
        async with self._turn:
            self._writing = asyncio.current_task()
            began = self._seconds()
            try:
                text = await asyncio.to_thread(write)
            except Exception as error:
                reason = str(error).strip().split("\n", 1)[0]
                raise RequestError(
                    RequestCause.rejected, f"the local model failed: {type(error).__name__}: {reason}"
                ) from error
            if text is None:
                raise asyncio.CancelledError
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
