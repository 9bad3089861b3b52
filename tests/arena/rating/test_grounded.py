"""Grounded Rao-Kupper: its likelihood, its zero, and what battles and scores tell together."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import minimize

from arena.rating.counts import count_pairs
from arena.rating.evidence import Evidence
from arena.rating.grounded import rate_grounded
from arena.rating.grounded_likelihood import (
    GroundedEvidence,
    expected_information,
    log_likelihood,
    observed_information,
    probabilities,
    pulls,
    slope,
)
from arena.rating.method import ELO_PER_NAT, Ratings, RatingSettings
from storage.errors import BadInput
from storage.ledger.battles import Battles, FloatArray
from storage.ledger.scores import Scores
from tests.arena.tournaments import DEFAULT, Row, random_rows, turned

STEP = 1e-6
PRECISION = (ELO_PER_NAT / 1000.0) ** 2


def scores_of(models: tuple[str, ...], values: Sequence[tuple[str, float]]) -> Scores:
    n = len(values)
    unknown = np.full(n, -1, np.int32)
    model = np.array([models.index(name) for name, _ in values], np.int32)
    value = np.array([value for _, value in values], np.float64)
    return Scores(models, (), (), ("overall",), model, value, unknown, unknown, np.zeros(n, np.int32), np.arange(n))


def rate(rows: Sequence[Row], values: Sequence[tuple[str, float]] = (), options: RatingSettings = DEFAULT) -> Ratings:
    battles = Battles.from_rows(rows, models=tuple(dict.fromkeys(name for name, _ in values)))
    return rate_grounded(Evidence(battles, scores_of(battles.models, values)), settings=options)


def example() -> GroundedEvidence:
    rows = [*random_rows(4, 150, seed=1), *[("m0", "m1", "both_bad")] * 9, ("m2", "m3", 0.3)]
    counts = count_pairs(Battles.from_rows(rows))
    return GroundedEvidence(counts, np.array([2.5, 0.0, 1.0, 0.2]), np.array([3.0, 0.0, 2.0, 1.0]), PRECISION)


POINT, THRESHOLD = np.array([0.4, -1.3, 2.0, 0.1]), -0.3


def test_the_four_results_have_probability_one_together() -> None:
    x, y = np.meshgrid(np.linspace(-30, 30, 13), np.linspace(-30, 30, 13))
    for threshold in (-20.0, 0.0, 5.0):
        chances = probabilities(x.ravel(), y.ravel(), threshold)
        np.testing.assert_allclose(chances.sum(axis=0), 1.0, atol=1e-12)
        assert (chances >= 0.0).all()


def test_pulls_are_the_derivatives_of_the_log_probabilities() -> None:
    x, y = np.array([0.3, -2.0, 4.0]), np.array([1.0, -3.0, 1.5])
    exact = pulls(x, y, 0.4)
    for axis in range(3):
        step = STEP * np.eye(3)[axis]
        ahead = np.log(probabilities(x + step[0], y + step[1], 0.4 + step[2]))
        behind = np.log(probabilities(x - step[0], y - step[1], 0.4 - step[2]))
        np.testing.assert_allclose(exact[:, axis], (ahead - behind) / (2 * STEP), atol=1e-7)


def test_slope_and_information_are_derivatives() -> None:
    evidence = example()
    exact, matrix = slope(evidence, POINT, THRESHOLD), observed_information(evidence, POINT, THRESHOLD)
    for axis in range(5):
        step = 1e-5 * np.eye(5)[axis]
        sides = [(POINT + sign * step[:4], THRESHOLD + sign * step[4]) for sign in (1, -1)]
        heights = [log_likelihood(evidence, *side) for side in sides]
        slopes = [slope(evidence, *side) for side in sides]
        assert exact[axis] == pytest.approx((heights[0] - heights[1]) / 2e-5, abs=1e-4)
        np.testing.assert_allclose(matrix[axis], (slopes[1] - slopes[0]) / 2e-5, atol=1e-4)


def test_the_expected_information_is_the_mean_square_of_the_pulls() -> None:
    counts = count_pairs(Battles.from_rows([("x", "y", "tie")] * 3))
    evidence = GroundedEvidence(counts, np.zeros(2), np.zeros(2), 0.0)
    strengths = np.array([0.5, -0.2])
    by_hand = np.zeros((3, 3))
    chances, pull = probabilities(strengths[:1], strengths[1:], 0.1), pulls(strengths[:1], strengths[1:], 0.1)
    for result in range(4):
        by_hand += 3 * chances[result, 0] * np.outer(pull[result, :, 0], pull[result, :, 0])
    np.testing.assert_allclose(expected_information(evidence, strengths, 0.1), by_hand, atol=1e-12)


def test_scores_alone_give_the_log_odds_of_being_acceptable() -> None:
    """800 of 1000 accepted: odds 4, so 400 log10(4) = 240.8 points, but for the weak prior's pull of log(4) / 33."""
    ratings = rate([], [("x", 1.0)] * 800 + [("x", 0.0)] * 200)
    assert ratings.rating[0] == pytest.approx(400 * math.log10(4), abs=0.1)
    # Variance of the log-odds of 800 : 200 is 1 / (1000 * 0.8 * 0.2).
    assert ratings.upper[0] - ratings.rating[0] == pytest.approx(1.96 * ELO_PER_NAT / math.sqrt(160), rel=1e-3)


def test_two_equal_models_stand_where_their_both_bads_put_them() -> None:
    """Equal models win 300 each, tie 200, are both bad 200 times of 1000.

    1 / (1 + 2p) = 0.2 gives p = 2, and p / (p + theta p + 1) = 0.3 gives theta = 11 / 6.
    """
    results = {"model_a": 300, "model_b": 300, "tie": 200, "both_bad": 200}
    rows: list[Row] = [("x", "y", winner) for winner, number in results.items() for _ in range(number)]
    ratings = rate(rows)
    assert ratings.rating == pytest.approx([400 * math.log10(2)] * 2, abs=0.2)
    assert ratings.coefficients[0].value == pytest.approx(11 / 6, abs=1e-3)
    assert ratings.coefficients[0].lower < 11 / 6 < ratings.coefficients[0].upper


def test_the_fit_is_the_maximum_that_another_optimiser_finds() -> None:
    evidence = example()
    battles = Battles.from_rows([*random_rows(4, 150, seed=1), *[("m0", "m1", "both_bad")] * 9, ("m2", "m3", 0.3)])
    values = [("m0", 1.0), ("m0", 1.0), ("m0", 0.5), ("m2", 0.5), ("m2", 0.5), ("m3", 0.2)]
    order = [battles.models.index(f"m{code}") for code in range(4)]
    ratings = rate_grounded(Evidence(battles, scores_of(battles.models, values)), settings=DEFAULT)
    counts = count_pairs(battles)
    accepted, scored = np.zeros(4), np.zeros(4)
    for code, place in enumerate(order):
        accepted[place], scored[place] = evidence.accepted[code], evidence.scored[code]
    again = GroundedEvidence(counts, accepted, scored, PRECISION)

    def down(point: FloatArray) -> float:
        return -log_likelihood(again, point[:4], float(point[4]))

    best = minimize(down, np.zeros(5), method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(ratings.rating, ELO_PER_NAT * best.x[:4], atol=0.01)


def test_order_and_sides_change_nothing() -> None:
    rows: list[Row] = [*random_rows(4, 300, seed=2), *[("m0", "m2", "both_bad")] * 20]
    models = Battles.from_rows(rows).models
    before = rate(rows)
    changed = Battles.from_rows([turned(row) for row in reversed(rows)], models=models)
    after = rate_grounded(Evidence(changed), settings=DEFAULT)
    np.testing.assert_allclose(after.rating, before.rating, atol=1e-6)
    np.testing.assert_allclose(after.upper, before.upper, atol=1e-6)


def test_a_simulated_truth_lies_within_the_intervals() -> None:
    rng, truth = np.random.default_rng(5), np.array([1.2, 0.3, -0.8])
    rows: list[Row] = []
    for _ in range(6_000):
        a, b = rng.choice(3, 2, replace=False)
        chances = probabilities(truth[[a]], truth[[b]], math.log(0.6))[:, 0]
        rows.append((f"m{a}", f"m{b}", ["model_a", "model_b", "tie", "both_bad"][rng.choice(4, p=chances)]))
    ratings = rate(rows)
    for code, name in enumerate(ratings.models):
        assert ratings.lower[code] < ELO_PER_NAT * truth[int(name[1])] < ratings.upper[code]


def test_without_both_bads_or_scores_the_zero_is_unknown_and_it_says_so() -> None:
    with pytest.raises(BadInput, match=r"zero of grounded-rao-kupper.*use rao-kupper"):
        rate(random_rows(3, 50, seed=0))


@pytest.mark.parametrize("options", [{"both_bad": "drop"}, {"interval": "bootstrap"}, {"style": ("length",)}])
def test_settings_that_it_cannot_honour_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="expected"):
        rate([("x", "y", "both_bad")], options=RatingSettings(**options))  # type: ignore[arg-type]


def test_models_that_only_won_or_only_failed_have_open_ends() -> None:
    rows: list[Row] = [
        *[("best", "mid", "model_a")] * 5,
        *[("mid", "low", "model_a")] * 5,
        *[("low", "mid", "both_bad")] * 5,
    ]
    ratings = rate(rows)
    best, mid, low = (ratings.models.index(name) for name in ("best", "mid", "low"))
    assert ratings.upper[best] == math.inf and math.isfinite(ratings.lower[best])
    assert ratings.lower[low] == -math.inf and math.isfinite(ratings.upper[low])
    assert math.isfinite(ratings.lower[mid]) and math.isfinite(ratings.upper[mid])
    assert ratings.rating[best] > ratings.rating[mid] > ratings.rating[low]


@pytest.mark.parametrize("winner", ["tie", "both_bad"])
def test_one_result_only_gives_finite_ratings(winner: str) -> None:
    ratings = rate([("x", "y", winner)] * 10 + [("x", "y", "both_bad")])
    assert np.isfinite(ratings.rating).all()
    assert ratings.rating[0] == pytest.approx(ratings.rating[1], abs=1e-6)
