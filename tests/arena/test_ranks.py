"""Distances and places follow from the joint distribution of ratings, worked out by hand where that is possible."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, t

from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from arena.rating.method import Ratings
from arena.rating.ranks import difference, joint_places
from storage.battles import Battles, FloatArray
from tests.arena.tournaments import DEFAULT, random_rows


def ratings_of(rating: list[float], covariance: FloatArray, freedom: float = math.inf) -> Ratings:
    """A fit with these numbers; everything else as some tournament has it."""
    n = len(rating)
    made = rate_bradley_terry(Evidence(Battles.from_rows(random_rows(n, 40 * n, seed=1))), settings=DEFAULT)
    half = 1.96 * np.sqrt(np.diagonal(covariance))
    middle = np.array(rating)
    told = replace(made, rating=middle, covariance=covariance, freedom=np.full(n, freedom))
    return replace(told, lower=middle - half, upper=middle + half)


def places(ratings: Ratings, *, simultaneous: bool = False, seed: int = 0) -> tuple[list[int], list[int]]:
    found = joint_places(
        ratings, np.arange(len(ratings.models)), level=0.95, draws=4000, seed=seed, simultaneous=simultaneous
    )
    assert found is not None
    return found[0].tolist(), found[1].tolist()


def test_a_distance_knows_what_two_errors_share() -> None:
    # Var(x - y) = 100 + 225 - 2 * 120 = 85.
    ratings = ratings_of([1050.0, 1000.0], np.array([[100.0, 120.0], [120.0, 225.0]]))
    found = difference(ratings, 0, 1, level=0.95)
    half = norm.ppf(0.975) * math.sqrt(85.0)
    assert (found.difference, found.lower, found.upper) == pytest.approx((50.0, 50.0 - half, 50.0 + half))


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


def test_simultaneous_ranges_hold_every_true_place_at_once() -> None:
    # 400 replicates: the standard error of 0.95 is one percent.
    rng, truth = np.random.default_rng(9), np.linspace(1100.0, 900.0, 6)
    true_place = np.arange(1, 7)
    base, held = ratings_of(truth.tolist(), np.eye(6) * 900.0), 0
    for _ in range(400):
        seen = replace(base, rating=truth + rng.normal(0.0, 30.0, 6))
        low, high = joint_places(seen, np.arange(6), level=0.95, draws=400, seed=1, simultaneous=True) or (
            np.empty(0),
            np.empty(0),
        )
        held += bool(((low <= true_place) & (true_place <= high)).all())
    assert held / 400 >= 0.93


def test_the_same_seed_draws_the_same_places() -> None:
    ratings = ratings_of([1010.0, 1000.0, 995.0], np.eye(3) * 200.0)
    assert places(ratings, seed=5) == places(ratings, seed=5)
