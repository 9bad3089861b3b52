"""The Bradley-Terry likelihood with a tie as half a win and half a loss.

R. A. Bradley and M. E. Terry, 1952, "Rank analysis of incomplete block designs". With ties it is a quasi-likelihood,
so only a sandwich gives its variance (White, 1982, "Maximum likelihood estimation of misspecified models").
"""

import numpy as np
from scipy.special import expit, log_expit

from arena.rating.counts import OutcomeValues, PairCounts
from storage.ledger.battles import FloatArray


class HalfTies:
    """Expected score sigmoid(gap); ties have no parameter, and their log-probability is that of half of each."""

    name = "bradley-terry"
    has_tie = False
    tie_name = ""

    def tie_value(self, tie: float) -> float:
        """There is none."""
        return tie

    def start(self, tie_share: float) -> float:
        """No parameter, whatever the share."""
        return 0.0

    def slope(self, counts: PairCounts, gap: FloatArray, tie: float | FloatArray) -> tuple[FloatArray, FloatArray]:
        """Points of each pair's first model beyond those expected."""
        return counts.score - counts.battles * expit(gap), np.zeros_like(gap)

    def curvature(self, counts: PairCounts, gap: FloatArray, tie: float) -> tuple[FloatArray, FloatArray, float]:
        """Battles times p (1 - p)."""
        expected = expit(gap)
        return counts.battles * expected * (1.0 - expected), np.zeros_like(gap), 0.0

    def pulls(self, gap: FloatArray, tie: float) -> tuple[OutcomeValues, OutcomeValues]:
        """Score minus expected score; nothing by a tie parameter."""
        expected = expit(gap)
        none = np.zeros_like(gap)
        return (1.0 - expected, -expected, 0.5 - expected), (none, none, none)

    def log_probabilities(self, gap: FloatArray, tie: float) -> OutcomeValues:
        """As if a tie were half of a win and half of a loss; these do not sum to one."""
        win, loss = log_expit(gap), log_expit(-gap)
        return win, loss, 0.5 * (win + loss)

    def win_curve(self, gap: FloatArray, tie: float) -> OutcomeValues:
        """Of the logistic function."""
        expected = expit(gap)
        return log_expit(gap), 1.0 - expected, expected * (1.0 - expected)
