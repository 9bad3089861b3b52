"""Confidence intervals of statistics, clustered by question: leave one question out at a time.

The delete-one jackknife over clusters (Efron, 1982, "The jackknife, the bootstrap and other resampling plans"), with
Student's t on n - 1 degrees of freedom for n clusters. It needs no seed, and serves every statistic that is a function
of sums over clusters.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from storage.ledger.battles import FloatArray, IdArray

UNKNOWN = float("nan")


@dataclass(frozen=True)
class Estimate:
    """A statistic with its interval; NaN is unknown.

    Attributes:
        value: value in the unit of the statistic.
        lower: lower end; unknown with a single question, since the variation between questions is unknown.
        upper: upper end; unknown likewise.
    """

    value: float
    lower: float = UNKNOWN
    upper: float = UNKNOWN


Statistic = Callable[[FloatArray], FloatArray]
"""Function from sums over clusters, shape (..., n_sums), to a statistic, shape (...)."""


def jackknife(sums: FloatArray, statistic: Statistic) -> tuple[float, float]:
    """A statistic and its standard error.

    Args:
        sums: (n_clusters, n_sums) summands of each cluster; clusters of zeros are ignored.
        statistic: function of the summed rows.

    Returns:
        Value and standard error; the error is NaN with fewer than two clusters, or where the statistic is unknown
        without one of them.
    """
    filled = sums[np.abs(sums).sum(axis=1) > 0.0]
    total = filled.sum(axis=0)
    value = float(statistic(total[None, :])[0])
    n = len(filled)
    if n < 2:
        return value, UNKNOWN
    without = statistic(total[None, :] - filled)
    return value, float(np.sqrt((n - 1) / n * np.sum((without - without.mean()) ** 2)))


def interval_of(
    sums: FloatArray, statistic: Statistic, *, level: float, bounds: tuple[float, float] = (-np.inf, np.inf)
) -> Estimate:
    """A statistic with the interval value ± t times its standard error, cut to `bounds`.

    Args:
        sums: (n_clusters, n_sums) summands of each cluster.
        statistic: function of the summed rows.
        level: confidence, 0 to 1.
        bounds: least and greatest possible value.
    """
    value, error = jackknife(sums, statistic)
    reach = _quantile(_n_filled(sums), level) * error
    return Estimate(value, float(np.maximum(value - reach, bounds[0])), float(np.minimum(value + reach, bounds[1])))


def share_interval(hits: FloatArray, totals: FloatArray, *, level: float, most: float | None = None) -> Estimate:
    """A share with an interval that stays within [0, 1] and has a positive width even for a share of 0 or 1.

    Wilson's interval, with Student's t, for the number of independent observations with the same standard error as
    the clusters (Korn and Graubard, 1998, "Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data").

    Args:
        hits: (n_clusters,) number of hits.
        totals: (n_clusters,) number of all observations.
        level: confidence, 0 to 1.
        most: upper bound on the number of independent observations; no bound by default.
    """
    sums = np.column_stack([hits, totals])
    value, error = jackknife(sums, _share)
    n, clusters = float(totals.sum()), _n_filled(sums)
    if not np.isfinite(value) or not np.isfinite(error):
        return Estimate(value)
    observations = min(n, np.inf if most is None else most)
    if value in (0.0, 1.0):
        observations = min(observations, clusters)
    elif error > 0.0:
        observations = min(observations, value * (1.0 - value) / error**2)
    t2 = _quantile(clusters, level) ** 2
    middle = (value + t2 / (2.0 * observations)) / (1.0 + t2 / observations)
    reach = np.sqrt(t2 * (value * (1.0 - value) / observations + t2 / (4.0 * observations**2))) / (
        1.0 + t2 / observations
    )
    return Estimate(value, float(max(middle - reach, 0.0)), float(min(middle + reach, 1.0)))


def p_value(value: float, error: float, clusters: int) -> float:
    """Two-sided p-value of a value against zero; NaN if the standard error is unknown or zero."""
    if clusters < 2 or not error > 0.0:
        return UNKNOWN
    return float(2.0 * stdtr(clusters - 1, -abs(value / error)))


def sum_by(codes: IdArray, columns: FloatArray) -> FloatArray:
    """Columns summed over the rows of each cluster.

    Args:
        codes: (n_rows,) cluster of each row; a row with a negative code is a cluster of its own.
        columns: (n_rows, n_columns).

    Returns:
        (n_clusters, n_columns), without empty clusters.
    """
    own = np.where(codes < 0, codes.max(initial=-1) + 1 + np.arange(len(codes)), codes)
    present, place = np.unique(own, return_inverse=True)
    return np.column_stack([np.bincount(place, column, len(present)) for column in columns.T])


def _share(sums: FloatArray) -> FloatArray:
    hits, totals = sums[..., 0], sums[..., 1]
    share: FloatArray = np.divide(hits, totals, out=np.full(hits.shape, np.nan), where=totals > 0.0)
    return share


def _n_filled(sums: FloatArray) -> int:
    return int((np.abs(sums).sum(axis=1) > 0.0).sum())


def _quantile(clusters: int, level: float) -> float:
    return float(stdtrit(clusters - 1, 0.5 + level / 2.0)) if clusters > 1 else UNKNOWN
