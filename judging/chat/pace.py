"""So many requests and tokens a minute and no more, evenly: for endpoints that sell by the minute.

Each request takes its share of the minute from where the last one ended, so that there are no bursts ("generic cell
rate algorithm", ITU-T I.371, 2004, annex A, without tolerance).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

_MINUTE = 60.0


@dataclass(frozen=True)
class RateLimits:
    """What may be asked in a minute; None for no limit.

    Attributes:
        requests: sent, repeated ones included.
        tokens: read and written.
    """

    requests: float | None = None
    tokens: float | None = None


class RateLimiter:
    """Makes each request wait for its turn."""

    def __init__(
        self, rates: RateLimits, *, seconds: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Begin now.

        Args:
            rates: limits.
            seconds: a clock that never goes back.
            sleep: how to wait.
        """
        self._rates, self._seconds, self._sleep = rates, seconds, sleep
        self._free_at = {"requests": 0.0, "tokens": 0.0}

    async def wait(self, tokens: float) -> None:
        """Wait until one more request of about so many tokens may go."""
        due = max(self._take("requests", self._rates.requests, 1.0), self._take("tokens", self._rates.tokens, tokens))
        if due > 0.0:
            await self._sleep(due)

    def correct(self, guessed: float, counted: float) -> None:
        """Give back, or take, the difference between the tokens that were guessed and those that were counted."""
        if self._rates.tokens is not None:
            self._free_at["tokens"] += (counted - guessed) * _MINUTE / self._rates.tokens

    def _take(self, what: str, rate: float | None, amount: float) -> float:
        """Seconds until this is due."""
        if rate is None:
            return 0.0
        now = self._seconds()
        begins = max(now, self._free_at[what])
        self._free_at[what] = begins + amount * _MINUTE / rate
        return begins - now
