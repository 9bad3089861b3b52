"""A model that returns recorded replies: for tests, the demo, and judging again without paying again."""

from collections.abc import Mapping

from judging.chat.model import ChatRequest, Reply, RequestCause, RequestError


class RecordedModel:
    """Looks replies up by the digest of the request."""

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        """Use these replies, keyed by request digest."""
        self._replies = replies

    async def ask(self, request: ChatRequest) -> Reply:
        """Return the recorded reply; see `ChatModel`.

        Raises:
            RequestError: No reply is recorded for this request.
        """
        reply = self._replies.get(request.digest)
        if reply is None:
            raise RequestError(
                RequestCause.not_recorded,
                f"expected a recorded reply to request {request.digest[:12]}, got none; record it first",
            )
        return reply
