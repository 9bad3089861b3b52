"""Replies that were stored, instead of a model: tests, the demo, and judging again without paying again."""

from collections.abc import Mapping

from judging.chat.model import ChatRequest, Reply, RequestCause, RequestError


class RecordedModel:
    """Answers from stored replies by the digest of the request."""

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        """Answer from these."""
        self._replies = replies

    async def ask(self, request: ChatRequest) -> Reply:
        """See `ChatModel`."""
        reply = self._replies.get(request.digest)
        if reply is None:
            raise RequestError(
                RequestCause.not_recorded,
                f"expected a recorded reply to request {request.digest[:12]}, got none; record it first",
            )
        return reply
