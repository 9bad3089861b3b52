"""The Leaderboard tab: who stands where, how sure that is, and on what it rests.

Fitted anew when the page opens, when a filter changes and on Refresh; nothing polls, and nothing is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

from app.charts import MANY, board_figures
from app.ui import markup
from app.ui.choices import ALL, Choice, campaign_choices, chosen, filter_choices, number, pick
from app.ui.labels import label
from app.ui.tab import READS, Fill, action, block
from app.ui.visitor import Page, Visitor, requires
from app.views import BoardView, board_view
from arena.catalog import RATING_METHODS
from arena.ranking import NothingToRank, rank
from arena.rating.bradley_terry import BRADLEY_TERRY
from storage.battle_rows import Selection, filter_values
from storage.campaigns import campaigns
from storage.errors import BadInput
from storage.ledger import head
from storage.tables import Campaign
from storage.values import RaterKind, Role

FIGURES = ("intervals", "observed", "predicted", "counts")
"""Fields of `BoardFigures` in the order of the page."""


class Wanted(NamedTuple):
    """What the filters hold: values as dropdowns send them, `ALL` where nothing is asked."""

    kind: str = RaterKind.human.value
    category: str = ALL
    language: str = ALL
    rater: str = ALL
    campaign: str = ALL
    method: str = BRADLEY_TERRY


@dataclass(frozen=True)
class Offer:
    """What the filters can hold in this store: choices by filter, the studies, and whether anybody has voted."""

    choices: dict[str, list[Choice]]
    campaigns: Sequence[Campaign]
    is_empty: bool

    def keep(self, wanted: Wanted) -> Wanted:
        """The same wishes without those that this store cannot meet."""
        known = {name: {meant for _, meant in choices} for name, choices in self.choices.items()}
        kept = {name: value for name, value in wanted._asdict().items() if value in known[name]}
        return Wanted(**kept)


class LeaderboardPage(Page):
    """Ranks on request."""

    @requires(Role.reviewer)
    def show(self, visitor: Visitor, *sent: str) -> tuple[Any, ...]:
        """Every filter and every output of the tab for what the filters hold."""
        wanted = Wanted(*sent)
        offer = self._offer(visitor, wanted.kind)
        wanted = offer.keep(wanted)
        return (*_filters(wanted, offer), _banners(visitor, wanted, offer), *self._board(visitor, wanted, offer))

    def _offer(self, visitor: Visitor, kind: str) -> Offer:
        of_judges = kind == RaterKind.judge
        with self.services.database.reading() as session:
            values = filter_values(session, RaterKind.judge if of_judges else RaterKind.human)
            studies = campaigns(session)
            position, _ = head(session)
        offered = {name: filter_choices(visitor, values[name], of=name) for name in ("category", "language", "rater")}
        everything = (visitor.say("admin_all"), ALL)
        offered["campaign"] = [everything] if of_judges else [everything, *campaign_choices(studies)]
        offered["kind"] = [(visitor.say(f"board_by_{kind.value}"), kind.value) for kind in RaterKind]
        offered["method"] = [(visitor.say(f"board_method_{name}"), name) for name in RATING_METHODS]
        return Offer(offered, studies, is_empty=position == 0)

    def _board(self, visitor: Visitor, wanted: Wanted, offer: Offer) -> tuple[Any, ...]:
        """The outputs below the filters: table, whether there are figures, headings and figures, notes."""
        selection = Selection(
            kind=RaterKind(wanted.kind),
            rater=chosen(wanted.rater),
            category=chosen(wanted.category),
            language=chosen(wanted.language),
            campaign=number(wanted.campaign),
        )
        try:
            board = rank(self.services.database, selection, method=wanted.method)
        except NothingToRank:
            empty = "board_empty_human_first" if offer.is_empty else f"board_empty_{wanted.kind}"
            said = markup.together(markup.nothing(visitor.say(empty)))
            return (said, gr.Column(visible=False), *[gr.skip()] * (2 * len(FIGURES)), "")
        except BadInput as error:
            said = markup.together(markup.nothing(str(error)))
            return (said, gr.Column(visible=False), *[gr.skip()] * (2 * len(FIGURES)), "")
        view = board_view(board, visitor.language)
        figures = board_figures(board, visitor.language)
        shown: list[Any] = []
        for name in FIGURES:
            shown += [_heading(visitor, name), getattr(figures, name)]
        many = sum(1 for row in board.rows if row.battles) > MANY
        plots = gr.Column(visible=True, elem_classes=["adm-many"] if many else [])
        return (_table(visitor, view), plots, *shown, _notes(visitor, view))

    def lay_out(self) -> Fill:
        """Put the tab into the Blocks at hand."""
        with gr.Row(elem_classes="adm-filters"):
            everybody = [(kind.value, kind.value) for kind in RaterKind]
            kind = gr.Radio(everybody, label=label("board_by"), value=RaterKind.human.value, min_width=190)
            dropdowns = [_dropdown(name) for name in ("category", "language", "rater", "campaign")]
            methods = list(RATING_METHODS)
            method = gr.Dropdown(methods, value=BRADLEY_TERRY, label=label("board_method"), min_width=130)
            refresh = action("admin_refresh")
        above, table = block(), block()
        with gr.Column(visible=False) as plots:
            figures = _lay_out_figures()
        notes = block()
        filters = [kind, *dropdowns, method]
        outputs = [*filters, above, table, plots, *figures, notes]
        for control in filters:
            control.input(self.show, filters, outputs, **READS)
        refresh.click(self.show, filters, outputs, **READS)
        return Fill(self.show, filters, outputs)


def _filters(wanted: Wanted, offer: Offer) -> tuple[Any, ...]:
    """An update for each filter."""
    kind = gr.Radio(choices=offer.choices["kind"], value=wanted.kind)
    shown = {name: pick(getattr(wanted, name), offer.choices[name]) for name in ("category", "language", "method")}
    whose = label("board_judge" if wanted.kind == RaterKind.judge else "board_rater")
    rater = pick(wanted.rater, offer.choices["rater"], label=whose)
    campaign = pick(wanted.campaign, offer.choices["campaign"], visible=len(offer.choices["campaign"]) > 1)
    return (kind, shown["category"], shown["language"], rater, campaign, shown["method"])


def _banners(visitor: Visitor, wanted: Wanted, offer: Offer) -> str:
    """What the board must not be read without."""
    studies = [study for study in offer.campaigns if wanted.campaign in (ALL, str(study.id))]
    banners = []
    if wanted.kind == RaterKind.judge:
        title, text = visitor.say("board_judges"), visitor.say("board_judges_text")
        banners.append(markup.banner(title, text, kind="judges"))
    if any(study.example for study in studies):
        title, text = visitor.say("admin_example"), visitor.say("admin_example_text")
        banners.append(markup.banner(title, text, kind="example"))
    return markup.together(*banners)


def _table(visitor: Visitor, view: BoardView) -> str:
    return markup.together(
        markup.summary(view.summary),
        markup.board_table(view, visitor.language),
        markup.lead(visitor.say("board_rank_help")),
    )


def _notes(visitor: Visitor, view: BoardView) -> str:
    left_out = view.left_out or (visitor.say("board_left_out_none"),)
    return markup.together(
        markup.notes(visitor.say("board_notes"), view.notes), markup.notes(visitor.say("board_left_out"), left_out)
    )


def _heading(visitor: Visitor, figure: str) -> str:
    return markup.together(markup.heading(visitor.say(f"board_{figure}"), visitor.say(f"board_{figure}_text")))


def _dropdown(name: str) -> gr.Dropdown:
    """A filter before the store was asked: nothing but "all"."""
    return gr.Dropdown([(label("admin_all"), ALL)], value=ALL, label=label(f"board_{name}"), min_width=130)


def _lay_out_figures() -> list[Any]:
    """A heading and a place for each figure, intervals first, the heatmaps beside each other where there is room."""
    parts: list[Any] = []
    with gr.Column(elem_classes="adm-figure"):
        parts += [block(), _plot()]
    with gr.Row(elem_classes="adm-heatmaps"):
        for _ in FIGURES[1:]:
            with gr.Column(min_width=300, elem_classes="adm-figure"):
                parts += [block(), _plot()]
    return parts


def _plot() -> gr.Plot:
    return gr.Plot(show_label=False, container=False)
