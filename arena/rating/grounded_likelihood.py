"""Rao and Kupper's likelihood with an absolute zero: "not acceptable" competes in every battle with strength one.

The grounded model of LMArena's "Prompt-to-Leaderboard" (arXiv 2502.14855). With x and y the log-strengths of first and
second, p = e^x, q = e^y and theta = 1 + e^k: win p / (p + theta q + 1), loss q / (q + theta p + 1), both bad
1 / (1 + p + q), tie the rest. A single response is acceptable with probability p / (1 + p), so satisfaction scores
and battles depend on the same strengths.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from arena.rating.counts import PairCounts
from storage.ledger.battles import FloatArray

RESULTS = 4
"""Win, loss, tie, both bad, in this order."""

_STEP = 1e-5


@dataclass(frozen=True, eq=False)
class GroundedEvidence:
    """Data of the likelihood.

    Attributes:
        counts: battles of each pair.
        accepted: sum of the satisfaction scores of each model, each from 0 to 1; (n_models,).
        scored: number of satisfaction scores of each model, (n_models,).
        precision: precision of the normal prior around zero on each log-strength.
    """

    counts: PairCounts
    accepted: FloatArray
    scored: FloatArray
    precision: float

    @property
    def results(self) -> FloatArray:
        """Battles of each result and pair, (4, n_pairs); an expected score is shared between win and loss."""
        counts = self.counts
        return np.stack([counts.won, counts.lost, counts.ties, counts.both_bad])


def probabilities(first: FloatArray, second: FloatArray, threshold: float) -> FloatArray:
    """Probabilities of the four results, (4, n); `threshold` is k."""
    return _with_derivatives(first, second, threshold)[0]


def pulls(first: FloatArray, second: FloatArray, threshold: float) -> FloatArray:
    """Derivative of the log-probability of each result by x, y and k; (4, 3, n)."""
    chances, slopes = _with_derivatives(first, second, threshold)
    return slopes / np.maximum(chances, 1e-300)[:, None, :]


def log_likelihood(evidence: GroundedEvidence, strengths: FloatArray, threshold: float) -> float:
    """Log-likelihood of all battles and scores, plus the log-density of the prior."""
    first, second = strengths[evidence.counts.first], strengths[evidence.counts.second]
    battles = np.sum(evidence.results * np.log(np.maximum(probabilities(first, second, threshold), 1e-300)))
    accepted = np.sum(evidence.accepted * strengths - evidence.scored * np.logaddexp(0.0, strengths))
    return float(battles + accepted - 0.5 * evidence.precision * (strengths @ strengths + threshold**2))


def slope(evidence: GroundedEvidence, strengths: FloatArray, threshold: float) -> FloatArray:
    """Derivative of the log-likelihood by each log-strength and, last, by k; (n_models + 1,)."""
    pair = _pair_slopes(evidence, strengths, threshold)
    by_model = evidence.counts.per_model(pair[0], pair[1])
    by_model += evidence.accepted - evidence.scored * expit(strengths) - evidence.precision * strengths
    return np.append(by_model, pair[2].sum() - evidence.precision * threshold)


def expected_information(evidence: GroundedEvidence, strengths: FloatArray, threshold: float) -> FloatArray:
    """Fisher's information, (n_models + 1, n_models + 1): positive definite everywhere, for climbing."""
    first, second = strengths[evidence.counts.first], strengths[evidence.counts.second]
    chances, slopes = _with_derivatives(first, second, threshold)
    weight = evidence.counts.battles / np.maximum(chances, 1e-300)
    blocks = np.einsum("rip,rjp,rp->ijp", slopes, slopes, weight)
    return _assemble(evidence, strengths, blocks)


def observed_information(evidence: GroundedEvidence, strengths: FloatArray, threshold: float) -> FloatArray:
    """Negative second derivative, by central differences of the exact slopes of each pair."""
    counts = evidence.counts
    blocks = np.empty((3, 3, len(counts.first)))
    for axis in range(3):
        step = np.zeros((3, len(counts.first)))
        step[axis] = _STEP
        sides = []
        for sign in (1.0, -1.0):
            first, second = strengths[counts.first] + sign * step[0], strengths[counts.second] + sign * step[1]
            moved = threshold + sign * _STEP * (axis == 2)
            sides.append(np.einsum("rp,rip->ip", evidence.results, pulls(first, second, moved)))
        blocks[axis] = (sides[1] - sides[0]) / (2.0 * _STEP)
    return _assemble(evidence, strengths, 0.5 * (blocks + blocks.transpose(1, 0, 2)))


def _with_derivatives(first: FloatArray, second: FloatArray, threshold: float) -> tuple[FloatArray, FloatArray]:
    """Probabilities (4, n) and their derivatives by x, y and k (4, 3, n); the greatest strength is divided out."""
    top = np.maximum(np.maximum(first, second), 0.0)
    p, q, one = np.exp(first - top), np.exp(second - top), np.exp(-top)
    excess = float(np.exp(min(threshold, 700.0)))
    theta = 1.0 + excess
    down_win, down_loss, down_bad = p + theta * q + one, q + theta * p + one, one + p + q
    win, loss, bad = p / down_win, q / down_loss, one / down_bad
    slopes = np.zeros((RESULTS, 3, len(first)))
    slopes[0] = win * (1.0 - win), -win * theta * q / down_win, -win * excess * q / down_win
    slopes[1] = -loss * theta * p / down_loss, loss * (1.0 - loss), -loss * excess * p / down_loss
    slopes[3] = -bad * p / down_bad, -bad * q / down_bad, np.zeros(len(first))
    slopes[2] = -(slopes[0] + slopes[1] + slopes[3])
    # 1 - win - loss - bad, without the cancellation: every term below is positive.
    tie = excess * p * q * (1.0 / (down_bad * down_win) + 1.0 / (down_bad * down_loss))
    return np.stack([win, loss, tie, bad]), slopes


def _pair_slopes(evidence: GroundedEvidence, strengths: FloatArray, threshold: float) -> FloatArray:
    first, second = strengths[evidence.counts.first], strengths[evidence.counts.second]
    summed: FloatArray = np.einsum("rp,rip->ip", evidence.results, pulls(first, second, threshold))
    return summed


def _assemble(evidence: GroundedEvidence, strengths: FloatArray, blocks: FloatArray) -> FloatArray:
    """The matrix of all parameters from a 3 by 3 block of each pair, the scores and the prior."""
    counts, n = evidence.counts, evidence.counts.n_models
    matrix = np.zeros((n + 1, n + 1))
    np.add.at(matrix, (counts.first, counts.first), blocks[0, 0])
    np.add.at(matrix, (counts.second, counts.second), blocks[1, 1])
    np.add.at(matrix, (counts.first, counts.second), blocks[0, 1])
    np.add.at(matrix, (counts.second, counts.first), blocks[0, 1])
    matrix[n, :n] = matrix[:n, n] = counts.per_model(blocks[0, 2], blocks[1, 2])
    matrix[n, n] = blocks[2, 2].sum()
    accepted = expit(strengths)
    matrix[np.arange(n), np.arange(n)] += evidence.scored * accepted * (1.0 - accepted)
    return matrix + evidence.precision * np.eye(n + 1)
