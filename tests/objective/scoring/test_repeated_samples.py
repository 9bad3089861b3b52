"""pass@k and its relatives, held against counting every choice of samples."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objective.scoring.repeated_samples import (
    g_pass_at_k,
    majority,
    mean_g_pass_at_k,
    measures,
    pass_at_k,
    sizes,
    spread,
)

_COUNTS = st.integers(1, 8).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n)))


def _share_of_choices(samples: int, right: int, k: int, least: int) -> float:
    marks = [place < right for place in range(samples)]
    choices = list(itertools.combinations(marks, k))
    return sum(sum(choice) >= least for choice in choices) / len(choices)


@given(_COUNTS)
def test_pass_at_k_is_the_share_of_choices_with_a_right_sample(counts: tuple[int, int, int]) -> None:
    samples, right, k = counts
    assert pass_at_k(samples, right, k) == pytest.approx(_share_of_choices(samples, right, k, 1))
    assert pass_at_k(samples, right, 1) == pytest.approx(right / samples)


@given(_COUNTS, st.sampled_from([0.25, 0.5, 0.75, 1.0]))
def test_g_pass_at_k_is_the_share_of_choices_with_enough_right_samples(
    counts: tuple[int, int, int], share: float
) -> None:
    samples, right, k = counts
    least = max(1, math.ceil(share * k))
    assert g_pass_at_k(samples, right, k, share) == pytest.approx(_share_of_choices(samples, right, k, least))


def test_mean_g_pass_at_k_averages_the_upper_half_of_shares() -> None:
    # k = 4: shares 3/4 and 1, that is, at least 3 and all 4 of 4 samples right
    expected = (_share_of_choices(8, 6, 4, 3) + _share_of_choices(8, 6, 4, 4)) / 2
    assert mean_g_pass_at_k(8, 6, 4) == pytest.approx(expected)
    assert mean_g_pass_at_k(5, 3, 1) == pytest.approx(3 / 5)


def test_a_published_worked_example_of_pass_at_k() -> None:
    assert pass_at_k(5, 2, 3) == pytest.approx(1 - 1 / 10)
    assert pass_at_k(100, 1, 10) == pytest.approx(0.1)


def test_more_right_samples_than_samples_are_refused() -> None:
    for samples, right, k in ((3, 4, 1), (3, -1, 1), (3, 1, 4), (3, 1, 0)):
        with pytest.raises(ValueError, match="expected 0 <= right"):
            pass_at_k(samples, right, k)


def test_the_vote_of_the_majority_ignores_samples_without_an_answer() -> None:
    assert majority(["A", None, "B", "B", None, None]) == "B"
    assert majority(["A", "B"]) == "A"
    assert majority([None, None]) is None


def test_the_reported_sizes_end_with_the_number_of_samples() -> None:
    assert sizes(1) == (1,)
    assert sizes(10) == (1, 2, 4, 8, 10)
    assert list(measures(4)) == ["pass@2", "pass@4", "g-pass@2_0.5", "g-pass@2_1.0", "mg-pass@2"]


def test_an_item_with_too_few_samples_has_no_value() -> None:
    of_two = measures(4)["pass@2"]
    assert of_two([1.0, 0.0, 0.0, 0.0]) == pytest.approx(0.5)
    assert of_two([1.0, 0.0, 0.0]) is None


def test_the_spread_is_that_of_the_means_of_rounds() -> None:
    # rounds have the means 0.5, 1 and 0
    assert spread([[1, 1, 0], [0, 1, 0]]) == pytest.approx(0.5)
    assert spread([[1], [0]]) is None
    assert spread([]) is None
