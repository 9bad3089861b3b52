"""Statistics with their intervals: as numbers of a document, and as texts in its tables."""

from collections.abc import Callable
from typing import Any

from app.views.number_text import decimal_text, signed_text
from arena.agreement.clustered import Estimate


def ends(estimate: Estimate) -> tuple[float, float, float]:
    """Value, lower and upper end of an estimate."""
    return estimate.value, estimate.lower, estimate.upper


def percent_cell(row: dict[str, Any], name: str) -> str:
    """A share of a row with its interval, in percent; empty if unknown."""
    return _with_interval(row, name, lambda share: decimal_text(100.0 * share, 1))


def value_cell(row: dict[str, Any], name: str) -> str:
    """A coefficient of a row with its interval; empty if unknown."""
    return _with_interval(row, name, lambda value: decimal_text(value, 2))


def points_cell(row: dict[str, Any], name: str) -> str:
    """A difference in Elo points with its interval; empty if unknown."""
    return _with_interval(row, name, lambda points: signed_text(points, 0))


def _with_interval(row: dict[str, Any], name: str, shown: Callable[[float], str]) -> str:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_lower", "_upper"))
    if value is None:
        return ""
    if low is None or high is None:
        return shown(value)
    return f"{shown(value)} ({shown(low)} – {shown(high)})"
