"""Pair counts hold everything of the battles, whatever the side and whatever the way of counting."""

import numpy as np
import pytest

from arena.rating import counts as module
from arena.rating.counts import PairCounts, count_pairs
from storage.ledger.battles import FRACTIONAL, SCORE_OF_OUTCOME, Battles

ROWS: list[tuple[str, str, str | float]] = [
    ("x", "y", "model_a"),
    ("y", "x", "model_a"),
    ("y", "x", "model_b"),
    ("x", "y", "tie"),
    ("y", "x", "both_bad"),
    ("y", "x", 0.2),
    ("x", "y", 0.7),
    ("z", "z", "model_a"),
    ("z", "z", 0.3),
    ("z", "x", "tie"),
]


def random_battles(n_models: int, n_battles: int, seed: int) -> Battles:
    rng = np.random.default_rng(seed)
    outcome = rng.integers(0, 5, n_battles).astype(np.int8)
    score = np.where(outcome == FRACTIONAL, rng.random(n_battles), np.append(SCORE_OF_OUTCOME, 0.0)[outcome])
    a, b = (rng.integers(0, n_models, n_battles).astype(np.int32) for _ in range(2))
    return Battles.of_codes(tuple(f"m{code}" for code in range(n_models)), a, b, outcome, score=score)


def columns(counts: PairCounts) -> list[list[float]]:
    return [getattr(counts, name).tolist() for name in module._PAIR_COLUMNS]


def test_a_pair_is_seen_from_its_first_model_whatever_the_side() -> None:
    counts = count_pairs(Battles.from_rows(ROWS))
    assert counts.first.tolist() == [0, 0]
    assert counts.second.tolist() == [1, 2]
    assert counts.wins.tolist() == [2.0, 0.0]
    assert counts.losses.tolist() == [1.0, 0.0]
    assert counts.ties.tolist() == [1.0, 1.0]
    assert counts.both_bad.tolist() == [1.0, 0.0]
    assert counts.scored.tolist() == [2.0, 0.0]
    # y scored 0.2 against x, so x scored 0.8; then x scored 0.7.
    assert counts.scored_sum[0] == pytest.approx(1.5)
    assert counts.scored_squares[0] == pytest.approx(0.64 + 0.49)
    assert counts.score[0] == pytest.approx(2 + 0.5 + 0.5 + 1.5)
    assert counts.battles.tolist() == [7.0, 1.0]


def test_self_battles_are_counted_apart() -> None:
    assert count_pairs(Battles.from_rows(ROWS)).self_battles == 2


def test_both_ways_of_counting_agree() -> None:
    battles = random_battles(12, 3_000, seed=3)
    dense = module._add_scores(battles, module._count_dense(battles, None), None)
    sparse = module._add_scores(battles, module._count_sparse(battles, None), None)
    assert columns(dense) == columns(sparse)
    assert dense.self_battles == sparse.self_battles > 0


def test_squared_residuals_equal_those_of_the_rows() -> None:
    battles = random_battles(4, 400, seed=5)
    counts = count_pairs(battles)
    expected = np.linspace(0.1, 0.9, len(counts.first))
    by_row = np.zeros(len(counts.first))
    for a, b, score in zip(battles.a, battles.b, battles.score, strict=True):
        if a == b:
            continue
        pair = int(np.flatnonzero((counts.first == min(a, b)) & (counts.second == max(a, b)))[0])
        by_row[pair] += ((score if a < b else 1 - score) - expected[pair]) ** 2
    pulls = (1 - expected, -expected, 0.5 - expected)
    np.testing.assert_allclose(counts.products(pulls, pulls), by_row, rtol=1e-12)


def test_dropping_both_bad_drops_pairs_that_had_nothing_else() -> None:
    counts = count_pairs(Battles.from_rows([("x", "y", "both_bad"), ("x", "z", "tie")])).without_both_bad()
    assert counts.second.tolist() == [2]
    assert counts.model_battles().tolist() == [1, 0, 1]
    assert np.isnan(counts.win_rate()[1])


def test_win_rate_counts_a_tie_as_half() -> None:
    counts = count_pairs(Battles.from_rows([("x", "y", "model_a"), ("y", "x", "tie")]))
    assert counts.win_rate().tolist() == [0.75, 0.25]


def test_weighted_counts_are_sums_of_weights() -> None:
    battles = random_battles(6, 500, seed=8)
    weights = np.random.default_rng(0).uniform(0.5, 2.0, len(battles))
    twice = count_pairs(battles, np.full(len(battles), 2.0))
    plain, weighted = count_pairs(battles), count_pairs(battles, weights)
    np.testing.assert_allclose(twice.score, 2 * plain.score)
    apart = battles.a != battles.b
    assert weighted.battles.sum() == pytest.approx(weights[apart].sum())
    swapped = np.where(battles.a < battles.b, battles.score, 1 - battles.score)
    assert weighted.score.sum() == pytest.approx((weights * swapped)[apart].sum())
    sparse = module._add_scores(battles, module._count_sparse(battles, weights), weights)
    np.testing.assert_allclose(sparse.score, weighted.score)
    np.testing.assert_allclose(sparse.scored_squares, weighted.scored_squares)
