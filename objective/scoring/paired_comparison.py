"""Compares two models on the same items: discordant items, difference in score, interval and p-value."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy  # its part `stats` takes a second to load, so it comes with the first test

from storage.errors import BadInput


@dataclass(frozen=True)
class PairedComparison:
    """Model A against model B on the items that both answered.

    Attributes:
        items: number of items that both models answered.
        left_out: number of items that only one model answered.
        only_a: items on which A scored higher.
        only_b: items on which B scored higher.
        difference: mean score of A minus mean score of B, in [-1, 1].
        low: lower bound of the difference, from a percentile bootstrap over items, or from clustered errors.
        high: upper bound of the difference.
        p_value: p-value of the exact McNemar test, the probability that two equally good models split the items on
            which they differ at least this unevenly; 1.0 if they differ on none. It takes items as independent.
        clusters: number of clusters of items behind the bounds; 0 if items count as independent.
    """

    items: int
    left_out: int
    only_a: int
    only_b: int
    difference: float
    low: float
    high: float
    p_value: float
    clusters: int = 0


LEAST_CLUSTERS = 6
"""With fewer clusters of items, items count as independent."""


def compare_paired(
    a: Mapping[str, float],
    b: Mapping[str, float],
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = 9_999,
    clusters: Mapping[str, str] | None = None,
) -> PairedComparison:
    """Compare two models item by item.

    Args:
        a: scores of model A in [0, 1] by item; an unparsed output scores 0, a failed item is left out.
        b: scores of model B.
        seed: seed of the bootstrap.
        level: confidence level of the interval.
        resamples: number of bootstrap resamples.
        clusters: cluster of each item, such as its task; with `LEAST_CLUSTERS` or more, items of one cluster count as
            alike. None for independent items.

    Raises:
        BadInput: the models have no item in common.
    """
    common = sorted(a.keys() & b.keys())
    if not common:
        raise BadInput("expected items that both models answered, got none; evaluate both on the same tasks")
    differences = np.array([a[item] - b[item] for item in common])
    only_a, only_b = int((differences > 0).sum()), int((differences < 0).sum())
    groups = np.unique([clusters[item] for item in common], return_inverse=True)[1] if clusters else np.zeros(1, int)
    n_groups = int(groups.max()) + 1
    if n_groups >= LEAST_CLUSTERS:
        low, high = _clustered_interval(differences, groups, level)
    else:
        n_groups = 0
        low, high = _interval(differences, seed=seed, level=level, resamples=resamples)
    return PairedComparison(
        items=len(common),
        left_out=len(a.keys() ^ b.keys()),
        only_a=only_a,
        only_b=only_b,
        difference=float(differences.mean()),
        low=low,
        high=high,
        p_value=float(scipy.stats.binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0,
        clusters=n_groups,
    )


def _clustered_interval(differences: np.ndarray, groups: np.ndarray, level: float) -> tuple[float, float]:
    """Interval of the mean with items of one group alike (Miller, 2024, "Adding error bars to evals").

    Student's t has as many degrees of freedom as the groups are worth if all were of one size, minus one: the squared
    sum of sizes over the sum of squared sizes.
    """
    mean, sizes = float(differences.mean()), np.bincount(groups)
    sums = np.bincount(groups, differences - mean)
    error = float(np.sqrt(len(sizes) / (len(sizes) - 1) * (sums**2).sum())) / len(differences)
    freedom = max(float(sizes.sum() ** 2 / (sizes**2).sum()) - 1.0, 1.0)
    half = float(scipy.stats.t.ppf(0.5 + level / 2.0, freedom)) * error
    return mean - half, mean + half


def _interval(differences: np.ndarray, *, seed: int, level: float, resamples: int) -> tuple[float, float]:
    if np.all(differences == differences[0]):
        return float(differences[0]), float(differences[0])
    found = scipy.stats.bootstrap(
        (differences,),
        np.mean,
        confidence_level=level,
        n_resamples=resamples,
        method="percentile",
        batch=max(1, 2**22 // len(differences)),
        rng=np.random.default_rng(seed),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)
