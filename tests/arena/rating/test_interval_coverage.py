"""Do 95 % intervals hold the truth 95 % of the time?  Bounds are such that a known-wrong interval fails.

Truth is Davidson's model with a fifth of ties, so half-a-win ties are a misspecified fit; its target is the fit to
the expected counts. Pairs are far from equally frequent.
"""

import numpy as np
import pytest

from arena.rating.counts import PairCounts
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import fit_block, recentre
from arena.rating.method import ELO_PER_NAT, Ratings
from arena.rating.pair_rating import rate_counts
from storage.ledger.battles import FloatArray
from tests.arena.tournaments import DEFAULT

REPLICATES = 200
N_MODELS = 20
TIE_WEIGHT = 0.5


class CoverageWorld:
    """Twenty models and a fixed number of battles for each pair; model 0 may be a newcomer."""

    def __init__(self, seed: int, n_battles: int = 4_000, newcomer_battles: int | None = None) -> None:
        rng = np.random.default_rng(seed)
        self.first, self.second = np.triu_indices(N_MODELS, 1)
        strength = rng.normal(0.0, 0.6, N_MODELS)
        fame = rng.dirichlet(np.full(N_MODELS, 3.0))
        frequency = fame[self.first] * fame[self.second] * rng.lognormal(0.0, 0.7, len(self.first))
        self.battles = 1 + np.floor(n_battles * frequency / frequency.sum()).astype(np.int64)
        if newcomer_battles is not None:
            self.battles[self.first == 0] = 0
            self.battles[1:6] = newcomer_battles // 5
        half_gap = 0.5 * (strength[self.first] - strength[self.second])
        weights = np.stack([np.exp(half_gap), np.exp(-half_gap), np.full(len(half_gap), TIE_WEIGHT)], axis=1)
        self.probability = weights / weights.sum(axis=1, keepdims=True)

    def counts(self, results: FloatArray) -> PairCounts:
        """Pair counts from (wins, losses, ties) per pair."""
        none = np.zeros(len(self.first))
        wins, losses, ties = results.T
        every = PairCounts(
            n_models=N_MODELS,
            first=self.first,
            second=self.second,
            wins=wins,
            losses=losses,
            ties=ties,
            both_bad=none,
            scored=none,
            scored_sum=none,
            scored_squares=none,
        )
        return every.keep(every.battles > 0)

    def draw(self, rng: np.random.Generator) -> Ratings:
        """Rate one random outcome of all battles."""
        counts = self.counts(rng.multinomial(self.battles, self.probability).astype(np.float64))
        names = tuple(map(str, range(N_MODELS)))
        return rate_counts(counts, names, settings=DEFAULT, likelihood=HalfTies(), left_out={})

    def target(self) -> FloatArray:
        """What the fit tends to, from the same anchor."""
        counts = self.counts(self.battles[:, None] * self.probability)
        rating = 1000 + ELO_PER_NAT * fit_block(counts, HalfTies()).strength
        return rating + 1000 - np.average(rating, weights=counts.per_model(counts.battles, counts.battles))


@pytest.fixture(scope="module")
def replicates() -> tuple[CoverageWorld, list[Ratings]]:
    world, rng = CoverageWorld(seed=7), np.random.default_rng(11)
    return world, [world.draw(rng) for _ in range(REPLICATES)]


def cover(half_widths: list[FloatArray], ratings: list[Ratings], target: FloatArray) -> float:
    inside = [np.abs(one.rating - target) <= half for one, half in zip(ratings, half_widths, strict=True)]
    return float(np.mean(inside))


def accepted(coverage: float) -> bool:
    """Four thousand intervals: the standard error of the coverage is below 0.005."""
    return 0.935 <= coverage <= 0.965


def test_sandwich_intervals_cover(replicates: tuple[CoverageWorld, list[Ratings]]) -> None:
    world, ratings = replicates
    assert accepted(cover([one.upper - one.rating for one in ratings], ratings, world.target()))


def test_the_bounds_refuse_intervals_known_to_be_wrong(replicates: tuple[CoverageWorld, list[Ratings]]) -> None:
    """The inverse information takes ties for coin tosses and is too wide; a tenth too narrow is refused as well."""
    world, ratings = replicates
    narrow = cover([0.9 * (one.upper - one.rating) for one in ratings], ratings, world.target())
    assert not accepted(narrow)
    assert narrow < 0.935
    expected = world.counts(world.battles[:, None] * world.probability)
    weights = expected.per_model(expected.battles, expected.battles)
    inverse = fit_block(expected, HalfTies()).inverse[:-1, :-1]
    naive = 1.959964 * ELO_PER_NAT * np.sqrt(np.diagonal(recentre(inverse, weights / weights.sum())))
    wide = cover([naive] * REPLICATES, ratings, world.target())
    assert not accepted(wide)
    assert wide > 0.965


def test_a_newcomer_among_many_battles_is_covered() -> None:
    """Forty battles of one model among 200,000: a penalty in proportion to all battles makes it far too sure."""
    world, rng = CoverageWorld(seed=7, n_battles=200_000, newcomer_battles=40), np.random.default_rng(3)
    ratings = [world.draw(rng) for _ in range(500)]
    both_ends = [one for one in ratings if np.isfinite([one.lower[0], one.upper[0]]).all()]
    assert len(both_ends) == 500
    halves = np.array([one.upper[0] - one.rating[0] for one in ratings])
    errors = np.abs(np.array([one.rating[0] for one in ratings]) - world.target()[0])
    assert 0.905 <= np.mean(errors <= halves) <= 0.97
    assert np.mean(errors <= 0.85 * halves) < 0.905
