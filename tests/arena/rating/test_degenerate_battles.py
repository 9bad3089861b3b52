"""Battles that tell little: the board says what it does not know and never makes a number up."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.catalog import RATING_METHODS
from arena.rating.davidson_per_model import DAVIDSON_PER_MODEL
from arena.rating.evidence import Evidence
from arena.rating.main_group import OUTSIDE
from arena.rating.method import ELO_PER_NAT, Ratings
from storage.ledger.battles import Battles
from tests.arena.tournaments import DEFAULT, Row, random_rows

BY_OPPONENTS = [name for name in RATING_METHODS if name not in ("grounded-rao-kupper", "satisfaction")]
"""Methods that compare models with their opponents, not with a zero of their own."""

EVEN: list[Row] = [("x", "y", "model_a"), ("x", "y", "model_b")]


def rate(rows: Sequence[Row]) -> Ratings:
    return rate_bradley_terry(Evidence(Battles.from_rows(rows)), settings=DEFAULT)


def of(ratings: Ratings, model: str) -> tuple[float, float, float]:
    code = ratings.models.index(model)
    return float(ratings.rating[code]), float(ratings.lower[code]), float(ratings.upper[code])


@pytest.mark.parametrize("name", RATING_METHODS)
def test_no_battles_give_no_ratings(name: str) -> None:
    for battles in (Battles.empty(), Battles.empty(["x", "y"])):
        ratings = RATING_METHODS[name].rate(Evidence(battles), settings=DEFAULT)
        assert np.isnan(ratings.rating).all()
        assert len(ratings.rating) == len(battles.models)


@pytest.mark.parametrize("name", BY_OPPONENTS)
def test_one_model_alone_is_not_rated(name: str) -> None:
    ratings = RATING_METHODS[name].rate(Evidence(Battles.from_rows([("x", "x", "tie")] * 3)), settings=DEFAULT)
    assert np.isnan(ratings.rating).all()
    assert ratings.left_out == {"self_battle": 3}


@pytest.mark.parametrize("name", BY_OPPONENTS)
def test_self_battles_change_nothing_and_are_counted(name: str) -> None:
    rows = random_rows(5, 200, seed=0)
    selves: list[Row] = [("m1", "m1", "model_a"), ("m3", "m3", "tie")]
    plain = RATING_METHODS[name].rate(Evidence(Battles.from_rows(rows)), settings=DEFAULT)
    mixed = RATING_METHODS[name].rate(Evidence(Battles.from_rows([*rows, *selves])), settings=DEFAULT)
    np.testing.assert_array_equal(mixed.rating, plain.rating)
    np.testing.assert_array_equal(mixed.lower, plain.lower)
    np.testing.assert_array_equal(mixed.battles, plain.battles)
    assert mixed.left_out == {"self_battle": 2}


ALL_ISLANDS = [name for name in BY_OPPONENTS if name != DAVIDSON_PER_MODEL]


@pytest.mark.parametrize("name", ALL_ISLANDS)
def test_models_that_never_met_are_rated_apart_and_named(name: str) -> None:
    rows: list[Row] = [*EVEN, ("x", "y", "model_a"), ("u", "v", "model_b"), ("u", "v", "tie")]
    ratings = RATING_METHODS[name].rate(Evidence(Battles.from_rows(rows)), settings=DEFAULT)
    assert ratings.n_islands == 2
    assert ratings.island.tolist() == [0, 0, 1, 1]
    alone = RATING_METHODS[name].rate(Evidence(Battles.from_rows(rows[:3])), settings=DEFAULT)
    np.testing.assert_array_equal(ratings.rating[:2], alone.rating)


def test_a_tie_parameter_of_each_model_is_for_the_largest_island_and_the_others_are_counted() -> None:
    rows: list[Row] = [*EVEN, ("x", "y", "tie"), ("u", "v", "model_b"), ("u", "v", "tie")]
    ratings = RATING_METHODS[DAVIDSON_PER_MODEL].rate(Evidence(Battles.from_rows(rows)), settings=DEFAULT)
    assert ratings.island.tolist() == [0, 0, -1, -1]
    assert np.isnan(ratings.rating).tolist() == [False, False, True, True]
    assert ratings.left_out == {OUTSIDE: 2}


def test_the_distance_between_islands_is_unknown() -> None:
    covariance = rate([*EVEN, ("u", "v", "model_a"), ("u", "v", "model_b")]).covariance
    assert covariance is not None
    assert np.isnan(covariance[:2, 2:]).all()
    assert np.isfinite(covariance[:2, :2]).all()


def test_one_battle_won_gives_a_lower_end_and_no_upper() -> None:
    """x and y stand at 1000. The newcomer beat x once: that had probability 0.025 if it were 400 log10(39) below."""
    ratings = rate([*EVEN, ("new", "x", "model_a")])
    rating, lower, upper = of(ratings, "new")
    assert lower == pytest.approx(1000 - 400 * math.log10(39), abs=1e-6)
    assert upper == math.inf
    # The penalised point: sigmoid(-d) = d / sd^2 with sd = 300 points.
    distance = (rating - 1000) / ELO_PER_NAT
    assert 1 / (1 + math.exp(distance)) == pytest.approx(distance * (ELO_PER_NAT / 300) ** 2, abs=1e-9)
    assert of(ratings, "x")[0] == of(ratings, "y")[0] == pytest.approx(1000, abs=1e-9)


def test_beating_a_winless_model_says_nothing_about_the_rest() -> None:
    """The loser may be infinitely weak, so the lower end of the newcomer comes from its win against x alone."""
    known = rate([*EVEN, ("x", "loser", "model_a"), ("new", "x", "model_a")])
    more = rate([*EVEN, ("x", "loser", "model_a"), ("new", "x", "model_a"), *[("new", "loser", "model_a")] * 50])
    assert of(more, "new")[1] == pytest.approx(of(known, "new")[1], abs=1e-6)
    assert of(more, "loser")[2] == pytest.approx(of(known, "loser")[2], abs=1e-6)


def test_a_judges_score_next_to_zero_counts_as_a_loss() -> None:
    """Its maximum would lie thousands of points away, beyond what double precision can tell from never."""
    ratings = rate([*EVEN, ("new", "x", 1e-15)])
    assert ratings.converged
    assert of(ratings, "new")[1] == -math.inf
    assert 0 < of(ratings, "new")[0] < 1000


def test_a_winless_model_gets_the_mirror_image_of_an_undefeated_one() -> None:
    won, lost = rate([*EVEN, *[("new", "x", "model_a")] * 7]), rate([*EVEN, *[("x", "new", "model_a")] * 7])
    best, worst = of(won, "new"), of(lost, "new")
    assert best[0] - 1000 == pytest.approx(1000 - worst[0], abs=1e-6)
    assert best[1] - 1000 == pytest.approx(1000 - worst[2], abs=1e-6)
    assert worst[1] == -math.inf


@pytest.mark.parametrize("winner", ["model_a", "model_b"])
def test_a_newcomer_with_one_result_moves_nobody(winner: str) -> None:
    rows = random_rows(6, 400, seed=3)
    before, after = rate(rows), rate([*rows, *[("new", "m2", winner)] * 20])
    np.testing.assert_allclose(after.rating[:6], before.rating, atol=1e-9)
    np.testing.assert_allclose(after.lower[:6], before.lower, atol=1e-9)
    np.testing.assert_allclose(after.upper[:6], before.upper, atol=1e-9)


def test_an_undefeated_pair_keeps_its_own_distance() -> None:
    """Two newcomers who met each other 3 : 1 and only ever beat the rest stand 400 log10(3) apart."""
    rows = random_rows(6, 400, seed=3)
    rows += [("n", "k", "model_a")] * 3 + [("n", "k", "model_b"), ("k", "m0", "model_a"), ("n", "m1", "model_a")]
    ratings = rate(rows)
    assert of(ratings, "n")[0] - of(ratings, "k")[0] == pytest.approx(400 * math.log10(3), abs=1e-6)
    for model in ("n", "k"):
        rating, lower, upper = of(ratings, model)
        assert -math.inf < lower < rating
        assert upper == math.inf


def test_a_model_between_winners_and_losers_is_unbounded_and_says_so() -> None:
    ratings = rate([("x", "y", "model_a"), ("y", "z", "model_a")])
    assert [of(ratings, model)[0] for model in "xyz"] == sorted(
        (of(ratings, model)[0] for model in "xyz"), reverse=True
    )
    assert math.isinf(of(ratings, "x")[2])
    assert math.isinf(of(ratings, "z")[1])
    assert np.isnan(of(ratings, "y")[1:]).all()


def test_all_ties_give_equal_ratings_of_unknown_spread() -> None:
    ratings = rate([("x", "y", "tie"), ("y", "z", "tie"), ("z", "x", "tie"), ("x", "y", "tie")])
    np.testing.assert_allclose(ratings.rating, 1000, atol=1e-9)
    assert np.isnan(ratings.lower).all()
    assert np.isnan(ratings.upper).all()


def test_a_newcomer_that_only_tied_is_placed_without_an_interval() -> None:
    """A fit that goes through every result leaves no residue, and a plain sandwich would call that certain."""
    rows = random_rows(6, 400, seed=3)
    ratings = rate([*rows, ("new", "m2", "tie")])
    rating, lower, upper = of(ratings, "new")
    assert rating == pytest.approx(of(ratings, "m2")[0], abs=1e-6)
    assert math.isnan(lower)
    assert math.isnan(upper)
    assert np.isfinite(ratings.lower[:6]).all()
