"""Decisions on neighbours of the main leaderboard: is the upper one really better, and may one stop asking?"""

from itertools import pairwise
from typing import Any

import numpy as np

from app.report.blocks import Block, Bullets, Figure, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers, in_both
from app.report.drawing.charts import NARROW, Axis, Interval, interval_chart
from app.report.parts.cells import percent_cell, points_cell
from app.report.parts.leaderboards import main_board
from app.report.parts.part import ReportSource
from app.report.wording import tell
from app.views.decisions import DecisionWords, decision_words
from arena.decisions.comparison import Comparison, ComparisonPlan, compare
from arena.leaderboard.ranking import Board
from storage.values import Language

DECISIONS = "decisions"
MOST_PAIRS = 6
"""Largest number of neighbours that are decided on, from the top of the leaderboard."""
_COLUMNS = (
    "new", "old", "decision", "unit", "blocks", "votes", "win_rate", "win_rate_lower", "win_rate_upper",
    "missing_blocks", "points", "points_lower", "points_upper",
)  # fmt: skip


class DecisionPart:
    """Each model of the top against the one below it, by their direct comparisons."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        board = main_board(source)
        if board is None or not len(board.battles):
            return PartNumbers()
        found = _comparisons(source, board)
        if not found:
            return PartNumbers()
        rows = [_row(one) for one in found]
        said = in_both(lambda language: [_said(one, decision_words(one, language), language) for one in found])
        said = {language: [*own, *_strangers(board, language)] for language, own in said.items()}
        basis = in_both(lambda language: [*decision_words(found[0], language).basis])
        return PartNumbers({DECISIONS: NumberTable.of(_COLUMNS, rows)}, {DECISIONS: said, "decision_basis": basis})

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        rows = document.rows(DECISIONS)
        if not rows:
            return None
        blocks: list[Block] = [
            Paragraph(tell(language, "decisions_lead")),
            Bullets(document.sentences(DECISIONS, language)),
        ]
        drawn = [row for row in rows if row["win_rate"] is not None]
        if drawn:
            axis = Axis(tell(language, "decisions_axis"), lambda one: f"{one:.0%}", 0.5)
            lines = [
                Interval(_pair(row, language), row["win_rate"], row["win_rate_lower"], row["win_rate_upper"])
                for row in drawn
            ]
            charts = interval_chart(lines, axis), interval_chart(lines, axis, width=NARROW)
            text = tell(language, "decisions_text")
            blocks.append(Figure(DECISIONS, tell(language, "decisions_figure"), text, *charts))
        blocks.append(_table(rows, language))
        basis = document.sentences("decision_basis", language)
        blocks.append(Bullets(basis, tell(language, "decisions_basis", pair=_pair(rows[0], language))))
        return Part(DECISIONS, tell(language, "decisions"), blocks)


def _neighbours(board: Board) -> list[tuple[str, str]]:
    """The first models of the largest group, each with the next one."""
    ranked = [row.model for row in board.rows if row.rating is not None and row.island == 0]
    return list(pairwise(ranked[: MOST_PAIRS + 1]))


def _strangers(board: Board, language: Language) -> list[str]:
    """A sentence for each two neighbours that have not met."""
    return [
        tell(language, "never_met", pair=tell(language, "versus", new=new, old=old))
        for new, old in _neighbours(board)
        if not have_met(board, new, old)
    ]


def _comparisons(source: ReportSource, board: Board) -> list[Comparison]:
    """The comparisons of neighbours in the largest group that have met; nobody votes any more."""
    plan = ComparisonPlan(level=source.settings.level, over=True)
    selection, now = source.selection(board.selection.kind), source.now
    found = []
    for new, old in _neighbours(board):
        if have_met(board, new, old):
            found.append(compare(source.database, new, old, selection=selection, plan=plan, now=now))
    return found


def have_met(board: Board, one: str, other: str) -> bool:
    """Whether there is a direct comparison of two models."""
    battles, codes = board.battles, [board.battles.models.index(name) for name in (one, other)]
    return bool((np.isin(battles.a, codes) & np.isin(battles.b, codes) & (battles.a != battles.b)).any())


def _row(found: Comparison) -> list[Any]:
    one, apart = found.overall, found.difference
    return [
        found.new, found.old, one.decision, one.unit, one.blocks, one.votes, one.win_rate, one.lower, one.upper,
        one.missing_blocks, apart.difference, apart.lower, apart.upper,
    ]  # fmt: skip


def _said(found: Comparison, words: DecisionWords, language: Language) -> str:
    pair = tell(language, "versus", new=found.new, old=found.old)
    return tell(language, "decision_said", pair=pair, answer=words.answer)


def _pair(row: dict[str, Any], language: Language) -> str:
    return tell(language, "versus", new=row["new"], old=row["old"])


def _table(rows: list[dict[str, Any]], language: Language) -> TextTable:
    keys = ("comparison", "votes_between", "decided_blocks", "win_rate_percent", "points_apart")
    headings = [tell(language, key) for key in keys]
    body = [
        [
            _pair(row, language),
            f"{row['votes']:,}",
            f"{row['blocks']:,}",
            percent_cell(row, "win_rate"),
            points_cell(row, "points"),
        ]
        for row in rows
    ]
    return TextTable(tell(language, "decisions_table"), headings, body, frozenset((1, 2, 3, 4)), DECISIONS)
