"""The filters of the Leaderboard tab: their values, their choices, and the selection they describe.

Kept apart from the tab's handlers, which know leaderboards but no dropdowns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import gradio as gr

from app.ui.choices import ALL, Choice, campaign_choices, chosen, filter_choices, number, pick
from app.ui.labels import label
from app.ui.tab import action
from app.ui.visitor import Visitor
from arena.rating.bradley_terry import BRADLEY_TERRY
from arena.rating.catalog import RATING_METHODS
from arena.rating.method import RatingSettings
from storage.campaigns.campaigns import campaigns
from storage.database.engine import Database
from storage.database.tables import Campaign
from storage.ledger.battle_reading import Selection, filter_values
from storage.ledger.chain import head
from storage.values import RaterKind

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


class BoardFilters(NamedTuple):
    """Values of the filters as dropdowns send them; `ALL` for no restriction."""

    kind: str = RaterKind.human.value
    category: str = ALL
    language: str = ALL
    rater: str = ALL
    campaign: str = ALL
    method: str = BRADLEY_TERRY
    source: str = ALL
    window: str = ALL
    adjust: str = ALL

    def selection(self, now: datetime) -> Selection:
        """Return the selected votes or judgments; a period ends at `now`."""
        days = number(self.window)
        return Selection(
            kind=RaterKind(self.kind),
            rater=chosen(self.rater),
            category=chosen(self.category),
            language=chosen(self.language),
            campaign=number(self.campaign),
            rater_source=chosen(self.source),
            since=None if days is None else now - timedelta(days=days),
        )

    def settings(self) -> RatingSettings:
        """Return the rating settings."""
        return ADJUSTMENTS.get(self.adjust, RatingSettings())


@dataclass(frozen=True)
class FilterOffer:
    """Choices of each filter in this store, its campaigns, and whether the ledger is empty."""

    choices: dict[str, list[Choice]]
    campaigns: Sequence[Campaign]
    is_empty: bool

    def keep(self, wanted: BoardFilters) -> BoardFilters:
        """Return the filters without values that this store does not have."""
        known = {name: {meant for _, meant in choices} for name, choices in self.choices.items()}
        kept = {name: value for name, value in wanted._asdict().items() if value in known[name]}
        return BoardFilters(**kept)


def make_offer(database: Database, visitor: Visitor, kind: str) -> FilterOffer:
    """Return the filter choices for one kind of rater."""
    of_judges = kind == RaterKind.judge
    with database.reading() as session:
        values = filter_values(session, RaterKind.judge if of_judges else RaterKind.human)
        all_campaigns = campaigns(session)
        position, _ = head(session)
    offered = {name: filter_choices(visitor, values[name], of=name) for name in ("category", "language", "rater")}
    everything = (visitor.say("admin_all"), ALL)
    offered["campaign"] = [everything] if of_judges else [everything, *campaign_choices(all_campaigns)]
    offered["kind"] = [(visitor.say(f"board_by_{kind.value}"), kind.value) for kind in RaterKind]
    offered["method"] = [(visitor.say(f"board_method_{name}"), name) for name in RATING_METHODS]
    offered["source"] = filter_choices(visitor, values["rater_source"], of="source")
    offered["window"] = [everything, *((visitor.say("board_window_days", n=days), str(days)) for days in DAYS)]
    adjustments = [(visitor.say(f"board_adjust_{name}"), name) for name in ADJUSTMENTS]
    offered["adjust"] = [(visitor.say("board_adjust_none"), ALL), *adjustments]
    return FilterOffer(offered, all_campaigns, is_empty=position == 0)


def lay_out_filters() -> tuple[list[Any], gr.Button]:
    """Add the controls and return them in the order of `BoardFilters`, with the Refresh button."""
    with gr.Row(elem_classes="adm-filters"):
        everybody = [(label(f"board_by_{kind.value}"), kind.value) for kind in RaterKind]
        kind = gr.Radio(everybody, label=label("board_by"), value=RaterKind.human.value, min_width=190)
        dropdowns = [_dropdown(name) for name in ("category", "language", "rater", "campaign")]
        methods = [(label(f"board_method_{name}"), name) for name in RATING_METHODS]
        method = gr.Dropdown(methods, value=BRADLEY_TERRY, label=label("board_method"), min_width=160)
        further = [_dropdown(name) for name in ("source", "window")]
        nothing = [(label("board_adjust_none"), ALL)]
        adjust = gr.Dropdown(nothing, value=ALL, label=label("board_adjust"), min_width=160)
        refresh = action("admin_refresh")
    return [kind, *dropdowns, method, *further, adjust], refresh


def fill_filters(wanted: BoardFilters, offer: FilterOffer) -> tuple[Any, ...]:
    """Return an update for each control, in the order of `BoardFilters`."""
    kind = gr.Radio(choices=offer.choices["kind"], value=wanted.kind)
    several = {name: len(offer.choices[name]) > 2 for name in ("campaign", "source")}
    several["campaign"] = len(offer.choices["campaign"]) > 1
    whose = label("board_judge" if wanted.kind == RaterKind.judge else "board_rater")
    changes: dict[str, dict[str, Any]] = {"rater": {"label": whose}}
    changes |= {name: {"visible": shown} for name, shown in several.items()}
    names = BoardFilters._fields[1:]
    picked = [pick(getattr(wanted, name), offer.choices[name], **changes.get(name, {})) for name in names]
    return (kind, *picked)


def _dropdown(name: str) -> gr.Dropdown:
    """Add a filter that offers only "all" until the store is read."""
    return gr.Dropdown([(label("admin_all"), ALL)], value=ALL, label=label(f"board_{name}"), min_width=130)
