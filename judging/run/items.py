"""Choosing what to judge: single responses, pairs or groups of responses."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType

from judging.run.judge import ALL_TURNS, JudgeItem
from storage.errors import BadInput
from storage.judges.judgeable import Judgeable

ResponsePair = tuple[Judgeable, Judgeable]
PairIds = tuple[int, int, int]
"""Ids of a question and two models."""


def single_responses(responses: Sequence[Judgeable]) -> list[tuple[Judgeable, ...]]:
    """Each response on its own."""
    return [(one,) for one in responses]


def all_pairs(responses: Sequence[Judgeable]) -> list[ResponsePair]:
    """All pairs of responses of different models to the same question with the same sample number."""
    found: list[ResponsePair] = []
    for group in _group_responses(responses).values():
        found += [pair for pair in combinations(group, 2) if pair[0].model != pair[1].model]
    return found


def pairs_with_baseline(responses: Sequence[Judgeable], baseline: int) -> list[ResponsePair]:
    """Each model's response paired with the baseline's response to the same question; the baseline is second."""
    found: list[ResponsePair] = []
    for group in _group_responses(responses).values():
        base = [one for one in group if one.model == baseline]
        found += [(one, two) for two in base for one in group if one.model != baseline]
    return found


def filter_pairs(pairs: Sequence[ResponsePair], kept_ids: Iterable[PairIds]) -> list[ResponsePair]:
    """Keep the pairs whose question and models are listed, regardless of the order of the models."""
    kept = {pair_ids(*ids) for ids in kept_ids}
    return [(one, two) for one, two in pairs if pair_ids(one.question, one.model, two.model) in kept]


def response_groups(responses: Sequence[Judgeable], *, least: int = 2) -> list[tuple[Judgeable, ...]]:
    """Groups of the responses of all models to one question, of at least `least` responses."""
    return [tuple(group) for group in _group_responses(responses).values() if len(group) >= least]


def draw_sample(chosen: Sequence[tuple[Judgeable, ...]], count: int, seed: int) -> list[tuple[Judgeable, ...]]:
    """Draw a random sample without replacement, in the original order; all of them if there are fewer.

    Raises:
        BadInput: The count is below one.
    """
    if count < 1:
        raise BadInput(f"expected a sample of one or more, got {count}; choose a number above 0")
    places = sorted(random.Random(seed).sample(range(len(chosen)), min(count, len(chosen))))  # noqa: S311
    return [chosen[place] for place in places]


def pair_ids(question: int, one: int, other: int) -> PairIds:
    """A question and two models, whichever of the two is named first."""
    return question, min(one, other), max(one, other)


def make_items(
    chosen: Iterable[tuple[Judgeable, ...]],
    *,
    turn: int = ALL_TURNS,
    samples: int = 1,
    chances: Mapping[PairIds, float] = MappingProxyType({}),
) -> list[JudgeItem]:
    """Make the items to judge.

    Args:
        chosen: Groups of responses that are judged together.
        turn: Turn to judge, `ALL_TURNS` for the whole conversation.
        samples: Number of times the judge judges each group.
        chances: Probabilities with which pairs were drawn, as far as they are known.
    """
    return [
        JudgeItem(
            question=group[0].question,
            models=tuple(one.model for one in group),
            responses=tuple(one.response for one in group),
            turn=turn,
            sample=sample,
            probability=chances.get(pair_ids(group[0].question, group[0].model, group[-1].model)) if chances else None,
        )
        for group in chosen
        for sample in range(samples)
    ]


def _group_responses(responses: Sequence[Judgeable]) -> dict[tuple[int, int], list[Judgeable]]:
    """Responses by question and sample number."""
    groups: dict[tuple[int, int], list[Judgeable]] = defaultdict(list)
    for one in responses:
        groups[one.question, one.sample].append(one)
    return groups
