"""Strengths and rater factors together: P(A beats B by rater r) = sigmoid(factor_r * (strength_A - strength_B)).

The model of am-ELO (Liu et al., 2025, "am-ELO: A stable framework for arena-based LLM evaluation", arXiv:2505.03475),
with a normal prior on each factor around one, so that a rater with three votes is taken as a typical one. Their mean
is held at one, which sets the scale. A factor of zero is a rater who votes at random, a negative one a rater who votes
against the others.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.sparse import coo_array, csr_array
from scipy.special import expit, log_expit

from arena.rating.counts import IntArray
from storage.errors import BadInput
from storage.ledger.battles import CodeArray, FloatArray

PRIOR_SD = 0.5
"""Standard deviation of the prior on the factors of raters around one."""

_TOLERANCE = 1e-9
_MOST_ITERATIONS = 200
_MOST_HALVINGS = 40
_RUN_AWAY = 30.0
"""Strength in nats beyond which the fit follows contradictions of raters instead of the models."""
_CONTRADICTED = (
    "expected raters who agree more often than not for weights by rater, got ones who contradict each other; "
    "collect more votes of each, or leave the weights by rater out"
)
Factor = tuple[npt.NDArray[np.float64], bool]


@dataclass(frozen=True, eq=False)
class RatedRows:
    """Battles with their raters; all models must form one block.

    Attributes:
        n_models: number of models.
        a: code of the side shown left.
        b: code of the other side.
        score: share of A.
        rater: code from zero without a gap; -1 if unknown, which has the factor one.
        weights: weights of the rows; None for one each.
    """

    n_models: int
    a: CodeArray
    b: CodeArray
    score: FloatArray
    rater: IntArray
    weights: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class ReliabilityFit:
    """The maximum of likelihood times prior.

    Attributes:
        strength: natural log-strengths, (n_models,); the busiest model stands at zero.
        factor: factor of each rater, (n_raters,); their mean is one.
        inverse: inverse of the curvature by strengths with the factors eliminated; zero for the ground.
        carried: (n_raters, n_models) coefficients that carry the slope of each rater over to the slopes of strengths.
        slope: (n_rows,) derivative of the log-likelihood of each row by the strength of A, and minus that by B.
        factor_slope: (n_rows,) derivative by the factor of the rater, with an equal share of that of the prior; zero
            for an unknown rater.
        unit: square root of the expected curvature of each row by the log-odds of A, (n_rows,).
        gap: difference of the strengths of each row, (n_rows,).
        of_row: factor of the rater of each row, one for an unknown rater.
        converged: whether the last step was below 1e-9.
        iterations: Newton steps.
    """

    strength: FloatArray
    factor: FloatArray
    inverse: FloatArray
    carried: FloatArray
    slope: FloatArray
    factor_slope: FloatArray
    unit: FloatArray
    gap: FloatArray
    of_row: FloatArray
    converged: bool
    iterations: int


def fit_reliability(rows: RatedRows) -> ReliabilityFit:
    """Maximise likelihood times prior over strengths and factors by Newton's method with halved steps.

    The factors are eliminated from each step, so a step costs nearly the same for ten raters as for ten thousand.

    Raises:
        BadInput: raters contradict each other so much that the strengths diverge.
    """
    state = _FactorClimb(rows)
    state.run()
    gap = state.strength[rows.a] - state.strength[rows.b]
    known = rows.rater >= 0
    of_row = np.where(known, state.factor[rows.rater], 1.0) if len(state.factor) else np.ones(len(gap))
    weights = 1.0 if rows.weights is None else rows.weights
    chance = expit(of_row * gap)
    residual = weights * (rows.score - chance)
    inverse, carried = state.inverse()
    prior = np.zeros(len(gap))
    if len(state.factor):
        number = np.bincount(rows.rater[known], minlength=len(state.factor))
        prior = ((state.factor - 1.0) / PRIOR_SD**2 / np.maximum(number, 1))[rows.rater]
    return ReliabilityFit(
        strength=state.strength,
        factor=state.factor,
        inverse=inverse,
        carried=carried,
        slope=of_row * residual,
        factor_slope=np.where(known, gap * residual - prior, 0.0),
        unit=np.sqrt(weights * chance * (1.0 - chance)),
        gap=gap,
        of_row=of_row,
        converged=state.converged,
        iterations=state.iterations,
    )


class _FactorClimb:
    """Battles by rater and pair, and the current point of the maximisation."""

    def __init__(self, rows: RatedRows) -> None:
        n = rows.n_models
        key = ((rows.rater.astype(np.int64) + 1) * n + rows.a) * n + rows.b
        cell, keys = pd.factorize(key)
        weights = np.ones(len(key)) if rows.weights is None else rows.weights
        self.n = n
        self.battles = np.bincount(cell, weights, len(keys)).astype(np.float64)
        self.points = np.bincount(cell, weights * rows.score, len(keys)).astype(np.float64)
        rest, self.b = np.divmod(keys.astype(np.int64), n)
        rater, self.a = np.divmod(rest, n)
        self.n_raters = int(rows.rater.max(initial=-1)) + 1
        # the last place holds the factor one of the unknown raters
        self.rater = np.where(rater > 0, rater - 1, self.n_raters)
        self.strength, self.all_factors = np.zeros(n), np.ones(self.n_raters + 1)
        busy = np.bincount(self.a, self.battles, n) + np.bincount(self.b, self.battles, n)
        self.free = np.delete(np.arange(n), int(np.argmax(busy)))
        self.converged, self.iterations = False, 0

    @property
    def factor(self) -> FloatArray:
        """Factors of the known raters."""
        return self.all_factors[: self.n_raters]

    def run(self) -> None:
        """Newton steps, with the expected curvature where the observed one is not positive definite."""
        height = self._height(self.strength, self.all_factors)
        for self.iterations in range(1, _MOST_ITERATIONS + 1):
            by_strength, by_factor = self._step()
            length = max(float(np.abs(by_strength).max(initial=0.0)), float(np.abs(by_factor).max(initial=0.0)))
            share = 1.0
            for _ in range(_MOST_HALVINGS):
                strength, factors = self.strength + share * by_strength, self.all_factors.copy()
                factors[: self.n_raters] += share * by_factor
                reached = self._height(strength, factors)
                if reached >= height - 1e-12 * abs(height) or length <= _TOLERANCE:
                    break
                share *= 0.5
            self.strength, self.all_factors, height = strength, factors, reached
            if float(np.abs(strength).max()) > _RUN_AWAY:
                raise BadInput(_CONTRADICTED)
            if length <= _TOLERANCE:
                self.converged = True
                return

    def inverse(self) -> tuple[FloatArray, FloatArray]:
        """Inverse curvature by strengths, and how slopes by factor carry over to slopes by strength."""
        factor, cross, bend = self._curvature()
        whole = np.zeros((self.n, self.n))
        whole[np.ix_(self.free, self.free)] = cho_solve(factor, np.eye(len(self.free)))
        return whole, _level(cross.toarray(), bend)

    def _height(self, strength: FloatArray, factors: FloatArray) -> float:
        gap = factors[self.rater] * (strength[self.a] - strength[self.b])
        likelihood = self.points * log_expit(gap) + (self.battles - self.points) * log_expit(-gap)
        return float(likelihood.sum() - 0.5 * np.sum((factors - 1.0) ** 2) / PRIOR_SD**2)

    def _slopes(self) -> tuple[FloatArray, FloatArray]:
        gap = self.strength[self.a] - self.strength[self.b]
        of_cell = self.all_factors[self.rater]
        residual = self.points - self.battles * expit(of_cell * gap)
        pull = of_cell * residual
        by_strength = np.bincount(self.a, pull, self.n) - np.bincount(self.b, pull, self.n)
        by_factor = np.bincount(self.rater, gap * residual, self.n_raters + 1)[: self.n_raters]
        pulled = by_factor - (self.factor - 1.0) / PRIOR_SD**2
        return np.asarray(by_strength[self.free], np.float64), np.asarray(pulled, np.float64)

    def _step(self) -> tuple[FloatArray, FloatArray]:
        by_strength, by_factor = self._slopes()
        factor, cross, bend = self._curvature()
        carried = np.asarray(cross.T @ _level(by_factor, bend))[self.free]
        step = np.zeros(self.n)
        step[self.free] = cho_solve(factor, by_strength - carried)
        return step, _level(by_factor - cross @ step, bend)

    def _curvature(self) -> tuple[Factor, csr_array, FloatArray]:
        """Cholesky factor of the curvature by free strengths without factors, the mixed part, the curvature by factors.

        Raises:
            BadInput: there is no curvature left, since all factors went to zero.
        """
        for expected in (False, True):
            try:
                return self._curvature_as(expected=expected)
            except LinAlgError:
                continue
        raise BadInput(_CONTRADICTED)

    def _curvature_as(self, *, expected: bool) -> tuple[Factor, csr_array, FloatArray]:
        gap = self.strength[self.a] - self.strength[self.b]
        of_cell = self.all_factors[self.rater]
        chance = expit(of_cell * gap)
        bend = self.battles * chance * (1.0 - chance)
        mixed = of_cell * gap * bend
        if not expected:
            mixed = mixed - (self.points - self.battles * chance)
        by_factor = np.bincount(self.rater, gap**2 * bend, self.n_raters + 1)[: self.n_raters] + PRIOR_SD**-2
        known = self.rater < self.n_raters
        at = self.rater[known]
        entries = np.concatenate([mixed[known], -mixed[known]])
        place = (np.concatenate([at, at]), np.concatenate([self.a[known], self.b[known]]))
        cross = csr_array(coo_array((entries, place), shape=(self.n_raters, self.n)).tocsr())
        between = np.bincount(self.a * self.n + self.b, of_cell**2 * bend, self.n**2).reshape(self.n, self.n)
        between = between + between.T
        whole = np.diag(between.sum(axis=1)) - between
        whole -= (cross.T @ csr_array(cross.multiply(1.0 / by_factor[:, None]))).toarray()
        pulled = np.asarray(cross.T @ (1.0 / by_factor))
        whole += np.outer(pulled, pulled) / np.sum(1.0 / by_factor)
        factor = cho_factor(whole[np.ix_(self.free, self.free)], lower=True)
        return factor, cross, np.asarray(by_factor, np.float64)


def _level(slopes: FloatArray, bend: FloatArray) -> FloatArray:
    """Steps of the factors for these slopes, (n_raters, …), with their mean kept: D^-1 s less its part along D^-1 1."""
    weights = 1.0 / bend
    mean = weights @ slopes / weights.sum()
    found: FloatArray = (slopes - mean) * (weights if slopes.ndim == 1 else weights[:, None])
    return found
