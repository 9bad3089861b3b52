"""Request files of the Batch API: one line for each open request of a plan, within the limits of a file.

Format: OpenAI, "Batch API" (https://platform.openai.com/docs/guides/batch): JSON Lines with `custom_id` of at most 64
characters, `method`, `url` and `body`; at most 50,000 requests and 200 MB a file. The `custom_id` is the digest of the
request, which is also the key of the stored reply.
"""

from pathlib import Path
from typing import BinaryIO

import orjson

from judging.chat.batch import LeftOpen
from judging.chat.model import ChatRequest, Reply
from judging.chat.wire.dialect import Dialect
from judging.chat.wire.images import ImageEncoder, ImageSource
from storage.errors import BadInput

MOST_REQUESTS = 50_000
MOST_BYTES = 190_000_000
"""Somewhat below the limit of 200 MB, whichever way it is counted."""
URL = "/v1/chat/completions"
_PREFIX = "requests-"


class RequestFiles:
    """A model that answers nothing and writes each request to a file."""

    def __init__(
        self,
        folder: Path,
        dialect: Dialect,
        *,
        pictures: ImageSource | None = None,
        most_requests: int = MOST_REQUESTS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Prepare; the first file is made with the first request.

        Args:
            folder: Folder to write to.
            dialect: Dialect of the endpoint, as far as it is known.
            pictures: Finds the images of requests; None for a model that reads none.
            most_requests: Maximum requests a file.
            most_bytes: Maximum bytes a file.
        """
        self._folder, self._dialect, self._images = folder, dialect, ImageEncoder(pictures)
        self._most_requests, self._most_bytes = most_requests, most_bytes
        self._file: BinaryIO | None = None
        self._lines, self._bytes = 0, 0
        self.paths: list[Path] = []
        self.count = 0

    async def ask(self, request: ChatRequest) -> Reply:
        """Write one request.

        Raises:
            LeftOpen: Always; the request is answered later.
            BadInput: The request alone exceeds the limit of a file.
            RequestError: The model reads no images, or an image is not there.
        """
        body = await self._images.body(request)
        line = orjson.dumps(
            {"custom_id": request.digest, "method": "POST", "url": URL, "body": self._dialect.spoken(body)},
            option=orjson.OPT_APPEND_NEWLINE,
        )
        self._place_for(len(line)).write(line)
        self._lines, self._bytes, self.count = self._lines + 1, self._bytes + len(line), self.count + 1
        raise LeftOpen

    async def close(self) -> None:
        """Close the last file."""
        if self._file is not None:
            self._file.close()

    def _place_for(self, size: int) -> BinaryIO:
        """The file to write the next line to.

        Raises:
            BadInput: The line alone exceeds the limit of a file.
        """
        if size > self._most_bytes:
            raise BadInput(
                f"expected requests of at most {self._most_bytes:,} bytes, got one of {size:,}; leave it out"
            )
        is_full = self._lines >= self._most_requests or self._bytes + size > self._most_bytes
        if self._file is None or is_full:
            if self._file is not None:
                self._file.close()
            path = self._folder / f"{_PREFIX}{len(self.paths) + 1:04}.jsonl"
            self._file, self._lines, self._bytes = path.open("wb"), 0, 0
            self.paths.append(path)
        return self._file


def request_files(folder: Path) -> list[Path]:
    """The request files of a folder, in order."""
    return sorted(folder.glob(f"{_PREFIX}*.jsonl"))
