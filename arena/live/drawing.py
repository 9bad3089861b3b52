"""Draw two models by weight, with the probability of every pair.

The first model is drawn in proportion to the weights, its rival in proportion to the weights of the others. Where a
model fails before the rater has seen an answer, a rival for the model that is left is drawn in the same way.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from storage.errors import BadInput


class LivePair(NamedTuple):
    """Two models as they are shown, left first, and the probability of the unordered pair."""

    left: int
    right: int
    probability: float


def draw_pair(weights: Mapping[int, float], random: Callable[[], float]) -> LivePair:
    """Draw two different models, and their sides by a fair coin.

    Args:
        weights: weight of each model by its id, above 0.
        random: draws a number from 0 to below 1.

    Raises:
        BadInput: fewer than two models.
    """
    if len(weights) < 2:
        raise BadInput(f"expected at least two models that can answer, got {len(weights)}; switch more models on")
    first = draw_model(weights, random)
    second = draw_model({model: weight for model, weight in weights.items() if model != first}, random)
    probability = pair_probability(weights, first, second)
    return LivePair(first, second, probability) if random() < 0.5 else LivePair(second, first, probability)


def draw_model(weights: Mapping[int, float], random: Callable[[], float]) -> int:
    """Draw one model in proportion to the weights."""
    models, rest = list(weights), random() * sum(weights.values())
    for model in models:
        rest -= weights[model]
        if rest < 0:
            return model
    return models[-1]


def pair_probability(weights: Mapping[int, float], one: int, other: int) -> float:
    """The probability that these two models are drawn, in either order."""
    total = sum(weights.values())
    first, second = weights[one], weights[other]
    return first / total * second / (total - first) + second / total * first / (total - second)


def shown_probability(weights: Mapping[int, float], one: int, other: int, failed: Collection[int]) -> float:
    """The probability that these two models answer, if the failed ones always fail and the others never.

    A pair is shown when it is drawn, when one of it is drawn with a failed model and the other as the new rival, or
    when two failed models are drawn and then this pair. Over all pairs of models that work it sums to 1.
    """
    broken = [model for model in weights if model in failed]
    working = {model: weight for model, weight in weights.items() if model not in failed}
    total = sum(working.values())
    probability = pair_probability(weights, one, other)
    for model in broken:
        for kept, rival in ((one, other), (other, one)):
            as_rival = working[rival] / (total - working[kept])
            probability += pair_probability(weights, model, kept) * as_rival
    both = sum(pair_probability(weights, a, b) for n, a in enumerate(broken) for b in broken[n + 1 :])
    return probability + both * pair_probability(working, one, other)
