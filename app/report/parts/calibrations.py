"""Calibration of judges against people: how often both say the same, and win rates corrected for a judge's errors."""

from typing import Any

from app.report.blocks import Block, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers
from app.report.parts.agreement import ends, percent_cell
from app.report.parts.calibration_details import detail_blocks, detail_tables
from app.report.parts.part import ReportSource
from app.report.wording import tell
from app.views.sentences import say
from arena.calibration.report import CalibrationReport, calibrate
from storage.errors import BadInput
from storage.values import Language, RaterKind

_RATES = ("agreement", "decisive")
_MEANS = ("raw", "corrected", "people")


class CalibrationPart:
    """What the votes of people say about each judge."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        try:
            report = calibrate(source.database, source.selection(RaterKind.human), level=source.settings.level)
        except BadInput:  # no votes, no judgments, or none on the same pairs
            return PartNumbers()
        tables = {"calibration": _rates(report), **detail_tables(report)}
        if any(one.corrected for one in report.judges):
            tables["calibration_means"] = _means(report)
        return PartNumbers(tables)

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        rates, means = document.rows("calibration"), document.rows("calibration_means")
        if not rates:
            return None
        keys = ("raters", "votes_between", "agreement_all", "agreement_decisive")
        body = [[row["judge"], f"{row['votes']:,}", *(percent_cell(row, name) for name in _RATES)] for row in rates]
        title = say(language, "calibration_title")
        headings = [tell(language, key) for key in keys]
        blocks: list[Block] = [
            Paragraph(tell(language, "calibration_lead")),
            TextTable(title, headings, body, frozenset((1, 2, 3)), "calibration"),
        ]
        blocks += detail_blocks(document, language)
        if means:
            blocks.append(_mean_table(means, language))
        return Part("calibration", title, blocks)


def _rates(report: CalibrationReport) -> NumberTable:
    columns = ["judge", "votes", "judged", "orders", *(f"{name}{end}" for name in _RATES for end in _ENDS)]
    rows = [
        [one.judge, one.votes, one.judged, one.orders, *(end for name in _RATES for end in _of(one.confusion, name))]
        for one in report.judges
    ]
    return NumberTable.of(columns, rows)


def _means(report: CalibrationReport) -> NumberTable:
    columns = ["judge", "model", "judged", "votes", "reason", *(f"{name}{end}" for name in _MEANS for end in _ENDS)]
    rows = [
        [one.judge, mean.model, mean.judged, mean.votes, mean.reason, *(e for name in _MEANS for e in _of(mean, name))]
        for one in report.judges
        for mean in one.corrected
    ]
    return NumberTable.of(columns, rows)


_ENDS = ("", "_lower", "_upper")


def _of(found: Any, name: str) -> tuple[float, float, float]:  # noqa: ANN401  a row with estimates
    return ends(getattr(found, name))


def _mean_table(rows: list[dict[str, Any]], language: Language) -> TextTable:
    headings = [tell(language, key) for key in ("raters", "model", "by_judge", "corrected", "by_people")]
    body = [[row["judge"], row["model"], *(percent_cell(row, name) for name in _MEANS)] for row in rows]
    caption = say(language, "calibration_corrected_title")
    return TextTable(caption, headings, body, frozenset((2, 3, 4)), "calibration_means")
