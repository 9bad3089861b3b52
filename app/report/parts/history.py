"""Ratings of the first models on the main leaderboard after growing numbers of comparisons."""

from dataclasses import replace

import numpy as np

from app.report.blocks import Figure, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers
from app.report.drawing.charts import NARROW, WIDTH, Axis, Series, line_chart
from app.report.parts.leaderboards import main_board
from app.report.parts.part import ReportSource
from app.report.wording import tell
from app.views.leaderboard.page_object import LINES
from app.views.sentences import say
from arena.leaderboard.history import rating_history
from arena.leaderboard.ranking import method_named
from storage.values import Language

HISTORY = "history"
POINTS = 12
"""Number of fits."""


class HistoryPart:
    """How ratings came about: fits to the earliest comparisons, and to more and more of them."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        board = main_board(source)
        if board is None or not board.has_parts:
            return PartNumbers()
        best = [row.model for row in board.rows if row.rating is not None and row.island == 0][:LINES]
        rate = method_named(board.ratings.method).rate
        settings = replace(board.recipe.settings, style=())
        history = rating_history(board.battles, rate, settings, points=POINTS)
        if not best or len(history.battles) < 2:
            return PartNumbers()
        place = {model: code for code, model in enumerate(history.models)}
        ratings = history.rating[:, [place[model] for model in best]]
        if not np.isfinite(ratings).any():
            return PartNumbers()
        scale = board.ratings.scale
        rows = [
            [battles, model, None if np.isnan(rating) else float(rating), scale]
            for battles, line in zip(history.battles, ratings, strict=True)
            for model, rating in zip(best, line, strict=True)
        ]
        return PartNumbers({HISTORY: NumberTable.of(("comparisons", "model", "rating", "scale"), rows)})

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        rows = document.rows(HISTORY)
        if not rows:
            return None
        places = sorted({row["comparisons"] for row in rows})
        models = list(dict.fromkeys(row["model"] for row in rows))
        known = {(row["comparisons"], row["model"]): row["rating"] for row in rows}
        lines = [Series(model, [known[place, model] for place in places]) for model in models]
        axes = (
            Axis(say(language, "board_history_axis"), lambda one: f"{one:,.0f}"),
            Axis(say(language, f"board_axis_{rows[0]['scale']}"), lambda one: f"{one:.0f}"),
        )
        drawn = [line for line in lines if any(value is not None for value in line.values)]
        title, text = say(language, "board_history"), say(language, "board_history_text")
        charts = (line_chart(places, drawn, axes, width=width) for width in (WIDTH, NARROW))
        headings = [tell(language, "model"), *(f"{place:,}" for place in places)]
        body = [[line.name, *("" if one is None else f"{one:.0f}" for one in line.values)] for line in lines]
        table = TextTable(
            say(language, "board_history_axis"), headings, body, frozenset(range(1, len(headings))), HISTORY
        )
        return Part(HISTORY, title, (Figure(HISTORY, title, text, *charts), table))
