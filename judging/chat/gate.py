"""How many requests are under way at once: as many as the endpoint bears, found by trying.

More by one after as many good replies as are allowed at once, half as many after a refusal for too many: additive
increase, multiplicative decrease (Chiu and Jain, 1989, "Analysis of the increase and decrease algorithms for
congestion avoidance in computer networks"). Refusals of requests that were sent before the last halving tell nothing
new and halve nothing. Replies that take much longer than they did at best mean that requests wait in a queue of the
endpoint's; then no more are let through.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

SLOW = 2.0
"""Times the best usual latency from which on no more requests are let through than now."""

_SMOOTHING = 0.05
_FORGETTING = 1.002
"""The best latency drifts up by this much a reply, so that one quick reply does not hold the gate shut for ever."""


class ConcurrencyGate:
    """Lets so many through at a time; for one event loop."""

    def __init__(self, *, start: int, most: int) -> None:
        """Begin with `start` at once, never more than `most`.

        Raises:
            ValueError: not 1 <= start <= most.
        """
        if not 1 <= start <= most:
            raise ValueError(f"expected a start between 1 and {most}, got {start}")
        self.allowed, self._most = start, most
        self._inside, self._good, self._halvings = 0, 0, 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._usual, self._best = 0.0, float("inf")

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[int]:
        """Wait for a place and hold it; what it yields is to be handed to `refused`."""
        while self._inside >= self.allowed:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            try:
                await place
            except asyncio.CancelledError:
                self._wake()
                raise
        self._inside += 1
        try:
            yield self._halvings
        finally:
            self._inside -= 1
            self._wake()

    def answered(self, latency_seconds: float | None = None) -> None:
        """A good reply: after enough of them, unless they have become slow, one more may pass."""
        self._good += 1
        if latency_seconds is not None:
            first = self._usual == 0.0
            self._usual = latency_seconds if first else self._usual + _SMOOTHING * (latency_seconds - self._usual)
            self._best = min(self._best * _FORGETTING, self._usual)
        if self._good >= self.allowed and self.allowed < self._most and self._usual <= SLOW * self._best:
            self._good, self.allowed = 0, self.allowed + 1
            self._wake()

    def refused(self, entered: int) -> None:
        """Too many: half of them may pass, unless that was done since this one entered."""
        if entered == self._halvings:
            self._halvings, self._good = self._halvings + 1, 0
            self.allowed = max(1, self.allowed // 2)

    def _wake(self) -> None:
        """Let those in for whom there is a place."""
        places = self.allowed - self._inside
        while places > 0 and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                places -= 1
