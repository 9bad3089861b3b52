"""Win rates of each pair of models on the main leaderboard."""

import numpy as np

from app.report.blocks import Figure, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers
from app.report.drawing.charts import MOST_CELLS, NARROW, heat_chart
from app.report.parts.leaderboards import main_board
from app.report.parts.part import ReportSource
from app.report.wording import tell
from arena.leaderboard.board import predicted_shares
from arena.leaderboard.ranking import Board
from arena.rating.counts import count_pairs
from storage.values import Language

PAIRS, ORDER = "win_rates", "win_rates_models"
_COLUMNS = ("model_a", "model_b", "comparisons", "win_rate_a", "predicted_a")
MOST_PAIRS = 60
"""Largest number of pairs in the table of the page; its files have all."""


class PairPart:
    """How often each model beat each other one."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        board = main_board(source)
        if board is None or not len(board.battles):
            return PartNumbers()
        names = [row.model for row in board.rows if row.battles]
        tables = {
            PAIRS: NumberTable.of(_COLUMNS, _pairs(board, names)),
            ORDER: NumberTable.of(("model",), [[name] for name in names]),
        }
        return PartNumbers(tables)

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        rows = document.rows(PAIRS)
        if not rows:
            return None
        names = [row["model"] for row in document.rows(ORDER)][:MOST_CELLS]
        shares = {(row["model_a"], row["model_b"]): row["win_rate_a"] for row in rows}
        shares |= {(other, one): 1.0 - share for (one, other), share in list(shares.items())}
        cells = [[shares.get((one, other)) for other in names] for one in names]
        text = tell(language, "pairs_text")
        if len(names) < len(document.rows(ORDER)):
            text += " " + tell(language, "ratings_first", n=len(names), all=len(document.rows(ORDER)))
        figure = Figure(
            "win_rates",
            tell(language, "pairs"),
            text,
            heat_chart(names, cells, _percent),
            heat_chart(names, cells, _percent, width=NARROW),
        )
        headings = [tell(language, f"pairs_{name}") for name in _COLUMNS]
        most = sorted(rows, key=lambda row: -row["comparisons"])[:MOST_PAIRS]
        body = [
            [
                row["model_a"],
                row["model_b"],
                f"{row['comparisons']:,}",
                f"{row['win_rate_a']:.1%}",
                "" if row["predicted_a"] is None else f"{row['predicted_a']:.1%}",
            ]
            for row in most
        ]
        caption = tell(
            language, "pairs_caption" if len(most) == len(rows) else "pairs_most", n=len(most), all=len(rows)
        )
        table = TextTable(caption, headings, body, frozenset((2, 3, 4)), PAIRS)
        return Part("pairs", tell(language, "pairs_title"), (Paragraph(tell(language, "pairs_lead")), figure, table))


def _pairs(board: Board, names: list[str]) -> list[tuple[str, str, int, float, float]]:
    """A row for each two of these models that met, the one that is higher on the leaderboard first."""
    counts, place = count_pairs(board.battles), np.full(len(board.ratings.models), -1, np.intp)
    code_of = {name: code for code, name in enumerate(board.ratings.models)}
    codes = np.array([code_of[name] for name in names], np.intp)
    place[codes] = np.arange(len(names))
    kept = (place[counts.first] >= 0) & (place[counts.second] >= 0)
    one, other = place[counts.first[kept]], place[counts.second[kept]]
    high, low = np.minimum(one, other), np.maximum(one, other)
    battles = counts.battles[kept]
    share = counts.score[kept] / battles
    seen = np.where(one > other, 1.0 - share, share)
    predicted = predicted_shares(board.ratings, codes[high], codes[low])
    order = np.lexsort((low, high))
    columns = (values[order].tolist() for values in (high, low, battles, seen, predicted))
    return [
        (names[first], names[second], int(number), fraction, expected)
        for first, second, number, fraction, expected in zip(*columns, strict=True)
    ]


def _percent(share: float) -> str:
    return f"{share:.0%}"
