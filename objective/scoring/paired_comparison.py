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
        low: lower bound of the difference, from a percentile bootstrap over items.
        high: upper bound of the difference.
        p_value: p-value of the exact McNemar test, the probability that two equally good models split the items on
            which they differ at least this unevenly; 1.0 if they differ on none.
    """

    items: int
    left_out: int
    only_a: int
    only_b: int
    difference: float
    low: float
    high: float
    p_value: float


def compare_paired(
    a: Mapping[str, float], b: Mapping[str, float], *, seed: int, level: float = 0.95, resamples: int = 9_999
) -> PairedComparison:
    """Compare two models item by item.

    Args:
        a: scores of model A in [0, 1] by item; an unparsed output scores 0, a failed item is left out.
        b: scores of model B.
        seed: seed of the bootstrap.
        level: confidence level of the interval.
        resamples: number of bootstrap resamples.

    Raises:
        BadInput: the models have no item in common.
    """
    common = sorted(a.keys() & b.keys())
    if not common:
        raise BadInput("expected items that both models answered, got none; evaluate both on the same tasks")
    differences = np.array([a[item] - b[item] for item in common])
    only_a, only_b = int((differences > 0).sum()), int((differences < 0).sum())
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
    )


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
