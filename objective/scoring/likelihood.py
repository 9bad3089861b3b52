"""Scorers of likelihoods: several right options (mc1, mc2), and continuations that a model would write itself."""

import math
from collections.abc import Sequence

from objective.request import ScoredContinuation
from objective.scoring.registry import Scorer, Values
from objective.task import Item


def _mc1(item: Item, texts: Sequence[str], scored: Sequence[ScoredContinuation]) -> Values | None:
    """Whether the likeliest option is right."""
    del texts
    if any(math.isnan(one.nats) for one in scored):
        return None
    best = max(range(len(scored)), key=lambda place: scored[place].nats)
    return {"accuracy": float(item.letters[best] in _right_letters(item))}


def _mc2(item: Item, texts: Sequence[str], scored: Sequence[ScoredContinuation]) -> Values | None:
    """Share of the right options in the likelihood of all options (Lin et al., 2022, TruthfulQA)."""
    del texts
    nats = [one.nats for one in scored]
    if any(math.isnan(one) for one in nats) or max(nats) == -math.inf:
        return None
    weights = [math.exp(one - max(nats)) for one in nats]
    right = math.fsum(
        weight for letter, weight in zip(item.letters, weights, strict=True) if letter in _right_letters(item)
    )
    return {"right_share": right / math.fsum(weights)}


def _greedy(item: Item, texts: Sequence[str], scored: Sequence[ScoredContinuation]) -> Values | None:
    """Whether every token of the right continuation is the likeliest at its position."""
    del texts
    right = _right_place(item)
    return None if math.isnan(scored[right].nats) else {"accuracy": float(scored[right].greedy)}


def _perplexity(items: Sequence[Item], scored: Sequence[Sequence[ScoredContinuation]]) -> float:
    """The exponential of the mean negative log-likelihood of a right continuation, as for LAMBADA."""
    nats = [of_item[_right_place(item)].nats for item, of_item in zip(items, scored, strict=True)]
    return math.exp(-math.fsum(nats) / len(nats))


def _right_place(item: Item) -> int:
    return item.letters.index(item.gold[0])


def _right_letters(item: Item) -> str:
    return "".join(item.gold)


MC1 = Scorer("mc1", 1, ("accuracy",), score_options=_mc1)
MC2 = Scorer("mc2", 1, ("right_share",), score_options=_mc2)
GREEDY_ACCURACY = Scorer(
    "greedy_accuracy", 1, ("accuracy",), score_options=_greedy, corpus_options={"perplexity": _perplexity}
)
