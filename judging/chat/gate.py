"""How many requests are under way at once: as many as the endpoint bears, found by trying.

More by one after as many good replies as are allowed at once, half as many after a refusal for too many: additive
increase, multiplicative decrease (Chiu and Jain, 1989, "Analysis of the increase and decrease algorithms for
congestion avoidance in computer networks"). Refusals of requests that were sent before the last halving tell nothing
new and halve nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
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
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[int]:
        """Wait for a place and hold it; what it yields is to be handed to `refused`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._inside < self.allowed)
            self._inside += 1
        try:
            yield self._halvings
        finally:
            async with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    async def answered(self) -> None:
        """A good reply: after enough of them one more may pass."""
        self._good += 1
        if self._good >= self.allowed and self.allowed < self._most:
            async with self._changed:
                self._good, self.allowed = 0, self.allowed + 1
                self._changed.notify_all()

    def refused(self, entered: int) -> None:
        """Too many: half of them may pass, unless that was done since this one entered."""
        if entered == self._halvings:
            self._halvings, self._good = self._halvings + 1, 0
            self.allowed = max(1, self.allowed // 2)
