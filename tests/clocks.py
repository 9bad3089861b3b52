"""The clock of tests: it shows what a test set, and moves only by a fixed step or when told to."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that starts at `now` and moves by `step` before each reading."""

    def __init__(self, now: datetime = START, *, step: timedelta = timedelta(0)) -> None:
        self.now = now
        self._step = step

    def __call__(self) -> datetime:
        self.now += self._step
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)
