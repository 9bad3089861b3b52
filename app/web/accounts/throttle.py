"""Slow down password guessing without long lockouts and without storing addresses.

Failures are counted per name and per network address, in memory only. Keys are digests with a salt drawn at start,
so no address can be recovered after the process has ended.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

FREE_PER_NAME = 5
FREE_PER_ADDRESS = 30
"""Failures before the first wait; more per address, because a team may share one."""

LONGEST_WAIT_SECONDS = 60.0
FORGET_AFTER_SECONDS = 3600.0
MOST_KEYS = 20_000


@dataclass
class _Failures:
    count: int
    last: float


class Throttle:
    """Counts failed sign-ins and returns waiting times; thread-safe."""

    def __init__(self, *, salt: bytes, seconds: Callable[[], float]) -> None:
        """Start without any failures.

        Args:
            salt: random bytes drawn for this process.
            seconds: a monotonic clock.
        """
        self._salt = salt
        self._seconds = seconds
        self._failures: OrderedDict[bytes, _Failures] = OrderedDict()
        self._lock = Lock()

    def begin(self, name: str, address: str) -> float:
        """Count an attempt before its password is checked, so that concurrent attempts count too.

        Returns:
            Seconds to wait; 0.0 if the attempt may proceed. An attempt that must wait is not counted.
        """
        now = self._seconds()
        keys = self._keys(name, address)
        with self._lock:
            wait = max(self._wait(key, free, now) for key, free in keys)
            if wait <= 0.0:
                for key, _ in keys:
                    self._count(key, now)
        return max(wait, 0.0)

    def succeeded(self, name: str, address: str) -> None:
        """Clear the failures of this name, and remove this attempt from the address."""
        (name_key, _), (address_key, _) = self._keys(name, address)
        with self._lock:
            self._failures.pop(name_key, None)
            failures = self._failures.get(address_key)
            if failures is not None:
                failures.count -= 1

    def _keys(self, name: str, address: str) -> tuple[tuple[bytes, int], tuple[bytes, int]]:
        return (
            (self._digest(f"name {name}"), FREE_PER_NAME),
            (self._digest(f"address {address}"), FREE_PER_ADDRESS),
        )

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._salt, text.encode(errors="replace"), hashlib.sha256)

    def _wait(self, key: bytes, free: int, now: float) -> float:
        failures = self._failures.get(key)
        if failures is None or now - failures.last >= FORGET_AFTER_SECONDS or failures.count < free:
            return 0.0
        doubled = 2.0 ** min(failures.count - free, 10)
        return failures.last + min(doubled, LONGEST_WAIT_SECONDS) - now

    def _count(self, key: bytes, now: float) -> None:
        failures = self._failures.pop(key, None)
        if failures is None or now - failures.last >= FORGET_AFTER_SECONDS:
            failures = _Failures(0, now)
        self._failures[key] = _Failures(failures.count + 1, now)
        while len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)
