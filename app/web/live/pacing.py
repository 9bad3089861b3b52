"""The pace at which two answers are shown, which tells nothing about who wrote which.

Both answers are shown to the same number of characters, which grows by a clock of its own. The rule treats both sides
alike: it begins shortly after both have a first text and follows the slower of both. Once the shorter answer is shown
to its end the pace stays as it is, also where the slower model has finished and the faster one could be shown at once;
without that, the rest of the longer answer would tell who wrote it.
"""

import math
from dataclasses import dataclass, field

FASTEST = 400.0
"""Characters a second; nobody reads faster, and most endpoints write slower."""
SLOWEST = 12.0
HEAD_SECONDS = 0.1
"""Time from the slower model's first text to the first words; what arrives in it bridges the pauses that follow."""
WARM_SECONDS = 1.5
"""Time after the beginning in which the pace is set anew often, because little is known of it."""
WARM_RENEWAL_SECONDS = 0.25
RENEWAL_SECONDS = 2.0
ASSUMED, ASSUMED_SECONDS = 12.0, 0.4
"""Characters in a time that count as observed before anything is, so that the first pieces say little."""
SHARE, WARM_SHARE = 0.9, 0.6
"""Share of the slower model's pace that is shown, so that a reserve grows and a short stall does not show."""
RESERVE_SECONDS = 0.3
"""With less than this left to show, the pace slows down."""
_GRID = math.log(1.15)


@dataclass
class _Side:
    """What has arrived of one answer."""

    total: int = 0
    first_total: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    is_done: bool = False

    def pace(self, now: float) -> float:
        """Characters a second after the first text; infinite where all came at once."""
        until = self.last_at if self.is_done else now
        seconds = until - self.first_at
        if self.is_done and seconds < 0.05:
            return math.inf
        return (self.total - self.first_total + ASSUMED) / (seconds + ASSUMED_SECONDS)


@dataclass
class SharedPace:
    """How many characters of both answers are shown.

    Attributes:
        shown: number of characters of each answer that are shown now.
        began_at: time at which the first text was shown; None before.
    """

    shown: int = 0
    began_at: float | None = None
    _exact: float = 0.0
    _rate: float = 0.0
    _last: float = 0.0
    _renewal: float = 0.0
    _sides: dict[str, _Side] = field(default_factory=lambda: {"a": _Side(), "b": _Side()})

    def arrive(self, side: str, total: int, now: float) -> None:
        """Take note of the number of characters that have arrived of one answer."""
        one = self._sides[side]
        if one.total == 0:
            one.first_total, one.first_at = total, now
        one.total, one.last_at = total, now

    def finish(self, side: str) -> None:
        """Take note that an answer is whole."""
        self._sides[side].is_done = True

    def restart(self, side: str) -> None:
        """Forget one answer whose model gave way to another."""
        self._sides[side] = _Side()

    @property
    def has_both(self) -> bool:
        """Whether both answers have a first text."""
        return all(side.total > 0 for side in self._sides.values())

    @property
    def is_over(self) -> bool:
        """Whether both answers are whole and shown to their ends."""
        sides = self._sides.values()
        return all(side.is_done for side in sides) and self.shown >= max(side.total for side in sides)

    def tick(self, now: float) -> int:
        """Move on to this time, and return the number of characters that are shown of each answer."""
        if not self.has_both:
            return 0
        if self.began_at is None:
            sides = self._sides.values()
            if now < max(side.first_at for side in sides) + HEAD_SECONDS and not all(side.is_done for side in sides):
                return 0
            self.began_at = self._last = now
            self._renewal = now
            self._exact = 1.0
        self._set_rate(now)
        open_totals = [side.total for side in self._sides.values() if not side.is_done]
        most = min(open_totals, default=max(side.total for side in self._sides.values()))
        self._exact = max(self._exact, min(self._exact + self._rate * (now - self._last), float(most)))
        self._last, self.shown = now, int(self._exact)
        return self.shown

    def _set_rate(self, now: float) -> None:
        whole = [side.total for side in self._sides.values() if side.is_done]
        is_settled = bool(whole) and self._exact >= min(whole)
        if now >= self._renewal and not is_settled:
            is_warm = self.began_at is not None and now >= self.began_at + WARM_SECONDS
            self._renewal = now + (RENEWAL_SECONDS if is_warm else WARM_RENEWAL_SECONDS)
            share = SHARE if is_warm else WARM_SHARE
            self._rate = _on_grid(share * min(side.pace(now) for side in self._sides.values()))
            return
        reserves = [side.total - self._exact for side in self._sides.values() if not side.is_done]
        if reserves and min(reserves) < RESERVE_SECONDS * self._rate:
            self._rate = max(SLOWEST, 0.85 * self._rate)


def _on_grid(rate: float) -> float:
    """The next lower step of a coarse scale, so that a measured pace says less about who was measured."""
    if not math.isfinite(rate) or rate >= FASTEST:
        return FASTEST
    return max(SLOWEST, math.exp(math.floor(math.log(max(rate, SLOWEST)) / _GRID) * _GRID))
