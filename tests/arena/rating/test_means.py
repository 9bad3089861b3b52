"""The plain win rate and mean satisfaction: averages with intervals that hold."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.stats import t as student

from arena.rating.evidence import Evidence
from arena.rating.method import Ratings, RatingSettings
from arena.rating.satisfaction import rate_satisfaction
from arena.rating.win_rate import rate_win_rate
from storage.errors import BadInput
from storage.ledger.battles import Battles, CodeArray
from storage.ledger.scores import Scores
from tests.arena.tournaments import DEFAULT, Row, random_rows, turned


def rate(rows: list[Row], options: RatingSettings = DEFAULT) -> Ratings:
    return rate_win_rate(Evidence(Battles.from_rows(rows)), settings=options)


def scores(values: list[float], rater: list[int]) -> Scores:
    """Scores of one model."""
    n = len(values)
    codes: CodeArray = np.array(rater, np.int32)
    names = tuple(f"r{code}" for code in range(max(rater, default=-1) + 1))
    none: CodeArray = np.zeros(n, np.int32)
    return Scores(("x",), names, (), ("overall",), none, np.array(values), codes, none - 1, none, np.arange(n))


def satisfied(values: list[float], rater: list[int]) -> Ratings:
    return rate_satisfaction(Evidence(Battles.empty(["x"]), scores(values, rater)), settings=DEFAULT)


def test_a_win_rate_by_hand() -> None:
    """x takes 2 wins, a tie and a loss of 4 battles: 62.5 %. Squared distances .375, .375, .125, .625, squared: .6875.

    Each contributes distance / 4, and divided by 1 - 1/4: the variance is .6875 / 16 / .5625 = .0763889.
    """
    rows: list[Row] = [("x", "y", "model_a"), ("z", "x", "model_b"), ("x", "y", "tie"), ("x", "z", "model_b")]
    ratings = rate(rows)
    assert ratings.rating[0] == pytest.approx(62.5)
    assert ratings.covariance is not None
    assert ratings.covariance[0, 0] == pytest.approx(1e4 * 0.0763889, rel=1e-5)
    plain = rate(rows, RatingSettings(interval="sandwich"))
    assert plain.covariance is not None
    assert plain.covariance[0, 0] == pytest.approx(1e4 * 0.6875 / 16, rel=1e-9)


def test_a_model_that_always_won_has_the_binomial_end_and_no_zero_width() -> None:
    """Ten wins of ten have probability 0.025 at a win rate of 0.025^(1/10) = 69.15 %."""
    ratings = rate([("x", "y", "model_a")] * 10)
    assert (ratings.rating[0], ratings.upper[0]) == (100.0, 100.0)
    assert ratings.lower[0] == pytest.approx(69.15, abs=0.01)
    assert (ratings.rating[1], ratings.lower[1]) == (0.0, 0.0)
    assert ratings.upper[1] == pytest.approx(30.85, abs=0.01)


def test_only_ties_give_no_interval() -> None:
    ratings = rate([("x", "y", "tie")] * 5)
    assert ratings.rating.tolist() == [50.0, 50.0]
    assert np.isnan(ratings.lower).all() and np.isnan(ratings.upper).all()


def test_sides_and_order_change_nothing() -> None:
    rows: list[Row] = [*random_rows(5, 200, seed=1), ("m0", "m1", 0.3), ("m2", "m2", "tie")]
    models = Battles.from_rows(rows).models
    before = rate(rows)
    flipped = Battles.from_rows([turned(row) for row in reversed(rows)], models=models)
    after = rate_win_rate(Evidence(flipped), settings=DEFAULT)
    for name in ("rating", "lower", "upper", "battles"):
        np.testing.assert_allclose(getattr(after, name), getattr(before, name), atol=1e-9)
    assert before.left_out == {"self_battle": 1}


def test_a_rater_of_many_votes_counts_as_one_cluster() -> None:
    """Two hundred votes by four raters who each always say the same are four opinions."""
    rows: list[Row] = [*[("x", "y", "model_a")] * 150, *[("x", "y", "model_b")] * 50]
    battles = dataclasses.replace(
        Battles.from_rows(rows), raters=tuple("abcd"), rater=np.repeat(np.arange(4), 50).astype(np.int32)
    )
    clustered = rate_win_rate(Evidence(battles), settings=DEFAULT)
    assert clustered.basis.clusters == {"rater": 4}
    assert clustered.freedom[0] == 3
    assert clustered.upper[0] == 100.0
    assert rate(rows).lower[0] > 65
    assert clustered.lower[0] < 40


def test_a_bootstrap_of_means_is_refused() -> None:
    with pytest.raises(BadInput, match="choose another interval"):
        rate([("x", "y", "model_a")], RatingSettings(interval="bootstrap"))


def test_mean_satisfaction_by_hand() -> None:
    """Scores of three raters .5, .7, .9, mean .7: the textbook interval, t(2) = 4.303 times .2 / sqrt(3)."""
    ratings = satisfied([0.5, 0.7, 0.9], [0, 1, 2])
    assert ratings.rating[0] == pytest.approx(70.0)
    assert ratings.lower[0] == pytest.approx(70.0 - 49.683, abs=1e-3) and ratings.upper[0] == 100.0
    assert ratings.covariance is not None
    assert math.sqrt(ratings.covariance[0, 0]) == pytest.approx(11.547, abs=1e-3)
    many = satisfied([0.5, 0.7, 0.9] * 20, list(range(60)))
    assert many.covariance is not None
    half = student.ppf(0.975, 59) * math.sqrt(many.covariance[0, 0])
    assert many.upper[0] - many.rating[0] == pytest.approx(half)
    assert many.battles.tolist() == [60]


def test_no_scores_give_no_rating() -> None:
    ratings = rate_satisfaction(Evidence(Battles.empty(["x", "y"])), settings=DEFAULT)
    assert np.isnan(ratings.rating).all()
    assert ratings.island.tolist() == [-1, -1]


def test_scores_have_no_weights_or_style() -> None:
    for options in (RatingSettings(weights=("pairs",)), RatingSettings(style=("length",))):
        with pytest.raises(BadInput, match="leave"):
            rate_satisfaction(Evidence(Battles.empty(["x"])), settings=options)
