"""Models without a finite maximum of the likelihood: undefeated, winless, or linked to the rest in one direction only.

Within a block the maximum exists and stays exact. Only the distances between blocks are unbounded, so only these get
a weak prior, and an interval that is open on the side where the battles set no end. An undefeated block therefore
does not change the ratings of other models.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, eye_array

from arena.rating.connection import one_way_pairs, reach
from arena.rating.counts import IndexArray, IntArray, OutcomeValues, PairCounts
from arena.rating.likelihood import Maximum, climb, laplacian, sparse_laplacian
from storage.ledger.battles import FloatArray

PRIOR_SD_NATS = 300.0 * math.log(10.0) / 400.0
"""Standard deviation of the prior on the distance between blocks: 300 Elo points."""

_HALVINGS = 80
_MOST_DENSE = 2000
"""Number of blocks above which their offsets are fitted with a sparse matrix."""


@dataclass(frozen=True, eq=False)
class Placement:
    """Positions of the blocks of one island.

    Attributes:
        offset: offset of the strengths inside each block, nats; shape (n_blocks,).
        lower: least offset that the battles allow at the given confidence; -inf where they set no end.
        upper: greatest offset that the battles allow; inf where they set no end.
        converged: whether the penalised fit reached its tolerance.
        iterations: Newton steps.
    """

    offset: FloatArray
    lower: FloatArray
    upper: FloatArray
    converged: bool
    iterations: int


def find_core(counts: PairCounts, block: IntArray) -> int | None:
    """The block that fixes the scale: two or more models, and more battles inside than any other block.

    None if there is no such block, or several.
    """
    inside = block[counts.first] == block[counts.second]
    battles = np.bincount(block[counts.first[inside]], counts.battles[inside], minlength=int(block.max()) + 1)
    most = np.flatnonzero((battles == battles.max()) & (battles > 0.0))
    return int(most[0]) if len(most) == 1 else None


class WinCurve(Protocol):
    """Log-probability of a win by the gap, its derivative, and its negative second derivative."""

    def __call__(self, gap: FloatArray, /) -> OutcomeValues:
        """The three values at each gap."""


def place_blocks(
    counts: PairCounts,
    block: IntArray,
    strengths: FloatArray,
    curve: WinCurve,
    *,
    core: int | None,
    level: float,
) -> Placement:
    """Place the blocks of one island relative to its core, or to each other when there is no core.

    Args:
        counts: the battles of the island.
        block: block of each model.
        strengths: strength of each model within its block, nats.
        curve: probability of a win.
        core: block with offset zero.
        level: confidence; a one-sided end leaves (1 - level) / 2 outside.
    """
    top = _fit_offsets(counts, block, strengths, curve, core)
    tail = (1.0 - level) / 2.0
    lower, upper = _bound_offsets(counts, block, strengths + top.point[block], curve, core=core, tail=tail)
    lower, upper = lower + top.point, upper + top.point
    if core is not None:
        lower[core] = upper[core] = 0.0
    return Placement(top.point, lower, upper, top.converged, top.iterations)


def _fit_offsets(
    counts: PairCounts, block: IntArray, strengths: FloatArray, curve: WinCurve, core: int | None
) -> Maximum:
    """Maximum of the likelihood of the battles between blocks times a normal prior on each offset."""
    n_blocks = int(block.max()) + 1
    pairs, winner, loser = one_way_pairs(counts, block)
    battles, gap = counts.battles[pairs], strengths[winner] - strengths[loser]
    up, down = block[winner], block[loser]
    free = np.arange(n_blocks) if core is None else np.delete(np.arange(n_blocks), core)
    precision = 1.0 / PRIOR_SD_NATS**2
    offset = np.zeros(n_blocks)

    def at(point: FloatArray) -> OutcomeValues:
        offset[free] = point
        return curve(offset[up] - offset[down] + gap)

    def slope(point: FloatArray) -> FloatArray:
        pull = battles * at(point)[1]
        total = np.bincount(up, pull, n_blocks) - np.bincount(down, pull, n_blocks)
        return np.asarray(total[free] - precision * point, np.float64)

    def curvature(point: FloatArray) -> FloatArray | csr_array:
        bend = at(point)[2]
        met, pair = np.unique(np.minimum(up, down) * n_blocks + np.maximum(up, down), return_inverse=True)
        weights = np.bincount(pair, battles * bend, len(met)).astype(np.float64)
        ends = (met // n_blocks, met % n_blocks)
        if n_blocks > _MOST_DENSE:
            return (sparse_laplacian(n_blocks, ends, weights)[free][:, free] + precision * eye_array(len(free))).tocsr()
        matrix = laplacian(n_blocks, ends, weights)
        return matrix[np.ix_(free, free)] + precision * np.eye(len(free))

    top = climb(slope, curvature, np.zeros(len(free)))
    offset[free] = top.point
    return Maximum(offset, top.converged, top.iterations)


def _bound_offsets(
    counts: PairCounts, block: IntArray, strengths: FloatArray, curve: WinCurve, *, core: int | None, tail: float
) -> tuple[FloatArray, FloatArray]:
    """Shifts (lower, upper) of each block at which its results have probability `tail`.

    A block above the core won all its battles against it: moved down, those wins become improbable, which is the
    Clopper-Pearson bound of a binomial without a failure. Only battles against the core are used, and the core
    is taken as known; leaving battles out widens the bound. Without a core, a block that only won, or only lost,
    is bounded by all its opponents as placed.
    """
    n_blocks = int(block.max()) + 1
    pairs, winner, loser = one_way_pairs(counts, block)
    battles, gap = counts.battles[pairs], strengths[winner] - strengths[loser]
    up, down = block[winner], block[loser]
    if core is None:
        above, below = ~np.isin(np.arange(n_blocks), down), ~np.isin(np.arange(n_blocks), up)
        above_pairs, below_pairs = above[up], below[down]
    else:
        beaten, unbeaten = reach(counts, int(np.flatnonzero(block == core)[0]))
        above, below = np.zeros(n_blocks, bool), np.zeros(n_blocks, bool)
        above[block[unbeaten]], below[block[beaten]] = True, True
        above_pairs, below_pairs = down == core, up == core

    log_tail = math.log(tail)
    farthest = 2.0 * (float(np.max(np.abs(gap), initial=0.0)) + math.log1p(float(battles.sum())) + 1.0 - log_tail)
    farthest += 2.0 * abs(float(curve(np.zeros(1))[0][0]))

    def greatest(of: IndexArray, chosen: npt.NDArray[np.bool_]) -> FloatArray:
        """Shift at which a block's wins have probability `tail`, by bisection; inf for a block without a pair.

        The probability of winning all battles with gaps `gap - shift` falls from one to zero as the shift grows.
        """
        mine, number, start = of[chosen], battles[chosen], gap[chosen]
        low, high = np.full(n_blocks, -farthest), np.full(n_blocks, farthest)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            likely = np.bincount(mine, number * curve(start - middle[mine])[0], n_blocks) > log_tail
            low, high = np.where(likely, middle, low), np.where(likely, high, middle)
        return np.where(np.isin(np.arange(n_blocks), mine), low, np.inf)

    lower, upper = -greatest(up, above_pairs), greatest(down, below_pairs)
    return np.where(above, lower, -np.inf), np.where(below, upper, np.inf)
