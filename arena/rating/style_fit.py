"""Bradley-Terry with style features: the maximum over rows, since features differ within a pair.

Newton from a fit to a twentieth of the rows, one curvature, and then steps with that curvature alone, which need
nothing but the slope: some five passes over the rows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.special import expit

from storage.battles import CodeArray, FloatArray
from storage.errors import BadInput

_TOLERANCE = 1e-9
_MOST_PASSES = 100
_WARM_ROWS = 200_000
_WARM_SHARE = 20
_SEPARATED = 12.0
"""Effect of one typical difference, in nats, beyond which the battles are perfectly told by style."""
_DENSE_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class StyleRows:
    """Battles with their features; all models must form one block.

    Attributes:
        n_models: number of models.
        a: code of the side shown left.
        b: code of the other side.
        score: share of A.
        weights: of the rows; None for one each.
        names: of the features.
        features: (n_rows, n_features), as they are.
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
        strength: natural log-strengths at equal style, (n_models,); the busiest model stands at zero.
        effect: nats for one typical difference of each feature, (n_features,).
        typical: root mean square of each feature: one typical difference.
        inverse: inverse curvature over strengths and effects; zero for the ground.
        residual: weight times (score - expected score) of each row.
        expected: expected score of each row.
        converged: whether the last step was below 1e-9 nats.
        passes: over the rows.
    """

    strength: FloatArray
    effect: FloatArray
    typical: FloatArray
    inverse: FloatArray
    residual: FloatArray
    expected: FloatArray
    converged: bool
    passes: int


def fit_style(rows: StyleRows) -> StyleFit:
    """Maximise the (penalised) log-likelihood.

    Raises:
        BadInput: a feature is the same in all battles, follows from others, or tells every result.
    """
    typical = np.sqrt(np.mean(rows.features**2, axis=0)) if len(rows.a) else np.zeros(len(rows.names))
    for name, size in zip(rows.names, typical, strict=True):
        if size == 0.0:
            raise BadInput(f"expected battles that differ in {name}, got none; leave --style {name} out")
    state = _Climb(rows, np.ascontiguousarray(rows.features / typical))
    if len(rows.a) >= _WARM_ROWS:
        state.start_from(slice(None, None, _WARM_SHARE))
    state.run(_TOLERANCE)
    n = rows.n_models
    effect = state.point[n:]
    if not state.converged or np.abs(effect).max(initial=0.0) > _SEPARATED:
        worst = rows.names[int(np.argmax(np.abs(effect)))]
        raise BadInput(
            f"expected battles whose results style does not tell outright, got {worst} telling them; "
            "leave it out, or give --style-penalty 1"
        )
    inverse = state.inverse()
    return StyleFit(
        strength=state.point[:n],
        effect=effect,
        typical=typical,
        inverse=inverse,
        residual=state.residual,
        expected=state.expected,
        converged=state.converged,
        passes=state.passes,
    )


class _Climb:
    """Rows with scaled features, and where the climb stands."""

    def __init__(self, rows: StyleRows, scaled: FloatArray) -> None:
        n = rows.n_models
        self.rows, self.scaled = rows, scaled
        self.first, self.second, self.pair = _pairs(rows)
        self.point = np.zeros(n + scaled.shape[1])
        self.residual, self.expected = np.empty(0), np.empty(0)
        self.converged, self.passes = False, 0
        met = np.bincount(self.pair, minlength=len(self.first)).astype(np.float64)
        busy = np.bincount(self.first, met, n) + np.bincount(self.second, met, n)
        self.free = np.delete(np.arange(len(self.point)), int(np.argmax(busy)))

    def start_from(self, chosen: slice) -> None:
        """Begin at the maximum of a part of the rows, where that part has one."""
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
        start = _Climb(part, np.ascontiguousarray(self.scaled[chosen]))
        try:
            start.run(1e-3)
        except BadInput:
            return
        if start.converged and np.abs(start.point).max() < _SEPARATED:
            self.point = start.point

    def run(self, tolerance: float) -> None:
        """Steps with one curvature while they shrink fast, else with a new one."""
        factor, last = None, np.inf
        slope = self._slope()
        for _ in range(_MOST_PASSES):
            if factor is None:
                factor = self._factor()
            step = cho_solve(factor, slope[self.free])
            length = float(np.abs(step).max(initial=0.0))
            if not np.isfinite(length):
                return
            if length > 4.0:
                step *= 4.0 / length
            self.point[self.free] += step
            slope = self._slope()
            if length <= tolerance:
                self.converged = True
                return
            if length > 0.2 * last or length > 0.3:
                factor = None
            last = length
            if np.abs(self.point).max() > 50.0:
                return

    def inverse(self) -> FloatArray:
        """Inverse curvature at the point, zero for the ground."""
        width = len(self.point)
        whole = np.zeros((width, width))
        whole[np.ix_(self.free, self.free)] = cho_solve(self._factor(), np.eye(len(self.free)))
        return whole

    def _slope(self) -> FloatArray:
        rows, n = self.rows, self.rows.n_models
        gap = (self.point[self.first] - self.point[self.second])[self.pair]
        gap += self.scaled @ self.point[n:]
        self.expected = expit(gap, out=gap)
        self.residual = rows.score - self.expected
        if rows.weights is not None:
            self.residual *= rows.weights
        self.passes += 1
        by_effect = self.scaled.T @ self.residual - rows.penalty * self.point[n:]
        return np.append(self._by_model(self.residual), by_effect)

    def _factor(self) -> tuple[npt.NDArray[np.float64], bool]:
        rows, n = self.rows, self.rows.n_models
        bend = self.expected * (1.0 - self.expected)
        if rows.weights is not None:
            bend *= rows.weights
        width = len(self.point)
        matrix = np.zeros((width, width))
        between = np.zeros((n, n))
        np.add.at(between, (self.first, self.second), np.bincount(self.pair, bend, len(self.first)))
        between += between.T
        np.fill_diagonal(between, 0.0)
        matrix[:n, :n] = np.diag(between.sum(axis=1)) - between
        bent = self.scaled * bend[:, None]
        for column in range(width - n):
            matrix[n + column, :n] = matrix[:n, n + column] = self._by_model(np.ascontiguousarray(bent[:, column]))
        matrix[n:, n:] = self.scaled.T @ bent + rows.penalty * np.eye(width - n)
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

    def _by_model(self, values: FloatArray) -> FloatArray:
        """Values of the rows added to A and taken from B."""
        n = self.rows.n_models
        by_pair = np.bincount(self.pair, values, len(self.first))
        return np.asarray(np.bincount(self.first, by_pair, n) - np.bincount(self.second, by_pair, n), np.float64)


def _pairs(rows: StyleRows) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """First and second model of each ordered pair, and the pair of each row."""
    n = rows.n_models
    key = rows.a.astype(np.intp) * n + rows.b
    if n * n <= _DENSE_CELLS:
        first, second = np.divmod(np.arange(n * n), n)
        return first, second, key
    pairs, place = np.unique(key, return_inverse=True)
    return pairs // n, pairs % n, place.astype(np.intp)
