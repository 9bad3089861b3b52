"""The confidence sequence: small cases by hand, its guarantee by enumeration and simulation, and its use."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.decisions.sequence import (
    LEAST_BLOCKS,
    confidence_sequence,
    log_capital,
    repeated_looks_factor,
)
from tests.benchmarks.decision_looks import SIZES, decided_at, study


def test_the_capital_against_a_true_rate_neither_grows_nor_shrinks_on_average() -> None:
    """All 2^8 outcomes of eight fair single votes, each as likely: the mean capital is one after every block."""
    votes = np.ones(8, np.int64)
    capital = np.array(
        [np.exp(log_capital(np.array(outcome, float), votes, 0.5)) for outcome in itertools.product((0, 1), repeat=8)]
    )
    assert capital.mean(axis=0) == pytest.approx(np.ones(8), abs=1e-9)


def test_the_capital_is_fair_for_uneven_blocks_and_another_rate() -> None:
    """Three raters with 1, 2 and 5 votes, each vote won with probability 0.3: the exact mean over all outcomes."""
    sizes, rate = np.array([1, 2, 5]), 0.3
    mean = 0.0
    for wins in itertools.product(*(range(size + 1) for size in sizes)):
        weight = math.prod(
            math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for n, k in zip(sizes.tolist(), wins, strict=True)
        )
        mean += weight * math.exp(log_capital(np.array(wins) / sizes, sizes, rate)[-1])
    assert mean == pytest.approx(1.0, abs=1e-9)


def test_equal_models_are_rarely_ever_called_different() -> None:
    """150 studies of 60 raters with tastes of their own, looked at after each; 2,000 are in the benchmark."""
    sizes = SIZES["2 to 60 votes, mean 16"]
    alarms = [decided_at(*study(np.random.default_rng(seed), 60, sizes, 0.0, 0.5)) is not None for seed in range(150)]
    assert np.mean(alarms) < 0.05


def test_a_clear_difference_is_decided_and_the_interval_holds_the_truth() -> None:
    rng = np.random.default_rng(5)
    votes = np.full(120, 10)
    share = rng.binomial(votes, 0.65) / votes
    found = confidence_sequence(share, votes)
    last = found.looks[-1]
    assert 0.5 < last.lower < 0.65 < last.upper
    assert last.estimate == pytest.approx(share.mean())
    assert last.votes == 1200
    wide = confidence_sequence(share, votes, level=0.999).looks[-1]
    assert wide.lower <= last.lower
    assert wide.upper >= last.upper


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), min_size=1, max_size=25))
def test_ends_only_ever_move_inwards_and_mirror_each_other(rows: list[tuple[int, int]]) -> None:
    votes = np.array([size for _, size in rows])
    share = np.array([min(wins, size) / size for wins, size in rows])
    looks = confidence_sequence(share, votes).looks
    for earlier, later in itertools.pairwise(looks):
        assert later.lower >= earlier.lower
        assert later.upper <= earlier.upper
    mirrored = confidence_sequence(1.0 - share, votes).looks
    for look, other in zip(looks, mirrored, strict=True):
        assert look.lower == pytest.approx(1.0 - other.upper)
        assert look.estimate == pytest.approx(1.0 - other.estimate)


def test_five_unanimous_raters_do_not_decide() -> None:
    looks = confidence_sequence(np.ones(LEAST_BLOCKS - 1), np.full(LEAST_BLOCKS - 1, 50)).looks
    assert looks[-1].lower <= 0.5


def test_the_forecast_of_the_width_is_near_the_width() -> None:
    rng = np.random.default_rng(0)
    votes = np.full(400, 10)
    found = confidence_sequence(rng.binomial(votes, 0.5) / votes, votes)
    for blocks in (100, 400):
        real = found.looks[blocks - 1].upper - found.looks[blocks - 1].lower
        assert 0.7 * 2 * found.half_width(blocks) < real < 1.1 * 2 * found.half_width(blocks)
    needed = found.blocks_for(0.03, most=10_000)
    assert needed is not None
    assert found.half_width(needed) <= 0.03 < found.half_width(needed - 1)
    assert found.blocks_for(1e-6, most=10_000) is None


def test_repeated_looks_cost_between_a_third_and_twice_the_single_look() -> None:
    for blocks in (30, 100, 1000):
        assert 2.5 < repeated_looks_factor(blocks, 0.95) < 3.4
