"""A probe of contamination: does a model find the published order of options likelier than other orders?

If a model never saw a question, the order in which its options were published means nothing to it: the options are
exchangeable, and the published order is the likeliest of k orders with probability 1/k at most. A model that was
trained on the published text knows that order. The probe is that of Ni et al. (2024, "Training on the Benchmark Is Not
All You Need", https://arxiv.org/abs/2409.01790) with the exchangeability argument of Oren et al. (2023, "Proving Test
Set Contamination in Black Box Language Models", https://arxiv.org/abs/2310.17623): the number of items whose published
order is the likeliest has, without contamination, a binomial distribution, which gives an exact p-value.

Options are not exchangeable where their order follows a rule, so items are left out whose options are published in
ascending or descending order, or that speak of other options ("all of the above", "以上都对").
"""

import itertools
import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import scipy  # its part `stats` takes a second to load, so it comes with the first probe

from objective.request import FallibleBackend, ScoredContinuation, ScoreRequest
from objective.scoring.numbers import value_of
from objective.task import LETTERS, Item, Task
from storage.errors import BadInput

_ABOVE = re.compile(
    r"\b(?:above|below|both|neither|none|all of)\b|以上|以下|上述|均|都不|都是|[A-E]\s*(?:and|和|、)\s*[A-E]", re.I
)
_LONGEST_EXACT = 5
"""Largest number of options whose orders are all listed before some are drawn."""


@dataclass(frozen=True)
class OrderProbe:
    """What the likelihoods of option orders say about one task.

    Attributes:
        task: name of the task.
        items: number of items that were probed.
        left_out: number of items without exchangeable options, and of items with images, which likelihoods of texts
            would leave out.
        likeliest: number of items whose published order is likelier than every other one.
        expected: expected number of such items without contamination.
        mean_rank: mean place of the published order, from 0 for the likeliest to 1; about 0.5 without contamination.
        p_value: probability of at least as many items if the options are exchangeable.
    """

    task: str
    items: int
    left_out: int
    likeliest: int
    expected: float
    mean_rank: float
    p_value: float


def probe_orders(task: Task, backend: FallibleBackend, *, orders: int, seed: int) -> OrderProbe:
    """Compare the likelihood of each question with its options in the published order and in others.

    Args:
        task: a task with options.
        backend: a model that gives likelihoods.
        orders: number of orders per question, with the published one; fewer where the options have fewer.
        seed: seed of the orders that are drawn.

    Raises:
        BadInput: no item of the task has exchangeable options, or a likelihood is missing.
    """
    chosen = [item for item in task.items if has_exchangeable_options(item)]
    if not chosen:
        raise BadInput(
            f"expected questions without images, with options in no particular order, in {task.name}, got none"
        )
    texts = [list(_texts(item, orders, seed)) for item in chosen]
    flat = [(place, text) for place, own in enumerate(texts) for text in own]
    requests = [ScoreRequest("", text, group=f"{task.name} {place}") for place, text in flat]
    nats = [[math.nan] * len(own) for own in texts]
    starts = list(itertools.accumulate((len(own) for own in texts), initial=0))
    for number, scored in backend.score(requests):
        if not isinstance(scored, ScoredContinuation) or math.isnan(scored.nats):
            raise BadInput(f"expected a likelihood of every order of options in {task.name}, got none for one")
        place = flat[number][0]
        nats[place][number - starts[place]] = scored.nats
    return _summed(task, nats)


def _summed(task: Task, nats: Sequence[Sequence[float]]) -> OrderProbe:
    likeliest = sum(own[0] > max(own[1:]) for own in nats)
    ranks = [sum((other > own[0]) + 0.5 * (other == own[0]) for other in own[1:]) / (len(own) - 1) for own in nats]
    chances = [1.0 / len(own) for own in nats]
    return OrderProbe(
        task=task.name,
        items=len(nats),
        left_out=len(task.items) - len(nats),
        likeliest=likeliest,
        expected=math.fsum(chances),
        mean_rank=math.fsum(ranks) / len(ranks),
        p_value=_at_least(likeliest, chances),
    )


def _at_least(found: int, chances: Sequence[float]) -> float:
    """The probability of at least `found` successes of independent trials with these chances."""
    if len(set(chances)) == 1:
        return float(scipy.stats.binom.sf(found - 1, len(chances), chances[0]))
    shares = [1.0]
    for chance in chances:
        shares = [
            (shares[n] if n < len(shares) else 0.0) * (1 - chance) + (shares[n - 1] * chance if n else 0.0)
            for n in range(len(shares) + 1)
        ]
    return min(1.0, math.fsum(shares[found:]))


def has_exchangeable_options(item: Item) -> bool:
    """Whether the order of an item's options follows no rule that a model could know without having seen it.

    An item with images is none of these, because its text alone is not what was published.
    """
    if item.images or item.kind != "choice" or len(set(item.options)) < len(item.options) or len(item.options) < 3:
        return False
    if any(_ABOVE.search(option) for option in item.options):
        return False
    values = [value_of(option.strip()) for option in item.options]
    keys = [option.casefold().strip() for option in item.options]
    sizes = [len(option) for option in item.options]
    numbers = [value for value in values if value is not None]
    in_order = [_is_sorted(keys), _is_sorted(sizes), len(numbers) == len(values) and _is_sorted(numbers)]
    return not any(in_order)


def _is_sorted(values: Sequence[Any]) -> bool:
    ordered = sorted(values)
    return list(values) in (ordered, ordered[::-1])


def _texts(item: Item, orders: int, seed: int) -> Iterator[str]:
    """The question with its options, first in the published order, then in others."""
    published = tuple(item.options)
    if len(published) <= _LONGEST_EXACT:
        others = [one for one in itertools.permutations(published) if one != published]
        chosen = random.Random(f"{seed} {item.key}").sample(others, min(orders - 1, len(others)))  # noqa: S311
    else:
        draws = random.Random(f"{seed} {item.key}")  # noqa: S311
        chosen, seen = [], {published}
        while len(chosen) < min(orders, math.factorial(len(published))) - 1:
            one = tuple(draws.sample(published, len(published)))
            if one not in seen:
                seen.add(one)
                chosen.append(one)
    for options in (published, *chosen):
        lines = [f"{letter}. {text}" for letter, text in zip(LETTERS, options, strict=False)]
        yield "\n".join([item.question, *lines])
