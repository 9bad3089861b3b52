"""Very many models have the ratings that a dense fit gives, and intervals where they are asked for."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from arena.leaderboard.board import rank_models
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.catalog import RATING_METHODS
from arena.rating.davidson import Davidson
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import PairLikelihood
from arena.rating.method import RatingSettings
from arena.rating.pair_rating import rate_pairs
from arena.rating.rao_kupper import RaoKupper
from arena.rating.sparse_rating import rate_sparse
from arena.rating.sparse_solving import solve_sparse
from arena.rating.tally import MOST_DENSE
from storage.errors import BadInput
from storage.ledger.battles import Battles
from tests.arena.tournaments import Row, random_rows

ONE_WAY: list[Row] = [*[("top", "m0", "model_a")] * 4, *[("m1", "low", "model_a")] * 3, ("apex", "top", "model_a")]
ISLAND: list[Row] = [*[("u", "v", "model_a")] * 5, *[("u", "v", "tie")] * 2, *[("v", "u", "model_a")] * 3]


def many(rows: int, seed: int) -> Battles:
    """Battles of 12,000 models, with raters."""
    rng = np.random.default_rng(seed)
    n = 12_000
    a = rng.integers(0, n, rows)
    b = (a + rng.integers(1, n, rows)) % n
    strength = rng.normal(0.0, 0.5, n)
    outcome = (rng.random(rows) > 1.0 / (1.0 + np.exp(strength[b] - strength[a]))).astype(np.int8)
    found = Battles.of_codes(tuple(f"m{code}" for code in range(n)), a.astype(np.int32), b.astype(np.int32), outcome)
    raters = tuple(f"r{code}" for code in range(30))
    return replace(found, raters=raters, rater=rng.integers(0, 30, rows).astype(np.int32))


@pytest.mark.parametrize("likelihood", [HalfTies(), Davidson(), RaoKupper()], ids=lambda one: one.name)
@pytest.mark.parametrize("weights", [(), ("pairs",)], ids=["even", "weighted"])
def test_ratings_and_plain_intervals_are_those_of_the_dense_fit(
    likelihood: PairLikelihood, weights: tuple[()] | tuple[str]
) -> None:
    battles = Battles.from_rows([*random_rows(12, 400, seed=4), *ONE_WAY, *ISLAND])
    settings = RatingSettings(interval="sandwich", intervals_for=("m2", "v", "top"), weights=weights)  # type: ignore[arg-type]
    dense, sparse = (rate(Evidence(battles), settings, likelihood) for rate in (rate_pairs, rate_sparse))
    np.testing.assert_allclose(sparse.rating, dense.rating, atol=1e-6)
    np.testing.assert_array_equal(sparse.island, dense.island)
    assert sparse.ties == pytest.approx(dense.ties)
    for name in ("m2", "v", "top", "low", "apex"):
        code = battles.models.index(name)
        assert (sparse.lower[code], sparse.upper[code]) == pytest.approx(
            (dense.lower[code], dense.upper[code]), abs=1e-5, nan_ok=True
        )
    others = [battles.models.index(name) for name in ("m1", "u")]
    assert np.isnan(sparse.lower[others]).all() and np.isnan(sparse.upper[others]).all()


def test_clustered_intervals_are_nearly_those_of_the_dense_fit() -> None:
    rows = random_rows(12, 1200, seed=4)
    battles = Battles.from_rows(rows)
    rater = np.random.default_rng(1).integers(0, 25, len(rows)).astype(np.int32)
    battles = replace(battles, raters=tuple(f"r{code:02d}" for code in range(25)), rater=rater)
    settings = RatingSettings(intervals_for=battles.models)
    dense, sparse = (rate(Evidence(battles), settings, HalfTies()) for rate in (rate_pairs, rate_sparse))
    np.testing.assert_allclose((sparse.upper - sparse.lower) / (dense.upper - dense.lower), 1.0, atol=0.06)
    np.testing.assert_allclose(sparse.freedom, dense.freedom, rtol=0.1)
    assert sparse.basis == dense.basis


def test_twelve_thousand_models_are_rated_with_the_intervals_asked_for() -> None:
    battles = many(120_000, seed=2)
    ratings = rate_bradley_terry(Evidence(battles), settings=RatingSettings(intervals_for=("m5", "m6"), anchor="m5"))
    assert ratings.converged and ratings.covariance is None
    assert np.isfinite(ratings.rating).all()
    known = np.isfinite(ratings.lower) & np.isfinite(ratings.upper)
    assert [ratings.models[code] for code in np.flatnonzero(known)] == ["m6"]
    assert ratings.rating[5] == 1000.0
    assert {(row.rank_low, row.rank_high) for row in rank_models(ratings)} == {(None, None)}


@pytest.mark.parametrize(
    ("method", "settings", "said"),
    [
        (
            "bradley-terry",
            RatingSettings(style=("length",)),
            "for style control, got 10,001, whose covariance",
        ),
        ("bradley-terry", RatingSettings(interval="bootstrap"), "no bootstrap intervals for 10,001 models"),
        ("bradley-terry", RatingSettings(intervals_for=("x",)), "models of the leaderboard for intervals, got 'x'"),
        ("win-rate", RatingSettings(), "10,000 models or fewer for win-rate"),
        ("grounded-rao-kupper", RatingSettings(), "10,000 models or fewer for grounded-rao-kupper"),
    ],
)
def test_what_needs_a_covariance_of_very_many_models_is_refused_before_the_work(
    method: str, settings: RatingSettings, said: str
) -> None:
    battles = Battles.empty([f"m{code}" for code in range(MOST_DENSE + 1)])
    with pytest.raises(BadInput, match=said):
        RATING_METHODS[method].rate(Evidence(battles), settings=settings)


@pytest.mark.parametrize("shape", ["path", "random"])
def test_a_sparse_system_is_solved_on_a_long_path_and_on_a_random_graph(shape: str) -> None:
    n, rng = 6000, np.random.default_rng(1)
    first = np.arange(n - 1) if shape == "path" else rng.integers(0, n, 8 * n)
    second = first + 1 if shape == "path" else (first + rng.integers(1, n, 8 * n)) % n
    weight = rng.random(len(first)) + 0.1
    edges = csr_array((weight, (first, second)), shape=(n, n))
    edges = (edges + edges.T).tocsr()
    matrix: csr_array = (csr_array((edges.sum(axis=1), (np.arange(n), np.arange(n))), shape=(n, n)) - edges).tocsr()
    expected = rng.normal(size=n)
    found = solve_sparse(matrix, matrix @ expected)
    np.testing.assert_allclose(found - found.mean(), expected - expected.mean(), atol=1e-5)
