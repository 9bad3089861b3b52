"""What a response of each model costs, beside its rating."""

from typing import Any

from app.report.blocks import Block, Figure, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers
from app.report.drawing.charts import NARROW, Axis, PlacedModel, scatter_chart
from app.report.parts.leaderboards import main_board
from app.report.parts.part import ReportSource
from app.report.wording import tell
from app.views.board import interval_ends
from app.views.columns import BOARD_COLUMNS, BoardColumn, BoardFacts
from app.views.leaderboard.costs import COST_KEYS, model_costs
from app.views.sentences import say
from storage.values import Language

COLUMNS: dict[str, BoardColumn] = {column.key: column for column in BOARD_COLUMNS if column.key in COST_KEYS}
_RATED = ("model", "rating", "lower", "upper", "scale")


class CostPart:
    """Latency, tokens and price of a mean response."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        board = main_board(source)
        if board is None:
            return PartNumbers()
        with source.database.reading() as session:
            facts = BoardFacts(board, costs=model_costs(session))
        values = {key: COLUMNS[key].values(facts) for key in COST_KEYS}
        if all(value is None for column in values.values() for value in column):
            return PartNumbers()
        ends, scale = interval_ends(board.ratings), board.ratings.scale
        rows = [
            [row.model, row.rating, *ends[row.model], scale, *(values[key][place] for key in COST_KEYS)]
            for place, row in enumerate(board.rows)
            if row.rating is not None and row.island == 0
        ]
        return PartNumbers({"costs": NumberTable.of((*_RATED, *COST_KEYS), rows)})

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        rows = document.rows("costs")
        if not rows:
            return None
        shown = [key for key in COST_KEYS if any(row[key] is not None for row in rows)]
        blocks: list[Block] = [Paragraph(say(language, "board_costs_text"))]
        blocks += [_figure(rows, key, language) for key in shown if sum(row[key] is not None for row in rows) > 1]
        headings = [tell(language, "model"), tell(language, "rating")]
        headings += [say(language, f"board_cost_{key}") for key in shown]
        body = [[row["model"], f"{row['rating']:.0f}", *(_number(row[key]) for key in shown)] for row in rows]
        caption = tell(language, "costs_caption")
        blocks.append(TextTable(caption, headings, body, frozenset(range(1, len(headings))), "costs"))
        return Part("costs", say(language, "board_costs"), blocks)


def _figure(rows: list[dict[str, Any]], key: str, language: Language) -> Figure:
    title = say(language, f"board_cost_{key}")
    placed = [
        PlacedModel(row["model"], row[key], row["rating"], None, row["lower"], row["upper"])
        for row in rows
        if row[key] is not None
    ]
    across = Axis(title, lambda one: f"{one:g}")
    upwards = Axis(say(language, f"board_axis_{rows[0]['scale']}"), lambda one: f"{one:.0f}")
    return Figure(
        f"costs_{key}",
        f"{say(language, 'board_costs')}: {title}",
        say(language, "board_costs_text"),
        scatter_chart(placed, across, upwards),
        scatter_chart(placed, across, upwards, width=NARROW),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 100.0 else f"{value:.3g}"
