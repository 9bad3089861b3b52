"""Who marked the answers to tasks with fixed answers: rules, or a grader."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.report.blocks import Block, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers
from app.report.parts.part import ReportSource
from app.report.wording import tell
from app.views.board import name_some
from storage.exchange.publication.columns import MARK_COUNTS
from storage.values import Language

_COLUMNS = ("model", "grader", "tasks", *MARK_COUNTS)


class MarkingPart:
    """How many answers of each model rules and graders marked, and how many have no mark."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        models = sorted({str(row["model"]) for row in source.objective if row["state"] == "scored"})
        if not models:
            return PartNumbers()
        graded = [row for row in source.objective if row[MARK_COUNTS[0]] is not None]
        pairs = sorted({(str(row["model"]), str(row["grader"] or "")) for row in graded})
        rows = [[*pair, *_counts(graded, pair)] for pair in pairs]
        others = [[model, None, None, *[None] * len(MARK_COUNTS)] for model in models if model not in dict(pairs)]
        return PartNumbers({"marking": NumberTable.of(_COLUMNS, [*rows, *others])})

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        rows = document.rows("marking")
        if not rows:
            return None
        graded = [row for row in rows if row["tasks"] is not None]
        others = [row["model"] for row in rows if row["tasks"] is None]
        blocks: list[Block] = [Paragraph(tell(language, "marking_rules_only"))]
        if graded:
            blocks = [Paragraph(tell(language, "marking_text"), "note"), _table(graded, language)]
            if others:
                named = name_some(others, language)
                blocks.append(Paragraph(tell(language, "marking_others", models=named), "note"))
        return Part("marking", tell(language, "marking"), blocks)


def _counts(graded: Sequence[Mapping[str, Any]], pair: tuple[str, str]) -> list[int]:
    """The number of tasks of a model and grader, and of the answers by who marked them."""
    own = [row for row in graded if (row["model"], row["grader"] or "") == pair]
    return [len({row["task"] for row in own}), *(sum(row[name] for row in own) for name in MARK_COUNTS)]


def _table(rows: Sequence[Mapping[str, Any]], language: Language) -> TextTable:
    names = [name for name in _COLUMNS if name != "model"]
    headings = [tell(language, "model"), *(tell(language, f"marking_{name}") for name in names)]
    body = [
        [row["model"], row["grader"] or "–", *(f"{row[name]:,}" for name in ("tasks", *MARK_COUNTS))] for row in rows
    ]
    return TextTable(tell(language, "marking_caption"), headings, body, frozenset(range(2, len(headings))), "marking")
