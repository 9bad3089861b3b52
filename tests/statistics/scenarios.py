"""Situations in which intervals are tried: each draws a replicate, fits it, and tells which held the truth."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.counts import IntArray, PairCounts, count_pairs, counts_of_cells
from arena.rating.davidson import rate_davidson
from arena.rating.evidence import Evidence
from arena.rating.half_ties import HalfTies
from arena.rating.likelihood import fit_block
from arena.rating.method import ELO_PER_NAT, Ratings, RatingSettings
from arena.rating.pair_rating import rate_counts
from storage.ledger.battles import MODEL_A, MODEL_B, TIE, Battles, FloatArray
from tests.statistics.worlds import TIE_WEIGHT, World

NARROW = 0.9
DEFAULT = RatingSettings()
PLAIN = replace(DEFAULT, interval="sandwich")

Held = tuple[float, float, float]
"""Share of a replicate's intervals that held the truth: as they are, a tenth narrower, and of a known-wrong kind."""


class Scenario(Protocol):
    """A situation."""

    def replicate(self, rng: np.random.Generator) -> Held:
        """Draw, fit, count."""


def shares(ratings: Ratings, wrong: Ratings, truth: FloatArray, models: slice = slice(None)) -> Held:
    """What held, over some models; an open end holds everything on its side."""

    def held(one: Ratings, factor: float) -> float:
        lower = one.rating - factor * (one.rating - one.lower)
        upper = one.rating + factor * (one.upper - one.rating)
        return float(np.mean(((truth >= lower) & (truth <= upper))[models]))

    return held(ratings, 1.0), held(ratings, NARROW), held(wrong, 1.0)


def elo(strength: FloatArray, weights: FloatArray) -> FloatArray:
    """True strengths in Elo points, their weighted mean at 1000."""
    return 1000.0 + ELO_PER_NAT * (strength - float(np.average(strength, weights=weights)))


@dataclass(frozen=True)
class AlikeVotes:
    """Votes that are alike by rater or question; known wrong: the sandwich of independent votes."""

    world: World

    @cached_property
    def truth(self) -> FloatArray:
        """What the fit tends to with ever more raters and questions."""
        return self.world.target()

    def replicate(self, rng: np.random.Generator) -> Held:
        """See `Scenario`."""
        evidence = Evidence(self.world.draw(rng))
        wide, plain = (rate_bradley_terry(evidence, settings=settings) for settings in (DEFAULT, PLAIN))
        return shares(wide, plain, self.truth)


@dataclass(frozen=True)
class DavidsonTies:
    """A fifth of ties as Davidson has them, fitted by Davidson.

    Known wrong: half ties, which shrink the scale, with the sandwich of independent votes, which these are.
    """

    world: World = field(default_factory=World)

    def replicate(self, rng: np.random.Generator) -> Held:
        """See `Scenario`."""
        battles = self.world.draw(rng)
        strength = np.random.default_rng(self.world.seed).normal(0.0, 0.6, self.world.n_models)
        truth = elo(strength, count_pairs(battles).model_battles().astype(np.float64))
        evidence = Evidence(battles)
        return shares(rate_davidson(evidence, settings=DEFAULT), rate_bradley_terry(evidence, settings=PLAIN), truth)


@dataclass(frozen=True)
class Newcomer:
    """Five equal newcomers, each with 40 battles, among two million of forty-nine others; only their intervals count.

    No newcomer met another, so a replicate holds five intervals of one model that are all but independent: they share
    the ratings of the others, which rest on two thousand times as many battles. Known wrong: the ridge of 1e-5 times
    all battles on the curvature, which makes a newcomer look sure.
    """

    n_newcomers: int = 5
    n_others: int = 49
    n_battles: int = 2_000_000
    n_first: int = 40
    seed: int = 3

    @cached_property
    def strength(self) -> FloatArray:
        """True strengths, nats, the newcomers first."""
        newcomer, *others = np.random.default_rng(self.seed).normal(0.0, 0.6, 1 + self.n_others)
        return np.array([newcomer] * self.n_newcomers + others)

    @cached_property
    def met(self) -> IntArray:
        """Battles of each pair, above the diagonal."""
        n, old = self.n_newcomers + self.n_others, self.n_newcomers
        each = 2 * self.n_battles // (self.n_others * (self.n_others - 1))
        met = np.zeros((n, n), np.int64)
        met[old:, old:] = np.triu(np.full((self.n_others, self.n_others), each), 1)
        met[:old, old : old + self.n_first] = 1
        return met

    @cached_property
    def truth(self) -> FloatArray:
        """True strengths in Elo points."""
        return elo(self.strength, (self.met + self.met.T).sum(axis=1).astype(np.float64))

    def replicate(self, rng: np.random.Generator) -> Held:
        """See `Scenario`."""
        met, n = self.met, len(self.met)
        won = rng.binomial(met, 1.0 / (1.0 + np.exp(self.strength[None, :] - self.strength[:, None])))
        cells = np.zeros((5, n, n), np.int64)
        cells[MODEL_A], cells[MODEL_B] = won, met - won
        counts = counts_of_cells(cells)
        names = tuple(f"m{code:02d}" for code in range(n))
        ratings = rate_counts(counts, names, settings=DEFAULT, likelihood=HalfTies(), left_out={})
        return shares(ratings, _ridged(counts, ratings), self.truth, slice(0, self.n_newcomers))


def _ridged(counts: PairCounts, ratings: Ratings) -> Ratings:
    """The same ratings with intervals from a ridge on the curvature."""
    gap = (ratings.rating[counts.first] - ratings.rating[counts.second]) / ELO_PER_NAT
    chance = 1.0 / (1.0 + np.exp(-gap))
    bend = counts.battles * chance * (1.0 - chance)
    curve = np.zeros((counts.n_models,) * 2)
    np.add.at(curve, (counts.first, counts.second), -bend)
    curve += curve.T
    curve -= np.diag(curve.sum(axis=1))
    inverse = np.linalg.inv(curve + 1e-5 * counts.battles.sum() * np.eye(counts.n_models))
    half = 1.96 * ELO_PER_NAT * np.sqrt(np.diagonal(inverse @ curve @ inverse))
    return replace(ratings, lower=ratings.rating - half, upper=ratings.rating + half)


@dataclass(frozen=True)
class AdaptivePairing:
    """Pairs chosen by earlier results, a tenth of them evenly, weighted by the inverse of their probability.

    Votes have ties, so that half ties are not quite true, and the truth is that of evenly drawn pairs. Known wrong:
    intervals as wide as if every battle weighed the same.
    """

    n_models: int = 10
    n_batches: int = 12
    batch: int = 400
    seed: int = 5
    spread: float = 2.0
    tie_weight: float = TIE_WEIGHT

    @cached_property
    def strength(self) -> FloatArray:
        """True strengths, nats."""
        return np.random.default_rng(self.seed).normal(0.0, self.spread, self.n_models)

    @cached_property
    def truth(self) -> FloatArray:
        """What a fit to ever more evenly drawn pairs tends to."""
        first, second = np.triu_indices(self.n_models, 1)
        win, tie, loss = self._chances(self.strength[first] - self.strength[second])
        cells = np.zeros((5, self.n_models, self.n_models))
        cells[MODEL_A, first, second], cells[TIE, first, second], cells[MODEL_B, first, second] = win, tie, loss
        return elo(fit_block(counts_of_cells(1e6 * cells), HalfTies()).strength, np.ones(self.n_models))

    def replicate(self, rng: np.random.Generator) -> Held:
        """See `Scenario`."""
        evidence = Evidence(self._draw(rng))
        settings = replace(DEFAULT, mean="models")
        weighted = rate_bradley_terry(evidence, settings=replace(settings, weights=("sampling",)))
        even = rate_bradley_terry(evidence, settings=settings)
        shift = weighted.rating - even.rating
        wrong = replace(weighted, lower=even.lower + shift, upper=even.upper + shift)
        return shares(weighted, wrong, self.truth)

    def _chances(self, gap: FloatArray) -> FloatArray:
        weights = np.stack([np.exp(0.5 * gap), np.full(len(gap), self.tie_weight), np.exp(-0.5 * gap)])
        chances: FloatArray = weights / weights.sum(axis=0)
        return chances

    def _draw(self, rng: np.random.Generator) -> Battles:
        first, second = np.triu_indices(self.n_models, 1)
        n_pairs = len(first)
        points, met = np.ones(n_pairs), np.full(n_pairs, 2.0)
        pairs, places, chances = [], [], []
        for _ in range(self.n_batches):
            share = points / met
            closeness = (share * (1.0 - share)) ** 2
            probability = 0.9 * closeness / closeness.sum() + 0.1 / n_pairs
            pair = rng.choice(n_pairs, self.batch, p=probability)
            told = self._chances(self.strength[first[pair]] - self.strength[second[pair]])
            place = (rng.random(self.batch) > np.cumsum(told, axis=0)[:2]).sum(axis=0)
            points += np.bincount(pair, 1.0 - 0.5 * place, n_pairs)
            met += np.bincount(pair, minlength=n_pairs)
            pairs.append(pair)
            places.append(place)
            chances.append(probability[pair])
        chosen = np.concatenate(pairs)
        outcome = np.array([MODEL_A, TIE, MODEL_B], np.int8)[np.concatenate(places)]
        names = tuple(f"m{code:02d}" for code in range(self.n_models))
        sides = (first[chosen].astype(np.int32), second[chosen].astype(np.int32))
        return replace(Battles.of_codes(names, *sides, outcome), probability=np.concatenate(chances))
