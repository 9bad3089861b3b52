"""Rate limiting: requests and tokens per minute, spread evenly.

Each request takes its share of the minute from the end of the previous one, so there are no bursts ("generic cell
rate algorithm", ITU-T I.371, 2004, annex A, without tolerance).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

_MINUTE = 60.0


@dataclass(frozen=True)
class RateLimits:
    """Limits per minute; None for no limit.

    Attributes:
        requests: Maximum requests per minute, retries included.
        tokens: Maximum prompt and reply tokens per minute.
    """

    requests: float | None = None
    tokens: float | None = None


class RateLimiter:
    """Delays requests so that the rate limits hold."""

    def __init__(
        self, rates: RateLimits, *, seconds: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Start with the full rate available.

        Args:
            rates: Limits per minute.
            seconds: Monotonic clock.
            sleep: Waits for a number of seconds.
        """
        self._rates, self._seconds, self._sleep = rates, seconds, sleep
        self._free_at = {"requests": 0.0, "tokens": 0.0}

    @property
    def limits_tokens(self) -> bool:
        """Whether tokens per minute are limited, so that their number must be estimated."""
        return self._rates.tokens is not None

    async def wait(self, tokens: float) -> None:
        """Wait until another request of about this many tokens may be sent."""
        due = max(self._take("requests", self._rates.requests, 1.0), self._take("tokens", self._rates.tokens, tokens))
        if due > 0.0:
            await self._sleep(due)

    def correct(self, estimated: float, reported: float) -> None:
        """Correct the token budget by the difference between the estimated and the reported tokens."""
        if self._rates.tokens is not None:
            self._free_at["tokens"] += (reported - estimated) * _MINUTE / self._rates.tokens

    def _take(self, what: str, rate: float | None, amount: float) -> float:
        """Reserve an amount and return the seconds to wait for it."""
        if rate is None:
            return 0.0
        now = self._seconds()
        begins = max(now, self._free_at[what])
        self._free_at[what] = begins + amount * _MINUTE / rate
        return begins - now
