"""Errors of a judge by category, length and model, against people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from arena.agreement.clustered import Estimate, interval_of, sum_by
from arena.calibration.pairs import CalibrationPairs
from storage.ledger.battles import FloatArray

LENGTH_BOUNDS = (0.1, 0.3)
"""Differences of length, as shares of the sum, between similar, longer and much longer responses."""
LENGTHS = ("similar", "longer", "much longer")
"""Names of these groups."""


@dataclass(frozen=True)
class GroupError:
    """Errors of a judge on a part of the votes.

    Attributes:
        by: `category`, `length` or `model`.
        group: name of the part.
        votes: number of votes.
        error: mean distance of the judge's share from the vote, 0 to 1.
        lean: mean of the judge's share minus the vote, -1 to 1: for the longer response, or for the model; unknown for
            a category, where no side is meant.
    """

    by: str
    group: str
    votes: int
    error: Estimate
    lean: Estimate


def measure_errors(
    rows: CalibrationPairs, categories: Sequence[str], models: Sequence[str], level: float
) -> tuple[GroupError, ...]:
    """Errors by category if there are several, by length if it is known, and by model."""
    found: list[GroupError] = []
    if len(np.unique(rows.category)) > 1:
        codes = np.unique(rows.category).tolist()
        found += [_error("category", categories[one], rows, rows.category == one, None, level) for one in codes]
    found += list(_by_length(rows, level))
    for code, name in enumerate(models):
        sign = np.where(rows.first == code, 1.0, np.where(rows.second == code, -1.0, 0.0))
        if sign.any():
            found.append(_error("model", name, rows, sign != 0.0, sign, level))
    return tuple(found)


def _by_length(rows: CalibrationPairs, level: float) -> Iterator[GroupError]:
    size = np.abs(rows.length)
    group = np.searchsorted(LENGTH_BOUNDS, np.nan_to_num(size), side="right")
    for code, name in enumerate(LENGTHS):
        chosen = ~np.isnan(size) & (group == code)
        if chosen.any():
            yield _error("length", name, rows, chosen, np.sign(rows.length), level)


def _error(
    by: str, group: str, rows: CalibrationPairs, chosen: np.ndarray, sign: FloatArray | None, level: float
) -> GroupError:
    off = rows.judge[chosen] - rows.people[chosen]
    question = rows.question[chosen]
    error = _mean(np.abs(off), question, level, (0.0, 1.0))
    lean = Estimate(np.nan) if sign is None else _mean(off * sign[chosen], question, level, (-1.0, 1.0))
    return GroupError(by, group, int(chosen.sum()), error, lean)


def _mean(values: FloatArray, question: np.ndarray, level: float, bounds: tuple[float, float]) -> Estimate:
    sums = sum_by(question, np.column_stack([values, np.ones(len(values))]))
    return interval_of(sums, lambda part: part[..., 0] / part[..., 1], level=level, bounds=bounds)
