"""Correlation of two rankings of the same models, with intervals over models.

Spearman's rho and Kendall's tau-b. The intervals treat the models as a sample of models like them, so a handful of
models gives a wide one: the normal approximation on Fisher's scale, with the variances of Bonett and Wright (2000,
"Sample size requirements for estimating Pearson, Kendall and Spearman correlations") for rho and of Fieller, Hartley
and Pearson (1957, "Tests for rank correlation coefficients") for tau. On that scale both values are moved by half of
one exchange of neighbours towards zero, so that a perfect order of few models has an interval of positive width.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from arena.agreement.clustered import UNKNOWN, Estimate
from storage.ledger.battles import FloatArray

LEAST_MODELS = 5
"""Number of models from which on an interval is given; with fewer, almost any correlation may be chance."""


@dataclass(frozen=True)
class RankCorrelation:
    """Correlation of two rankings.

    Attributes:
        models: number of models in both rankings.
        spearman: Spearman's rho, -1 to 1.
        kendall: Kendall's tau-b, -1 to 1.
    """

    models: int
    spearman: Estimate
    kendall: Estimate


def correlate_ranks(one: FloatArray, other: FloatArray, *, level: float) -> RankCorrelation:
    """The rank correlation of two columns of values, one row per model.

    Args:
        one: values of the first ranking, all known.
        other: values of the second ranking, in the same order of models.
        level: confidence of the intervals, 0 to 1; their ends are unknown with fewer than `LEAST_MODELS` models.

    Returns:
        Unknown values with fewer than two models, or where all values of a column are equal.
    """
    n = len(one)
    rho, tau = spearman_rho(one, other), kendall_tau(one, other)
    if n < LEAST_MODELS:
        return RankCorrelation(n, Estimate(rho), Estimate(tau))
    rho_step, tau_step = 12.0 / (n * (n * n - 1.0)), 4.0 / (n * (n - 1.0))
    rho_error = np.sqrt((1.0 + rho * rho / 2.0) / (n - 3.0))
    return RankCorrelation(
        n,
        _interval(rho, float(rho_error), rho_step / 2.0, level),
        _interval(tau, float(np.sqrt(0.437 / (n - 4.0))), tau_step / 2.0, level),
    )


def spearman_rho(one: FloatArray, other: FloatArray) -> float:
    """Correlation of mid-ranks; NaN where all values of a column are equal."""
    if len(one) < 2:
        return UNKNOWN
    x, y = (_ranks(column) - (len(column) + 1) / 2.0 for column in (one, other))
    spread = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / spread if spread > 0.0 else UNKNOWN


def kendall_tau(one: FloatArray, other: FloatArray) -> float:
    """Kendall's tau-b: pairs in the same order minus reversed pairs, corrected for ties; NaN as for `spearman_rho`."""
    x, y = (np.sign(column[:, None] - column[None, :]) for column in (one, other))
    spread = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / spread if spread > 0.0 else UNKNOWN


def _ranks(values: FloatArray) -> FloatArray:
    """Mid-ranks from 1; `scipy.stats`, which has them too, takes longer to load than all of this."""
    _, place, number = np.unique(values, return_inverse=True, return_counts=True)
    ranks: FloatArray = (np.cumsum(number) - (number - 1) / 2.0)[place]
    return ranks


def _interval(value: float, error: float, half_step: float, level: float) -> Estimate:
    if not np.isfinite(value):
        return Estimate(value)
    middle = np.arctanh(np.sign(value) * max(abs(value) - half_step, 0.0))
    reach = float(ndtri(0.5 + level / 2.0)) * error
    lower, upper = float(np.tanh(middle - reach)), float(np.tanh(middle + reach))
    return Estimate(value, min(lower, value), max(upper, value))
