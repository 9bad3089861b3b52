"""Weights of battles, for battles that were not sampled evenly.

If the likelihood is true, uneven sampling does not bias a fit. If it is not, the fit depends on the pairs that met
most, and weights choose the pairs that it should represent.
"""

import numpy as np

from arena.rating.counts import IntArray
from arena.rating.method import Weighting
from storage.errors import BadInput
from storage.ledger.battles import Battles, FloatArray

_LARGEST = 20.0
"""Largest weight, in multiples of the median, so that one rare battle cannot dominate a leaderboard."""


def battle_weights(battles: Battles, names: tuple[Weighting, ...]) -> FloatArray | None:
    """Weight of each battle, with mean one; None if all are equal.

    `sampling` is the inverse of the probability with which the pair was drawn (Chiang et al., 2024, "Chatbot Arena",
    arXiv:2403.04132, section 5); `pairs` is the inverse of the number of battles of the pair, so that all pairs
    have the same weight. Several weights multiply. Weights above 20 times the median are cut there. `raters` is not a
    weight but a fit of its own, see `reliability.py`.

    Raises:
        BadInput: a battle has no known probability, or one outside (0, 1].
    """
    weights = None
    if "sampling" in names:
        weights = _by_probability(battles.probability)
    if "pairs" in names:
        by_pair = 1.0 / _times_met(battles)
        weights = by_pair if weights is None else weights * by_pair
    if weights is None or not len(weights):
        return None
    cut = np.minimum(weights, _LARGEST * float(np.median(weights)))
    scaled: FloatArray = cut / cut.mean()
    return scaled


def _by_probability(probability: FloatArray) -> FloatArray:
    unknown = int(np.isnan(probability).sum())
    if unknown:
        raise BadInput(
            f"expected the sampling probability of every battle, got {unknown} of {len(probability)} without one; "
            "imported battles have none, so leave them out with --campaign, or leave the weights out"
        )
    outside = ~((probability > 0.0) & (probability <= 1.0))
    if outside.any():
        row = int(np.argmax(outside))
        raise BadInput(
            f"expected sampling probabilities above 0 and up to 1, got {float(probability[row])!r} in row {row}"
        )
    inverse: FloatArray = 1.0 / probability
    return inverse


def _times_met(battles: Battles) -> IntArray:
    n = len(battles.models)
    key = np.minimum(battles.a, battles.b).astype(np.int64) * n + np.maximum(battles.a, battles.b)
    if n * n <= max(1 << 20, 4 * len(battles)):
        return np.bincount(key, minlength=n * n)[key]
    _, inverse, times = np.unique(key, return_inverse=True, return_counts=True)
    met: IntArray = times[inverse]
    return met
