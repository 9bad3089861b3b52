"""Davidson's likelihood with a tie parameter of each model, shrunk towards the one that all share.

Some models give rise to more ties than others, for example by short or evasive responses. With d the gap, win e^(d/2) /
Z, loss e^(-d/2) / Z, tie e^(k + t_i + t_j) / Z, Z their sum: k is the tie parameter of Davidson (1970), and t_i the
lean of model i towards ties. A lean is drawn from a normal distribution with mean zero, whose standard deviation
follows from the battles by empirical Bayes (C. N. Morris, 1983, "Parametric empirical Bayes inference: theory and
applications"): by the steps of expectation and maximisation, with the normal approximation of the leans. So models
with few battles have the common parameter, and without a difference between models the fit is Davidson's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from arena.rating.counts import PairCounts
from arena.rating.davidson import Davidson
from arena.rating.likelihood import climb, gaps, laplacian
from storage.ledger.battles import FloatArray

_Function = Callable[[FloatArray], FloatArray]
_FIRST_SPREAD = 0.3
_LEAST_SPREAD = 0.01
_TOLERANCE = 2e-3
_MOST_STEPS = 40
_KAPPA_PRIOR_SD = 3.0


@dataclass(frozen=True, eq=False)
class LeaningFit:
    """A maximum of the likelihood times the prior of the leans.

    Attributes:
        strength: natural log-strengths, mean zero; (n_models,).
        tie: tie parameter that all models share.
        lean: lean of each model towards ties, added to `tie`; (n_models,).
        spread: standard deviation of the leans; 0 if they are held at zero.
        inverse: inverse curvature of strengths, tie and leans, in this order; (2 n_models + 1,) each way.
        converged: whether the last fit reached its tolerance.
        iterations: Newton steps of the last fit.
    """

    strength: FloatArray
    tie: float
    lean: FloatArray
    spread: float
    inverse: FloatArray
    converged: bool
    iterations: int


def fit_leaning(counts: PairCounts, *, strength_sd: float = np.inf, spread: float | None = None) -> LeaningFit:
    """Strengths and leans of models.

    Args:
        counts: battles; without a prior on strengths, of models that form one block, with a tie.
        strength_sd: standard deviation of a normal prior on each strength; inf for none.
        spread: given standard deviation of the leans, 0 to hold them at zero; None to estimate it.
    """
    n = counts.n_models
    share = (float(counts.draws.sum()) + 0.5) / (float(counts.battles.sum()) + 1.0)
    middle = Davidson().start(share)
    point = np.append(np.zeros(n), np.append(middle, np.zeros(n)))
    now = _FIRST_SPREAD if spread is None else max(spread, 1e-6)
    for _ in range(_MOST_STEPS):
        precision = np.concatenate([np.full(n, strength_sd**-2), [_KAPPA_PRIOR_SD**-2], np.full(n, now**-2)])
        slope, curvature_at = _penalised(counts, middle, precision)
        top = climb(slope, curvature_at, point)
        point = top.point
        inverse = cho_solve(cho_factor(curvature_at(point), lower=True), np.eye(2 * n + 1))
        if spread is not None:
            break
        before, lean = now, point[n + 1 :]
        now = max(float(np.sqrt(np.mean(lean**2 + np.diagonal(inverse)[n + 1 :]))), _LEAST_SPREAD)
        if abs(now - before) <= _TOLERANCE * before:
            break
    found = np.where(spread == 0.0, 0.0, point[n + 1 :])
    strength = point[:n] - point[:n].mean()
    shown = 0.0 if spread == 0.0 else now
    return LeaningFit(strength, float(point[n]), found, shown, inverse, top.converged, top.iterations)


def tie_parameters(counts: PairCounts, fit: LeaningFit) -> FloatArray:
    """Tie parameter of each pair."""
    return fit.tie + fit.lean[counts.first] + fit.lean[counts.second]


def _penalised(counts: PairCounts, middle: float, precision: FloatArray) -> tuple[_Function, _Function]:
    """First derivative of likelihood times prior, and negative second derivative."""
    centre = np.zeros(2 * counts.n_models + 1)
    centre[counts.n_models] = middle

    def slope(point: FloatArray) -> FloatArray:
        return _slope(counts, point) - precision * (point - centre)

    def curvature(point: FloatArray) -> FloatArray:
        return _curvature(counts, point, precision)

    return slope, curvature


def _at(counts: PairCounts, point: FloatArray) -> tuple[FloatArray, FloatArray]:
    n = counts.n_models
    tie: FloatArray = point[n] + point[n + 1 :][counts.first] + point[n + 1 :][counts.second]
    return gaps(counts, point[:n]), tie


def _slope(counts: PairCounts, point: FloatArray) -> FloatArray:
    by_gap, by_tie = Davidson().slope(counts, *_at(counts, point))
    return np.concatenate([counts.per_model(by_gap, -by_gap), [by_tie.sum()], counts.per_model(by_tie, by_tie)])


def _curvature(counts: PairCounts, point: FloatArray, precision: FloatArray) -> FloatArray:
    """Negative second derivative; a step of all strengths alike, which changes nothing, gets a curvature too."""
    n, pairs = counts.n_models, (counts.first, counts.second)
    win, loss, draw = (np.exp(value) for value in Davidson().log_probabilities(*_at(counts, point)))
    lean, battles = win - loss, counts.battles
    twice, mixed = 0.25 * battles * (win + loss - lean**2), -0.5 * battles * lean * draw
    own = battles * draw * (1.0 - draw)
    matrix = np.zeros((2 * n + 1, 2 * n + 1))
    matrix[:n, :n] = laplacian(n, pairs, twice)
    if precision[0] == 0.0:
        matrix[:n, :n] += np.trace(matrix[:n, :n]) / n**2
    signed = np.zeros((n, n))
    signed[pairs], signed[pairs[::-1]] = mixed, -mixed
    signed[np.arange(n), np.arange(n)] = counts.per_model(mixed, -mixed)
    matrix[:n, n + 1 :] = signed
    matrix[:n, n] = counts.per_model(mixed, -mixed)
    joint = -laplacian(n, pairs, own)
    joint[np.arange(n), np.arange(n)] *= -1.0
    matrix[n + 1 :, n + 1 :] = joint
    matrix[n, n + 1 :] = counts.per_model(own, own)
    matrix[n, n] = own.sum()
    upper = np.triu(matrix)
    return np.asarray(upper + np.triu(matrix, 1).T + np.diag(precision), np.float64)
