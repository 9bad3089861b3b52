"""Counts of each judge that follow the ledger, and reports that are computed once per ledger position.

An open page polls every few seconds. Without new ledger rows this costs one query for the last position; otherwise
only the new rows are read.
"""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from arena.agreement.report import AgreementReport, measure
from arena.bias.report import BiasReport, measure_bias
from arena.calibration.report import CalibrationReport, calibrate
from storage.database.engine import Database
from storage.errors import BadInput
from storage.judges.outcome_counts import JudgmentOutcome, Spending, read_outcomes, read_spending, reply_times
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.values import RaterKind

RECENT = timedelta(minutes=5)
"""Age up to which a reply counts as recent."""
_KEPT_REPORTS = 16

Report = TypeVar("Report")


@dataclass(frozen=True)
class JudgeStatus:
    """Progress of one judge.

    Attributes:
        version: changes whenever outcomes or spending change.
        outcomes: number of judgments by outcome.
        spending: tokens and cost of its calls.
        recent: number of replies within `RECENT`.
    """

    version: int
    outcomes: Counter[JudgmentOutcome]
    spending: Spending
    recent: int


@dataclass(frozen=True)
class JudgeStatistics:
    """Statistics of all judges at one ledger position.

    Attributes:
        agreement: agreement between all raters; None if no two rated the same.
        bias: biases of all judges; None if no judgment counts.
        people: biases of people, for comparison; None without votes.
        calibration: calibration of all judges against people; None if they rated no pair in common.
        position: the ledger position.
    """

    agreement: AgreementReport | None
    bias: BiasReport | None
    people: BiasReport | None
    calibration: CalibrationReport | None
    position: int


class _JudgeCounts:
    """Counts of one judge up to a ledger position, and the sorted times of its recent replies."""

    def __init__(self) -> None:
        self.position = self.version = 0
        self.outcomes: Counter[JudgmentOutcome] = Counter()
        self.spending = Spending()
        self.times: list[float] = []


class JudgeWatch:
    """Follows every judge on screen; thread-safe."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Start without any counts."""
        self._database, self._clock = database, clock
        self._judges: dict[int, _JudgeCounts] = {}
        self._reports: dict[tuple[str, int], Any] = {}
        self._lock, self._report_lock = threading.Lock(), threading.Lock()

    def look(self, rater_id: int) -> JudgeStatus:
        """Return the current progress of a judge."""
        since = self._clock() - RECENT
        with self._lock, self._database.reading() as session:
            judge = self._judges.setdefault(rater_id, _JudgeCounts())
            before, now = judge.position, chain.head(session)[0]
            if now > before:
                gained = read_outcomes(session, rater_id, before, now)
                spent = read_spending(session, rater_id, before, now)
                times = reply_times(session, rater_id, since, before, now) if spent.replies else []
                judge.outcomes.update(gained)
                judge.spending += spent
                judge.times = sorted([*judge.times, *times])
                judge.version += bool(gained) or spent != Spending()
                judge.position = now
            del judge.times[: bisect_left(judge.times, since.timestamp())]
            standing = Counter({outcome: number for outcome, number in judge.outcomes.items() if number > 0})
            return JudgeStatus(judge.version, standing, judge.spending, len(judge.times))

    def ready(self) -> JudgeStatistics | None:
        """Return the statistics if they are computed already and the ledger has not grown since."""
        position = self._position()
        keys = [(what, position) for what in ("agreement", "judges", "people", "calibration")]
        known = self._reports.copy()  # without the lock, which is held while a report is computed
        if not all(key in known for key in keys):
            return None
        agreement, bias, people, calibration = (known[key] for key in keys)
        return JudgeStatistics(agreement, bias, people, calibration, position)

    def examine(self) -> JudgeStatistics:
        """Return the statistics of all judges; recomputed only when the ledger has grown."""
        position = self._position()
        everything = Selection(position=position)

        def biases(kind: RaterKind) -> BiasReport:
            return measure_bias(self._database, everything, kinds=(kind,))

        # One at a time, so concurrent visitors share one report.
        with self._report_lock:
            agreement = self._made("agreement", position, lambda: measure(self._database, everything))
            bias = self._made("judges", position, lambda: biases(RaterKind.judge))
            people = self._made("people", position, lambda: biases(RaterKind.human))
            calibration = self._made("calibration", position, lambda: calibrate(self._database, everything))
        return JudgeStatistics(agreement, bias, people, calibration, position)

    def _position(self) -> int:
        with self._database.reading() as session:
            return chain.head(session)[0]

    def _made(self, what: str, position: int, make: Callable[[], Report]) -> Report | None:
        key = (what, position)
        if key not in self._reports:
            try:
                self._reports[key] = make()
            except BadInput:  # no data yet
                self._reports[key] = None
            while len(self._reports) > _KEPT_REPORTS:
                del self._reports[next(iter(self._reports))]
        found: Report | None = self._reports[key]
        return found
