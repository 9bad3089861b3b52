"""Objective scores by ability, and who marked the answers behind objective scores."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.report.blocks import Block, Figure, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers
from app.report.drawing.charts import NARROW, Axis, Interval, interval_chart
from app.report.parts.part import ReportSource
from app.report.wording import tell
from app.views.abilities.bars import MOST_MODELS
from app.views.abilities.scores import ability_scores
from app.views.board import category_name, name_some
from app.views.sentences import say
from app.views.worlds.words import scores_by_task
from storage.exchange.publication.columns import MARK_COUNTS
from storage.values import Language

_COLUMNS = ("ability", "model", "value", "error", "tasks", "lacking")
_MARK_COLUMNS = ("model", "grader", "tasks", *MARK_COUNTS)


class AbilityPart:
    """What each model can do, as means over the tasks that test an ability."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        found = ability_scores(scores_by_task(source.objective))
        if not found:
            return PartNumbers()
        rows = [[getattr(one, name) for name in _COLUMNS] for one in found]
        return PartNumbers({"abilities": NumberTable.of(_COLUMNS, rows)})

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        rows = document.rows("abilities")
        if not rows:
            return None
        blocks: list[Block] = [
            Paragraph(say(language, "abilities_text"), "note"),
            _figure(rows, language),
            _table(rows, language),
        ]
        return Part("abilities", say(language, "abilities_title"), blocks)


def _figure(rows: list[dict[str, Any]], language: Language) -> Figure:
    models = list(dict.fromkeys(row["model"] for row in rows))[:MOST_MODELS]
    lines = [
        Interval(
            f"{category_name(row['ability'], language)} · {row['model']}",
            100.0 * row["value"],
            None if row["error"] is None else 100.0 * (row["value"] - row["error"]),
            None if row["error"] is None else 100.0 * (row["value"] + row["error"]),
        )
        for row in rows
        if row["model"] in models
    ]
    axis = Axis(say(language, "abilities_axis"), lambda one: f"{one:.0f}")
    title = say(language, "abilities_title")
    wide, narrow = interval_chart(lines, axis), interval_chart(lines, axis, width=NARROW)
    return Figure("abilities", title, say(language, "abilities_figure"), wide, narrow)


def _table(rows: list[dict[str, Any]], language: Language) -> TextTable:
    models = list(dict.fromkeys(row["model"] for row in rows))
    found = {(row["ability"], row["model"]): row for row in rows}
    body = [
        [category_name(ability, language), *(_cell(found.get((ability, model))) for model in models)]
        for ability in dict.fromkeys(row["ability"] for row in rows)
    ]
    headings = [say(language, "abilities_ability"), *models]
    numbers = frozenset(range(1, len(headings)))
    return TextTable(tell(language, "abilities_caption"), headings, body, numbers, "abilities")


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return "–"
    error = "" if row["error"] is None else f" ± {100.0 * row['error']:.1f}"
    return f"{100.0 * row['value']:.1f}{error}" + (
        f" ({row['tasks']}/{row['tasks'] + row['lacking']})" * bool(row["lacking"])
    )


class MarkingPart:
    """How many answers of each model rules and graders marked, and how many have no mark."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        models = sorted({str(row["model"]) for row in source.objective if row["state"] == "scored"})
        if not models:
            return PartNumbers()
        graded = [row for row in source.objective if row[MARK_COUNTS[0]] is not None]
        pairs = sorted({(str(row["model"]), str(row["grader"] or "")) for row in graded})
        rows = [[*pair, *_mark_counts(graded, pair)] for pair in pairs]
        others = [[model, None, None, *[None] * len(MARK_COUNTS)] for model in models if model not in dict(pairs)]
        return PartNumbers({"marking": NumberTable.of(_MARK_COLUMNS, [*rows, *others])})

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        rows = document.rows("marking")
        if not rows:
            return None
        graded = [row for row in rows if row["tasks"] is not None]
        others = [row["model"] for row in rows if row["tasks"] is None]
        blocks: list[Block] = [Paragraph(tell(language, "marking_rules_only"))]
        if graded:
            blocks = [Paragraph(tell(language, "marking_text"), "note"), _mark_table(graded, language)]
            if others:
                named = name_some(others, language)
                blocks.append(Paragraph(tell(language, "marking_others", models=named), "note"))
        return Part("marking", tell(language, "marking"), blocks)


def _mark_counts(graded: Sequence[Mapping[str, Any]], pair: tuple[str, str]) -> list[int]:
    """The number of tasks of a model and grader, and of the answers by who marked them."""
    own = [row for row in graded if (row["model"], row["grader"] or "") == pair]
    return [len({row["task"] for row in own}), *(sum(row[name] for row in own) for name in MARK_COUNTS)]


def _mark_table(rows: Sequence[Mapping[str, Any]], language: Language) -> TextTable:
    names = [name for name in _MARK_COLUMNS if name != "model"]
    headings = [tell(language, "model"), *(tell(language, f"marking_{name}") for name in names)]
    body = [
        [row["model"], row["grader"] or "–", *(f"{row[name]:,}" for name in ("tasks", *MARK_COUNTS))] for row in rows
    ]
    return TextTable(tell(language, "marking_caption"), headings, body, frozenset(range(2, len(headings))), "marking")
