"""A leaderboard as one JSON object for the Leaderboard page: words in the reader's language, and numbers to draw.

The page's script only lays out what stands here, so that its texts and numbers are those of `evenhand rank`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from app.views.board import category_name, interval_ends, percent
from app.views.board_table import MOST_LINES, BoardGroup, BoardLine, BoardView, board_view
from app.views.columns import BoardColumn, BoardFacts, ModelCost
from app.views.fused.board_lines import fusion_lines, headings, judge_table, missed_line
from app.views.leaderboard.answer import board_answer, board_counts
from app.views.leaderboard.costs import costs_object
from app.views.sentences import joined, say
from arena.leaderboard.board import battle_counts, observed_win_fractions, predicted_win_fractions
from arena.leaderboard.history import History
from arena.leaderboard.ranking import Board
from arena.leaderboard.slices import SliceBoard, SliceCell
from arena.rating.counts import count_pairs
from storage.ledger.battles import FloatArray
from storage.values import Language

LINES = 10
"""Largest number of models over time; more lines cannot be told apart."""

MOST_CELLS = 60
"""Largest number of models on each side of a matrix; more cells cannot be read, and need room for every pair."""

_VALUES = {"ranks": "rank"}
"""Attributes of a row by which a column is sorted, where they are not named as the column."""


def board_object(board: Board, language: Language, costs: Mapping[str, ModelCost] | None = None) -> dict[str, Any]:
    """Return a fitted leaderboard for the page, with the mean costs of responses by model if they are known."""
    facts = BoardFacts(board, costs=costs)
    view = board_view(facts, language, "page")
    columns = [column for column in view.columns if _is_filled(view, column.key)]
    ends = interval_ends(board.ratings)
    values = {column.key: column.values(facts) for column in columns}
    order = {row.model: place for place, row in enumerate(board.rows)}
    groups = [
        {
            "title": _group_title(view, group, language),
            "rows": [_row(board, line, columns, values, order, ends) for line in group.lines],
        }
        for group in view.groups
    ]
    return {
        "answer": asdict(board_answer(board, language)),
        "counts": [asdict(count) for count in board_counts(board, language)],
        "columns": [_column(board, view, column, language) for column in columns],
        "groups": groups,
        "axis": say(language, f"board_axis_{board.ratings.scale}"),
        "matrices": matrices(board, language),
        "notes": list(view.notes),
        "left_out": list(view.left_out),
        "has_history": board.has_parts,
        "fusion": fusion_object(board, language),
        "missed": missed_line(board, language),
        "costs": costs_object(board, costs or {}, language),
    }


def fusion_object(board: Board, language: Language) -> dict[str, Any] | None:
    """Return what judges add to people, what they can add at most first; None for one kind of rater."""
    if board.fusion is None:
        return None
    columns = headings(language)
    return {
        "title": say(language, "fused_title"),
        "lines": list(fusion_lines(board, language)),
        "is_assumed": board.fusion.sampling.assumed,
        "columns": [{"key": key, "heading": heading} for key, heading in columns.items()],
        "rows": [[row[key] for key in columns] for row in judge_table(board, language)],
        "text": say(language, "fused_table"),
    }


def matrices(board: Board, language: Language) -> list[dict[str, Any]]:
    """Return the win rates and numbers of comparisons of each pair of the first models, in the order of the table."""
    if not len(board.battles):
        return []
    place = {model: code for code, model in enumerate(board.ratings.models)}
    names = [row.model for row in board.rows if row.battles][:MOST_CELLS]
    counts, order = count_pairs(board.battles), np.array([place[name] for name in names], np.intp)
    battles = battle_counts(counts, order)
    found = {
        "observed": observed_win_fractions(counts, order),
        "predicted": predicted_win_fractions(board.ratings, order),
    }
    made = [
        _matrix(key, names, values, 1.0, [[percent(value) for value in line] for line in values], language)
        for key, values in found.items()
        if np.isfinite(values).any()
    ]
    rated = sum(1 for row in board.rows if row.battles)
    texts = [["" if math.isnan(value) else f"{int(value):,}" for value in line] for line in battles]
    most = float(np.nanmax(battles)) if np.isfinite(battles).any() else 1.0
    grids = [*made, _matrix("counts", names, battles, most, texts, language)]
    if rated > len(names):
        grids = [grid | {"text": _with_first(grid["text"], len(names), rated, language)} for grid in grids]
    return grids


def history_object(history: History, board: Board, language: Language) -> dict[str, Any]:
    """Return the rating of the highest-ranked models over the number of comparisons; None where unknown."""
    best = [row.model for row in board.rows if row.rating is not None and row.island == 0][:LINES]
    return {
        "title": say(language, "board_history"),
        "text": say(language, "board_history_text"),
        "battles": list(history.battles),
        "x": say(language, "board_history_axis"),
        "y": say(language, f"board_axis_{board.ratings.scale}"),
        "lines": [
            {"model": model, "ratings": _finite(history.rating[:, history.models.index(model)].tolist())}
            for model in best
        ],
    }


def slices_object(slices: SliceBoard, language: Language) -> dict[str, Any]:
    """Return the rank of each model in each category."""
    ranked = [row.model for row in slices.overall if row.rank is not None]
    models = ranked[:MOST_LINES]
    text = (
        say(language, "board_by_category_text", n=slices.compared)
        if slices.slices
        else say(language, "board_no_slices")
    )
    if slices.slices and len(ranked) > len(models):
        text = _with_first(text, len(models), len(ranked), language)
    return {
        "title": say(language, "board_by_category"),
        "text": text,
        "models": models,
        "columns": [{"name": category_name(one.name, language), "battles": one.battles} for one in slices.slices],
        "cells": [[_cell(one.cells[model]) for one in slices.slices] for model in models],
    }


def _is_filled(view: BoardView, key: str) -> bool:
    return any(line.cells[key] for group in view.groups for line in group.lines)


def _column(board: Board, view: BoardView, column: BoardColumn, language: Language) -> dict[str, Any]:
    """Return a column; on a board of scores the comparisons are scores."""
    scored = column.key == "battles" and not len(board.battles)
    key = "scores" if scored else column.key
    heading = say(language, "board_count_scores") if scored else view.headings[column.key]
    why = say(language, f"board_why_{key}")
    return {"key": column.key, "heading": heading, "why": why, "kind": column.kind, "minor": column.is_minor}


def _row(
    board: Board,
    line: BoardLine,
    columns: Sequence[BoardColumn],
    values: dict[str, Sequence[Any]],
    order: dict[str, int],
    ends: dict[str, tuple[float, float]],
) -> dict[str, Any]:
    place = order[line.cells["model"]]
    row = board.rows[place]
    lower, upper = ends[row.model]
    sortable = {
        column.key: getattr(row, _VALUES[column.key]) if column.key in _VALUES else values[column.key][place]
        for column in columns
        if column.key != "interval"
    }
    return {
        "cells": dict(line.cells),
        "values": {key: _number(value) for key, value in sortable.items()},
        "provisional": line.is_provisional,
        "rating": row.rating,
        "lower": _number(lower),
        "upper": _number(upper),
        "open": [lower == -math.inf, upper == math.inf],
    }


def _group_title(view: BoardView, group: BoardGroup, language: Language) -> str:
    if len(view.groups) == 1:
        return ""
    if group.number is None:
        return say(language, "board_unrated")
    return f"{say(language, 'board_group', n=group.number)}: {say(language, 'board_group_text')}"


def _matrix(
    key: str, names: list[str], values: FloatArray, top: float, texts: list[list[str]], language: Language
) -> dict[str, Any]:
    ends = (
        ("board_legend_none", "board_legend_most") if key == "counts" else ("board_legend_loses", "board_legend_wins")
    )
    return {
        "key": key,
        "title": say(language, f"board_{key}"),
        "text": say(language, f"board_{key}_text"),
        "names": names,
        "shares": [_finite((line / top).tolist()) for line in values],
        "texts": texts,
        "is_amount": key == "counts",
        "ends": [say(language, end, n=int(top)) for end in ends],
    }


def _with_first(text: str, number: int, total: int, language: Language) -> str:
    """A text with the sentence that only the first models are shown."""
    return joined([text, say(language, "board_first_models", n=number, all=total)], language)


def _cell(cell: SliceCell) -> dict[str, Any]:
    mark = "" if not cell.flagged else "up" if (cell.shift or 0.0) > 0.0 else "down"
    return {"rank": cell.row.rank, "mark": mark, "battles": cell.row.battles}


def _finite(values: Sequence[float]) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 4) for value in values]


def _number(value: Any) -> Any:  # noqa: ANN401  a value of a column
    return None if isinstance(value, float) and not math.isfinite(value) else value
