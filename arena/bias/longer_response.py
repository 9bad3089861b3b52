"""Share of preferences for the longer of two responses, counted as in AlpacaEval."""

from dataclasses import dataclass

import numpy as np

from arena.agreement.clustered import Estimate
from arena.agreement.orders import share_of
from storage.ledger.battles import FloatArray, IdArray

ALIKE_WITHIN = 30
"""Difference in characters up to which two responses count as equally long."""


@dataclass(frozen=True)
class LongerPreference:
    """Preferences on pairs of clearly different length.

    Attributes:
        verdicts: number of preferences for one of the two responses.
        share: share of these preferences for the longer response.
        ties: number of ties on such pairs.
    """

    verdicts: int
    share: Estimate
    ties: int


def prefer_longer(
    lengths: tuple[FloatArray, FloatArray], share: FloatArray, question: IdArray, *, level: float
) -> LongerPreference:
    """Share of decisive preferences for the longer response, where lengths differ by more than 30 characters.

    Args:
        lengths: lengths in characters of the responses of A and of B; NaN if unknown.
        share: share of the point for A, in [0, 1]; NaN where there is none.
        question: code of the question of each row.
        level: confidence of the interval, which is clustered by question.
    """
    apart = lengths[0] - lengths[1]
    clear = (np.abs(apart) > ALIKE_WITHIN) & ~np.isnan(share)
    decisive = clear & (share != 0.5)
    hits = (apart[decisive] > 0.0) == (share[decisive] > 0.5)
    return LongerPreference(
        int(decisive.sum()), share_of(hits, question[decisive], level), int((clear & ~decisive).sum())
    )
