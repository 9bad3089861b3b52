"""Background writer: results are stored as they arrive; those that arrive during a write go into the next one.

The event loop never waits for the disk. After a write of many results the next one waits a moment, since a write costs
as much as dozens of results: a killed process loses at most what arrived during one write and such a moment.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

MANY = 4
"""Number of results in a write from which on the next write waits."""
PAUSE_SECONDS = 0.025
"""Seconds that it waits."""


class ReplyWriter(Generic[T]):
    """Passes results to a function that stores them, in a thread, one call at a time and in order."""

    def __init__(self, write: Callable[[Sequence[T]], None]) -> None:
        """Start with an empty queue; `start` must be called in the event loop."""
        self._write = write
        self._arrived = asyncio.Event()
        self._waiting: list[T] = []
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start writing."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    def put(self, one: T) -> None:
        """Queue a result to be stored.

        Raises:
            Exception: The error of an earlier write.
        """
        if self._task is not None and self._task.done():
            self._task.result()
        self._waiting.append(one)
        self._arrived.set()

    async def close(self) -> None:
        """Write the remaining results and stop.

        Raises:
            Exception: The error of a write.
        """
        self._closing = True
        self._arrived.set()
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        while self._waiting or not self._closing:
            await self._arrived.wait()
            self._arrived.clear()
            taken, self._waiting = self._waiting, []
            if taken:
                await asyncio.to_thread(self._write, taken)
            if len(taken) >= MANY and not self._closing:
                await asyncio.sleep(PAUSE_SECONDS)
