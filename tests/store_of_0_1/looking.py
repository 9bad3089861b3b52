"""The compared parts of a command's output: figures and rows, no sentences and no times."""

import hashlib
import json
from pathlib import Path
from typing import Any

RATING_KEYS = (
    "model", "rank", "rank_low", "rank_high", "rating", "lower", "upper", "battles", "win_rate", "both_bad",
    "provisional", "island",
)  # fmt: skip
"""Keys of a row of `rank --json` in version 0.1."""
BOARD_KEYS = ("kind", "method", "battles", "counts", "ratings", "coefficients")


def figures(board: dict[str, Any]) -> dict[str, Any]:
    """The figures of `rank --json`."""
    found = {key: board[key] for key in BOARD_KEYS}
    return found | {"ratings": [{key: row[key] for key in RATING_KEYS} for row in board["ratings"]]}


INTERVALS = ("lower", "upper", "rank_low", "rank_high")
"""Figures that later versions compute in another way, to hold for few raters."""


def without_intervals(figures: dict[str, Any], *, of: tuple[str, ...] = ("ratings", "coefficients")) -> dict[str, Any]:
    """The figures of a leaderboard but for the intervals and rank ranges of its ratings, its coefficients or both."""
    kept = {name: [{key: row[key] for key in row if key not in INTERVALS} for row in figures[name]] for name in of}
    return figures | kept


def scores(summary: dict[str, Any]) -> list[list[Any]]:
    """Task, metric, value and counts of `evaluate --json`, for the metrics that version 0.1 had."""
    names = ("task", "metric", "value", "items", "unparsed", "failed")
    return [[row[name] for name in names] for row in summary["results"] if row["metric"].startswith("accuracy")]


ADDED_COLUMNS = ("special", "attributes")
"""Columns that later versions added to exported files; in rows of 0.1 they are empty."""


def _as_in_0_1(row: dict[str, Any]) -> dict[str, Any]:
    """A row without the columns that were added since, where they are empty."""
    return {name: value for name, value in row.items() if name not in ADDED_COLUMNS or value is not None}


def rows_of(exported: Path) -> dict[str, Any]:
    """Number of rows in a file, and a digest that ignores the order of rows and keys."""
    lines = exported.read_text(encoding="utf-8").splitlines()
    rows = sorted(json.dumps(_as_in_0_1(json.loads(line)), sort_keys=True, ensure_ascii=False) for line in lines)
    return {"rows": len(rows), "sha256": hashlib.sha256("\n".join(rows).encode()).hexdigest()}
