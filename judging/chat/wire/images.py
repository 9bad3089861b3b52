"""Images in requests: parts that hold digests become OpenAI's `image_url` parts with a data URL when they are sent.

Everything before that, such as digests, plans and stored calls, knows an image by its SHA-256 only. Format: OpenAI,
"Images and vision" (https://platform.openai.com/docs/guides/images-vision), which vLLM, SGLang, llama.cpp, Ollama and
others take too.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from judging.chat.model import IMAGE_DETAIL, ChatRequest, RequestCause, RequestError
from judging.prompts.prompt_file import Message
from storage.values import Part

MOST_CACHED = 64_000_000
"""Characters of encoded images that are kept for later requests."""


class ImageData(NamedTuple):
    """An image as it is sent: its media type, such as `image/png`, and its bytes."""

    type: str
    data: bytes


ImageSource = Callable[[str], ImageData | None]
"""The image of a digest; None if it is not there, or erased."""


class ImageEncoder:
    """Makes the messages and fields of a request as an endpoint takes them."""

    def __init__(self, source: ImageSource | None, *, most_cached: int = MOST_CACHED) -> None:
        """Read nothing yet.

        Args:
            source: Finds the images; None for a model that reads none.
            most_cached: Characters of encoded images to keep.
        """
        self._source, self._most = source, most_cached
        self._known: dict[str, str] = {}
        self._size = 0

    async def body(self, request: ChatRequest) -> dict[str, Any]:
        """The body of a request, with its images.

        Raises:
            RequestError: The model reads no images, or an image is not there; nothing is sent then.
        """
        body = {"model": request.model, "messages": request.messages, **request.settings.as_json()}
        detail = body.pop(IMAGE_DETAIL, None)
        if request.images:
            urls = {media: await self._url(media, request.model) for media in dict.fromkeys(request.images)}
            body["messages"] = [_encoded(message, urls, detail) for message in request.messages]
        return body

    async def _url(self, media: str, model: str) -> str:
        """The data URL of an image."""
        if self._source is None:
            raise no_vision(f"got {model!r}, which is asked without images")
        if media in self._known:
            return self._known[media]
        found = await asyncio.to_thread(self._source, media)
        if found is None:
            raise image_missing(media)
        url = f"data:{found.type};base64,{base64.b64encode(found.data).decode()}"
        self._keep(media, url)
        return url

    def _keep(self, media: str, url: str) -> None:
        """Keep an encoded image, and forget the oldest ones where there is no room."""
        if media not in self._known:
            self._known[media] = url
            self._size += len(url)
        while self._size > self._most:
            self._size -= len(self._known.pop(next(iter(self._known))))


def _encoded(message: Message, urls: Mapping[str, str], detail: object) -> Message | dict[str, Any]:
    content = message["content"]
    if isinstance(content, str):
        return message
    return {"role": message["role"], "content": [_part(part, urls, detail) for part in content]}


def _part(part: Part, urls: Mapping[str, str], detail: object) -> dict[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    image = {"url": urls[part["media"]]}
    return {"type": "image_url", "image_url": image if detail is None else image | {"detail": detail}}


def image_missing(media: str) -> RequestError:
    """The failure of a request whose image is erased, or was never there."""
    return RequestError(
        RequestCause.image_missing,
        f"expected the image {media[:12]} in the store, got none; it was erased, or never imported",
    )


def no_vision(what: str) -> RequestError:
    """The failure of a request with images for a model that reads none."""
    return RequestError(
        RequestCause.no_vision,
        f"expected a model that reads images, {what}; choose another model, or questions without images",
    )
