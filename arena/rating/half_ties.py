"""The Bradley-Terry likelihood with a tie as half a win and half a loss.

R. A. Bradley and M. E. Terry, 1952, "Rank analysis of incomplete block designs". With ties it is a quasi-likelihood,
so only a sandwich gives its variance (White, 1982, "Maximum likelihood estimation of misspecified models").
"""

import numpy as np
from scipy.special import expit, log_expit

from arena.rating.counts import OutcomeValues, PairCounts
from storage.ledger.battles import FloatArray


class HalfTies:
    """Expected score sigmoid(gap); ties have no parameter, and a tie counts as half a win and half a loss."""

    name = "bradley-terry"
    has_tie = False
    tie_name = ""

    def tie_value(self, tie: float) -> float:
        """The argument itself, since there is no tie parameter."""
        return tie

    def start(self, tie_share: float) -> float:
        """Zero, since there is no tie parameter."""
        return 0.0

    def slope(self, counts: PairCounts, gap: FloatArray, tie: float | FloatArray) -> tuple[FloatArray, FloatArray]:
        """Points of each pair's first model beyond those expected."""
        return counts.score - counts.battles * expit(gap), np.zeros_like(gap)

    def curvature(self, counts: PairCounts, gap: FloatArray, tie: float) -> tuple[FloatArray, FloatArray, float]:
        """Battles times p (1 - p)."""
        expected = expit(gap)
        return counts.battles * expected * (1.0 - expected), np.zeros_like(gap), 0.0

    def pulls(self, gap: FloatArray, tie: float) -> tuple[OutcomeValues, OutcomeValues]:
        """Score minus expected score; zero for the tie parameter."""
        expected = expit(gap)
        none = np.zeros_like(gap)
        return (1.0 - expected, -expected, 0.5 - expected), (none, none, none)

    def log_probabilities(self, gap: FloatArray, tie: float) -> OutcomeValues:
        """A tie is the mean of a win and a loss, so the probabilities do not sum to one."""
        win, loss = log_expit(gap), log_expit(-gap)
        return win, loss, 0.5 * (win + loss)

    def win_curve(self, gap: FloatArray, tie: float) -> OutcomeValues:
        """Log-probability of a win by the logistic function, and its derivatives."""
        expected = expit(gap)
        return log_expit(gap), 1.0 - expected, expected * (1.0 - expected)
