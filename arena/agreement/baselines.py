"""Baseline judges that read no response. A useful judge agrees with people clearly more often than these do."""

import numpy as np

from storage.ledger.battles import FloatArray

LONGEST = "longest"
BASELINES = (LONGEST, "first", "random")
"""Prefer the longer response; prefer the one shown first; choose win, tie or loss at random."""


def longest_shares(lengths: tuple[FloatArray, FloatArray]) -> FloatArray:
    """A's share of a judge that prefers the longer response: 1, 0, 0.5 for equal lengths; NaN for an unknown one.

    Args:
        lengths: lengths of the responses of A and of B, in any unit.
    """
    return np.asarray(0.5 + 0.5 * np.sign(lengths[0] - lengths[1]), np.float64)


def random_shares(number: int, seed: int) -> FloatArray:
    """A's share of a judge that chooses win, tie or loss with equal probability, `number` times."""
    return np.random.default_rng(seed).integers(0, 3, number) / 2.0
