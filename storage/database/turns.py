"""Let the writers of one process take turns in the order in which they came.

SQLite's own waiting sleeps for up to a tenth of a second between attempts and knows no order: of thirty people who
vote at once, one lost against newcomers for seconds.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock


@dataclass
class _Waiting:
    """A thread that waits: its lock, which it gets back with the turn, and whether it would share a transaction."""

    lock: Lock
    shares: bool


class Turns:
    """A lock that is handed to waiting threads first come, first served."""

    def __init__(self) -> None:
        """Begin with nobody in turn."""
        self._mutex = Lock()
        self._is_taken = False
        self._waiting: deque[_Waiting] = deque()

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """Wait for a turn, at most these seconds, and keep it inside; yields whether it came."""
        came = self.take(seconds)
        try:
            yield came
        finally:
            if came:
                self.pass_on()

    def take(self, seconds: float, *, shares: bool = False) -> bool:
        """Wait for a turn, at most these seconds, and keep it until it is passed on.

        Args:
            seconds: longest time to wait.
            shares: whether the turn may come in the middle of the transaction of others.

        Returns:
            Whether the turn came.
        """
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = _Waiting(Lock(), shares)
            mine.lock.acquire()
            self._waiting.append(mine)
        if mine.lock.acquire(timeout=seconds):
            return True
        with self._mutex:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # the turn was handed over at the last moment

    def pass_on(self) -> None:
        """Give the turn to the thread that has waited longest, or to nobody."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().lock.release()
            else:
                self._is_taken = False

    def share(self) -> bool:
        """Give the turn to the thread that has waited longest if it shares a transaction; returns whether it does."""
        with self._mutex:
            if not self._waiting or not self._waiting[0].shares:
                return False
            self._waiting.popleft().lock.release()
            return True
