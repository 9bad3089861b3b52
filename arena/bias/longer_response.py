"""How often the longer of two responses is preferred, as AlpacaEval counts it."""

from dataclasses import dataclass

import numpy as np

from arena.agreement.clustered import Estimate
from arena.agreement.orders import share_of
from storage.ledger.battles import FloatArray, IdArray

ALIKE_WITHIN = 30
"""Characters by which two responses may differ and still count as equally long."""


@dataclass(frozen=True)
class LongerPreference:
    """Verdicts on pairs of clearly different length.

    Attributes:
        verdicts: that prefer a response.
        share: of them that prefer the longer one.
        ties: verdicts on such pairs that prefer none.
    """

    verdicts: int
    share: Estimate
    ties: int


def prefer_longer(
    lengths: tuple[FloatArray, FloatArray], share: FloatArray, question: IdArray, *, level: float
) -> LongerPreference:
    """Share of decisive verdicts for the longer response, where lengths differ by more than 30 characters.

    Args:
        lengths: characters of A's and of B's response; NaN when unknown.
        share: of A, in [0, 1]; NaN where there is none.
        question: code of each row's question.
        level: confidence of the interval, which takes verdicts on one question as alike.
    """
    apart = lengths[0] - lengths[1]
    clear = (np.abs(apart) > ALIKE_WITHIN) & ~np.isnan(share)
    decisive = clear & (share != 0.5)
    hits = (apart[decisive] > 0.0) == (share[decisive] > 0.5)
    return LongerPreference(
        int(decisive.sum()), share_of(hits, question[decisive], level), int((clear & ~decisive).sum())
    )
