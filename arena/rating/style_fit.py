"""Bradley-Terry with style features: a fit over rows, since features differ within a pair.

Newton's method from a fit to a twentieth of the rows. Near the maximum, steps use the last curvature and only need the
slope. That takes about five passes over the rows; a pass only sums the curvature if the next step needs it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.special import expit

from arena.rating.kernels import (
    StyledRows,
    compiled,
    in_parts,
    is_fast,
    mirrored,
    style_pass,
    style_products,
)
from storage.errors import BadInput
from storage.ledger.battles import CodeArray, FloatArray

_TOLERANCE = 1e-9
_MOST_PASSES = 100
_WARM_ROWS = 200_000
_WARM_SHARE = 20
_SEPARATED = 12.0
"""Effect of one typical difference, in nats, beyond which style is taken to determine the battles completely."""
_DENSE_CELLS = 4_000_000
_NOTHING = np.empty(0)

Sums = tuple[FloatArray, FloatArray, FloatArray]
"""Curvature or products summed by ordered pair, by model and feature, by two features."""


@dataclass(frozen=True, eq=False)
class StyleRows:
    """Battles with their features; all models must form one block.

    Attributes:
        n_models: number of models.
        a: code of the side shown left.
        b: code of the other side.
        score: share of A.
        weights: weights of the rows; None for one each.
        names: names of the features.
        features: (n_rows, n_features), unscaled.
        penalty: ridge, penalty / 2 * effect^2 of one typical difference, added to the sum over all rows.
    """

    n_models: int
    a: CodeArray
    b: CodeArray
    score: FloatArray
    weights: FloatArray | None
    names: tuple[str, ...]
    features: FloatArray
    penalty: float = 0.0


@dataclass(frozen=True, eq=False)
class StyleFit:
    """The maximum.

    Attributes:
        strength: natural log-strengths at equal style, (n_models,); the model with the most battles is at zero.
        effect: nats for one typical difference of each feature, (n_features,).
        features: (n_rows, n_features), unscaled.
        typical: one typical difference of each feature: its root mean square.
        inverse: inverse curvature over strengths and effects; zero for the ground.
        residual: weight times (score - expected score) of each row.
        expected: expected score of each row.
        converged: whether the last step was below 1e-9 nats.
        passes: number of passes over the rows.
    """

    strength: FloatArray
    effect: FloatArray
    features: FloatArray
    typical: FloatArray
    inverse: FloatArray
    residual: FloatArray
    expected: FloatArray
    converged: bool
    passes: int

    @cached_property
    def scaled(self) -> FloatArray:
        """Features in units of a typical difference, (n_rows, n_features)."""
        return self.features / self.typical


def fit_style(rows: StyleRows) -> StyleFit:
    """Maximise the (penalised) log-likelihood.

    Raises:
        BadInput: a feature is the same in all battles, follows from others, or determines every result.
    """
    values = np.ascontiguousarray(rows.features)
    squares = in_parts(len(values), lambda part: np.einsum("rf,rf->f", values[part], values[part]))
    typical = np.sqrt(np.sum(squares, axis=0) / max(len(values), 1))
    for name, size in zip(rows.names, typical, strict=True):
        if size == 0.0:
            raise BadInput(f"expected battles that differ in {name}, got none; leave --style {name} out")
    state = _StyleClimb(rows, typical)
    if len(rows.a) >= _WARM_ROWS:
        state.start_from(slice(None, None, _WARM_SHARE))
    state.run(_TOLERANCE)
    n = rows.n_models
    effect = state.point[n:]
    if not state.converged or np.abs(effect).max(initial=0.0) > _SEPARATED:
        worst = rows.names[int(np.argmax(np.abs(effect)))]
        raise BadInput(
            f"expected battles that style does not determine completely, got all determined by {worst}; "
            "leave it out, or give --style-penalty 1"
        )
    inverse = state.inverse()
    return StyleFit(
        strength=state.point[:n],
        effect=effect,
        features=values,
        typical=typical,
        inverse=inverse,
        residual=state.residual,
        expected=state.expected,
        converged=state.converged,
        passes=state.passes,
    )


def compiled_products(a: CodeArray, b: CodeArray, fit: StyleFit) -> FloatArray:
    """Sum over rows of u u', u being the contribution of a row to the slopes by strengths and effects."""
    n, n_features = len(fit.strength), len(fit.effect)
    whole = np.zeros((n + n_features, n + n_features))

    def add(part: slice) -> Sums:
        sums = _no_sums(n, n_features)
        compiled(style_products)((a[part], b[part], fit.residual[part], fit.features[part]), *sums)
        return sums

    between, mixed, twice = _total(in_parts(len(a), add, n_sums=n * n), fit.typical)
    between += between.T
    whole[:n, :n] = np.diag(between.sum(axis=1)) - between
    whole[:n, n:], whole[n:, :n] = mixed, mixed.T
    whole[n:, n:] = twice
    return whole


class _StyleClimb:
    """Rows and the current point of the maximisation; compiled loops use unscaled features, sums are scaled."""

    def __init__(self, rows: StyleRows, typical: FloatArray) -> None:
        n = rows.n_models
        self.rows, self.typical, self.fast = rows, typical, is_fast(len(rows.a))
        self.features = np.ascontiguousarray(rows.features)
        self.point = np.zeros(n + len(typical))
        self.residual, self.expected = _NOTHING, _NOTHING
        self.sums = _no_sums(0, 0)
        self.converged, self.passes = False, 0
        busy = np.bincount(rows.a, minlength=n) + np.bincount(rows.b, minlength=n)
        self.free = np.delete(np.arange(len(self.point)), int(np.argmax(busy)))

    @cached_property
    def scaled(self) -> FloatArray:
        return self.features / self.typical

    @cached_property
    def _pairs(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        return _pairs(self.rows)

    def start_from(self, chosen: slice) -> None:
        """Start at the maximum of a part of the rows, if that part has one."""
        rows = self.rows
        part = StyleRows(
            rows.n_models,
            rows.a[chosen],
            rows.b[chosen],
            rows.score[chosen],
            None if rows.weights is None else rows.weights[chosen],
            rows.names,
            rows.features[chosen],
            max(rows.penalty, 1e-3),
        )
        start = _StyleClimb(part, self.typical)
        try:
            start.run(1e-3)
        except BadInput:
            return
        if start.converged and np.abs(start.point).max() < _SEPARATED:
            self.point = start.point

    def run(self, tolerance: float) -> None:
        """Steps with one curvature while they shrink fast, else with a new one, until steps are below the tolerance.

        The last pass, predicted from the shrinking of steps, keeps the curvature, residuals and expected scores.
        """
        factor, last = None, 0.0
        is_last, is_bent = False, True
        slope = self._pass(bend=True, keep=False)
        for _ in range(_MOST_PASSES):
            factor = self._factor() if factor is None or is_bent else factor
            step = cho_solve(factor, slope[self.free])
            length = float(np.abs(step).max(initial=0.0))
            if not np.isfinite(length) or np.abs(self.point).max() > 50.0:
                return
            if length <= tolerance and is_last:
                self.converged = True
                return
            self.point[self.free] += step * min(1.0, 4.0 / max(length, 1e-300))
            is_last = length <= tolerance or (last > 0.0 and length * length / last <= tolerance)
            is_bent = is_last or length > 0.2 * last or length > 0.3
            slope = self._pass(bend=is_bent, keep=is_last)
            last = length

    def inverse(self) -> FloatArray:
        """Inverse curvature at the current point, zero for the ground."""
        width = len(self.point)
        whole = np.zeros((width, width))
        whole[np.ix_(self.free, self.free)] = cho_solve(self._factor(), np.eye(len(self.free)))
        return whole

    def _pass(self, *, bend: bool, keep: bool) -> FloatArray:
        """The slope at the current point; optionally sums the curvature and keeps residuals and expected scores."""
        self.passes += 1
        slope = self._pass_compiled(bend=bend, keep=keep) if self.fast else self._pass_plain(bend=bend)
        slope[self.rows.n_models :] -= self.rows.penalty * self.point[self.rows.n_models :]
        return slope

    def _pass_compiled(self, *, bend: bool, keep: bool) -> FloatArray:
        n_rows, n, n_features = len(self.rows.a), self.rows.n_models, len(self.typical)
        point = np.append(self.point[:n], self.point[n:] / self.typical)
        if keep and len(self.residual) != n_rows:
            self.residual, self.expected = np.empty(n_rows), np.empty(n_rows)

        def add(part: slice) -> tuple[FloatArray, Sums]:
            slope, sums = np.zeros(len(self.point)), _no_sums(n, n_features) if bend else _no_sums(0, 0)
            told = (self.residual[part], self.expected[part]) if keep else (_NOTHING, _NOTHING)
            compiled(style_pass)(self._columns(part), point, slope, told, sums)
            return slope, sums

        parts = in_parts(n_rows, add, n_sums=n * n if bend else 0)
        if bend:
            self.sums = _total([sums for _, sums in parts], self.typical)
        slope: FloatArray = np.sum([slope for slope, _ in parts], axis=0)
        slope[n:] /= self.typical
        return slope

    def _columns(self, part: slice) -> StyledRows:
        rows = self.rows
        weights = _NOTHING if rows.weights is None else rows.weights[part]
        return rows.a[part], rows.b[part], rows.score[part], weights, self.features[part]

    def _pass_plain(self, *, bend: bool) -> FloatArray:
        rows, n = self.rows, self.rows.n_models
        first, second, pair = self._pairs
        gap = (self.point[first] - self.point[second])[pair]
        gap += self.scaled @ self.point[n:]
        self.expected = expit(gap, out=gap)
        self.residual = rows.score - self.expected
        if rows.weights is not None:
            self.residual *= rows.weights
        if bend:
            self.sums = self._sums_plain()
        return np.append(self._by_model(self.residual), self.scaled.T @ self.residual)

    def _factor(self) -> tuple[npt.NDArray[np.float64], bool]:
        rows, n = self.rows, self.rows.n_models
        width = len(self.point)
        matrix = np.zeros((width, width))
        between, mixed, twice = self.sums
        between = between + between.T
        np.fill_diagonal(between, 0.0)
        matrix[:n, :n] = np.diag(between.sum(axis=1)) - between
        matrix[:n, n:], matrix[n:, :n] = mixed, mixed.T
        matrix[n:, n:] = twice + rows.penalty * np.eye(width - n)
        try:
            grounded = matrix[np.ix_(self.free, self.free)]
            factor = cho_factor(grounded, lower=True)
        except LinAlgError:
            factor = None
        if factor is None or np.diagonal(factor[0]).min() < 1e-7 * np.sqrt(np.diagonal(grounded).max()):
            raise BadInput(
                f"expected style features of which none follows from others, got {', '.join(rows.names)}; leave one out"
            )
        return factor[0], True

    def _sums_plain(self) -> Sums:
        bend = self.expected * (1.0 - self.expected)
        if self.rows.weights is not None:
            bend *= self.rows.weights
        n, (first, second, pair) = self.rows.n_models, self._pairs
        between = np.zeros((n, n))
        np.add.at(between, (first, second), np.bincount(pair, bend, len(first)))
        bent = self.scaled * bend[:, None]
        mixed = [self._by_model(np.ascontiguousarray(column)) for column in bent.T]
        return between, np.column_stack([np.empty((n, 0)), *mixed]), self.scaled.T @ bent

    def _by_model(self, values: FloatArray) -> FloatArray:
        """Sums by model of the values of rows, added for A and subtracted for B."""
        n, (first, second, pair) = self.rows.n_models, self._pairs
        by_pair = np.bincount(pair, values, len(first))
        return np.asarray(np.bincount(first, by_pair, n) - np.bincount(second, by_pair, n), np.float64)


def _no_sums(n_models: int, n_features: int) -> Sums:
    return np.zeros((n_models, n_models)), np.zeros((n_models, n_features)), np.zeros((n_features, n_features))


def _total(parts: list[Sums], typical: FloatArray) -> Sums:
    """Sums over all parts of the rows, with features in units of a typical difference."""
    for sums in parts[1:]:
        for whole, more in zip(parts[0], sums, strict=True):
            np.add(whole, more, out=whole)
    between, mixed, twice = parts[0]
    return between, mixed / typical, mirrored(twice) / np.outer(typical, typical)


def _pairs(rows: StyleRows) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """First and second model of each ordered pair, and the pair of each row."""
    n = rows.n_models
    key = rows.a.astype(np.intp) * n + rows.b
    if n * n <= _DENSE_CELLS:
        first, second = np.divmod(np.arange(n * n), n)
        return first, second, key
    pairs, place = np.unique(key, return_inverse=True)
    return pairs // n, pairs % n, place.astype(np.intp)
