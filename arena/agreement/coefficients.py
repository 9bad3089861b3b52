"""Coefficients of agreement as their authors define them.

Unknown is NaN: a coefficient that corrects for chance is undefined where all values are the same.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from storage.ledger.battles import FloatArray

Metric = Literal["nominal", "ordinal", "interval", "ratio"]


def percent_agreement(tables: FloatArray) -> FloatArray:
    """Share of pairs of values that are equal.

    Args:
        tables: (..., n_values, n_values) numbers of pairs by the value of the first and of the second rater.

    Returns:
        (...), in [0, 1]; NaN without a pair.
    """
    return _ratio(np.trace(tables, axis1=-2, axis2=-1), tables.sum(axis=(-2, -1)))


def cohen_kappa(tables: FloatArray) -> FloatArray:
    """Agreement beyond what the marginal shares of the two raters give by chance (Cohen, 1960).

    (p_o - p_e) / (1 - p_e), with p_e the sum over values of the product of both raters' shares of it.

    Args:
        tables: (..., n_values, n_values) numbers of pairs by the value of the first and of the second rater.

    Returns:
        (...), at most 1; NaN without a pair, or where both raters always give the same one value.
    """
    total = tables.sum(axis=(-2, -1))
    chance = _ratio((tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1), total * total)
    return _ratio(percent_agreement(tables) - chance, 1.0 - chance)


def krippendorff_alpha(codings: FloatArray, metric: Metric) -> float:
    """Agreement of any number of raters, some of whom may have rated only some units (Krippendorff, 2011).

    1 - D_o / D_e: the mean squared distance of two values of one unit, over that of any two values.

    Args:
        codings: (n_raters, n_units), rows are raters; NaN where a rater did not rate a unit.
        metric: distance between two values.

    Returns:
        At most 1; NaN if no unit has two values, or all values are the same.

    Raises:
        ValueError: the ratio metric with a negative value.
    """
    values, code = np.unique(codings[~np.isnan(codings)], return_inverse=True)
    if not len(values):
        return float("nan")
    counts = np.zeros((codings.shape[1], len(values)))
    np.add.at(counts, (np.nonzero(~np.isnan(codings))[1], code), 1.0)
    return float(alpha_of_coincidences(coincidences(counts).sum(axis=0), values, metric))


def coincidences(counts: FloatArray) -> FloatArray:
    """Krippendorff's coincidences of each unit: ordered pairs of its values, divided by their number minus one.

    Args:
        counts: (n_units, n_values) number of times that each value was given to each unit.

    Returns:
        (n_units, n_values, n_values); zero for a unit with fewer than two values.
    """
    n_values = counts.shape[1]
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, range(n_values), range(n_values)] -= counts
    paired = np.maximum(counts.sum(axis=1) - 1.0, 1.0)
    shared: FloatArray = pairs / paired[:, None, None]
    return shared


def alpha_of_coincidences(table: FloatArray, values: FloatArray, metric: Metric) -> FloatArray:
    """Krippendorff's alpha from summed coincidences.

    Args:
        table: (..., n_values, n_values) symmetric.
        values: (n_values,) ascending.
        metric: distance between two values.

    Returns:
        (...); NaN without two values of one unit, or where all values are the same.
    """
    marginal = table.sum(axis=-1)
    total = marginal.sum(axis=-1)
    distance = _squared_distances(marginal, values, metric)
    expected = marginal[..., :, None] * marginal[..., None, :] * distance
    observed = (table * distance).sum(axis=(-2, -1)) * (total - 1.0)
    return 1.0 - _ratio(observed, expected.sum(axis=(-2, -1)))


def _squared_distances(marginal: FloatArray, values: FloatArray, metric: Metric) -> FloatArray:
    """Squared distance of any two values; the ordinal one counts the values given in between."""
    first, second = values[:, None], values[None, :]
    if metric == "nominal":
        return np.where(first == second, 0.0, 1.0)
    if metric == "interval":
        squared: FloatArray = (first - second) ** 2
        return squared
    if metric == "ratio":
        if values.min(initial=0.0) < 0.0:
            raise ValueError(f"expected values from zero for the ratio metric, got {values.min()!r}")
        apart = _ratio(first - second, first + second, nothing=0.0)
        return apart * apart
    up_to = np.cumsum(marginal, axis=-1) - marginal / 2.0
    between: FloatArray = (up_to[..., :, None] - up_to[..., None, :]) ** 2
    return between


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike, nothing: float = np.nan) -> FloatArray:
    """Quotient, `nothing` where the denominator is zero."""
    top, bottom = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    quotient: FloatArray = np.divide(top, bottom, out=np.full(top.shape, nothing), where=np.abs(bottom) > 1e-12)
    return quotient
