"""Statistics with their intervals, as text and as JSON."""

import math
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from app.views.number_text import decimal_text, signed_text

if TYPE_CHECKING:
    from arena.agreement.clustered import Estimate


def percent(estimate: "Estimate") -> str:
    """A fraction as a percentage with its interval; empty if unknown."""
    return _with_interval(estimate, 100.0, lambda value: decimal_text(value, 1))


def number(estimate: "Estimate") -> str:
    """A coefficient with its interval; empty if unknown."""
    return _with_interval(estimate, 1.0, lambda value: decimal_text(value, 2))


def signed(estimate: "Estimate") -> str:
    """A difference with its sign and interval; empty if unknown."""
    return _with_interval(estimate, 1.0, lambda value: signed_text(value, 3))


def share(value: float | None) -> str:
    """A fraction as a percentage without an interval; empty if unknown."""
    return "" if value is None or math.isnan(value) else f"{100.0 * value:.1f}"


def as_json(value: Any) -> Any:  # noqa: ANN401  any statistic, and its JSON value
    """A statistic for JSON: dataclasses become objects, tuples lists, and unknown numbers null."""
    if is_dataclass(value) and not isinstance(value, type):
        return as_json(asdict(value))
    if isinstance(value, dict):
        return {key: as_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def _with_interval(estimate: "Estimate", factor: float, shown: Callable[[float], str]) -> str:
    if math.isnan(estimate.value):
        return ""
    value = shown(factor * estimate.value)
    if math.isnan(estimate.lower) or math.isnan(estimate.upper):
        return f"{value} (?)"
    return f"{value} ({shown(factor * estimate.lower)} – {shown(factor * estimate.upper)})"
