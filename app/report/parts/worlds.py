"""Ratings beside objective scores."""

from typing import Any

from scipy.special import ndtri

from app.report.blocks import Block, Bullets, Figure, Paragraph, Part, TextTable
from app.report.document import Document, NumberTable, PartNumbers, in_both
from app.report.drawing.charts import NARROW, Axis, PlacedModel, scatter_chart
from app.report.parts.cells import ends, value_cell
from app.report.parts.leaderboards import main_board
from app.report.parts.part import ReportSource
from app.report.wording import tell
from app.views.sentences import say
from app.views.worlds.words import scores_by_task, worlds_answer, worlds_notes
from arena.agreement.rank_correlation import RankCorrelation
from arena.leaderboard.two_worlds import TwoWorlds, compare_worlds
from storage.values import Language

_POINTS = ("model", "rating", "lower", "upper", "score", "error", "rating_rank", "score_rank")
_RANKED = ("kendall", "spearman")
_PAIRS = ("preferred", "scoring", "points", "share", "is_clear")
MOST_TASKS = 30
"""Largest number of tasks in a table of the page; its files have all."""


class WorldsPart:
    """Whether preferences and fixed answers put the models in the same order."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        board = main_board(source)
        if board is None or not source.objective:
            return PartNumbers()
        worlds = compare_worlds(board.ratings, scores_by_task(source.objective), level=source.settings.level)
        tables = {"worlds_tasks": _task_numbers(worlds)}
        by = board.selection.kind.value
        facts = [[by, worlds.level, len(worlds.points), *_correlation(worlds.overall)]]
        tables["worlds"] = NumberTable.of(("by", "level", "models", *_correlation_columns()), facts)
        if worlds.points:
            points = [[getattr(point, name) for name in _POINTS] for point in worlds.points]
            tables["worlds_models"] = NumberTable.of(_POINTS, points)
        if worlds.reversed_pairs:
            pairs = [[getattr(pair, name) for name in _PAIRS] for pair in worlds.reversed_pairs]
            tables["worlds_reversed"] = NumberTable.of(_PAIRS, pairs)
        said = in_both(lambda language: [worlds_answer(worlds, language), *worlds_notes(worlds, language)])
        return PartNumbers(tables, {"worlds": said})

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        if not document.rows("worlds"):
            return None
        facts, points = document.rows("worlds")[0], document.rows("worlds_models")
        answer, *notes = document.sentences("worlds", language)
        blocks: list[Block] = [
            Paragraph(answer, "lead" if points else "text"),
            Paragraph(tell(language, "worlds_lead"), "note"),
        ]
        if len(points) > 1:
            blocks += [_figure(points, facts, language), _model_table(points, language)]
            blocks.append(_task_table(document, facts, language))
        if notes:
            blocks.append(Bullets(notes, tell(language, "worlds_misses")))
        return Part("worlds", say(language, "worlds_title"), blocks)


def _correlation_columns() -> list[str]:
    return [f"{name}{end}" for name in _RANKED for end in ("", "_lower", "_upper")]


def _correlation(found: RankCorrelation) -> list[float]:
    return [end for name in _RANKED for end in ends(getattr(found, name))]


def _task_numbers(worlds: TwoWorlds) -> NumberTable:
    rows = [[one.task, one.task in worlds.tasks, one.found.models, *_correlation(one.found)] for one in worlds.by_task]
    return NumberTable.of(("task", "in_mean", "models", *_correlation_columns()), rows)


def _figure(points: list[dict[str, Any]], facts: dict[str, Any], language: Language) -> Figure:
    reach = float(ndtri(0.5 + facts["level"] / 2.0))
    placed = [
        PlacedModel(
            row["model"],
            100.0 * row["score"],
            row["rating"],
            None if row["error"] is None else 100.0 * reach * row["error"],
            row["lower"],
            row["upper"],
        )
        for row in points
    ]
    across = Axis(say(language, "worlds_x"), lambda one: f"{one:g}")
    upwards = Axis(say(language, "worlds_y"), lambda one: f"{one:.0f}")
    text = say(language, "worlds_text", by=say(language, f"worlds_by_{facts['by']}"), level=f"{facts['level']:.0%}")
    return Figure(
        "worlds",
        say(language, "worlds_title"),
        text,
        scatter_chart(placed, across, upwards),
        scatter_chart(placed, across, upwards, width=NARROW),
    )


def _model_table(points: list[dict[str, Any]], language: Language) -> TextTable:
    keys = ("model", "rating", "rating_rank", "mean_score", "score_rank")
    body = [
        [
            row["model"],
            f"{row['rating']:.0f}",
            str(row["rating_rank"]),
            f"{100.0 * row['score']:.1f}" + ("" if row["error"] is None else f" ± {100.0 * row['error']:.1f}"),
            str(row["score_rank"]),
        ]
        for row in points
    ]
    headings = [tell(language, key) for key in keys]
    return TextTable(tell(language, "worlds_models"), headings, body, frozenset((1, 2, 3, 4)), "worlds_models")


def _task_table(document: Document, facts: dict[str, Any], language: Language) -> TextTable:
    rows = document.rows("worlds_tasks")
    body = [[tell(language, "mean_of_tasks"), *_correlation_cells(facts)]]
    body += [[row["task"], *_correlation_cells(row)] for row in rows[:MOST_TASKS]]
    headings = [tell(language, key) for key in ("task", "n_of_models", "kendall", "spearman")]
    caption = tell(language, "worlds_tasks")
    if len(rows) > MOST_TASKS:
        caption += " " + tell(language, "tasks_most", n=MOST_TASKS, all=len(rows))
    return TextTable(caption, headings, body, frozenset((1, 2, 3)), "worlds_tasks")


def _correlation_cells(row: dict[str, Any]) -> list[str]:
    return [str(row["models"]), *(value_cell(row, name) for name in _RANKED)]
