"""Adaptive concurrency: find out how many concurrent requests an endpoint can handle.

The limit grows by one after as many successful replies as the limit itself, and is halved after a rate-limit error:
additive increase, multiplicative decrease (Chiu and Jain, 1989, "Analysis of the increase and decrease algorithms for
congestion avoidance in computer networks"). Rate-limit errors of requests that were sent before the last halving carry
no new information and are ignored. Replies that take much longer than the best usual latency mean that requests queue
at the endpoint; then the limit does not grow.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

SLOW = 2.0
"""Multiple of the best usual latency above which the limit does not grow."""

_SMOOTHING = 0.05
_FORGETTING = 1.002
"""Factor by which the best latency grows with each reply, so that one quick reply does not stop growth forever."""


class ConcurrencyGate:
    """Limits concurrent requests; belongs to one event loop.

    Attributes:
        allowed: Current limit of concurrent requests.
    """

    def __init__(self, *, start: int, most: int) -> None:
        """Start with a limit of `start` concurrent requests that never exceeds `most`.

        Raises:
            ValueError: Not 1 <= start <= most.
        """
        if not 1 <= start <= most:
            raise ValueError(f"expected a start between 1 and {most}, got {start}")
        self.allowed, self._most = start, most
        self._inside, self._good, self._halvings = 0, 0, 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._usual, self._best = 0.0, float("inf")

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[int]:
        """Wait for a free slot and hold it; pass the yielded number to `record_rate_limit`."""
        entered = await self.enter()
        try:
            yield entered
        finally:
            self.leave()

    async def enter(self) -> int:
        """Wait for a free slot and take it, as `slot` does; `leave` must give it back."""
        while self._inside >= self.allowed:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            try:
                await place
            except asyncio.CancelledError:
                self._wake()
                raise
        self._inside += 1
        return self._halvings

    def leave(self) -> None:
        """Give a slot back."""
        self._inside -= 1
        if self._waiting:
            self._wake()

    def record_success(self, latency_seconds: float | None = None) -> None:
        """Count a successful reply; after enough of them, unless they became slow, raise the limit by one."""
        self._good += 1
        if latency_seconds is not None:
            first = self._usual == 0.0
            self._usual = latency_seconds if first else self._usual + _SMOOTHING * (latency_seconds - self._usual)
            self._best = min(self._best * _FORGETTING, self._usual)
        if self._good >= self.allowed and self.allowed < self._most and self._usual <= SLOW * self._best:
            self._good, self.allowed = 0, self.allowed + 1
            self._wake()

    def record_rate_limit(self, entered: int) -> None:
        """Halve the limit, unless it was halved since this request entered."""
        if entered == self._halvings:
            self._halvings, self._good = self._halvings + 1, 0
            self.allowed = max(1, self.allowed // 2)

    def _wake(self) -> None:
        """Wake as many waiting requests as there are free slots."""
        places = self.allowed - self._inside
        while places > 0 and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                places -= 1
