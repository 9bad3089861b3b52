"""Intervals by leaving questions out: against formulas, and how often they hold what is true."""

import math

import numpy as np
import pytest
from scipy import stats

from arena.agreement.clustered import interval_of, jackknife, p_value, share_interval, sum_by


def test_the_error_of_a_mean_is_the_textbook_one() -> None:
    values = np.random.default_rng(1).normal(size=40)
    sums = np.column_stack([values, np.ones(40)])
    mean, error = jackknife(sums, lambda total: total[..., 0] / total[..., 1])
    assert mean == pytest.approx(values.mean())
    assert error == pytest.approx(values.std(ddof=1) / math.sqrt(40))
    found = interval_of(sums, lambda total: total[..., 0] / total[..., 1], level=0.9)
    low, high = stats.t.interval(0.9, 39, values.mean(), error)
    assert [found.lower, found.upper] == pytest.approx([low, high])


def test_one_question_gives_no_interval_and_none_gives_nothing() -> None:
    one = share_interval(np.array([3.0]), np.array([4.0]), level=0.95)
    assert one.value == 0.75
    assert math.isnan(one.lower)
    assert math.isnan(one.upper)
    assert math.isnan(share_interval(np.empty(0), np.empty(0), level=0.95).value)


def test_an_interval_of_a_share_stays_within_its_bounds_and_is_never_of_width_zero() -> None:
    whole = share_interval(np.full(10, 6.0), np.full(10, 6.0), level=0.95)
    # Wilson for 10 of 10 with t(9): upper 1, lower 1 / (1 + t² / 10).
    assert whole.upper == pytest.approx(1.0)
    assert whole.lower == pytest.approx(1.0 / (1.0 + stats.t.ppf(0.975, 9) ** 2 / 10))
    none = share_interval(np.zeros(10), np.full(10, 6.0), level=0.95)
    assert none.lower == pytest.approx(0.0)
    assert none.upper == pytest.approx(1.0 - whole.lower)


def test_an_interval_claims_no_more_observations_than_it_may() -> None:
    hits, totals = np.full(20, 50.0), np.full(20, 100.0)
    wide = share_interval(hits, totals, level=0.95, most=25)
    assert wide.upper - wide.lower > share_interval(hits, totals, level=0.95).upper - 0.5


@pytest.mark.parametrize("questions", [12, 60])
def test_intervals_hold_the_true_share_where_questions_differ(questions: int) -> None:
    rng = np.random.default_rng(5)
    held, naive = 0, 0
    for _ in range(400):
        truth = rng.beta(6, 4, questions)
        hits = rng.binomial(20, truth).astype(float)
        found = share_interval(hits, np.full(questions, 20.0), level=0.95)
        held += found.lower <= 0.6 <= found.upper
        half = 1.96 * math.sqrt(found.value * (1 - found.value) / (20 * questions))
        naive += abs(found.value - 0.6) <= half
    assert 0.925 <= held / 400 <= 0.985
    assert naive / 400 < 0.85


def test_rows_of_unknown_questions_stand_alone() -> None:
    sums = sum_by(np.array([3, -1, 3, -1]), np.array([[1.0], [2.0], [4.0], [8.0]]))
    assert sorted(sums[:, 0].tolist()) == [2.0, 5.0, 8.0]


def test_chance_is_that_of_students_t() -> None:
    values = np.random.default_rng(2).normal(0.3, 1.0, 25)
    error = values.std(ddof=1) / 5.0
    assert p_value(values.mean(), error, 25) == pytest.approx(stats.ttest_1samp(values, 0.0).pvalue)
    assert math.isnan(p_value(0.0, 0.0, 25))
