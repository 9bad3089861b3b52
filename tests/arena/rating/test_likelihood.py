"""The likelihoods, their derivatives and their variance are those of the formulas."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from arena.rating.connection import find_blocks
from arena.rating.counts import PairCounts, count_pairs
from arena.rating.davidson import Davidson
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import Fit, PairLikelihood, fit_block, gaps, information, recentre, slope_at
from arena.rating.rao_kupper import RaoKupper, threshold_of
from arena.rating.spread import independent_covariance
from storage.ledger.battles import Battles, FloatArray
from tests.arena.tournaments import random_rows

STEP = 1e-5
STRENGTHS = np.array([0.3, -1.2, 0.0, 2.0, 0.7])
EVERY: list[PairLikelihood] = [HalfTies(), Davidson(), RaoKupper()]
WITH_TIES: list[PairLikelihood] = [Davidson(), RaoKupper()]
by_name = pytest.mark.parametrize("likelihood", EVERY, ids=lambda one: type(one).__name__)
by_tie_model = pytest.mark.parametrize("likelihood", WITH_TIES, ids=lambda one: type(one).__name__)


def tournament(seed: int = 0) -> tuple[Battles, PairCounts]:
    rows = [*random_rows(5, 200, seed), ("m0", "m1", 0.3), ("m2", "m1", 0.9), ("m3", "m4", "both_bad")]
    battles = Battles.from_rows(rows)
    return battles, count_pairs(battles)


def log_likelihood(counts: PairCounts, likelihood: PairLikelihood, strengths: FloatArray, tie: float) -> float:
    win, loss, draw = likelihood.log_probabilities(gaps(counts, strengths), tie)
    return float(np.sum(counts.won * win + counts.lost * loss + counts.draws * draw))


def shifts(likelihood: PairLikelihood) -> npt.NDArray[np.float64]:
    """A small step in each parameter, the tie parameter last if there is one."""
    return STEP * np.eye(6)[: 6 if likelihood.has_tie else 5]


@by_name
def test_the_slope_is_the_derivative_of_the_log_likelihood(likelihood: PairLikelihood) -> None:
    _, counts = tournament()
    slope = slope_at(counts, likelihood, STRENGTHS, -0.4)
    for code, shift in enumerate(shifts(likelihood)):
        ahead = log_likelihood(counts, likelihood, STRENGTHS + shift[:5], -0.4 + shift[5])
        behind = log_likelihood(counts, likelihood, STRENGTHS - shift[:5], -0.4 - shift[5])
        assert abs(slope[code] - (ahead - behind) / (2 * STEP)) < 1e-5


@by_name
def test_the_information_is_the_negative_derivative_of_the_slope(likelihood: PairLikelihood) -> None:
    _, counts = tournament()
    matrix = information(counts, likelihood, STRENGTHS, 0.6)
    for code, shift in enumerate(shifts(likelihood)):
        behind = slope_at(counts, likelihood, STRENGTHS - shift[:5], 0.6 - shift[5])
        ahead = slope_at(counts, likelihood, STRENGTHS + shift[:5], 0.6 + shift[5])
        np.testing.assert_allclose(matrix[code], (behind - ahead) / (2 * STEP), atol=1e-5)


@by_name
def test_the_pull_of_a_result_is_the_derivative_of_its_log_probability(likelihood: PairLikelihood) -> None:
    gap = np.array([-3.0, -0.2, 0.0, 1.1, 8.0])
    by_gap, by_tie = likelihood.pulls(gap, 0.2)
    for result in range(3):
        ahead, behind = (likelihood.log_probabilities(gap + step, 0.2)[result] for step in (STEP, -STEP))
        np.testing.assert_allclose(by_gap[result], (ahead - behind) / (2 * STEP), atol=1e-8)
        ahead, behind = (likelihood.log_probabilities(gap, 0.2 + step)[result] for step in (STEP, -STEP))
        np.testing.assert_allclose(by_tie[result], (ahead - behind) / (2 * STEP), atol=1e-8)


@by_name
def test_the_win_curve_is_that_of_the_log_probability(likelihood: PairLikelihood) -> None:
    gap = np.array([-3.0, -0.2, 0.0, 1.1, 8.0])
    height, slope, bend = likelihood.win_curve(gap, 0.2)
    ahead, behind = (likelihood.log_probabilities(gap + step, 0.2)[0] for step in (1e-4, -1e-4))
    np.testing.assert_allclose(height, likelihood.log_probabilities(gap, 0.2)[0])
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-4, atol=1e-6)
    np.testing.assert_allclose(bend, (2 * height - ahead - behind) / 1e-8, atol=1e-5)


@by_tie_model
def test_win_loss_and_tie_have_probability_one_together(likelihood: PairLikelihood) -> None:
    gap = np.linspace(-20, 20, 101)
    for tie in (-30.0, -1.0, 0.0, 3.0, 30.0):
        total = np.exp(likelihood.log_probabilities(gap, tie)).sum(axis=0)
        np.testing.assert_allclose(total, 1.0, atol=1e-12)


@by_tie_model
def test_equals_tie_at_the_start_as_often_as_asked(likelihood: PairLikelihood) -> None:
    for share in (0.01, 0.2, 0.75):
        assert math.exp(likelihood.log_probabilities(np.zeros(1), likelihood.start(share))[2][0]) == pytest.approx(
            share
        )


@by_tie_model
def test_without_ties_every_likelihood_is_bradley_terrys(likelihood: PairLikelihood) -> None:
    counts = count_pairs(Battles.from_rows(random_rows(5, 300, seed=4, tie_share=0.0)))
    plain, fit = fit_block(counts, HalfTies()), fit_block(counts, likelihood)
    assert fit.tie == -np.inf
    np.testing.assert_allclose(fit.strength, plain.strength, atol=1e-9)
    np.testing.assert_allclose(fit.inverse, plain.inverse, atol=1e-9)


def test_davidson_by_hand() -> None:
    """Two models, 8 wins, 2 losses, 5 ties: three results and two parameters, so each share is met exactly.

    win : loss = e^d = 4, and tie : sqrt(win * loss) = nu = 5 / sqrt(8 * 2) = 1.25.
    """
    counts = count_pairs(Battles.from_rows([("x", "y", w) for w in ["model_a"] * 8 + ["model_b"] * 2 + ["tie"] * 5]))
    fit = fit_block(counts, Davidson())
    assert fit.strength[0] - fit.strength[1] == pytest.approx(math.log(4), abs=1e-9)
    assert Davidson().tie_value(fit.tie) == pytest.approx(1.25, abs=1e-9)


def test_rao_kupper_by_hand() -> None:
    """The same battles: sigmoid(d - eta) = 8/15 and sigmoid(-d - eta) = 2/15.

    So d - eta = log(8/7) and d + eta = log(13/2), hence d = log(52/7) / 2 and eta = log(91/16) / 2.
    """
    counts = count_pairs(Battles.from_rows([("x", "y", w) for w in ["model_a"] * 8 + ["model_b"] * 2 + ["tie"] * 5]))
    fit = fit_block(counts, RaoKupper())
    assert fit.strength[0] - fit.strength[1] == pytest.approx(0.5 * math.log(52 / 7), abs=1e-9)
    assert threshold_of(fit.tie) == pytest.approx(0.5 * math.log(91 / 16), abs=1e-9)


@by_name
def test_the_slope_vanishes_at_the_fit(likelihood: PairLikelihood) -> None:
    for seed in range(10):
        _, counts = tournament(seed)
        fit = fit_block(counts, likelihood)
        assert fit.converged
        assert np.abs(slope_at(counts, likelihood, fit.strength, fit.tie)[: len(shifts(likelihood))]).max() < 1e-8


@by_name
def test_a_fit_from_a_neighbour_is_the_same_in_fewer_steps(likelihood: PairLikelihood) -> None:
    battles, counts = tournament(3)
    before = fit_block(count_pairs(battles.subset(np.arange(len(battles)) > 0)), likelihood)
    cold, warm = fit_block(counts, likelihood), fit_block(counts, likelihood, start=before)
    np.testing.assert_allclose(warm.strength, cold.strength, atol=1e-9)
    assert warm.iterations < cold.iterations


def extreme(pairs: list[tuple[int, int, float, float]]) -> PairCounts:
    """Counts of (first, second, wins, losses), without ties."""
    first, second, wins, losses = (np.array(column) for column in zip(*pairs, strict=True))
    none = np.zeros(len(pairs))
    return PairCounts(
        n_models=int(second.max()) + 1,
        first=first,
        second=second,
        wins=wins.astype(np.float64),
        losses=losses.astype(np.float64),
        ties=none,
        both_bad=none,
        scored=none,
        scored_sum=none,
        scored_squares=none,
    )


def test_a_chain_of_lopsided_pairs_is_fitted_exactly() -> None:
    fit = fit_block(extreme([(i, i + 1, 1e5, 1) for i in range(5)]), HalfTies())
    assert fit.converged
    np.testing.assert_allclose(-np.diff(fit.strength), np.log(1e5), rtol=1e-9)


def test_the_fit_settles_where_plain_newton_steps_run_away() -> None:
    pairs = [(0, 1, 6152, 0), (0, 2, 4717, 1), (0, 4, 0, 5), (1, 4, 3, 1), (1, 5, 4, 20)]
    pairs += [(1, 6, 40, 11), (2, 4, 0, 29997), (2, 5, 2, 76), (3, 5, 52898, 20172), (4, 6, 6, 10195)]
    counts = extreme([(first, second, float(wins), float(losses)) for first, second, wins, losses in pairs])
    assert not find_blocks(counts).any()
    fit = fit_block(counts, HalfTies())
    assert fit.converged
    assert np.abs(slope_at(counts, HalfTies(), fit.strength, fit.tie)[:7]).max() < 1e-8


def by_rows(battles: Battles, likelihood: PairLikelihood, fit: Fit) -> FloatArray:
    """H+ (sum of u u') H+ over battles by pseudo-inverse, u the derivative of one battle's log-probability."""
    meat = np.zeros((6, 6))
    for a, b, outcome, score in zip(battles.a, battles.b, battles.outcome, battles.score, strict=True):
        by_gap, by_tie = likelihood.pulls(fit.strength[[a]] - fit.strength[[b]], fit.tie)
        result = {0: [1, 0, 0], 1: [0, 1, 0], 4: [score, 1 - score, 0]}.get(int(outcome), [0, 0, 1])
        pull = np.array(
            [sum(part * value[0] for part, value in zip(result, by, strict=True)) for by in (by_gap, by_tie)]
        )
        u = np.append(pull[0] * (np.eye(5)[a] - np.eye(5)[b]), pull[1])
        meat += np.outer(u, u)
    used = 6 if likelihood.has_tie else 5
    inverse = np.linalg.pinv(information(count_pairs(battles), likelihood, fit.strength, fit.tie)[:used, :used])
    return np.asarray((inverse @ meat[:used, :used] @ inverse)[:5, :5], np.float64)


@by_name
def test_the_sandwich_on_counts_is_that_of_the_single_battles(likelihood: PairLikelihood) -> None:
    battles, counts = tournament()
    fit = fit_block(counts, likelihood)
    covariance = independent_covariance(counts, counts, fit, likelihood, corrected=False)
    centred = recentre(covariance[:5, :5], np.full(5, 0.2))
    np.testing.assert_allclose(centred, by_rows(battles, likelihood, fit), atol=1e-10)


def test_differences_have_the_same_variance_from_every_anchor() -> None:
    _, counts = tournament()
    fit = fit_block(counts, HalfTies())
    covariance = independent_covariance(counts, counts, fit, HalfTies(), corrected=True)[:5, :5]

    def of_differences(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        variance = np.diagonal(matrix)
        return np.asarray(variance[:, None] + variance[None, :] - 2 * matrix)

    for weights in (np.full(5, 0.2), np.eye(5)[3], np.array([0.1, 0.2, 0.3, 0.4, 0.0])):
        recentred = recentre(covariance, weights)
        np.testing.assert_allclose(of_differences(recentred), of_differences(covariance), atol=1e-12)
        np.testing.assert_allclose(recentred @ weights, 0.0, atol=1e-12)
