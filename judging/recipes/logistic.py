"""Logistic regressions behind published figures: style control of Arena-Hard, length control of AlpacaEval."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
_STEPS, _EXACT, _SEPARATED = 100, 1e-10, 50.0
_GRID = np.logspace(-4.0, 4.0, 10)
"""Inverse penalties among which cross-validation chooses, as in scikit-learn."""


def sigmoid(values: Numbers) -> Numbers:
    """1 / (1 + exp(-x)), without overflow."""
    return np.exp(-np.logaddexp(0.0, -values))


def fit_logistic(design: Numbers, shares: Numbers, *, weight: float = 1.0, ridge: float = 0.0) -> Numbers | None:
    """Coefficients of a logistic regression on shares in [0, 1] without intercept, by Newton's method.

    Args:
        design: One row for each share.
        shares: Shares to explain, where 0.5 is a tie.
        weight: Weight of every row.
        ridge: Penalty on half the sum of squared coefficients.

    Returns:
        The coefficients; None if they grow without bound, because some rows separate wins from losses.
    """
    found = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        expected = sigmoid(design @ found)
        gradient = weight * design.T @ (expected - shares) + ridge * found
        curvature = weight * (design.T * (expected * (1.0 - expected))) @ design + ridge * np.eye(len(found))
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        found = found - step
        if np.abs(found).max() > _SEPARATED:
            return None
        if np.abs(step).max() < _EXACT:
            return found
    return None


def fit_sparse(design: Numbers, shares: Numbers, weights: Numbers, *, folds: int) -> Numbers:
    """Coefficients with a penalty on their absolute sum, whose strength cross-validation chooses.

    As published for AlpacaEval: scikit-learn's `LogisticRegressionCV` with penalty `l1` and the solver `liblinear`,
    on every row twice, once as a win and once as a loss, with the share and its rest as weights; the log loss of the
    left-out rows decides. Here the minimum itself is found, where liblinear stops within a tolerance.

    Args:
        design: One row for each share.
        shares: Shares to explain, in [0, 1].
        weights: Weight of each row.
        folds: Number of folds.
    """
    order = np.argsort(np.full(len(shares), 2))[::-1]
    fold = np.empty(len(shares), dtype=int)
    fold[order] = np.arange(len(shares)) % folds
    losses = np.zeros(len(_GRID))
    for left_out in range(folds):
        inside, outside = fold != left_out, fold == left_out
        for number, strength in enumerate(_GRID):
            found = _fit_absolute(design[inside], shares[inside], weights[inside], strength)
            losses[number] += _loss(design[outside] @ found, shares[outside], weights[outside]) / outside.sum()
    return _fit_absolute(design, shares, weights, _GRID[int(np.argmin(losses))])


def _loss(logits: Numbers, shares: Numbers, weights: Numbers) -> float:
    return float((weights * (np.logaddexp(0.0, logits) - shares * logits)).sum())


def _fit_absolute(design: Numbers, shares: Numbers, weights: Numbers, strength: float) -> Numbers:
    """The minimum of the absolute sum plus `strength` times the loss; each coefficient is a difference of two parts."""
    from scipy.optimize import minimize  # noqa: PLC0415  slow to load, and one figure only needs it

    columns = design.shape[1]

    def objective(parts: Numbers) -> tuple[float, Numbers]:
        logits = design @ (parts[:columns] - parts[columns:])
        slope = strength * design.T @ (weights * (sigmoid(logits) - shares))
        return parts.sum() + strength * _loss(logits, shares, weights), 1.0 + np.concatenate([slope, -slope])

    bounds: Sequence[tuple[float, None]] = [(0.0, None)] * (2 * columns)
    found = minimize(
        objective, np.zeros(2 * columns), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-9},
    ).x  # fmt: skip
    return np.asarray(found[:columns] - found[columns:], dtype=np.float64)
