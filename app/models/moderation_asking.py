"""An endpoint that answers `POST /moderations` as OpenAI's does: whether it flags a text."""

from collections.abc import Awaitable, Callable

from app.models.moderation import NO_MODERATION, Moderation
from app.models.moderation_settings import ModerationSettings
from arena.live.word_list import WordList
from judging.chat.endpoint import Endpoint
from judging.chat.model import RequestError


class ModerationEndpoint:
    """Asks one endpoint, in one event loop."""

    def __init__(self, make: Callable[[], Endpoint], model: str) -> None:
        """Take what makes the client, which belongs to the event loop that asks first."""
        self._make, self._model = make, model
        self._endpoint: Endpoint | None = None

    async def flags(self, text: str) -> bool | None:
        """Whether the endpoint flags a text; None if it does not answer, or in another form."""
        if self._endpoint is None:
            self._endpoint = self._make()
        try:
            answer = await self._endpoint.post("moderations", {"model": self._model, "input": text}, self._model)
        except RequestError:
            return None
        body = answer.body
        results = body.get("results") if isinstance(body, dict) else None
        if not isinstance(results, list) or not results or not isinstance(results[0], dict):
            return None
        flagged = results[0].get("flagged")
        return flagged if isinstance(flagged, bool) else None

    async def close(self) -> None:
        """Close the connections."""
        if self._endpoint is not None:
            await self._endpoint.close()


def open_moderation(
    settings: ModerationSettings | None, make: Callable[[ModerationSettings], Endpoint]
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
    asked = ModerationEndpoint(lambda: make(settings), settings.model)
    return Moderation(words, asked.flags, lets_pass=settings.lets_pass), asked.close
