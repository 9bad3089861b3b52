"""Likelihoods on pair counts: their protocol, their maximum by Newton's method, and the curvature there.

A likelihood gives the probabilities of a win, a loss and a tie from the gap between two strengths and, if it models
ties, one tie parameter for all pairs. Strengths are natural logarithms. All are concave, so there is one maximum.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import block_array, coo_array, csr_array

from arena.rating.connection import ties_are_bounded
from arena.rating.counts import IndexArray, OutcomeValues, PairCounts
from arena.rating.sparse_solving import solve_sparse
from storage.ledger.battles import FloatArray

_STEP_TOLERANCE = 1e-9
_MOST_ITERATIONS = 200
_OVERSHOOT = -0.9
_MOST_TIES = 0.9
"""Largest share of ties that a tie parameter without a maximum is set to explain."""


class PairLikelihood(Protocol):
    """Probabilities of the results of a battle; `gap` is the strength of the first minus the second model, in nats.

    `tie` is any real number; minus infinity stands for "there are no ties". Likelihoods without a tie parameter
    ignore it.
    """

    @property
    def name(self) -> str:
        """Name in the catalogue of the method that maximises it."""

    @property
    def has_tie(self) -> bool:
        """Whether there is a tie parameter to fit."""

    @property
    def tie_name(self) -> str:
        """Name of the tie parameter in the unit of `tie_value`."""

    def tie_value(self, tie: float) -> float:
        """The tie parameter in the notation of its source; increasing in `tie`."""

    def start(self, tie_share: float) -> float:
        """The tie parameter at which equal models tie in this share of battles, between 0 and 1."""

    def slope(self, counts: PairCounts, gap: FloatArray, tie: float | FloatArray) -> tuple[FloatArray, FloatArray]:
        """Derivative of the log-likelihood of each pair by its gap, and by the tie parameter.

        Works for many sets of counts at once: counts and gaps of shape (n_sets, n_pairs), ties (n_sets, 1).
        """

    def curvature(self, counts: PairCounts, gap: FloatArray, tie: float) -> tuple[FloatArray, FloatArray, float]:
        """Negative second derivatives: by gap twice, by gap and tie parameter, by tie parameter twice."""

    def pulls(self, gap: FloatArray, tie: float) -> tuple[OutcomeValues, OutcomeValues]:
        """Derivatives of the log-probability of a win, a loss and a tie: by the gap, and by the tie parameter."""

    def log_probabilities(self, gap: FloatArray, tie: float) -> OutcomeValues:
        """Log-probabilities of a win, a loss and a tie of the first model; they sum to one."""

    def win_curve(self, gap: FloatArray, tie: float) -> OutcomeValues:
        """Log-probability of a win, its derivative by the gap, and its negative second derivative."""


@dataclass(frozen=True, eq=False)
class Maximum:
    """Result of a maximisation.

    Attributes:
        point: the arguments at the maximum, in nats.
        converged: whether the last step was below 1e-9 nats.
        iterations: Newton steps taken.
    """

    point: FloatArray
    converged: bool
    iterations: int


@dataclass(frozen=True, eq=False)
class Fit:
    """A maximum of a likelihood for models that form one block.

    Attributes:
        strength: natural log-strengths, (n_models,); the ground, one model, is at zero.
        tie: tie parameter.
        inverse: inverse of the curvature, (n_models + 1, n_models + 1) with the tie parameter last; zero in the
            row and column of the ground, and of a tie parameter that was not fitted.
        converged: whether the maximisation reached its tolerance.
        iterations: Newton steps.
    """

    strength: FloatArray
    tie: float
    inverse: FloatArray
    converged: bool
    iterations: int


def gaps(counts: PairCounts, strengths: FloatArray) -> FloatArray:
    """Strength of each pair's first model minus that of its second."""
    difference: FloatArray = strengths[counts.first] - strengths[counts.second]
    return difference


def laplacian(n: int, pairs: tuple[IndexArray, IndexArray], weights: FloatArray) -> FloatArray:
    """The (n, n) weighted graph Laplacian of unordered pairs, each pair at most once."""
    first, second = pairs
    matrix = np.zeros((n, n))
    matrix[first, second] = -weights
    matrix[second, first] = -weights
    matrix[np.arange(n), np.arange(n)] = np.bincount(first, weights, n) + np.bincount(second, weights, n)
    return matrix


def sparse_laplacian(n: int, pairs: tuple[IndexArray, IndexArray], weights: FloatArray) -> csr_array:
    """The same as `laplacian` with only its entries that are not zero."""
    first, second = pairs
    every = np.arange(n)
    own = np.bincount(first, weights, n) + np.bincount(second, weights, n)
    place = (np.concatenate([first, second, every]), np.concatenate([second, first, every]))
    return coo_array((np.concatenate([-weights, -weights, own]), place), shape=(n, n)).tocsr()


def slope_at(counts: PairCounts, likelihood: PairLikelihood, strengths: FloatArray, tie: float) -> FloatArray:
    """Derivative of the log-likelihood by each strength and, last, by the tie parameter; (n_models + 1,)."""
    by_gap, by_tie = likelihood.slope(counts, gaps(counts, strengths), tie)
    return np.append(counts.per_model(by_gap, -by_gap), by_tie.sum())


def information(counts: PairCounts, likelihood: PairLikelihood, strengths: FloatArray, tie: float) -> FloatArray:
    """Negative second derivative by strengths and tie parameter, (n_models + 1, n_models + 1)."""
    twice, mixed, by_tie = likelihood.curvature(counts, gaps(counts, strengths), tie)
    n = counts.n_models
    matrix = np.empty((n + 1, n + 1))
    matrix[:n, :n] = laplacian(n, (counts.first, counts.second), twice)
    matrix[n, :n] = matrix[:n, n] = counts.per_model(mixed, -mixed)
    matrix[n, n] = by_tie
    return matrix


def sparse_information(
    counts: PairCounts, likelihood: PairLikelihood, strengths: FloatArray, tie: float, *, with_tie: bool
) -> csr_array:
    """The same as `information` with only its entries that are not zero, the tie parameter last if it is wanted."""
    twice, mixed, by_tie = likelihood.curvature(counts, gaps(counts, strengths), tie)
    n = counts.n_models
    matrix = sparse_laplacian(n, (counts.first, counts.second), twice)
    if not with_tie:
        return matrix
    edge = csr_array(counts.per_model(mixed, -mixed)[:, None])
    return block_array([[matrix, edge], [edge.T, csr_array([[by_tie]])]], format="csr")


def fit_block(
    counts: PairCounts, likelihood: PairLikelihood, *, tie: float | None = None, start: Fit | None = None
) -> Fit:
    """Maximum-likelihood strengths of models that form one block; the busiest model is the ground.

    A tie parameter without a maximum is set to explain the share of ties between equal models: minus infinity
    without a tie.

    Args:
        counts: battles of the block; the caller has checked with `find_blocks` that the maximum exists.
        likelihood: likelihood to maximise.
        tie: fixed tie parameter; None to fit it.
        start: a fit to nearly the same counts to start from.
    """
    n, ground = counts.n_models, int(np.argmax(counts.model_battles()))
    fitted = tie is None and likelihood.has_tie
    if tie is None:
        tie = tie_of_equals(counts, likelihood)
    fitted = fitted and ties_are_bounded(counts)
    if start is not None and fitted:
        tie = start.tie
    free = np.delete(np.arange(n + fitted), ground)
    point = np.zeros(n + 1) if start is None else np.append(start.strength - start.strength[ground], 0.0)
    point[n] = tie

    def at(values: FloatArray) -> tuple[FloatArray, float]:
        point[free] = values
        return point[:n], float(point[n])

    top = climb(
        lambda values: slope_at(counts, likelihood, *at(values))[free],
        lambda values: information(counts, likelihood, *at(values))[np.ix_(free, free)],
        point[free].copy(),
    )
    strengths, tie = at(top.point)
    inverse = np.zeros((n + 1, n + 1))
    grounded = np.ix_(free, free)
    curvature = information(counts, likelihood, strengths, tie)[grounded]
    inverse[grounded] = cho_solve(cho_factor(curvature, lower=True), np.eye(len(free)))
    return Fit(strengths.copy(), tie, inverse, top.converged, top.iterations)


def tie_of_equals(counts: PairCounts, likelihood: PairLikelihood) -> float:
    """The tie parameter that explains the share of ties between equal models; minus infinity without a tie."""
    draws, battles = float(counts.draws.sum()), float(counts.battles.sum())
    if not likelihood.has_tie or draws == 0.0:
        return -np.inf
    return likelihood.start(min(draws / battles, _MOST_TIES))


def recentre(covariance: FloatArray, weights: FloatArray) -> FloatArray:
    """Covariance of strengths measured from their weighted mean: J V J' with J = I - 1 w', weights summing to 1."""
    to_mean = covariance @ weights
    return covariance - to_mean[:, None] - to_mean[None, :] + weights @ to_mean


def climb(
    slope: Callable[[FloatArray], FloatArray],
    curvature: Callable[[FloatArray], FloatArray | csr_array],
    start: FloatArray,
) -> Maximum:
    """The maximum of a strictly concave function by Newton's method.

    A step is halved while it overshoots the maximum along its direction. Without that, steps may not converge if some
    pairs have met a million times and others once.

    Args:
        slope: first derivative at a point.
        curvature: negative second derivative, positive definite; a sparse one may have null directions of the slope.
        start: starting point.
    """
    point, rise = start, slope(start)
    for iteration in range(1, _MOST_ITERATIONS + 1):
        step = _solve(curvature(point), rise)
        length = float(np.max(np.abs(step), initial=0.0))
        ahead = slope(point + step)
        while length > _STEP_TOLERANCE and float(ahead @ step) < _OVERSHOOT * float(rise @ step):
            step *= 0.5
            ahead = slope(point + step)
        point, rise = point + step, ahead
        if length <= _STEP_TOLERANCE:
            return Maximum(point, converged=True, iterations=iteration)
    return Maximum(point, converged=False, iterations=_MOST_ITERATIONS)


def _solve(matrix: FloatArray | csr_array, right: FloatArray) -> FloatArray:
    if isinstance(matrix, csr_array):
        return solve_sparse(matrix, right)
    return np.asarray(cho_solve(cho_factor(matrix, lower=True), right), np.float64)
