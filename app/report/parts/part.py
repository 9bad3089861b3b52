"""What a part of a report is, and what it computes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.report.blocks import Part
from app.report.document import Document, PartNumbers
from arena.leaderboard.ranking import Board
from arena.rating.method import RatingSettings
from storage.database.engine import Database
from storage.ledger.battle_reading import Selection
from storage.values import Language, RaterKind


@dataclass(frozen=True)
class ReportSettings:
    """Settings of the statistics of a report.

    Attributes:
        method: rating method.
        level: confidence of the intervals, 0 to 1.
        seed: seed of draws and resamples.
        assume_random: whether people and judges are fused, votes being taken as a random part of what was judged.
    """

    method: str = "bradley-terry"
    level: float = 0.95
    seed: int = 0
    assume_random: bool = False

    @property
    def rating(self) -> RatingSettings:
        """The settings of the rating method."""
        return RatingSettings(level=self.level, seed=self.seed)


@dataclass(frozen=True)
class ReportSource:
    """What the numbers of a report are computed from.

    Attributes:
        database: a store that holds the published rows and nothing else.
        objective: published objective scores, as rows.
        settings: settings of the statistics.
        now: the present time; no number depends on it.
        boards: leaderboards that are fitted already, by kind of rater, judge and method, for all parts.
    """

    database: Database
    objective: Sequence[Mapping[str, Any]]
    settings: ReportSettings
    now: datetime
    boards: dict[tuple[RaterKind, str | None, str], Board | None] = field(default_factory=dict, repr=False)

    def selection(self, kind: RaterKind, rater: str | None = None) -> Selection:
        """The selection of all rows of one kind of rater, or of one rater."""
        return Selection(kind=kind, rater=rater)


class ReportPart(Protocol):
    """One part of a report."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """The numbers and sentences of this part; nothing where there are no rows for it."""

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """The part as elements of the page, made from nothing but the document; None where it has nothing to show."""
