"""A confidence sequence for the win rate of one model against another: an interval that holds at every look.

A fixed interval is right for one look; whoever looks after every rater and stops at the first clear result finds a
difference between equal models far more often than in 5 % of studies. This sequence may be looked at after each block
and stopped whenever one likes: the probability that it *ever* leaves out the true win rate is at most 1 - level.

For each possible win rate m, somebody bets against m block by block and never goes into debt: the capital is multiplied
by 1 + stake * (share - m), the stake being chosen before the block is seen. If m is true, the capital grows beyond
1 / (1 - level) with probability 1 - level at most, whatever the distribution of shares in [0, 1] (Ville's inequality).
The sequence is every m against which no fortune was made (Waudby-Smith and Ramdas, 2024, "Estimating means of bounded
random variables by betting", JRSS B 86, 1-27, https://doi.org/10.1093/jrsssb/qkad009). The guarantee is exact, also
for six blocks, and holds if blocks are independent and have the same expected share.

Stakes follow the normal mixture of Robbins (1970, "Statistical methods related to the law of the iterated logarithm",
Ann. Math. Statist. 41, 1397-1409): capital is split over stakes drawn from a normal distribution, scaled by the
standard deviation of the blocks before. A block of n votes counts by n / (n + 16), the optimal weight for raters whose
tastes differ by a standard deviation of 12 points and whose single votes have a variance of 0.23.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from arena.rating.counts import IntArray
from storage.ledger.battles import FloatArray

LEAST_BLOCKS = 6
"""Fewer blocks cannot decide at 95 %: five raters of one opinion happen by chance in 2 of 32 studies."""

LEAST_RATED = 30
"""With fewer raters, or questions, the normal approximation behind repeated looks at ratings is not good enough."""

TASTE_VARIANCE, VOTE_VARIANCE = 0.0144, 0.23
"""Variances of a rater's own win rate about that of all raters, and of a single vote about it; only a wrong guess of
their ratio costs anything, and it costs width, never the guarantee."""

PRIOR_BLOCKS = 8.0
"""The mixture is narrowest, relative to the best possible, around ten times this number of blocks."""

_MOST_STAKE = 0.97
_NODES = 10
_STEPS = 400
_START, _START_EXCESS = 3.0, 0.7
"""Number of imagined blocks before the first, and their variance relative to the expected one."""


@dataclass(frozen=True)
class Look:
    """What is known after a block.

    Attributes:
        blocks: number of blocks so far.
        votes: number of votes in them.
        estimate: weighted mean share of the new model, 0 to 1.
        lower: lower end of the confidence sequence, 0 to 1.
        upper: upper end, 0 to 1.
    """

    blocks: int
    votes: int
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True, eq=False)
class SequenceResult:
    """A confidence sequence.

    Attributes:
        looks: one look after each block.
        variance: variance of the weighted mean share of a single average block; the mean of t blocks has this over t.
        level: confidence level.
    """

    looks: tuple[Look, ...]
    variance: float
    level: float

    def half_width(self, blocks: float) -> float:
        """Half the expected width after a number of blocks, from the normal mixture in the limit of many blocks."""
        return math.sqrt(self.variance * _evidence_needed(blocks, self.level)) / blocks

    def blocks_for(self, margin: float, *, most: int) -> int | None:
        """Number of blocks until half the width is at most `margin`; None if more than `most` are needed."""
        low, high = LEAST_BLOCKS, most
        if not margin > 0.0 or self.half_width(high) > margin:
            return None
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.half_width(middle) <= margin else (middle + 1, high)
        return low


def block_weights(votes: IntArray) -> FloatArray:
    """Weight of blocks by their number of votes."""
    weights: FloatArray = votes / (votes + VOTE_VARIANCE / TASTE_VARIANCE)
    return weights


def confidence_sequence(share: FloatArray, votes: IntArray, *, level: float = 0.95) -> SequenceResult:
    """The confidence sequence of the win rate over blocks.

    Args:
        share: share of points of the new model in each block, 0 to 1, in the order in which blocks ended.
        votes: number of votes of each block, 1 or more.
        level: probability with which the whole sequence holds.
    """
    nulls = np.linspace(0.0, 1.0, _STEPS + 1)[1:-1]
    weights = block_weights(votes)
    stakes = _stake_scale(share, weights)
    estimates = np.cumsum(weights * share) / np.cumsum(weights)
    totals = np.cumsum(votes)
    capital = _Capital(nulls)
    limit = -math.log(1.0 - level)
    alive = np.ones(len(nulls), np.bool_)
    lower, upper, looks = 0.0, 1.0, []
    for number, (own, stake) in enumerate(zip(share.tolist(), stakes.tolist(), strict=True)):
        capital.bet(own, stake)
        alive &= capital.log_total() < limit
        if alive.any():  # if not, the assumptions failed, and the sequence stays where it was
            inside = np.flatnonzero(alive)
            lower = 0.0 if inside[0] == 0 else float(nulls[inside[0] - 1])
            upper = 1.0 if inside[-1] == len(nulls) - 1 else float(nulls[inside[-1] + 1])
        looks.append(Look(number + 1, int(totals[number]), float(estimates[number]), lower, upper))
    return SequenceResult(tuple(looks), _variance(share, weights), level)


def log_capital(share: FloatArray, votes: IntArray, null: float) -> FloatArray:
    """Logarithm of the capital after each block of whoever bets against a win rate; (n_blocks,).

    The sequence leaves `null` out once this exceeds -log(1 - level).

    Args:
        share: share of points of the new model in each block, 0 to 1.
        votes: number of votes of each block.
        null: win rate that is bet against, between 0 and 1.
    """
    capital = _Capital(np.array([null]))
    found = np.empty(len(share))
    for number, stake in enumerate(_stake_scale(share, block_weights(votes)).tolist()):
        capital.bet(float(share[number]), stake)
        found[number] = capital.log_total()[0]
    return found


class _Capital:
    """Logarithm of the capital of every stake against every null."""

    def __init__(self, nulls: FloatArray) -> None:
        self._nulls = nulls
        self._tilts, self._log_parts = _mixture()
        self._least, self._most = -_MOST_STAKE / (1.0 - nulls), _MOST_STAKE / nulls
        self._log = np.zeros((len(nulls), len(self._tilts)))

    def bet(self, share: float, scale: float) -> None:
        """Bet on one block, whose share is seen after its stakes."""
        stakes = np.clip(self._tilts[None, :] * scale, self._least[:, None], self._most[:, None])
        self._log += np.log1p(stakes * (share - self._nulls)[:, None])

    def log_total(self) -> FloatArray:
        """Logarithm of the total capital against each null."""
        largest = self._log.max(axis=1)
        total: FloatArray = largest + np.log(np.exp(self._log - largest[:, None]) @ self._log_parts)
        return total


@cache
def _mixture() -> tuple[FloatArray, FloatArray]:
    """Stakes in standard units at the middles of equally likely parts of the normal mixture, and these parts."""
    quantiles = 0.5 + (np.arange(_NODES) + 0.5) / _NODES / 2.0
    half: npt.NDArray[np.float64] = ndtri(quantiles) / math.sqrt(PRIOR_BLOCKS)
    return np.concatenate([half, -half]), np.full(2 * _NODES, 0.5 / _NODES)


def _stake_scale(share: FloatArray, weights: FloatArray) -> FloatArray:
    """Scale of the stakes on each block, from the blocks before and the number of votes of this one."""
    count = np.arange(1, len(share) + 1)
    mean_weight = np.cumsum(weights) / count
    mean = (0.5 * _START * mean_weight + np.cumsum(weights * share)) / (_START * mean_weight + np.cumsum(weights))
    squares = np.cumsum((share - mean) ** 2 * weights / TASTE_VARIANCE)
    excess = (_START * _START_EXCESS + squares) / (_START + count)
    before = np.concatenate([[_START_EXCESS], excess[:-1]])
    scale: FloatArray = weights / np.sqrt(TASTE_VARIANCE * before * mean_weight)
    return scale


def _variance(share: FloatArray, weights: FloatArray) -> float:
    if len(share) < 2:
        return math.nan
    mean = float(np.average(share, weights=weights))
    excess = float(np.sum((share - mean) ** 2 * weights)) / (len(share) - 1)
    return excess / float(weights.mean())


def repeated_looks_factor(blocks: float, level: float) -> float:
    """Factor of a standard error that makes an interval of a normal estimate hold at every look.

    It takes the place of 1.96, in the limit of many blocks (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, 2024,
    "Time-uniform central limit theory and asymptotic confidence sequences", Ann. Statist. 52, 2613-2640).

    Args:
        blocks: number of independent blocks behind the estimate.
        level: confidence level.
    """
    return math.sqrt(_evidence_needed(blocks, level) / blocks)


def _evidence_needed(blocks: float, level: float) -> float:
    """Squared boundary of the normal mixture for the sum of standardised blocks."""
    total = blocks + PRIOR_BLOCKS
    return total * (math.log(total / PRIOR_BLOCKS) - 2.0 * math.log(1.0 - level))
