"""Rao and Kupper's model of ties: raters only prefer a model that leads by more than a threshold.

P. V. Rao and L. L. Kupper, 1967, "Ties in paired-comparison experiments: a generalization of the Bradley-Terry model".
With d the gap and threshold eta >= 0: win sigmoid(d - eta), loss sigmoid(-d - eta), tie the rest, which equals
(e^(2 eta) - 1) times the product of the two. The tie parameter here is log(e^(2 eta) - 1), any real number, in which
the log-likelihood is concave together with the strengths.
"""

import numpy as np
from scipy.special import expit, log_expit

from arena.rating.counts import OutcomeValues, PairCounts
from arena.rating.evidence import Evidence
from arena.rating.method import ELO_PER_NAT, Ratings, RatingSettings
from arena.rating.pair_rating import rate_pairs
from storage.ledger.battles import FloatArray

RAO_KUPPER = "rao-kupper"


class RaoKupper:
    """Rao and Kupper's likelihood; `tie` is log(e^(2 eta) - 1)."""

    name = RAO_KUPPER
    has_tie = True
    tie_name = "eta"

    def tie_value(self, tie: float) -> float:
        """Eta in Elo points: the lead at which a model is preferred in half of the battles."""
        return ELO_PER_NAT * threshold_of(tie)

    def tie_of(self, value: float) -> float:
        """The tie parameter of an eta in Elo points; minus infinity for 0."""
        return float(np.log(np.expm1(2.0 * value / ELO_PER_NAT))) if value > 0.0 else -np.inf

    def start(self, tie_share: float) -> float:
        """At equal strengths a tie has probability tanh(eta / 2)."""
        return float(np.log(np.expm1(4.0 * np.arctanh(tie_share))))

    def slope(self, counts: PairCounts, gap: FloatArray, tie: float | FloatArray) -> tuple[FloatArray, FloatArray]:
        """A tie counts as a win and a loss at once, minus the effect of the threshold."""
        threshold = 0.5 * np.logaddexp(0.0, tie)
        up = (counts.won + counts.draws) * expit(threshold - gap)
        down = (counts.lost + counts.draws) * expit(threshold + gap)
        return up - down, counts.draws - 0.5 * expit(tie) * (up + down)

    def curvature(self, counts: PairCounts, gap: FloatArray, tie: float) -> tuple[FloatArray, FloatArray, float]:
        """By the chain rule through the threshold."""
        threshold, rate = threshold_of(tie), 0.5 * float(expit(tie))
        up, down = expit(threshold - gap), expit(threshold + gap)
        above, below = counts.won + counts.draws, counts.lost + counts.draws
        high, low = above * up * (1.0 - up), below * down * (1.0 - down)
        bend = rate * (1.0 - 2.0 * rate)
        by_tie = bend * np.sum(above * up + below * down) + rate**2 * np.sum(high + low)
        return high + low, rate * (low - high), float(by_tie)

    def pulls(self, gap: FloatArray, tie: float) -> tuple[OutcomeValues, OutcomeValues]:
        """Derivatives of the log-probabilities of a win, a loss and a tie."""
        threshold, rate = threshold_of(tie), 0.5 * float(expit(tie))
        up, down = expit(threshold - gap), expit(threshold + gap)
        return (up, -down, up - down), (-rate * up, -rate * down, 1.0 - rate * (up + down))

    def log_probabilities(self, gap: FloatArray, tie: float) -> OutcomeValues:
        """Log-probabilities of a win, a loss and a tie."""
        threshold = threshold_of(tie)
        win, loss = log_expit(gap - threshold), log_expit(-gap - threshold)
        return win, loss, tie + win + loss

    def win_curve(self, gap: FloatArray, tie: float) -> OutcomeValues:
        """Log-probability of a win, log sigmoid(d - eta), and its derivatives."""
        threshold = threshold_of(tie)
        doubt = expit(threshold - gap)
        return log_expit(gap - threshold), doubt, doubt * (1.0 - doubt)


def threshold_of(tie: float) -> float:
    """Eta from the tie parameter; 0 for minus infinity."""
    return 0.5 * float(np.logaddexp(0.0, tie))


def rate_rao_kupper(evidence: Evidence, *, settings: RatingSettings) -> Ratings:
    """Rate models by Rao and Kupper's likelihood; see `rate_pairs` for intervals, islands and errors.

    eta, in Elo points, is one of the coefficients.
    """
    return rate_pairs(evidence, settings, RaoKupper())
