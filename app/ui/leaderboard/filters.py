"""Filters of the leaderboard: values as the address carries them, and the choices that this store has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from app.ui.choices import ALL, Choice, campaign_choices, chosen, number
from app.views.board import choices
from app.views.sentences import say
from arena.fused.facts import FUSED_METHODS
from arena.fused.sources import FusionChoice
from arena.leaderboard.stored_runs import FUSED
from arena.rating.bradley_terry import BRADLEY_TERRY
from arena.rating.catalog import RATING_METHODS
from arena.rating.method import RatingSettings
from storage.campaigns.campaigns import campaigns
from storage.database.engine import Database
from storage.database.tables import Campaign
from storage.ledger.battle_reading import Selection, filter_values
from storage.ledger.chain import head
from storage.ledger.scores import score_dimensions
from storage.values import Language, RaterKind

DAYS = (7, 30, 90)
"""Periods on offer, in days back from now."""
STYLE = ("length", "headers", "lists", "bold")
"""Style features that the choice "style" adjusts for; the command line offers more."""
ADJUSTMENTS = {
    "style": RatingSettings(style=STYLE),
    "sampling": RatingSettings(weights=("sampling",)),
    "pairs": RatingSettings(weights=("pairs",)),
    "raters": RatingSettings(weights=("raters",)),
}
"""Adjustments on offer."""

ASSUMED = "assume"
"""Value of the filter `sample` that takes votes of unknown probability as a random part of what was judged."""


class BoardFilters(NamedTuple):
    """Values of the filters by their names in the address; `ALL` for no restriction."""

    by: str = RaterKind.human.value
    category: str = ALL
    language: str = ALL
    rater: str = ALL
    campaign: str = ALL
    source: str = ALL
    window: str = ALL
    method: str = BRADLEY_TERRY
    adjust: str = ALL
    dimension: str = ALL
    sample: str = ALL

    def selection(self, now: datetime) -> Selection:
        """Return the selected votes, judgments or scores; a period ends at `now`."""
        days = number(self.window)
        return Selection(
            kind=RaterKind.human if self.by == FUSED else RaterKind(self.by),
            rater=chosen(self.rater),
            category=chosen(self.category),
            language=chosen(self.language),
            campaign=number(self.campaign),
            rater_source=chosen(self.source),
            since=None if days is None else now - timedelta(days=days),
            dimension=chosen(self.dimension),
        )

    def fusion(self) -> FusionChoice | None:
        """Return how judges are fused with people; None for one kind of rater."""
        return FusionChoice(assume_random=self.sample == ASSUMED) if self.by == FUSED else None

    def settings(self) -> RatingSettings:
        """Return the rating settings."""
        return ADJUSTMENTS.get(self.adjust, RatingSettings())

    def changed(self) -> dict[str, str]:
        """Return the values that are not the defaults, for an address."""
        return {name: value for name, value in self._asdict().items() if value != self._field_defaults[name]}


@dataclass(frozen=True)
class FilterOffer:
    """Choices of each filter in this store, its campaigns, and whether the ledger is empty."""

    choices: dict[str, list[Choice]]
    campaigns: Sequence[Campaign]
    is_empty: bool

    def keep(self, wanted: Mapping[str, str]) -> BoardFilters:
        """Return the filters without values that this store does not have."""
        known = {name: {meant for _, meant in choices} for name, choices in self.choices.items()}
        kept = BoardFilters(**{name: wanted[name] for name in known if wanted.get(name) in known[name]})
        if kept.by == FUSED:
            kept = kept._replace(adjust=ALL)
        return kept if "scores" in RATING_METHODS[kept.method].reads else kept._replace(dimension=ALL)

    def controls(self, kept: BoardFilters, language: Language) -> list[dict[str, Any]]:
        """Return each filter that offers a choice, for the page: name, label, options and value."""
        shown = []
        for name, value in kept._asdict().items():
            options = self.choices[name]
            # "All" and one value is no choice; one campaign is, because imported votes belong to none.
            is_useful = len(options) > (1 if name in ("campaign", "by", "method", "sample") else 2)
            if name == "dimension" and "scores" not in RATING_METHODS[kept.method].reads:
                continue
            if name == ("adjust" if kept.by == FUSED else "sample"):
                continue
            if is_useful:
                key = "judge" if name == "rater" and kept.by == RaterKind.judge else name
                shown.append({"name": name, "label": say(language, f"board_{key}"), "options": options, "value": value})
        return shown


def make_offer(database: Database, by: str, language: Language) -> FilterOffer:
    """Return the filter choices for one kind of rater."""
    kind = RaterKind.judge if by == RaterKind.judge else RaterKind.human
    with database.reading() as session:
        values = filter_values(session, kind)
        all_campaigns = campaigns(session)
        position, _ = head(session)
        dimensions = score_dimensions(session, kind)
    everything = (say(language, "admin_all"), ALL)

    def offered(found: Sequence[str], of: str = "") -> list[Choice]:
        return [everything, *choices(found, language, of=of)]

    methods = [name for name, entry in RATING_METHODS.items() if "battles" in entry.reads or dimensions]
    if by == FUSED:
        methods = [name for name in methods if name in FUSED_METHODS]
    adjustments = [(say(language, f"board_adjust_{name}"), name) for name in ADJUSTMENTS]
    found = {
        "by": [(say(language, f"board_by_{one}"), one) for one in (*(kind.value for kind in RaterKind), FUSED)],
        "category": offered(values["category"], "category"),
        "language": offered(values["language"], "language"),
        "rater": offered(values["rater"]),
        "campaign": [everything, *([] if kind is RaterKind.judge else campaign_choices(all_campaigns))],
        "source": offered(values["rater_source"]),
        "window": [everything, *((say(language, "board_window_days", n=days), str(days)) for days in DAYS)],
        "method": [(say(language, f"board_method_{name}"), name) for name in methods],
        "adjust": [(say(language, "board_adjust_none"), ALL), *adjustments],
        "dimension": offered(dimensions),
        "sample": [(say(language, "board_sample_known"), ALL), (say(language, "board_sample_assume"), ASSUMED)],
    }
    return FilterOffer(found, all_campaigns, is_empty=position == 0)
