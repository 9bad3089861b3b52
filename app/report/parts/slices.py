"""Ranks by category and by language, and the differences that chance does not explain."""

from dataclasses import replace
from typing import Any, Literal

from app.report.blocks import Block, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers
from app.report.parts.leaderboards import MOST_ROWS, main_board
from app.report.parts.part import ReportSource
from app.report.wording import tell
from app.views.board import category_name, language_name
from arena.leaderboard.evidence_reading import slice_masks
from arena.leaderboard.ranking import method_named
from arena.leaderboard.slices import rank_slices
from storage.errors import BadInput
from storage.values import Language

Kind = Literal["category", "language"]
KINDS: tuple[Kind, ...] = ("category", "language")
_COLUMNS = ("slice", "model", "rank", "rating", "lower", "upper", "battles", "shift", "p_value", "adjusted", "flagged")
MOST_SLICES = 10
"""Largest number of slices in a table of the page, those with the most comparisons; the files have all."""


class SlicePart:
    """The main leaderboard again for each category and language."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        board = main_board(source)
        if board is None or not board.has_parts:
            return PartNumbers()
        rate, settings = method_named(board.ratings.method).rate, replace(board.recipe.settings, style=())
        tables = {}
        for kind in KINDS:
            with source.database.reading() as session:
                masks = slice_masks(session, board.battles, (kind,))
            if len(masks) < 2:
                continue
            try:
                found = rank_slices(board.battles, masks, rate, settings)
            except BadInput:  # the method asks for more than one slice has, such as both-bads for its zero
                continue
            rows: list[list[Any]] = []
            for one in found.slices:
                for model, cell in one.cells.items():
                    row = cell.row
                    numbers = [row.rank, row.rating, row.lower, row.upper, row.battles]
                    rows.append([one.name, model, *numbers, cell.shift, cell.chance, cell.rate, cell.flagged])
            tables[f"by_{kind}"] = NumberTable.of(_COLUMNS, rows)
        return PartNumbers(tables)

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        blocks: list[Block] = []
        for kind in KINDS:
            if rows := document.rows(f"by_{kind}"):
                blocks += [_table(document, kind, rows, language), Paragraph(_tested(rows, language))]
        if not blocks:
            return None
        return Part("slices", tell(language, "slices"), (Paragraph(tell(language, "slices_lead")), *blocks))


def _table(document: Document, kind: Kind, rows: list[dict[str, Any]], language: Language) -> TextTable:
    name_of = category_name if kind == "category" else language_name
    battles: dict[str, int] = {}
    for row in rows:
        battles[row["slice"]] = battles.get(row["slice"], 0) + row["battles"]
    slices = sorted(battles, key=lambda name: (-battles[name], name))[:MOST_SLICES]
    cells = {(row["slice"], row["model"]): row for row in rows}
    models = [row["model"] for row in document.rows("win_rates_models")]
    order = models[:MOST_ROWS]
    body = [
        [model, str(place), *(_cell(cells.get((name, model))) for name in slices)]
        for place, model in enumerate(order, 1)
    ]
    heads = [f"{name_of(name, language)} ({battles[name] // 2:,})" for name in slices]
    headings = [tell(language, "model"), tell(language, "all"), *heads]
    caption = tell(language, f"slices_{kind}")
    if len(slices) < len(battles):
        caption += " " + tell(language, "slices_most", n=len(slices), all=len(battles))
    if len(order) < len(models):
        caption += " " + tell(language, "rows_first", n=len(order), all=len(models))
    return TextTable(caption, headings, body, frozenset(range(1, len(headings))), f"by_{kind}")


def _cell(row: dict[str, Any] | None) -> str:
    if row is None or row["rank"] is None:
        return ""
    mark = "" if not row["flagged"] else " ▲" if (row["shift"] or 0.0) > 0.0 else " ▼"
    return f"{row['rank']}{mark}"


def _tested(rows: list[dict[str, Any]], language: Language) -> str:
    tested = sum(row["p_value"] is not None for row in rows)
    return tell(language, "slices_tested", n=tested, found=sum(bool(row["flagged"]) for row in rows))
