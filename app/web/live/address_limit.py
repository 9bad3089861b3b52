"""A limit on conversations that begin at one network address, so that one machine cannot use up the models.

Addresses are kept as salted digests, in memory only.
"""

import hashlib
from collections import deque
from collections.abc import Callable
from threading import Lock

from arena.live.records import TooManyConversations

MOST_BEGUN = 120
WINDOW_SECONDS = 3600.0
MOST_ADDRESSES = 10_000


class AddressLimit:
    """Counts what begins at each address within a time; thread-safe."""

    def __init__(self, *, salt: bytes, seconds: Callable[[], float], most: int = MOST_BEGUN) -> None:
        """Begin with nothing counted.

        Args:
            salt: random bytes for the digests.
            seconds: a clock that never goes back.
            most: number of conversations of one address within `WINDOW_SECONDS`.
        """
        self._salt, self._seconds, self._most = salt, seconds, most
        self._begun: dict[bytes, deque[float]] = {}
        self._lock = Lock()

    def take(self, address: str) -> None:
        """Count one beginning. Raises `TooManyConversations` where the limit is reached."""
        key = hashlib.blake2b(address.encode(), key=self._salt, digest_size=16).digest()
        now = self._seconds()
        with self._lock:
            times = self._begun.pop(key, deque())
            while times and times[0] <= now - WINDOW_SECONDS:
                times.popleft()
            if len(self._begun) >= MOST_ADDRESSES:
                self._begun.pop(next(iter(self._begun)))
            self._begun[key] = times
            if len(times) >= self._most:
                raise TooManyConversations(
                    f"expected at most {self._most} conversations an hour from one address, got one more; wait a while"
                )
            times.append(now)
