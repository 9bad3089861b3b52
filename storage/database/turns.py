"""Let the writers of one process take turns in the order in which they came.

SQLite's own waiting sleeps for up to a tenth of a second between attempts and knows no order: of thirty people who
vote at once, one lost against newcomers for seconds.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Turns:
    """A lock that is handed to waiting threads first come, first served."""

    def __init__(self) -> None:
        """Begin with nobody in turn."""
        self._mutex = Lock()
        self._is_taken = False
        self._waiting: deque[Lock] = deque()

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """Wait for a turn, at most these seconds, and keep it inside; yields whether it came."""
        came = self._wait(seconds)
        try:
            yield came
        finally:
            if came:
                self._pass_on()

    def _wait(self, seconds: float) -> bool:
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=seconds):
            return True
        with self._mutex:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # the turn was handed over at the last moment

    def _pass_on(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
