"""Clusters of battles: by rater, by question, and by both.

Battles of one cluster are correlated, so the variance of a fit sums over whole clusters (Liang and Zeger, 1986,
"Longitudinal data analysis using generalized linear models"), and over both kinds where both repeat (Cameron, Gelbach
and Miller, 2011, "Robust inference with multiway clustering": by rater, plus by question, minus by both at once).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array

from arena.rating.counts import IndexArray, IntArray
from arena.rating.method import Interval, IntervalBasis
from storage.ledger.battles import CodeArray, FloatArray

_DENSE_CELLS = 20_000_000
_KEYS = {"clustered": ("rater", "question"), "rater": ("rater",), "question": ("question",)}


@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of rows.

    Attributes:
        keys: cluster of each row by kind (`rater`, `question`), at most two; empty for independent rows. Codes run
            from zero without a gap; a row with an unknown rater or question is a cluster of its own.
        both: cluster of the rows that share all keys; equal to the key if there is only one.
        basis: description of the clustering.
    """

    keys: Mapping[str, IntArray]
    both: IntArray | None
    basis: IntervalBasis


@dataclass(frozen=True, eq=False)
class Contributions:
    """Contributions of each row to the slope at the maximum; their sums over all rows are zero.

    Attributes:
        n_models: number of models.
        first: code of the first model.
        second: code of the second model.
        to_first: contribution to the slope of the first model.
        to_second: contribution to the slope of the second model.
        extra: contributions to the slopes of further parameters, (n_rows, n_extra).
    """

    n_models: int
    first: CodeArray
    second: CodeArray
    to_first: FloatArray
    to_second: FloatArray
    extra: FloatArray

    @property
    def width(self) -> int:
        """Number of parameters."""
        return self.n_models + int(self.extra.shape[1])

    def entries(self) -> list[tuple[npt.NDArray[np.integer[Any]] | int, FloatArray]]:
        """Entries of all rows as (number of the parameter of each row, value), one pair for each place in a row."""
        extra = self.n_models + np.arange(self.extra.shape[1])
        further = [(int(column), self.extra[:, place]) for place, column in enumerate(extra)]
        return [(self.first, self.to_first), (self.second, self.to_second), *further]

    def keep(self, rows: npt.NDArray[np.bool_] | IndexArray) -> "Contributions":
        """The rows where the mask is true, or with these indices."""
        return Contributions(
            n_models=self.n_models,
            first=self.first[rows],
            second=self.second[rows],
            to_first=self.to_first[rows],
            to_second=self.to_second[rows],
            extra=self.extra[rows],
        )


@dataclass(frozen=True, eq=False)
class RowScores:
    """What a sandwich needs to know about the rows of a fit.

    Attributes:
        slope: contributions of each row to the slope at the maximum.
        curvature: vectors whose summed products u u' are the information of the rows; one or more for each row.
        apart: whether the two models of a row are estimated apart, as means are, so that each has its own leverage.
    """

    slope: Contributions
    curvature: tuple[Contributions, ...]
    apart: bool = False

    def keep(self, rows: npt.NDArray[np.bool_] | IndexArray) -> "RowScores":
        """The rows where the mask is true, or with these indices."""
        return RowScores(self.slope.keep(rows), tuple(one.keep(rows) for one in self.curvature), self.apart)


def find_clusters(rater: CodeArray, question: CodeArray, interval: Interval) -> Clusters:
    """Find the clusters for a kind of interval.

    A key that is unknown in every row, or the same in every row, is dropped and named, since it has no information
    about the variation between raters or questions.

    Args:
        rater: code of the rater of each row; -1 if unknown.
        question: code of the question of each row; -1 if unknown.
        interval: one of `clustered`, `rater`, `question`; anything else means independent rows.
    """
    known = {"rater": rater, "question": question}
    keys: dict[str, IntArray] = {}
    unknown: dict[str, int] = {}
    dropped = []
    for name in _KEYS.get(interval, ()):
        codes, missing = _number(known[name])
        if missing == len(codes) or codes.max(initial=0) == 0:
            dropped.append(name)
            continue
        keys[name] = codes
        if missing:
            unknown[name] = missing
    if not keys:
        return Clusters({}, None, IntervalBasis("independent", dropped=tuple(dropped)))
    sizes = {name: int(codes.max()) + 1 for name, codes in keys.items()}
    both = next(iter(keys.values()))
    if len(keys) == 2:
        both = renumber(keys["rater"] * np.int64(sizes["question"]) + keys["question"])
    return Clusters(keys, both, IntervalBasis("clustered", sizes, unknown, tuple(dropped)))


def cluster_products(rows: Contributions, codes: IntArray) -> tuple[FloatArray, IntArray]:
    """Sum over clusters of u u', u being the summed contributions of a cluster, times G / (G - 1) for G clusters.

    Returns:
        The (width, width) sum, and the number of clusters in which each model occurs, (n_models,).
    """
    n_clusters = int(codes.max(initial=-1)) + 1
    if n_clusters < 2:
        raise ValueError(f"expected two or more clusters, got {n_clusters}")
    factor = n_clusters / (n_clusters - 1)
    size = np.bincount(codes, minlength=n_clusters)
    if n_clusters * rows.width <= _DENSE_CELLS:
        total, present = _dense_products(rows, codes, n_clusters)
        return factor * total, present
    alone = size[codes] == 1
    total = independent_products(rows.keep(alone))
    present = _occurrences(rows.keep(alone))
    several = rows.keep(~alone)
    if len(several.first):
        more, also = _sparse_products(several, renumber(codes[~alone]))
        total, present = total + more, present + also
    return factor * total, present


def independent_products(rows: Contributions) -> FloatArray:
    """Sum over rows of u u', u being the contributions of a row; (width, width)."""
    n, a, b = rows.n_models, rows.first, rows.second
    total = np.zeros((rows.width, rows.width))
    mixed = np.bincount(a.astype(np.int64) * n + b, rows.to_first * rows.to_second, n * n).reshape(n, n)
    total[:n, :n] = mixed + mixed.T
    own = np.bincount(a, rows.to_first**2, n) + np.bincount(b, rows.to_second**2, n)
    total[np.arange(n), np.arange(n)] += own
    for column in range(rows.extra.shape[1]):
        values = rows.extra[:, column]
        by_model = np.bincount(a, rows.to_first * values, n) + np.bincount(b, rows.to_second * values, n)
        total[:n, n + column] = total[n + column, :n] = by_model
    total[n:, n:] = rows.extra.T @ rows.extra
    return total


def _dense_products(rows: Contributions, codes: IntArray, n_clusters: int) -> tuple[FloatArray, IntArray]:
    n = rows.n_models
    base = codes * np.int64(n)
    at_first, at_second = base + rows.first, base + rows.second
    sums = np.bincount(at_first, rows.to_first, n_clusters * n) + np.bincount(at_second, rows.to_second, n_clusters * n)
    there = np.zeros(n_clusters * n, bool)
    there[at_first] = there[at_second] = True
    extra = [np.bincount(codes, column, n_clusters) for column in rows.extra.T]
    scores = np.column_stack([sums.reshape(n_clusters, n), *extra])
    return np.asarray(scores.T @ scores, np.float64), there.reshape(n_clusters, n).sum(axis=0).astype(np.int64)


def _sparse_products(rows: Contributions, codes: IntArray) -> tuple[FloatArray, IntArray]:
    n_clusters, extra = int(codes.max()) + 1, rows.extra.shape[1]
    cluster = np.concatenate([codes, codes, *[codes] * extra])
    further = [np.full(len(codes), rows.n_models + column) for column in range(extra)]
    column = np.concatenate([rows.first, rows.second, *further])
    value = np.concatenate([rows.to_first, rows.to_second, *rows.extra.T])
    scores = coo_array((value, (cluster, column)), shape=(n_clusters, rows.width)).tocsr()
    present = np.bincount(scores.indices, minlength=rows.width)[: rows.n_models]
    return np.asarray((scores.T @ scores).toarray(), np.float64), present.astype(np.int64)


def _occurrences(rows: Contributions) -> IntArray:
    other = rows.second[rows.second != rows.first]
    both = np.bincount(rows.first, minlength=rows.n_models) + np.bincount(other, minlength=rows.n_models)
    return both.astype(np.int64)


def _number(codes: CodeArray) -> tuple[IntArray, int]:
    """Codes without gaps in which every unknown row has its own code, and the number of unknown rows."""
    missing = codes < 0
    n_missing = int(missing.sum())
    top = int(codes.max(initial=-1)) + 1
    used = np.bincount(codes[~missing] if n_missing else codes, minlength=top) > 0
    place = (np.cumsum(used) - 1).astype(np.int64)
    numbered = place[codes] if top else np.zeros(len(codes), np.int64)
    if n_missing:
        numbered[missing] = int(used.sum()) + np.arange(n_missing)
    return numbered, n_missing


def renumber(keys: IntArray) -> IntArray:
    """Codes from zero without a gap for keys, in order of appearance; equal keys get equal codes."""
    codes, _ = pd.factorize(keys)
    return codes.astype(np.int64)
