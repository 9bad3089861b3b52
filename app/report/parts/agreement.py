"""Agreement of people and judges."""

from typing import Any

from app.report.blocks import Block, Figure, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers
from app.report.drawing.charts import NARROW, Axis, Interval, interval_chart
from app.report.parts.cells import ends, percent_cell, value_cell
from app.report.parts.part import ReportSource
from app.report.wording import report_texts, tell
from app.views.board import category_name
from arena.agreement.concordance import RANDOM_DECISIVE
from arena.agreement.report import AgreementRow, NothingToCompare, ScoreRow, measure
from storage.ledger.battle_reading import Selection
from storage.values import Language

_ESTIMATES = ("agreement", "decisive", "kappa", "alpha")
_COUNTS = ("items", "questions", "pairs", "inconsistent", "failed", "decisive_pairs")
_SCORES = ("exact", "pearson", "spearman", "alpha", "difference")
_WHO = ("one", "other")
TABLES = ("agreement", "agreement_by_category", "agreement_baselines", "agreement_raters")


class AgreementPart:
    """How often raters agree, and how often judges that read nothing would."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        settings = source.settings
        try:
            report = measure(source.database, Selection(), level=settings.level, seed=settings.seed)
        except NothingToCompare:
            return PartNumbers()
        parts = (report.rows, report.by_category, report.baselines, (*report.rater_pairs, *report.majority))
        tables = {name: _numbers(rows) for name, rows in zip(TABLES, parts, strict=True) if rows}
        if report.scores:
            tables["agreement_scores"] = _score_numbers(report.scores)
        return PartNumbers(tables)

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        blocks: list[Block] = [Paragraph(tell(language, "agreement_lead"))]
        rows = [row for row in document.rows("agreement") if row["decisive"] is not None]
        shown = rows + [row for row in document.rows("agreement_baselines") if row["decisive"] is not None]
        if rows:
            axis = Axis(tell(language, "agreement_axis"), lambda one: f"{one:.0%}", RANDOM_DECISIVE)
            lines = [
                Interval(between(row, language), row["decisive"], row["decisive_lower"], row["decisive_upper"])
                for row in shown
            ]
            text = tell(language, "agreement_text")
            blocks.append(
                Figure(
                    "agreement",
                    tell(language, "agreement_figure"),
                    text,
                    interval_chart(lines, axis),
                    interval_chart(lines, axis, width=NARROW),
                )
            )
        blocks += [_table(name, own, language) for name in TABLES[:3] if (own := document.rows(name))]
        if scores := document.rows("agreement_scores"):
            blocks.append(_score_table(scores, language))
        return Part("agreement", tell(language, "agreement"), blocks) if len(blocks) > 1 else None


def between(row: dict[str, Any], language: Language) -> str:
    """The names of two groups of raters."""
    one, other = (report_texts(language).get(f"raters_{row[side]}", row[side]) for side in _WHO)
    return one if row["one"] == row["other"] else tell(language, "between", one=one, other=other)


def _numbers(rows: tuple[AgreementRow, ...]) -> NumberTable:
    columns = [
        *_WHO,
        "category",
        *_COUNTS,
        *(f"{name}{end}" for name in _ESTIMATES for end in ("", "_lower", "_upper")),
    ]
    return NumberTable.of(
        columns,
        [
            [
                row.one,
                row.other,
                row.category,
                *(getattr(row.found, name) for name in _COUNTS),
                *(end for name in _ESTIMATES for end in ends(getattr(row.found, name))),
            ]
            for row in rows
        ],
    )


def _score_numbers(rows: tuple[ScoreRow, ...]) -> NumberTable:
    columns = [
        *_WHO,
        "dimension",
        "items",
        "pairs",
        *(f"{name}{end}" for name in _SCORES for end in ("", "_lower", "_upper")),
    ]
    return NumberTable.of(
        columns,
        [
            [
                row.one,
                row.other,
                row.dimension,
                row.found.items,
                row.found.pairs,
                *(end for name in _SCORES for end in ends(getattr(row.found, name))),
            ]
            for row in rows
        ],
    )


def _table(name: str, rows: list[dict[str, Any]], language: Language) -> TextTable:
    with_category = name == "agreement_by_category"
    headings = [
        tell(language, key) for key in ("raters", "pairs_of_votes", "agreement_all", "agreement_decisive", "kappa")
    ]
    body = []
    for row in rows:
        cells = [
            between(row, language),
            f"{row['pairs']:,}",
            percent_cell(row, "agreement"),
            percent_cell(row, "decisive"),
            value_cell(row, "kappa"),
        ]
        body.append([category_name(row["category"], language), *cells] if with_category else cells)
    if with_category:
        headings = [tell(language, "category"), *headings]
    first = 2 if with_category else 1
    return TextTable(tell(language, name), headings, body, frozenset(range(first, len(headings))), name)


def _score_table(rows: list[dict[str, Any]], language: Language) -> TextTable:
    headings = [tell(language, key) for key in ("raters", "dimension", "pairs_of_scores", "equal", "spearman", "alpha")]
    body = [
        [
            between(row, language),
            row["dimension"],
            f"{row['pairs']:,}",
            percent_cell(row, "exact"),
            value_cell(row, "spearman"),
            value_cell(row, "alpha"),
        ]
        for row in rows
    ]
    return TextTable(tell(language, "agreement_scores"), headings, body, frozenset((2, 3, 4, 5)), "agreement_scores")
