"""Effects of side, length, formatting and family, consistency over both orders, and coverage of judges."""

from typing import Any

from app.report.blocks import Block, Bullets, Figure, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers, in_both
from app.report.drawing.charts import NARROW, Axis, Interval, interval_chart
from app.report.parts.cells import ends, percent_cell, points_cell
from app.report.parts.part import ReportSource
from app.report.wording import report_texts, tell
from app.views.missing_effects import missing_effects
from arena.agreement.clustered import Estimate
from arena.bias.report import BiasReport, NothingToExamine, measure_bias
from storage.ledger.battle_reading import Selection
from storage.values import Language

_EFFECT = ("rater", "feature", "points", "points_lower", "points_upper", "unit", "wins", "wins_lower", "wins_upper")
_HABITS = ("first", "longer", "consistent", "flips")
_BOUNDS = ("rater", "model", "asked", "scored", "win_rate", "lowest", "highest")
_NONE = Estimate(float("nan"))


class BiasPart:
    """What moves preferences besides the models."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        try:
            report = measure_bias(source.database, Selection(), level=source.settings.level)
        except NothingToExamine:
            return PartNumbers()
        tables = {"bias_habits": _habits(report)}
        if effects := _effects(report):
            tables["bias_effects"] = NumberTable.of((*_EFFECT, "battles"), effects)
        if bounds := _bounds(report):
            tables["judge_bounds"] = NumberTable.of(_BOUNDS, bounds)
        return PartNumbers(tables, {"bias_missing": in_both(lambda language: _missing(report, language))})

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        habits = [row for row in document.rows("bias_habits") if row["first"] is not None or row["longer"] is not None]
        effects = document.rows("bias_effects")
        if not habits and not effects:
            return None
        blocks: list[Block] = [Paragraph(tell(language, "bias_lead"))]
        if drawn := [row for row in effects if row["wins"] is not None]:
            axis = Axis(tell(language, "bias_axis"), lambda one: f"{one:.0%}", 0.5)
            lines = [
                Interval(_effect_name(row, language), row["wins"], row["wins_lower"], row["wins_upper"])
                for row in drawn
            ]
            chart = interval_chart(lines, axis)
            blocks.append(
                Figure(
                    "bias",
                    tell(language, "bias_figure"),
                    tell(language, "bias_text"),
                    chart,
                    interval_chart(lines, axis, width=NARROW),
                )
            )
            blocks.append(_effect_table(effects, language))
        if missing := document.sentences("bias_missing", language):
            blocks.append(Bullets(missing))
        if habits:
            blocks.append(_habit_table(habits, language))
        if bounds := document.rows("judge_bounds"):
            blocks.append(_bound_table(bounds, language))
        return Part("bias", tell(language, "bias"), blocks)


def rater_name(name: str, language: Language) -> str:
    """The name of a group of raters in the reader's language; that of a judge as it is."""
    return report_texts(language).get(f"raters_{name}", name)


def _effects(report: BiasReport) -> list[list[Any]]:
    names = ("feature", "points", "lower", "upper", "unit", "wins", "wins_lower", "wins_upper")
    return [
        [row.rater, *(getattr(effect, name) for name in names), row.effects.verdicts]
        for row in report.rows
        for effect in row.effects.effects
    ]


def _habits(report: BiasReport) -> NumberTable:
    columns = ["rater", "kind", "results", *(f"{name}{end}" for name in _HABITS for end in ("", "_lower", "_upper"))]
    columns += ["asked", "scored", "inconsistent", "failed"]
    rows = []
    for row in report.rows:
        longer = _NONE if row.longer is None else row.longer.share
        orders = (_NONE, _NONE) if row.orders is None else (row.orders.consistent, row.orders.flips)
        known = row.coverage
        counts = (
            [None] * 4 if known is None else [known.asked, known.scored, known.inconsistent, sum(known.causes.values())]
        )
        found = [end for estimate in (row.first, longer, *orders) for end in ends(estimate)]
        rows.append([row.rater, row.kind.value, row.verdicts, *found, *counts])
    return NumberTable.of(columns, rows)


def _bounds(report: BiasReport) -> list[list[Any]]:
    return [
        [row.rater, one.name, one.asked, one.scored, one.mean, one.lowest, one.highest]
        for row in report.rows
        if row.coverage is not None
        for one in row.coverage.win_rates
        if one.scored < one.asked
    ]


def _missing(report: BiasReport, language: Language) -> list[str]:
    return [
        tell(language, "bias_untold", rater=rater_name(row.rater, language), text=sentence)
        for row in report.rows
        if row.verdicts and (sentence := missing_effects(row.effects.missing, language))
    ]


def _effect_name(row: dict[str, Any], language: Language) -> str:
    feature = tell(language, f"feature_{row['feature']}")
    return tell(language, "feature_of", rater=rater_name(row["rater"], language), feature=feature)


def _effect_table(rows: list[dict[str, Any]], language: Language) -> TextTable:
    headings = [tell(language, key) for key in ("raters", "feature", "effect_points", "effect_wins", "typical")]
    body = [
        [
            rater_name(row["rater"], language),
            tell(language, f"feature_{row['feature']}"),
            points_cell(row, "points"),
            percent_cell(row, "wins"),
            "" if row["unit"] is None or row["feature"] in ("side", "own") else f"{row['unit']:.2f}",
        ]
        for row in rows
    ]
    return TextTable(tell(language, "bias_effects"), headings, body, frozenset((2, 3, 4)), "bias_effects")


def _habit_table(rows: list[dict[str, Any]], language: Language) -> TextTable:
    keys = ("raters", "results", "first_wins", "longer_wins", "consistent", "flipped", "without_result")
    headings = [tell(language, key) for key in keys]
    body = []
    for row in rows:
        lost = "" if row["asked"] is None else f"{row['asked'] - row['scored']:,} / {row['asked']:,}"
        shares = [percent_cell(row, name) for name in _HABITS]
        body.append([rater_name(row["rater"], language), f"{row['results']:,}", *shares, lost])
    return TextTable(tell(language, "bias_habits"), headings, body, frozenset(range(1, 7)), "bias_habits")


def _bound_table(rows: list[dict[str, Any]], language: Language) -> TextTable:
    headings = [tell(language, key) for key in ("raters", "model", "without_result", "win_rate", "all_lost", "all_won")]
    body = [
        [
            row["rater"],
            row["model"],
            f"{row['asked'] - row['scored']:,} / {row['asked']:,}",
            *("" if row[name] is None else f"{row[name]:.1%}" for name in ("win_rate", "lowest", "highest")),
        ]
        for row in rows
    ]
    return TextTable(tell(language, "judge_bounds"), headings, body, frozenset((2, 3, 4, 5)), "judge_bounds")
