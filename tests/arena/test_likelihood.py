"""The likelihood, its derivatives and its variance are those of the formulas."""

import numpy as np
import numpy.typing as npt

from arena.rating.connection import find_blocks
from arena.rating.counts import PairCounts, count_pairs
from arena.rating.likelihood import (
    expected_scores,
    fit_strengths,
    gradient,
    information,
    log_likelihood,
    recentre,
    sandwich_covariance,
)
from storage.battles import Battles
from tests.arena.tournaments import random_rows

STEP = 1e-5


def tournament(seed: int = 0) -> tuple[Battles, PairCounts]:
    rows = [*random_rows(5, 200, seed), ("m0", "m1", 0.3), ("m2", "m1", 0.9), ("m3", "m4", "both_bad")]
    battles = Battles.from_rows(rows)
    return battles, count_pairs(battles)


def test_the_gradient_is_the_derivative_of_the_log_likelihood() -> None:
    _, counts = tournament()
    strengths = np.array([0.3, -1.2, 0.0, 2.0, 0.7])
    for model, derivative in enumerate(gradient(counts, strengths)):
        shift = STEP * np.eye(5)[model]
        numeric = (log_likelihood(counts, strengths + shift) - log_likelihood(counts, strengths - shift)) / (2 * STEP)
        assert abs(derivative - numeric) < 1e-6


def test_the_information_is_the_negative_derivative_of_the_gradient() -> None:
    _, counts = tournament()
    strengths = np.array([0.3, -1.2, 0.0, 2.0, 0.7])
    for model, column in enumerate(information(counts, strengths)):
        shift = STEP * np.eye(5)[model]
        numeric = (gradient(counts, strengths - shift) - gradient(counts, strengths + shift)) / (2 * STEP)
        np.testing.assert_allclose(column, numeric, atol=1e-6)


def test_the_gradient_vanishes_at_the_fit() -> None:
    for seed in range(20):
        _, counts = tournament(seed)
        top = fit_strengths(counts)
        assert top.converged
        assert np.abs(gradient(counts, top.point)).max() < 1e-9


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
    top = fit_strengths(extreme([(i, i + 1, 1e5, 1) for i in range(5)]))
    assert top.converged
    np.testing.assert_allclose(-np.diff(top.point), np.log(1e5), rtol=1e-9)


def test_the_fit_settles_where_plain_newton_steps_run_away() -> None:
    pairs = [(0, 1, 6152, 0), (0, 2, 4717, 1), (0, 4, 0, 5), (1, 4, 3, 1), (1, 5, 4, 20)]
    pairs += [(1, 6, 40, 11), (2, 4, 0, 29997), (2, 5, 2, 76), (3, 5, 52898, 20172), (4, 6, 6, 10195)]
    counts = extreme([(first, second, float(wins), float(losses)) for first, second, wins, losses in pairs])
    assert not find_blocks(counts).any()
    top = fit_strengths(counts)
    assert top.converged
    assert np.abs(gradient(counts, top.point)).max() < 1e-8


def test_the_sandwich_on_counts_is_that_of_the_single_battles() -> None:
    """H+ (sum of u u') H+ over battles, u = (score - expected) (e_a - e_b), by pseudo-inverse."""
    battles, counts = tournament()
    strengths = fit_strengths(counts).point
    hessian, meat = np.zeros((5, 5)), np.zeros((5, 5))
    for a, b, score in zip(battles.a, battles.b, battles.score, strict=True):
        contrast = np.eye(5)[a] - np.eye(5)[b]
        expected = 1 / (1 + np.exp(strengths[b] - strengths[a]))
        hessian += expected * (1 - expected) * np.outer(contrast, contrast)
        meat += (score - expected) ** 2 * np.outer(contrast, contrast)
    inverse = np.linalg.pinv(hessian)
    by_row = inverse @ meat @ inverse
    centred = recentre(sandwich_covariance(counts, strengths), np.full(5, 0.2))
    np.testing.assert_allclose(centred, by_row, atol=1e-12)


def test_differences_have_the_same_variance_from_every_anchor() -> None:
    _, counts = tournament()
    covariance = sandwich_covariance(counts, fit_strengths(counts).point)

    def of_differences(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        variance = np.diagonal(matrix)
        return np.asarray(variance[:, None] + variance[None, :] - 2 * matrix)

    for weights in (np.full(5, 0.2), np.eye(5)[3], np.array([0.1, 0.2, 0.3, 0.4, 0.0])):
        recentred = recentre(covariance, weights)
        np.testing.assert_allclose(of_differences(recentred), of_differences(covariance), atol=1e-12)
        np.testing.assert_allclose(recentred @ weights, 0.0, atol=1e-12)


def test_expected_scores_are_the_logistic_of_the_difference() -> None:
    _, counts = tournament()
    strengths = np.log(np.array([4.0, 2.0, 1.0, 1.0, 1.0]))
    first_pair = int(np.flatnonzero((counts.first == 0) & (counts.second == 1))[0])
    assert abs(expected_scores(counts, strengths)[first_pair] - 4 / 6) < 1e-15
