"""The Bradley-Terry likelihood on pair counts: its maximum by Newton, and the variance of that maximum.

Strengths are natural logarithms: the expected score of i against j is sigmoid(strength_i - strength_j). Ties are
half a win, so the likelihood is a quasi-likelihood and the sandwich is the variance that holds (White, 1982,
"Maximum likelihood estimation of misspecified models").
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit, log_expit

from arena.rating.counts import IndexArray, PairCounts
from storage.battles import FloatArray

_STEP_TOLERANCE = 1e-9
_MOST_ITERATIONS = 200
_OVERSHOOT = -0.9


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where a climb ended.

    Attributes:
        point: the arguments at the maximum, in nats.
        converged: whether the last step was below 1e-9 nats.
        iterations: Newton steps taken.
    """

    point: FloatArray
    converged: bool
    iterations: int


def expected_scores(counts: PairCounts, strengths: FloatArray) -> FloatArray:
    """Expected score of each pair's first model, between 0 and 1."""
    expected: FloatArray = expit(strengths[counts.first] - strengths[counts.second])
    return expected


def log_likelihood(counts: PairCounts, strengths: FloatArray) -> float:
    """Log-likelihood in nats, a tie being half a win and half a loss."""
    gap = strengths[counts.first] - strengths[counts.second]
    return float(np.sum(counts.score * log_expit(gap) + (counts.battles - counts.score) * log_expit(-gap)))


def gradient(counts: PairCounts, strengths: FloatArray) -> FloatArray:
    """Derivative of the log-likelihood by each strength: points won beyond those expected."""
    surplus = counts.score - counts.battles * expected_scores(counts, strengths)
    return counts.per_model(surplus, -surplus)


def information(counts: PairCounts, strengths: FloatArray) -> FloatArray:
    """Negative second derivative, (n_models, n_models): a graph Laplacian, so its rows sum to zero."""
    expected = expected_scores(counts, strengths)
    return laplacian(counts.n_models, (counts.first, counts.second), counts.battles * expected * (1.0 - expected))


def laplacian(n: int, pairs: tuple[IndexArray, IndexArray], weights: FloatArray) -> FloatArray:
    """The (n, n) weighted graph Laplacian of unordered pairs, each pair at most once."""
    first, second = pairs
    matrix = np.zeros((n, n))
    matrix[first, second] = -weights
    matrix[second, first] = -weights
    matrix[np.arange(n), np.arange(n)] = np.bincount(first, weights, n) + np.bincount(second, weights, n)
    return matrix


def fit_strengths(counts: PairCounts) -> Maximum:
    """Maximum-likelihood strengths of models that form one block; the busiest model stands at zero.

    The caller has checked with `find_blocks` that the maximum exists.
    """
    free = _free_models(counts)
    strengths = np.zeros(counts.n_models)

    def widen(point: FloatArray) -> FloatArray:
        strengths[free] = point
        return strengths

    top = climb(
        lambda point: gradient(counts, widen(point))[free],
        lambda point: information(counts, widen(point))[np.ix_(free, free)],
        np.zeros(len(free)),
    )
    return Maximum(widen(top.point), top.converged, top.iterations)


def sandwich_covariance(counts: PairCounts, strengths: FloatArray) -> FloatArray:
    """Covariance of fitted strengths in squared nats when battles are independent; (n_models, n_models).

    Inverse information, times the summed squared residuals of the battles, times inverse information. The
    busiest model has variance zero here; `recentre` moves the zero elsewhere.
    """
    free = _free_models(counts)
    grounded = np.ix_(free, free)
    residuals = counts.squared_residuals(expected_scores(counts, strengths))
    meat = laplacian(counts.n_models, (counts.first, counts.second), residuals)
    factor = cho_factor(information(counts, strengths)[grounded], lower=True)
    half = cho_solve(factor, meat[grounded])
    covariance = np.zeros((counts.n_models, counts.n_models))
    covariance[grounded] = cho_solve(factor, half.T)
    return covariance


def recentre(covariance: FloatArray, weights: FloatArray) -> FloatArray:
    """Covariance of strengths measured from their weighted mean: J V J' with J = I - 1 w', weights summing to 1."""
    to_mean = covariance @ weights
    return covariance - to_mean[:, None] - to_mean[None, :] + weights @ to_mean


def climb(
    slope: Callable[[FloatArray], FloatArray], curvature: Callable[[FloatArray], FloatArray], start: FloatArray
) -> Maximum:
    """The maximum of a strictly concave function by Newton's method.

    A step is halved while it runs far beyond the summit along its own direction, which a plain step may do for
    ever when some pairs have met a million times and others once.

    Args:
        slope: first derivative at a point.
        curvature: negative second derivative, positive definite.
        start: where to begin.
    """
    point, rise = start, slope(start)
    for iteration in range(1, _MOST_ITERATIONS + 1):
        step: FloatArray = cho_solve(cho_factor(curvature(point), lower=True), rise)
        length = float(np.max(np.abs(step), initial=0.0))
        ahead = slope(point + step)
        while length > _STEP_TOLERANCE and float(ahead @ step) < _OVERSHOOT * float(rise @ step):
            step *= 0.5
            ahead = slope(point + step)
        point, rise = point + step, ahead
        if length <= _STEP_TOLERANCE:
            return Maximum(point, converged=True, iterations=iteration)
    return Maximum(point, converged=False, iterations=_MOST_ITERATIONS)


def _free_models(counts: PairCounts) -> IndexArray:
    """All but the busiest model: fixing one strength leaves a well-conditioned, positive definite problem."""
    ground = int(np.argmax(counts.model_battles()))
    return np.delete(np.arange(counts.n_models), ground)
