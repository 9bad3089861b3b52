"""Loops over rows in compiled code, where numba (the extra `fast`) is installed; numpy says the same without it.

Numba is loaded when the first long board asks for it, since loading takes longer than a short board. Compiled code is
kept on disk, so only the first run on a machine waits for the compiler.
"""

import importlib
import importlib.util
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.battles import CodeArray, FloatArray

FEWEST_ROWS = 100_000
"""Rows below which plain code is done before numba is loaded."""

Function = Callable[..., Any]
OutcomeArray = npt.NDArray[np.int8]
EloRows = tuple[CodeArray, CodeArray, FloatArray]
"""Codes of A and of B, and the share of A."""
ContributedRows = tuple[CodeArray, CodeArray, FloatArray, FloatArray]
"""Codes of A and of B, weight times (score - expected score), features of typical size in columns."""
StyledRows = tuple[CodeArray, CodeArray, FloatArray, FloatArray, FloatArray]
"""Codes of A and of B, share of A, weights (or an empty array for one each), features of typical size in columns."""


def is_fast(rows: int) -> bool:
    """Whether compiled loops are there and worth loading for so many rows."""
    return rows >= FEWEST_ROWS and importlib.util.find_spec("numba") is not None


@cache
def compiled(function: Function) -> Function:
    """One of the loops of this file as machine code; it may not be called where `is_fast` says no."""
    made: Function = importlib.import_module("numba").njit(cache=True)(function)
    return made


def count_cells(outcome: OutcomeArray, a: CodeArray, b: CodeArray, cells: npt.NDArray[np.int64]) -> None:
    """Count rows into (n_outcomes, n_models, n_models) zeros at (outcome, A, B)."""
    for row in range(len(a)):
        cells[outcome[row], a[row], b[row]] += 1


def play(rows: EloRows, rating: FloatArray, k: float, nats_per_point: float) -> None:
    """Online Elo over rows in order: moves `rating`, (n_models,), in place; rows of a model against itself are void."""
    a, b, score = rows
    for row in range(len(a)):
        first, second = a[row], b[row]
        if first == second:
            continue
        gap = nats_per_point * (rating[second] - rating[first])
        expected = 1.0 / (1.0 + math.exp(gap)) if gap < 700.0 else 0.0
        change = k * (score[row] - expected)
        rating[first] += change
        rating[second] -= change


def style_slope(rows: StyledRows, point: FloatArray, slope: FloatArray, told: tuple[FloatArray, FloatArray]) -> None:
    """One pass over rows with features, which sums the slope.

    Args:
        rows: see `StyledRows`.
        point: (n_models + n_features,) strengths and effects.
        slope: (n_models + n_features,) zeros, filled.
        told: residual, which is weight times (score - expected score), and expected score of each row; filled.
    """
    a, b, score, weights, scaled = rows
    residual, expected = told
    n_features = scaled.shape[1]
    n_models = len(point) - n_features
    weighted = len(weights) > 0
    for row in range(len(a)):
        gap = point[a[row]] - point[b[row]]
        for column in range(n_features):
            gap += scaled[row, column] * point[n_models + column]
        chance = 1.0 / (1.0 + math.exp(-gap))
        left = score[row] - chance
        if weighted:
            left *= weights[row]
        expected[row] = chance
        residual[row] = left
        slope[a[row]] += left
        slope[b[row]] -= left
        for column in range(n_features):
            slope[n_models + column] += left * scaled[row, column]


def style_curvature(
    rows: StyledRows, expected: FloatArray, between: FloatArray, mixed: FloatArray, twice: FloatArray
) -> None:
    """One pass over rows for the curvature.

    Args:
        rows: see `StyledRows`.
        expected: (n_rows,) expected scores.
        between: (n_models, n_models) zeros, filled at (A, B).
        mixed: (n_models, n_features) zeros, filled.
        twice: (n_features, n_features) zeros, filled in the lower triangle.
    """
    a, b, _, weights, scaled = rows
    n_features = scaled.shape[1]
    weighted = len(weights) > 0
    for row in range(len(a)):
        bend = expected[row] * (1.0 - expected[row])
        if weighted:
            bend *= weights[row]
        between[a[row], b[row]] += bend
        for column in range(n_features):
            bent = bend * scaled[row, column]
            mixed[a[row], column] += bent
            mixed[b[row], column] -= bent
            for other in range(column + 1):
                twice[column, other] += bent * scaled[row, other]


def style_products(rows: ContributedRows, between: FloatArray, mixed: FloatArray, twice: FloatArray) -> None:
    """One pass over rows for the middle of a sandwich: products of what a row adds to the slopes, summed.

    Args:
        rows: see `ContributedRows`.
        between: (n_models, n_models) zeros, filled at (A, B) with squared residuals.
        mixed: (n_models, n_features) zeros, filled.
        twice: (n_features, n_features) zeros, filled in the lower triangle.
    """
    a, b, residual, scaled = rows
    n_features = scaled.shape[1]
    for row in range(len(a)):
        square = residual[row] * residual[row]
        between[a[row], b[row]] += square
        for column in range(n_features):
            value = square * scaled[row, column]
            mixed[a[row], column] += value
            mixed[b[row], column] -= value
            for other in range(column + 1):
                twice[column, other] += value * scaled[row, other]


def mirrored(lower: FloatArray) -> FloatArray:
    """A symmetric matrix from its lower triangle."""
    whole: npt.NDArray[np.float64] = np.tril(lower) + np.tril(lower, -1).T
    return whole
