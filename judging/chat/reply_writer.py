"""What arrives is stored at once: whatever has come while the last write went on goes into the next one.

The loop that asks never waits for the disk, and a process that is killed loses no more than came in during one write.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class ReplyWriter(Generic[T]):
    """Hands what it is given to a function that stores it, in a thread, one call at a time and in order."""

    def __init__(self, write: Callable[[Sequence[T]], None]) -> None:
        """Begin with nothing to write; `start` must be called in the event loop."""
        self._write = write
        self._come = asyncio.Event()
        self._waiting: list[T] = []
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    def put(self, one: T) -> None:
        """Store this as soon as may be.

        Raises:
            Exception: what an earlier write raised.
        """
        if self._task is not None and self._task.done():
            self._task.result()
        self._waiting.append(one)
        self._come.set()

    async def close(self) -> None:
        """Write what is left.

        Raises:
            Exception: what a write raised.
        """
        self._closing = True
        self._come.set()
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        while self._waiting or not self._closing:
            await self._come.wait()
            self._come.clear()
            taken, self._waiting = self._waiting, []
            if taken:
                await asyncio.to_thread(self._write, taken)
