"""Distances and places follow from the joint distribution of ratings, worked out by hand where that is possible."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, t

from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.elo import rate_elo
from arena.rating.evidence import Evidence
from arena.rating.method import ELO_PER_NAT, Ratings
from arena.rating.ranks import difference, first_probabilities, joint_places
from storage.ledger.battles import Battles, FloatArray
from tests.arena.tournaments import DEFAULT, Row, random_rows

ALONE = np.eye(6) * 900.0
SHARED = np.full((6, 6), 400.0) + np.diag([100.0, 900.0, 100.0, 2500.0, 400.0, 100.0])
"""Covariances of six ratings: errors of their own, and unequal ones on top of one that all share."""


def ratings_of(rating: list[float], covariance: FloatArray, freedom: float = math.inf) -> Ratings:
    """A fit with these numbers; everything else as some tournament has it."""
    n = len(rating)
    made = rate_bradley_terry(Evidence(Battles.from_rows(random_rows(n, 40 * n, seed=1))), settings=DEFAULT)
    half = 1.96 * np.sqrt(np.diagonal(covariance))
    middle = np.array(rating)
    told = replace(made, rating=middle, covariance=covariance, freedom=np.full(n, freedom))
    return replace(told, lower=middle - half, upper=middle + half)


def with_unknown(lower: float, upper: float) -> Ratings:
    """A leader of unknown variance with these ends, and two models that are sure, at 1000 and 700."""
    ratings = ratings_of([1400.0, 1000.0, 700.0], np.diag([np.nan, 100.0, 100.0]))
    ends = ratings.lower.copy(), ratings.upper.copy()
    ends[0][0], ends[1][0] = lower, upper
    return replace(ratings, lower=ends[0], upper=ends[1])


def places(
    ratings: Ratings, *, simultaneous: bool = False, seed: int = 0, draws: int = 4000
) -> tuple[list[int], list[int]]:
    found = joint_places(
        ratings, np.arange(len(ratings.models)), level=0.95, draws=draws, seed=seed, simultaneous=simultaneous
    )
    assert found is not None
    return found[0].tolist(), found[1].tolist()


def test_a_distance_knows_what_two_errors_share() -> None:
    # Var(x - y) = 100 + 225 - 2 * 120 = 85.
    ratings = ratings_of([1050.0, 1000.0], np.array([[100.0, 120.0], [120.0, 225.0]]))
    found = difference(ratings, 0, 1, level=0.95)
    half = norm.ppf(0.975) * math.sqrt(85.0)
    assert (found.difference, found.lower, found.upper) == pytest.approx((50.0, 50.0 - half, 50.0 + half))


def test_two_models_lie_apart_by_twice_what_each_lies_from_their_mean() -> None:
    # 3 : 2. H = 5 * 0.24, S = (3 * 0.4^2 + 2 * 0.6^2) / (1 - 1/5)^2 with leverage 1/5; Var(d) = S / H^2.
    rows: list[Row] = [*[("x", "y", "model_a")] * 3, *[("x", "y", "model_b")] * 2]
    ratings = rate_bradley_terry(Evidence(Battles.from_rows(rows)), settings=DEFAULT)
    found = difference(ratings, 0, 1, level=0.95)
    apart, half = 400.0 * math.log10(1.5), norm.ppf(0.975) * ELO_PER_NAT * math.sqrt(1.2 / 0.64) / 1.2
    assert (found.difference, found.lower, found.upper) == pytest.approx((apart, apart - half, apart + half))
    assert found.upper - found.lower == pytest.approx(2.0 * float(ratings.upper[0] - ratings.lower[0]))


def test_a_distance_turned_round_is_its_mirror_image() -> None:
    ratings = ratings_of([1050.0, 1000.0], np.array([[100.0, 20.0], [20.0, 225.0]]))
    there, back = difference(ratings, 0, 1, level=0.9), difference(ratings, 1, 0, level=0.9)
    assert (back.model, back.against) == (there.against, there.model)
    assert (back.difference, back.lower, back.upper) == pytest.approx((-there.difference, -there.upper, -there.lower))


def test_a_distance_to_a_model_of_unknown_spread_has_no_interval() -> None:
    covariance = np.array([[100.0, np.nan], [np.nan, np.nan]])
    found = difference(ratings_of([1050.0, 1000.0], covariance), 0, 1, level=0.95)
    assert found.difference == 50.0
    assert math.isnan(found.lower) and math.isnan(found.upper)


def test_a_distance_takes_the_fewer_degrees_of_freedom() -> None:
    ratings = ratings_of([1050.0, 1000.0], np.eye(2) * 50.0)
    fewer = replace(ratings, freedom=np.array([4.0, 90.0]))
    assert difference(fewer, 0, 1, level=0.9).upper == pytest.approx(50.0 + 10.0 * t.ppf(0.95, 4))


def test_a_distance_between_islands_is_unknown() -> None:
    ratings = ratings_of([1050.0, 1000.0], np.eye(2))
    apart = difference(replace(ratings, island=np.array([0, 1])), 0, 1, level=0.95)
    assert math.isnan(apart.difference) and math.isnan(apart.lower)


def test_models_far_apart_hold_one_place_and_equals_share_theirs() -> None:
    low, high = places(ratings_of([1300.0, 1000.0, 1000.0, 700.0], np.eye(4) * 100.0))
    assert low == [1, 2, 2, 4]
    assert high == [1, 3, 3, 4]


def test_a_shared_error_does_not_blur_places() -> None:
    # Both errors are almost the same, so x stands above y although single intervals overlap by far.
    shared = np.full((2, 2), 10_000.0) + np.eye(2)
    low, high = places(ratings_of([1020.0, 1000.0], shared))
    assert (low, high) == ([1, 2], [1, 2])


@pytest.mark.parametrize("seed", range(4))
def test_ranges_for_all_models_at_once_hold_the_single_ones(seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(0.0, 12.0, (8, 8))
    ratings = ratings_of(rng.normal(1000.0, 40.0, 8).tolist(), root @ root.T)
    single, together = places(ratings), places(ratings, simultaneous=True)
    assert (np.array(together[0]) <= np.array(single[0])).all()
    assert (np.array(together[1]) >= np.array(single[1])).all()


def share_held_at_once(step: float, covariance: FloatArray, *, simultaneous: bool) -> float:
    """Share of 400 replicates, standard error one percent at 0.95, in which every range holds its true place."""
    n, held = len(covariance), 0
    rng, root = np.random.default_rng(9), np.linalg.cholesky(covariance)
    truth, true_place = 1000.0 - step * np.arange(n), np.arange(1, n + 1)
    base = ratings_of(truth.tolist(), covariance)
    for _ in range(400):
        seen = replace(base, rating=truth + root @ rng.normal(0.0, 1.0, n))
        low, high = (np.array(ends) for ends in places(seen, simultaneous=simultaneous, draws=400))
        held += bool(((low <= true_place) & (true_place <= high)).all())
    return held / 400


@pytest.mark.parametrize("step", [0.01, 40.0])
@pytest.mark.parametrize("covariance", [ALONE, SHARED], ids=["errors apart", "errors shared"])
def test_simultaneous_ranges_hold_every_true_place_at_once(step: float, covariance: FloatArray) -> None:
    assert share_held_at_once(step, covariance, simultaneous=True) >= 0.93


@pytest.mark.parametrize("covariance", [ALONE, SHARED], ids=["errors apart", "errors shared"])
def test_default_ranges_hold_the_place_of_every_model_however_close(covariance: FloatArray) -> None:
    """For the worst model, not for the mean over models, as ranks counted in draws do."""
    assert least_share_held(0.01, covariance) >= 0.935


def least_share_held(step: float, covariance: FloatArray) -> float:
    """Share of 300 replicates in which the default range of the worst model holds its true place."""
    n = len(covariance)
    held = np.zeros(n)
    rng, root = np.random.default_rng(9), np.linalg.cholesky(covariance)
    truth, true_place = 1000.0 - step * np.arange(n), np.arange(1, n + 1)
    base = ratings_of(truth.tolist(), covariance)
    for _ in range(300):
        low, high = (np.array(ends) for ends in places(replace(base, rating=truth + root @ rng.normal(size=n))))
        held += (low <= true_place) & (true_place <= high)
    return float(held.min()) / 300


def test_the_range_of_one_model_tests_it_against_the_others() -> None:
    """Three independent ratings of standard error 30: the largest of two differences from one has quantile 2.21.

    That is 94 points at a standard error of 42.4; the largest of all three differences has 2.34, which is 99 points.
    """
    ratings = ratings_of([1000.0, 904.0, 700.0], 900.0 * np.eye(3))
    assert places(ratings, draws=20_000) == ([1, 2, 3], [1, 2, 3])
    assert places(ratings, simultaneous=True, draws=20_000) == ([1, 1, 3], [2, 2, 3])


def test_few_degrees_of_freedom_widen_ranges_and_flatten_chances() -> None:
    sure = ratings_of([1000.0, 850.0, 700.0], 900.0 * np.eye(3))
    unsure = replace(sure, freedom=np.full(3, 2.0))
    assert places(sure) == ([1, 2, 3], [1, 2, 3])
    assert places(unsure) == ([1, 1, 2], [2, 3, 3])
    chances = [first_probabilities(one, draws=10_000, seed=1)[0] for one in (sure, unsure)]
    assert chances[0] > 0.99 > chances[1] > 0.8


def test_a_model_surely_above_takes_a_place_from_all_though_its_spread_is_unknown() -> None:
    assert places(with_unknown(1300.0, math.inf)) == ([1, 2, 3], [1, 2, 3])


def test_a_model_without_a_lower_end_may_stand_anywhere_and_widens_the_others() -> None:
    assert places(with_unknown(-math.inf, math.inf)) == ([1, 1, 2], [3, 2, 3])


def test_a_model_of_unknown_ends_is_not_taken_for_a_sure_one() -> None:
    assert places(with_unknown(math.nan, math.nan)) == ([1, 1, 2], [3, 2, 3])


def test_a_named_anchor_is_an_exact_point_among_the_others() -> None:
    ratings = with_unknown(math.nan, math.nan)
    anchored = replace(ratings, settings={**ratings.settings, "anchor": ratings.models[0]})
    assert places(anchored) == ([1, 2, 3], [1, 2, 3])


def test_without_a_covariance_places_come_from_ends_of_intervals_alone() -> None:
    ratings = ratings_of([1010.0, 1000.0], np.eye(2))
    for blind in (replace(ratings, covariance=None), ratings_of([1010.0, 1000.0], np.full((2, 2), np.nan))):
        unknown = np.full(2, np.nan)
        endless = replace(blind, lower=unknown, upper=unknown)
        assert joint_places(endless, np.arange(2), level=0.95, draws=400, seed=0, simultaneous=False) is None
        one_ended = replace(blind, lower=np.array([1005.0, np.nan]), upper=np.array([np.nan, 1004.0]))
        assert places(one_ended) == ([1, 2], [1, 2])


def test_the_same_seed_draws_the_same_places() -> None:
    ratings = ratings_of([1010.0, 1000.0, 995.0], np.eye(3) * 200.0)
    assert places(ratings, seed=5) == places(ratings, seed=5)


def test_the_better_of_two_models_is_first_with_the_probability_of_a_positive_difference() -> None:
    # Var(x - y) = 100 + 225 - 2 * 120 = 85.
    ratings = ratings_of([1010.0, 1000.0], np.array([[100.0, 120.0], [120.0, 225.0]]))
    first = first_probabilities(ratings, draws=40_000, seed=1)
    expected = norm.cdf(10.0 / math.sqrt(85.0))
    assert first[0] == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 40_000))
    assert first.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("covariance", [ALONE, SHARED])
def test_the_probability_of_being_first_is_the_share_of_joint_draws(covariance: FloatArray) -> None:
    rating = [1040.0, 1030.0, 1030.0, 1000.0, 990.0, 900.0]
    first = first_probabilities(ratings_of(rating, covariance), draws=40_000, seed=2)
    drawn = np.random.default_rng(99).multivariate_normal(rating, covariance, 200_000).argmax(axis=1)
    expected = np.bincount(drawn, minlength=6) / 200_000
    np.testing.assert_allclose(first, expected, atol=0.012)
    np.testing.assert_array_equal(first, first_probabilities(ratings_of(rating, covariance), draws=40_000, seed=2))


def test_nobody_is_known_to_be_first_beside_an_unbeaten_model() -> None:
    assert np.isnan(first_probabilities(with_unknown(1200.0, math.inf), draws=100, seed=0)).all()
    assert np.isnan(first_probabilities(with_unknown(math.nan, math.nan), draws=100, seed=0)).all()


def test_a_model_whose_interval_ends_far_below_the_best_takes_nothing_from_the_others() -> None:
    first = first_probabilities(with_unknown(-math.inf, 700.0), draws=100, seed=0)
    np.testing.assert_array_equal(first, [np.nan, 1.0, 0.0])


def test_each_group_has_its_own_first_model_and_elo_has_none() -> None:
    one, other = random_rows(3, 200, seed=1), random_rows(3, 200, seed=2)
    rows: list[Row] = [*one, *((f"other {a}", f"other {b}", result) for a, b, result in other)]
    ratings = rate_bradley_terry(Evidence(Battles.from_rows(rows)), settings=DEFAULT)
    first = first_probabilities(ratings, draws=1000, seed=0)
    assert [first[ratings.island == code].sum() for code in (0, 1)] == pytest.approx([1.0, 1.0])
    elo = rate_elo(Evidence(Battles.from_rows(one)), settings=DEFAULT)
    assert np.isnan(first_probabilities(elo, draws=1000, seed=0)).all()
