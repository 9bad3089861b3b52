"""Places for requests to one model, in the order of arrival; used in one event loop."""

import asyncio
from collections import deque


class Slots:
    """A number of places; whoever finds none waits in a queue and can be told the place in it."""

    def __init__(self, number: int) -> None:
        """Offer this many places."""
        self._free = number
        self._queue: deque[asyncio.Future[None]] = deque()

    async def take(self, ticket: "asyncio.Future[None]") -> None:
        """Wait for a place.

        Args:
            ticket: a new future, by which `place` finds the one who waits.
        """
        if self._free > 0 and not self._queue:
            self._free -= 1
            return
        self._queue.append(ticket)
        try:
            await ticket
        except asyncio.CancelledError:
            if ticket in self._queue:
                self._queue.remove(ticket)
            elif not ticket.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Leave a place, to the first in the queue."""
        while self._queue:
            ticket = self._queue.popleft()
            if not ticket.done():
                ticket.set_result(None)
                return
        self._free += 1

    def place(self, ticket: "asyncio.Future[None]") -> int:
        """The place in the queue from 1, 0 for one who does not wait."""
        return self._queue.index(ticket) + 1 if ticket in self._queue else 0
