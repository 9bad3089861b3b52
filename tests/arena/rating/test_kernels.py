"""Compiled loops say what plain code says."""

import os

import numpy as np
import pytest

from arena.rating import kernels
from arena.rating.clusters import Contributions, independent_products
from arena.rating.counts import count_pairs
from arena.rating.elo import rate_elo
from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from arena.rating.style_fit import StyleFit, StyleRows, compiled_products, fit_style
from storage.ledger.battles import BOTH_BAD, MODEL_A, MODEL_B, TIE, Battles

pytest.importorskip("numba")


def drawn(seed: int, n_rows: int = 20_000) -> Battles:
    rng = np.random.default_rng(seed)
    strength = rng.normal(0.0, 0.8, 12)
    a = rng.integers(0, 12, n_rows)
    b = rng.integers(0, 12, n_rows)
    won = rng.random(n_rows) < 1.0 / (1.0 + np.exp(strength[b] - strength[a]))
    outcome = np.where(rng.random(n_rows) < 0.2, rng.choice([TIE, BOTH_BAD], n_rows), np.where(won, MODEL_A, MODEL_B))
    names = tuple(f"m{code:02d}" for code in range(13))
    return Battles.of_codes(names, a.astype(np.int32), b.astype(np.int32), outcome.astype(np.int8))


def test_compiled_counts_are_plain_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    battles = drawn(4)
    plain = count_pairs(battles)
    monkeypatch.setattr(kernels, "FEWEST_ROWS", 1)
    fast = count_pairs(battles)
    for name in ("first", "second", "wins", "losses", "ties", "both_bad", "self_battles"):
        assert np.array_equal(getattr(plain, name), getattr(fast, name)), name
    assert plain.self_battles > 0


@pytest.mark.parametrize("both_bad", ["tie", "drop"])
def test_compiled_elo_is_plain_elo(both_bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    battles = drawn(1)
    settings = RatingSettings(both_bad=both_bad, elo_k=16.0)  # type: ignore[arg-type]
    plain = rate_elo(Evidence(battles), settings=settings)
    monkeypatch.setattr(kernels, "FEWEST_ROWS", 1)
    assert kernels.is_fast(len(battles))
    fast = rate_elo(Evidence(battles), settings=settings)
    assert np.allclose(plain.rating, fast.rating, rtol=0.0, atol=1e-9, equal_nan=True)
    assert np.isnan(fast.rating[12]), "a model without a battle has no rating"


@pytest.mark.parametrize("weighted", [False, True])
def test_compiled_style_fits_are_plain_ones(weighted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    battles, rng = drawn(2), np.random.default_rng(3)
    kept = battles.subset(battles.a != battles.b)
    weights = rng.uniform(0.5, 2.0, len(kept)) if weighted else None
    features = rng.normal(0.0, [1.0, 3.0, 0.2], (len(kept), 3))

    def fit() -> StyleFit:
        names = ("length", "headers", "side")
        return fit_style(StyleRows(12, kept.a, kept.b, kept.score, weights, names, features, penalty=0.5))

    plain = fit()
    extra = plain.scaled * plain.residual[:, None]
    contributions = Contributions(12, kept.a, kept.b, plain.residual, -plain.residual, extra)
    assert np.allclose(independent_products(contributions), compiled_products(kept.a, kept.b, plain), atol=1e-9)
    monkeypatch.setattr(kernels, "FEWEST_ROWS", 1)
    fast = fit()
    for name in ("strength", "effect", "inverse", "residual", "expected", "typical"):
        assert np.allclose(getattr(plain, name), getattr(fast, name), rtol=1e-9, atol=1e-9), name


def test_few_rows_do_not_wait_for_the_compiler() -> None:
    assert not kernels.is_fast(kernels.FEWEST_ROWS - 1)
    assert kernels.is_fast(kernels.FEWEST_ROWS)


@pytest.mark.parametrize(("n_rows", "n_sums", "n_parts"), [(10, 0, 4), (10, 10, 4), (10, 11, 1), (2, 0, 4), (0, 0, 4)])
def test_shares_hold_every_row_once_and_come_in_order(n_rows: int, n_sums: int, n_parts: int) -> None:
    parts = kernels.in_parts(n_rows, lambda part: list(range(n_rows))[part], n_sums=n_sums)
    assert len(parts) == n_parts
    assert [row for part in parts for row in part] == list(range(n_rows))


def test_a_fault_in_a_share_is_raised() -> None:
    def refuse(part: slice) -> None:
        raise ValueError(f"{part.start}")

    with pytest.raises(ValueError, match=r"^\d$"):
        kernels.in_parts(8, refuse)


def test_sums_in_shares_are_the_same_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    battles, rng = drawn(5), np.random.default_rng(6)
    kept = battles.subset(battles.a != battles.b)
    rows = StyleRows(12, kept.a, kept.b, kept.score, None, ("length",), rng.normal(0.0, 1.0, (len(kept), 1)))
    monkeypatch.setattr(kernels, "FEWEST_ROWS", 1)
    fits = []
    for n_cores in (1, 2, 8):
        monkeypatch.setattr(os, "cpu_count", lambda number=n_cores: number)
        fits.append(fit_style(rows))
    assert all(np.array_equal(fit.strength, fits[0].strength) for fit in fits)
    assert all(np.array_equal(fit.inverse, fits[0].inverse) for fit in fits)
