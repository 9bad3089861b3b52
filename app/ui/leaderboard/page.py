"""The Leaderboard tab: ratings, intervals, figures and notes.

Ratings are fitted when the page opens, when a filter changes and when the ledger grows; nothing is stored.
"""

from dataclasses import replace
from typing import Any

import gradio as gr

from app.ui import markup
from app.ui.choices import ALL
from app.ui.leaderboard.filters import BoardFilters, FilterOffer, fill_filters, lay_out_filters, make_offer
from app.ui.tab import READS, Fill, action, block
from app.ui.visitor import AdminServices, Page, RefusedForm, Visitor, requires
from app.views.board_charts import MANY, board_figures
from app.views.board_table import BoardView, board_view
from app.views.columns import BoardFacts
from app.views.trend_charts import history_figure, slice_figure
from arena.leaderboard.evidence_reading import slice_masks
from arena.leaderboard.history import rating_history
from arena.leaderboard.live import LiveBoards
from arena.leaderboard.ranking import Board, NothingToRank, method_named
from arena.leaderboard.slices import rank_slices
from storage.errors import BadInput
from storage.values import RaterKind, Role

FIGURES = ("intervals", "observed", "predicted", "counts")
"""Fields of `BoardFigures` in page order."""
LOOKS_EVERY = 5
"""Seconds between checks of the ledger's last position, the only query while nothing changes."""
POINTS = 12
"""Number of fits in a rating history."""


class LeaderboardPage(Page):
    """Ranks on request, and automatically after new votes."""

    def __init__(self, services: AdminServices) -> None:
        """Serve the tab; votes read once are cached."""
        super().__init__(services)
        self._boards = LiveBoards(services.database)

    @requires(Role.reviewer)
    def show(self, visitor: Visitor, *sent: str) -> tuple[Any, ...]:
        """Update all filters and outputs for the filter values."""
        wanted = BoardFilters(*sent)
        seen = self._boards.position()
        offer = make_offer(self.services.database, visitor, wanted.kind)
        wanted = offer.keep(wanted)
        above = _banners(visitor, wanted, offer)
        return (*fill_filters(wanted, offer), above, *self._outputs(visitor, wanted, offer), seen)

    @requires(Role.reviewer)
    def look(self, visitor: Visitor, seen: int | None, *sent: str) -> Any:  # noqa: ANN401  what Gradio calls updates
        """Update the outputs if the ledger has grown; skip otherwise, and before the tab is first filled."""
        if seen is None or self._boards.position() == seen:
            return gr.skip()
        wanted = BoardFilters(*sent)
        seen = self._boards.position()
        offer = make_offer(self.services.database, visitor, wanted.kind)
        above = _banners(visitor, wanted, offer)
        return (*[gr.skip()] * len(BoardFilters._fields), above, *self._outputs(visitor, wanted, offer), seen)

    @requires(Role.reviewer)
    def look_closer(self, visitor: Visitor, *sent: str) -> tuple[Any, ...]:
        """Show the rating history and the ranks by category for the filter values."""
        board = self._board(BoardFilters(*sent))
        if not len(board.battles):
            raise RefusedForm(visitor.say("board_no_slices"))
        method, settings = method_named(board.ratings.method).rate, replace(board.recipe.settings, style=())
        history = rating_history(board.battles, method, settings, points=POINTS)
        with self.services.database.reading() as session:
            masks = slice_masks(session, board.battles, ("category",))
        slices = rank_slices(board.battles, masks, method, settings)
        said = (
            visitor.say("board_by_category_text", n=slices.compared)
            if slices.slices
            else visitor.say("board_no_slices")
        )
        return (
            gr.Column(visible=True),
            _heading(visitor, "history"),
            history_figure(history, board, visitor.language),
            markup.together(markup.heading(visitor.say("board_by_category"), said)),
            slice_figure(slices, visitor.language),
        )

    def _board(self, wanted: BoardFilters) -> Board:
        selection = wanted.selection(self.services.clock())
        return self._boards.rank(selection, method=wanted.method, settings=wanted.settings())

    def _outputs(self, visitor: Visitor, wanted: BoardFilters, offer: FilterOffer) -> tuple[Any, ...]:
        """Return the outputs below the filters: table, figure visibility, headings and figures, notes, closer look."""
        try:
            board = self._board(wanted)
        except NothingToRank:
            empty = "board_empty_human_first" if offer.is_empty else f"board_empty_{wanted.kind}"
            return _nothing(visitor.say(empty))
        except BadInput as error:
            return _nothing(str(error))
        view = board_view(BoardFacts(board), visitor.language, "page")
        figures = board_figures(board, visitor.language)
        shown: list[Any] = []
        for name in FIGURES:
            figure = getattr(figures, name)
            plot = gr.Plot(visible=False) if figure is None else gr.Plot(figure, visible=True)
            shown += ["" if figure is None else _heading(visitor, name), plot]
        many = sum(1 for row in board.rows if row.battles) > MANY
        plots = gr.Column(visible=True, elem_classes=["adm-many"] if many else [])
        table = _table(visitor, view, self._as_of(visitor))
        return (table, plots, *shown, _notes(visitor, view), gr.Column(visible=False))

    def _as_of(self, visitor: Visitor) -> str:
        time = f"{self.services.clock():%H:%M:%S}"
        return visitor.say("board_as_of", time=time, seconds=LOOKS_EVERY)

    def lay_out(self) -> tuple[Fill, gr.Timer]:
        """Add the tab to the current Blocks.

        Returns:
            how the tab is filled, and the timer that need be active only while the tab is open.
        """
        filters, refresh = lay_out_filters()
        above, table = block(), block()
        with gr.Column(visible=False) as plots:
            figures = _lay_out_figures()
            more = action("board_more")
            with gr.Column(visible=False) as closer:
                closer_parts = _lay_out_closer()
        notes, seen, timer = block(), gr.State(None), gr.Timer(LOOKS_EVERY)
        outputs = [*filters, above, table, plots, *figures, notes, closer, seen]
        for control in filters:
            control.input(self.show, filters, outputs, **READS)
        refresh.click(self.show, filters, outputs, **READS)
        more.click(self.look_closer, filters, [closer, *closer_parts], **READS)
        timer.tick(self.look, [seen, *filters], outputs, **READS)
        return Fill(self.show, filters, outputs), timer


def _nothing(said: str) -> tuple[Any, ...]:
    """Return the outputs below the filters when there is no leaderboard."""
    without = [gr.skip()] * (2 * len(FIGURES))
    return (markup.together(markup.nothing(said)), gr.Column(visible=False), *without, "", gr.Column(visible=False))


def _banners(visitor: Visitor, wanted: BoardFilters, offer: FilterOffer) -> str:
    """Return the warnings above the leaderboard."""
    shown = [one for one in offer.campaigns if wanted.campaign in (ALL, str(one.id))]
    banners = []
    if wanted.kind == RaterKind.judge:
        title, text = visitor.say("board_judges"), visitor.say("board_judges_text")
        banners.append(markup.banner(title, text, kind="judges"))
    if any(one.example for one in shown):
        title, text = visitor.say("admin_example"), visitor.say("admin_example_text")
        banners.append(markup.banner(title, text, kind="example"))
    return markup.together(*banners)


def _table(visitor: Visitor, view: BoardView, as_of: str) -> str:
    return markup.together(
        markup.summary(view.summary),
        markup.board_table(view, visitor.language),
        markup.lead(visitor.say("board_rank_help")),
        markup.lead(as_of),
    )


def _notes(visitor: Visitor, view: BoardView) -> str:
    left_out = view.left_out or (visitor.say("board_left_out_none"),)
    return markup.together(
        markup.notes(visitor.say("board_notes"), view.notes), markup.notes(visitor.say("board_left_out"), left_out)
    )


def _heading(visitor: Visitor, figure: str) -> str:
    return markup.together(markup.heading(visitor.say(f"board_{figure}"), visitor.say(f"board_{figure}_text")))


def _lay_out_figures() -> list[Any]:
    """Add a heading and a plot for each figure: intervals first, then the heatmaps side by side if there is room."""
    parts: list[Any] = []
    with gr.Column(elem_classes="adm-figure"):
        parts += [block(), _plot()]
    with gr.Row(elem_classes="adm-heatmaps"):
        for _ in FIGURES[1:]:
            with gr.Column(min_width=300, elem_classes="adm-figure"):
                parts += [block(), _plot()]
    return parts


def _lay_out_closer() -> list[Any]:
    """Add headings and plots for the rating history and for ranks by category."""
    parts: list[Any] = []
    for _ in range(2):
        with gr.Column(elem_classes="adm-figure"):
            parts += [block(), _plot()]
    return parts


def _plot() -> gr.Plot:
    return gr.Plot(show_label=False, container=False)
