"""Rank correlations: the library's own values, and intervals that hold over models."""

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from arena.agreement.rank_correlation import LEAST_MODELS, correlate_ranks


def test_values_with_ties_are_those_of_scipy() -> None:
    generator = np.random.default_rng(3)
    for _ in range(20):
        one, other = (generator.integers(0, 6, 12).astype(np.float64) for _ in range(2))
        found = correlate_ranks(one, other, level=0.95)
        assert found.kendall.value == pytest.approx(kendalltau(one, other).statistic)
        assert found.spearman.value == pytest.approx(spearmanr(one, other).statistic)


def test_fewer_than_five_models_have_no_interval_and_one_has_no_value() -> None:
    found = correlate_ranks(np.arange(4.0), np.arange(4.0), level=0.95)
    assert found.kendall.value == 1.0
    assert np.isnan(found.kendall.lower)
    assert np.isnan(correlate_ranks(np.zeros(1), np.zeros(1), level=0.95).kendall.value)
    assert np.isnan(correlate_ranks(np.zeros(6), np.arange(6.0), level=0.95).kendall.value)
    assert LEAST_MODELS == 5


def test_a_perfect_order_of_few_models_is_not_certain() -> None:
    found = correlate_ranks(np.arange(5.0), np.arange(5.0), level=0.95)
    assert found.kendall.lower < 0.5
    assert found.kendall.upper == 1.0


@pytest.mark.parametrize(("models", "rho"), [(6, 0.5), (12, 0.8), (30, 0.0)])
def test_intervals_hold_over_samples_of_models(models: int, rho: float) -> None:
    """Models drawn from a bivariate normal distribution, whose tau and rho are known."""
    generator = np.random.default_rng(models)
    tau, spearman = 2.0 / np.pi * np.arcsin(rho), 6.0 / np.pi * np.arcsin(rho / 2.0)
    held = np.zeros(2)
    for _ in range(400):
        one, noise = generator.normal(size=(2, models))
        found = correlate_ranks(one, rho * one + np.sqrt(1.0 - rho * rho) * noise, level=0.95)
        held += [
            found.kendall.lower <= tau <= found.kendall.upper,
            found.spearman.lower <= spearman <= found.spearman.upper,
        ]
    assert (held / 400 > 0.92).all()
