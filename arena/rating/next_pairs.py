"""Which pair of models to ask about next: D-optimal choice for Bradley-Terry ratings, where the order is still open.

One more vote on models i and j shrinks the volume of the ratings' joint uncertainty by a factor that only depends on
how close the result would be and how unsure their difference is: the logarithm of the determinant of the information
grows by log(1 + p (1 - p) Var(difference)), the D-criterion of Kiefer and Wolfowitz (1960, "The equivalence of two
extremum problems", Canad. J. Math. 12, 363-366). Pairs are drawn with a probability proportional to the fourth power of
that gain, times the probability that they are in the wrong order, since votes on a pair in a sure order change no
ranking. A weak prior with a standard deviation of 300 Elo points keeps models without votes finite.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from arena.rating.counts import IntArray, PairCounts
from arena.rating.likelihood import climb, laplacian
from arena.rating.method import ELO_PER_NAT
from storage.ledger.battles import FloatArray

PRIOR_POINTS = 300.0
"""Standard deviation of strengths before any vote, in Elo points."""

SHARPNESS = 4.0
"""Power of the gain; 1 barely differs from uniform draws, much more asks about one pair only."""

LEAST_DOUBT = 1e-3
"""Doubt that is added to that of every pair, so that no weight is zero."""


@dataclass(frozen=True, eq=False)
class PairGains:
    """What one more vote on each pair of models is worth.

    Attributes:
        first: code of the first model of each pair.
        second: code of the second one, larger than the first.
        gain: growth of the logarithm of the information's determinant by one more vote; positive.
        doubt: twice the probability that the pair is in the wrong order, 0 to 1.
        strength: strength of each model in nats, from their mean.
        covariance: covariance of the strengths, squared nats.
    """

    first: IntArray
    second: IntArray
    gain: FloatArray
    doubt: FloatArray
    strength: FloatArray
    covariance: FloatArray

    @property
    def weights(self) -> FloatArray:
        """Weight of each pair in a draw; not normalised, positive."""
        weight: FloatArray = (self.gain / self.gain.max()) ** SHARPNESS * (self.doubt + LEAST_DOUBT)
        return np.asarray(weight / weight.max(), np.float64)

    def matrix(self) -> FloatArray:
        """The weights as a symmetric (n_models, n_models) matrix with a zero diagonal."""
        found = np.zeros((len(self.strength),) * 2)
        found[self.first, self.second] = found[self.second, self.first] = self.weights
        return found


def weak_fit(counts: PairCounts) -> tuple[FloatArray, FloatArray]:
    """Strengths with a weak prior, in nats from their mean, and their covariance; ties count as half a win."""
    n, precision = counts.n_models, (ELO_PER_NAT / PRIOR_POINTS) ** 2
    pairs = (counts.first, counts.second)

    def slope(strength: FloatArray) -> FloatArray:
        excess = counts.score - counts.battles * expit(strength[counts.first] - strength[counts.second])
        return np.asarray(counts.per_model(excess, -excess) - precision * strength, np.float64)

    def curvature(strength: FloatArray) -> FloatArray:
        chance = expit(strength[counts.first] - strength[counts.second])
        matrix = laplacian(n, pairs, counts.battles * chance * (1.0 - chance))
        return np.asarray(matrix + precision * np.eye(n), np.float64)

    strength = climb(slope, curvature, np.zeros(n)).point
    return strength, np.asarray(np.linalg.inv(curvature(strength)), np.float64)


def pair_gains(counts: PairCounts) -> PairGains:
    """The gain of each pair of models after the given battles; ties count as half a win.

    Args:
        counts: battles so far, of two or more models; there may be none.
    """
    n = counts.n_models
    strength, covariance = weak_fit(counts)
    first, second = (side.astype(np.int64) for side in np.triu_indices(n, 1))
    variance = np.diagonal(covariance)
    unsure = np.maximum(variance[first] + variance[second] - 2.0 * covariance[first, second], 1e-12)
    chance = expit(strength[first] - strength[second])
    gain = np.log1p(chance * (1.0 - chance) * unsure)
    doubt = 2.0 * ndtr(-np.abs(strength[first] - strength[second]) / np.sqrt(unsure))
    return PairGains(first, second, gain, doubt, strength, covariance)
