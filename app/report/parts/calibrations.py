"""Calibration of judges against people: how often both say the same, and win rates corrected for a judge's errors.

Confusion, calibration curve and drift of each judge stand between the two.
"""

from collections.abc import Iterator
from typing import Any

from app.report.blocks import Block, Figure, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers
from app.report.drawing.charts import NARROW, Axis, PlacedModel, scatter_chart
from app.report.parts.cells import ends, percent_cell
from app.report.parts.part import ReportSource
from app.report.wording import tell
from app.views.sentences import say
from arena.calibration.confusion import ROWS
from arena.calibration.report import CalibrationReport, calibrate
from storage.errors import BadInput
from storage.values import Language, RaterKind

_RATES = ("agreement", "decisive")
_MEANS = ("raw", "corrected", "people")
_ENDS = ("", "_lower", "_upper")
MOST_CURVES = 6
"""Largest number of judges whose curve is drawn; the tables have all."""


class CalibrationPart:
    """What the votes of people say about each judge."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        try:
            report = calibrate(source.database, source.selection(RaterKind.human), level=source.settings.level)
        except BadInput:  # no votes, no judgments, or none on the same pairs
            return PartNumbers()
        tables = {"calibration": _rates(report), **_detail_tables(report)}
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
        blocks += _detail_blocks(document, language)
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


def _of(found: Any, name: str) -> tuple[float, float, float]:  # noqa: ANN401  a row with estimates
    return ends(getattr(found, name))


def _mean_table(rows: list[dict[str, Any]], language: Language) -> TextTable:
    headings = [tell(language, key) for key in ("raters", "model", "by_judge", "corrected", "by_people")]
    body = [[row["judge"], row["model"], *(_mean(row, name, language) for name in _MEANS)] for row in rows]
    caption = say(language, "calibration_corrected_title")
    return TextTable(caption, headings, body, frozenset((2, 3, 4)), "calibration_means")


def _mean(row: dict[str, Any], name: str, language: Language) -> str:
    """A win rate with its interval, or why it was not corrected."""
    if name == "corrected" and row["reason"] is not None:
        return say(language, f"calibration_{row['reason']}")
    return percent_cell(row, name)


def _detail_tables(report: CalibrationReport) -> dict[str, NumberTable]:
    """The numbers; a table without rows is left out."""
    confusion = [
        [one.judge, person, *counts]
        for one in report.judges
        for person, counts in zip(ROWS, one.confusion.counts, strict=True)
    ]
    curve = [
        [one.judge, point.low, point.high, point.said, point.votes, *ends(point.people)]
        for one in report.judges
        for point in one.curve.points
    ]
    drift = [
        [one.judge, one.drift.items, *ends(one.drift.change), *ends(one.drift.changed)]
        for one in report.judges
        if one.drift is not None
    ]
    people = [f"people{end}" for end in _ENDS]
    changes = [f"{name}{end}" for name in ("change", "changed") for end in _ENDS]
    found = {
        "calibration_confusion": (("judge", "person", *(f"said_{name}" for name in ROWS)), confusion),
        "calibration_curve": (("judge", "low", "high", "said", "votes", *people), curve),
        "calibration_drift": (("judge", "items", *changes), drift),
    }
    return {name: NumberTable.of(columns, rows) for name, (columns, rows) in found.items() if rows}


def _detail_blocks(document: Document, language: Language) -> Iterator[Block]:
    """The tables and plots."""
    if confusion := document.rows("calibration_confusion"):
        yield _confusion(confusion, language)
    if curve := document.rows("calibration_curve"):
        for place, judge in enumerate(list(dict.fromkeys(row["judge"] for row in curve))[:MOST_CURVES], 1):
            yield _figure(place, judge, [row for row in curve if row["judge"] == judge], language)
        yield _curve(curve, language)
    if drift := document.rows("calibration_drift"):
        yield _drift(drift, language)


def _confusion(rows: list[dict[str, Any]], language: Language) -> TextTable:
    headings = [tell(language, "raters"), say(language, "calibration_person")]
    headings += [say(language, f"calibration_said_{name}") for name in ROWS]
    body = [
        [
            row["judge"],
            say(language, f"calibration_said_{row['person']}"),
            *(f"{row[f'said_{name}']:,}" for name in ROWS),
        ]
        for row in rows
    ]
    caption = say(language, "calibration_confusion_text")
    return TextTable(caption, headings, body, frozenset((2, 3, 4)), "calibration_confusion")


def _figure(place: int, judge: str, rows: list[dict[str, Any]], language: Language) -> Figure:
    points = [
        PlacedModel(
            f"{row['votes']:,}",
            100.0 * row["said"],
            100.0 * row["people"],
            None,
            *(None if row[f"people{end}"] is None else 100.0 * row[f"people{end}"] for end in _ENDS[1:]),
        )
        for row in rows
        if row["people"] is not None
    ]
    across = Axis(f"{say(language, 'calibration_judge_share')} (%)", lambda one: f"{one:g}")
    upwards = Axis(f"{say(language, 'calibration_people_share')} (%)", lambda one: f"{one:g}")
    return Figure(
        f"calibration_curve_{place}",
        f"{say(language, 'calibration_curve')}: {judge}",
        tell(language, "curve_text"),
        scatter_chart(points, across, upwards),
        scatter_chart(points, across, upwards, width=NARROW),
    )


def _curve(rows: list[dict[str, Any]], language: Language) -> TextTable:
    headings = [tell(language, "raters")]
    headings += [say(language, f"calibration_{key}") for key in ("judge_share", "rows", "people_share")]
    body = [
        [row["judge"], f"{100.0 * row['said']:.1f}", f"{row['votes']:,}", percent_cell(row, "people")] for row in rows
    ]
    caption = f"{say(language, 'calibration_curve')} (%)"
    return TextTable(caption, headings, body, frozenset((1, 2, 3)), "calibration_curve")


def _drift(rows: list[dict[str, Any]], language: Language) -> TextTable:
    headings = [tell(language, "raters")]
    headings += [say(language, f"calibration_{key}") for key in ("items", "change", "changed")]
    body = [
        [row["judge"], f"{row['items']:,}", percent_cell(row, "change"), percent_cell(row, "changed")] for row in rows
    ]
    caption = f"{say(language, 'calibration_drift')} (%). {say(language, 'calibration_drift_text')}"
    return TextTable(caption, headings, body, frozenset((1, 2, 3)), "calibration_drift")
