"""An endpoint that answers `POST /moderations` as OpenAI's does: whether it flags a text.

One passing failure is not the end of a check: a finished talk would be lost with it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from app.models.moderation import NO_MODERATION, Moderation
from app.models.moderation_settings import ModerationSettings
from arena.live.word_list import WordList
from judging.chat.model import RequestCause, RequestError
from judging.chat.wire.dialect import MOST_LESSONS

if TYPE_CHECKING:  # its HTTP client would be loaded at every start, and few sites ask an endpoint
    from judging.chat.endpoint import Answer, Endpoint

PAUSE_SECONDS = 0.2
"""Time before a request is sent again, where the endpoint does not say how long to wait."""
_PASSING = {RequestCause.rate_limited, RequestCause.server_error, RequestCause.connection}


class ModerationEndpoint:
    """Asks one endpoint, in one event loop."""

    def __init__(self, make: Callable[[], "Endpoint"], model: str, *, timeout_seconds: float) -> None:
        """Take what makes the client, which belongs to the event loop that asks first.

        Args:
            make: makes the client.
            model: model at the endpoint.
            timeout_seconds: time limit of one check with all its requests.
        """
        self._make, self._model, self._timeout = make, model, timeout_seconds
        self._endpoint: Endpoint | None = None

    async def flags(self, text: str) -> bool | None:
        """Whether the endpoint flags a text; None if it does not answer, or in another form."""
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._ask(text)
        except (RequestError, TimeoutError):
            return None
        body = answer.body
        results = body.get("results") if isinstance(body, dict) else None
        if not isinstance(results, list) or not results or not isinstance(results[0], dict):
            return None
        flagged = results[0].get("flagged")
        return flagged if isinstance(flagged, bool) else None

    async def _ask(self, text: str) -> "Answer":
        """The answer, if need be in the endpoint's dialect or at the second try.

        Raises:
            RequestError: no answer.
        """
        if self._endpoint is None:
            self._endpoint = self._make()
        may_repeat, lessons = True, 0
        while True:
            try:
                return await self._endpoint.post("moderations", {"model": self._model, "input": text}, self._model)
            except RequestError as error:
                pause = PAUSE_SECONDS if error.retry_after is None else error.retry_after
                if error.is_lesson and lessons < MOST_LESSONS:
                    lessons += 1
                elif may_repeat and error.cause in _PASSING and pause < self._timeout:
                    may_repeat = False
                    await asyncio.sleep(pause)
                else:
                    raise

    async def close(self) -> None:
        """Close the connections."""
        if self._endpoint is not None:
            await self._endpoint.close()


def open_moderation(
    settings: ModerationSettings | None, make: "Callable[[ModerationSettings], Endpoint]"
) -> tuple[Moderation, Callable[[], Awaitable[None]]]:
    """What checks prompts and answers, and a function that releases it.

    Args:
        settings: what to check by; None for nothing.
        make: makes the client of an endpoint, in the event loop that asks first.
    """

    async def nothing() -> None:
        """Words hold nothing that must be released."""

    if settings is None:
        return NO_MODERATION, nothing
    words = WordList(settings.words)
    if not settings.base_url:
        return Moderation(words), nothing
    asked = ModerationEndpoint(lambda: make(settings), settings.model, timeout_seconds=settings.timeout_seconds)
    return Moderation(words, asked.flags, lets_pass=settings.lets_pass), asked.close
