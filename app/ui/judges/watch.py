"""What one process knows of its judges: counts that follow the ledger, and reports that are made once per position.

A page that stays open asks every few seconds. While the ledger rests that costs one look at its last position; when it
went on, only what was added is read.
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
from storage.database.engine import Database
from storage.errors import BadInput
from storage.judges.outcome_counts import JudgmentOutcome, Spending, read_outcomes, read_spending, reply_times
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.values import RaterKind

RECENT = timedelta(minutes=5)
"""How far back a reply counts as one of the last minutes."""
_KEPT_REPORTS = 16

Report = TypeVar("Report")


@dataclass(frozen=True)
class JudgeStatus:
    """How one judge stands.

    Attributes:
        version: another one whenever outcomes or spending changed.
        outcomes: how many verdicts ended in which way.
        spending: on its calls.
        recent: replies of the last minutes.
    """

    version: int
    outcomes: Counter[JudgmentOutcome]
    spending: Spending
    recent: int


@dataclass(frozen=True)
class JudgeStatistics:
    """What the finished statistics say of one judge, at one position of the ledger.

    Attributes:
        agreement: of all raters with each other; None where no two judged the same.
        bias: of this judge; None where it has said nothing that counts.
        people: bias of people, to compare; None without votes.
        position: of the ledger.
    """

    agreement: AgreementReport | None
    bias: BiasReport | None
    people: BiasReport | None
    position: int


class _JudgeCounts:
    """The counts of one judge up to a position, and when its last replies came, in order."""

    def __init__(self) -> None:
        self.position = self.version = 0
        self.outcomes: Counter[JudgmentOutcome] = Counter()
        self.spending = Spending()
        self.times: list[float] = []


class JudgeWatch:
    """Follows every judge that somebody looks at; safe to use from several threads."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Begin with nothing read."""
        self._database, self._clock = database, clock
        self._judges: dict[int, _JudgeCounts] = {}
        self._reports: dict[tuple[str, int], Any] = {}
        self._lock, self._report_lock = threading.Lock(), threading.Lock()

    def look(self, rater_id: int) -> JudgeStatus:
        """How a judge stands now."""
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

    def examine(self, name: str) -> JudgeStatistics:
        """The statistics of a judge, by its name among all raters; made anew only when the ledger has moved."""
        with self._database.reading() as session:
            position = chain.head(session)[0]
        everything = Selection(position=position)

        def of_judge() -> BiasReport:
            return measure_bias(self._database, Selection(position=position, rater=name), kinds=(RaterKind.judge,))

        def of_people() -> BiasReport:
            return measure_bias(self._database, everything, kinds=(RaterKind.human,))

        # One at a time: two visitors who come together make one report.
        with self._report_lock:
            agreement = self._made("agreement", position, lambda: measure(self._database, everything))
            bias = self._made(f"judge {name}", position, of_judge)
            people = self._made("people", position, of_people)
        return JudgeStatistics(agreement, bias, people, position)

    def _made(self, what: str, position: int, make: Callable[[], Report]) -> Report | None:
        key = (what, position)
        if key not in self._reports:
            try:
                self._reports[key] = make()
            except BadInput:  # there is nothing to compare or to examine yet
                self._reports[key] = None
            while len(self._reports) > _KEPT_REPORTS:
                del self._reports[next(iter(self._reports))]
        found: Report | None = self._reports[key]
        return found
