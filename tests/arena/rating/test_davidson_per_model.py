"""A tie parameter of each model: shrunk to the common one, found where models differ, better on real votes."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arena.leaderboard.board import predicted_win_fractions
from arena.rating.choice import compare_ties
from arena.rating.counts import count_pairs
from arena.rating.davidson import Davidson, rate_davidson
from arena.rating.davidson_per_model import rate_davidson_per_model
from arena.rating.evidence import Evidence
from arena.rating.likelihood import gaps
from arena.rating.method import RatingSettings
from arena.rating.ties_per_model import fit_leaning, tie_parameters
from storage.errors import BadInput
from storage.ledger.battles import MODEL_A, MODEL_B, TIE, Battles, FloatArray
from tests.arena.tournaments import DEFAULT, crowd_rows, random_rows


def world(lean_spread: float, seed: int, *, n: int = 20, rows: int = 4000) -> tuple[Battles, FloatArray, FloatArray]:
    """Battles under the likelihood, with the strengths and leans behind them."""
    rng = np.random.default_rng(seed)
    strength, lean = rng.normal(0.0, 0.7, n), rng.normal(0.0, lean_spread, n)
    a = rng.integers(0, n, rows)
    b = (a + rng.integers(1, n, rows)) % n
    chances = np.exp(Davidson().log_probabilities(strength[a] - strength[b], lean[a] + lean[b]))
    draw = rng.random(rows)
    outcome = np.where(draw < chances[0], MODEL_A, np.where(draw < chances[0] + chances[1], MODEL_B, TIE))
    names = tuple(f"m{code:02d}" for code in range(n))
    return Battles.of_codes(names, a.astype(np.int32), b.astype(np.int32), outcome.astype(np.int8)), strength, lean


def test_the_slope_of_likelihood_and_prior_is_zero_at_the_maximum() -> None:
    counts = count_pairs(world(0.5, seed=1)[0])
    fit = fit_leaning(counts, spread=0.4)

    def objective(strength: FloatArray, tie: float, lean: FloatArray) -> float:
        moved = replace(fit, tie=tie, lean=lean)
        win, loss, draw = Davidson().log_probabilities(gaps(counts, strength), tie_parameters(counts, moved))
        prior = -np.sum(lean**2) / (2 * 0.4**2)
        return float(np.sum(counts.wins * win + counts.losses * loss + counts.ties * draw) + prior)

    best, rng = objective(fit.strength, fit.tie, fit.lean), np.random.default_rng(2)
    for _ in range(20):
        step, other = 1e-3 * rng.normal(size=20), 1e-3 * rng.normal(size=20)
        up = objective(fit.strength + step, fit.tie, fit.lean + other)
        down = objective(fit.strength - step, fit.tie, fit.lean - other)
        assert max(up, down) < best
        assert abs(up - down) < 1e-2 * abs(up + down - 2 * best)


def test_leans_are_found_where_models_differ_and_vanish_where_they_do_not() -> None:
    battles, _, lean = world(0.6, seed=3)
    fit = fit_leaning(count_pairs(battles))
    assert fit.spread == pytest.approx(0.6, abs=0.2)
    assert np.corrcoef(fit.lean, lean)[0, 1] > 0.9
    assert fit_leaning(count_pairs(world(0.0, seed=4)[0])).spread < 0.15


def test_held_at_zero_the_fit_is_that_of_davidson() -> None:
    battles = world(0.3, seed=5)[0]
    plain = rate_davidson(Evidence(battles), settings=RatingSettings(mean="models", anchor_rating=0.0))
    fit = fit_leaning(count_pairs(battles), spread=0.0)
    np.testing.assert_allclose(400 / math.log(10) * fit.strength, plain.rating, atol=0.05)


@pytest.mark.parametrize("interval", ["clustered", "sandwich"])
def test_intervals_hold_the_strengths_behind_the_battles(interval: str) -> None:
    settings = RatingSettings(interval=interval, mean="models", anchor_rating=0.0)  # type: ignore[arg-type]
    inside = []
    for seed in range(25):
        battles, strength, _ = world(0.5, seed=100 + seed, n=8, rows=800)
        if interval == "clustered":
            raters = np.random.default_rng(seed).integers(0, 25, 800).astype(np.int32)
            battles = replace(battles, rater=raters, raters=tuple(f"r{code:02d}" for code in range(25)))
        ratings = rate_davidson_per_model(Evidence(battles), settings=settings)
        truth = 400 / math.log(10) * (strength - strength.mean())
        inside.append((ratings.lower < truth) & (truth < ratings.upper))
    assert 0.91 < float(np.mean(inside)) < 0.985


def test_predictions_know_which_models_tie() -> None:
    battles = world(0.8, seed=6)[0]
    ratings = rate_davidson_per_model(Evidence(battles), settings=DEFAULT)
    assert ratings.tie_lean is not None
    first, second = np.argsort(ratings.tie_lean)[[0, -1]]
    alike = replace(ratings, tie_lean=None)
    told, common = predicted_win_fractions(ratings), predicted_win_fractions(alike)
    ahead = int(np.nanargmax(ratings.rating))
    for model in {int(first), int(second)} - {ahead}:
        assert abs(told[ahead, model] - common[ahead, model]) > 1e-3
    np.testing.assert_allclose(told + told.T, np.where(np.eye(20) == 1, np.nan, 1.0))


def test_what_it_does_not_support_is_refused() -> None:
    evidence = Evidence(Battles.from_rows(random_rows(5, 100, seed=1)))
    with pytest.raises(BadInput, match="no bootstrap intervals with davidson-per-model"):
        rate_davidson_per_model(evidence, settings=RatingSettings(interval="bootstrap"))
    with pytest.raises(BadInput, match="no style control with davidson-per-model"):
        rate_davidson_per_model(evidence, settings=RatingSettings(style=("length",)))


def test_without_a_tie_it_is_davidson() -> None:
    evidence = Evidence(Battles.from_rows(random_rows(5, 100, seed=1, tie_share=0.0)))
    found, plain = (rate(evidence, settings=DEFAULT) for rate in (rate_davidson_per_model, rate_davidson))
    np.testing.assert_array_equal(found.rating, plain.rating)
    assert found.method == "davidson-per-model"


@pytest.mark.data
def test_on_real_votes_it_predicts_held_out_votes_better_than_all_others(shared_data: Path) -> None:
    battles = Battles.from_rows(crowd_rows(shared_data))
    best, *others = compare_ties(battles, DEFAULT)
    assert best.method == "davidson-per-model"
    # leaderbot 0.4.3 with a tie factor of each model: 0.9906 nats a vote.
    assert -best.log_likelihood / len(battles) < 0.985
    assert min(one.behind - 5 * one.spread for one in others) > 0.0
