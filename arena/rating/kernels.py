"""Compiled loops over rows, if numba (the extra `fast`) is installed; numpy gives the same results without it.

Numba is only loaded for long inputs, since loading takes longer than rating a short one. Compiled code is cached on
disk, so only the first run on a machine waits for the compiler. It runs without the interpreter lock.
"""

import importlib.util
import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from storage.ledger.battles import CodeArray, FloatArray

FEWEST_ROWS = 100_000
"""Number of rows below which plain code is faster than loading numba."""

PARTS = 4
"""Number of parts in which rows are summed; the same on every machine, so that sums are the same too."""

Part = TypeVar("Part")
Function = Callable[..., Any]
OutcomeArray = npt.NDArray[np.int8]
EloRows = tuple[CodeArray, CodeArray, FloatArray]
"""Codes of A and of B, and the share of A."""
ContributedRows = tuple[CodeArray, CodeArray, FloatArray, FloatArray]
"""Codes of A and of B, weight times (score - expected score), features in columns."""
StyledRows = tuple[CodeArray, CodeArray, FloatArray, FloatArray, FloatArray]
"""Codes of A and of B, share of A, weights (or an empty array for one each), features in columns."""


def is_fast(rows: int) -> bool:
    """Whether compiled loops are available and worth loading for this number of rows."""
    return rows >= FEWEST_ROWS and importlib.util.find_spec("numba") is not None


@cache
def compiled(function: Function) -> Function:
    """A loop of this file as machine code; only to be called where `is_fast` is true."""
    import numba

    made: Function = numba.njit(cache=True, nogil=True)(function)
    return made


def in_parts(n_rows: int, work: Callable[[slice], Part], *, n_sums: int = 0) -> list[Part]:
    """Results of `work` for each part of the rows, in order; parts are worked on in parallel.

    Args:
        n_rows: number of rows.
        work: compiled or numpy work on one part.
        n_sums: number of sums of each part; if larger than the number of rows, all rows are one part.
    """
    n_parts = PARTS if n_sums <= n_rows else 1
    edges = [n_rows * part // n_parts for part in range(n_parts + 1)]
    made: dict[int, Part] = {}
    ahead = enumerate(pairwise(edges))

    def work_on() -> None:
        for part, (start, stop) in ahead:
            made[part] = work(slice(start, stop))

    with ThreadPoolExecutor(n_parts) as pool:
        aside = [pool.submit(work_on) for _ in range(min(n_parts, os.cpu_count() or 1) - 1)]
        work_on()
        for helper in aside:
            helper.result()
    return [made[part] for part in range(n_parts)]


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


def style_pass(
    rows: StyledRows,
    point: FloatArray,
    slope: FloatArray,
    told: tuple[FloatArray, FloatArray],
    curvature: tuple[FloatArray, FloatArray, FloatArray],
) -> None:
    """One pass over rows with features, which sums the slope and, on request, the curvature.

    Args:
        rows: see `StyledRows`.
        point: (n_models + n_features,) strengths and effects.
        slope: (n_models + n_features,) zeros, filled.
        told: residual, which is weight times (score - expected score), and expected score of each row; filled unless
            empty.
        curvature: zeros by A and B, by model and feature, by two features; filled unless empty, the last in its lower
            triangle.
    """
    a, b, score, weights, scaled = rows
    residual, expected = told
    between, mixed, twice = curvature
    n_features = scaled.shape[1]
    n_models = len(point) - n_features
    weighted, kept, bent = len(weights) > 0, len(expected) > 0, len(between) > 0
    for row in range(len(a)):
        first, second = a[row], b[row]
        gap = point[first] - point[second]
        for column in range(n_features):
            gap += scaled[row, column] * point[n_models + column]
        chance = 1.0 / (1.0 + math.exp(-gap))
        weight = weights[row] if weighted else 1.0
        left = weight * (score[row] - chance)
        if kept:
            expected[row] = chance
            residual[row] = left
        slope[first] += left
        slope[second] -= left
        for column in range(n_features):
            slope[n_models + column] += left * scaled[row, column]
        if bent:
            bend = weight * chance * (1.0 - chance)
            between[first, second] += bend
            for column in range(n_features):
                value = bend * scaled[row, column]
                mixed[first, column] += value
                mixed[second, column] -= value
                for other in range(column + 1):
                    twice[column, other] += value * scaled[row, other]


def style_products(rows: ContributedRows, between: FloatArray, mixed: FloatArray, twice: FloatArray) -> None:
    """One pass over rows for the middle of a sandwich: summed products of the contributions to the slopes.

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
