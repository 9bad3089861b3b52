"""What to judge: which responses, alone or against which others."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from judging.run.judge import ALL_TURNS, JudgeItem
from storage.errors import BadInput
from storage.judges.judgeable import Judgeable

ResponsePair = tuple[Judgeable, Judgeable]
PairIds = tuple[int, int, int]
"""A question and two models, as ids."""


def single_responses(responses: Sequence[Judgeable]) -> list[tuple[Judgeable, ...]]:
    """Every response by itself."""
    return [(one,) for one in responses]


def all_pairs(responses: Sequence[Judgeable]) -> list[ResponsePair]:
    """Every two models' responses to one question, of one sample number."""
    found: list[ResponsePair] = []
    for group in _group_responses(responses).values():
        found += [pair for pair in combinations(group, 2) if pair[0].model != pair[1].model]
    return found


def pairs_with_baseline(responses: Sequence[Judgeable], baseline: int) -> list[ResponsePair]:
    """Every model's response with the baseline's to the same question; the baseline stands second."""
    found: list[ResponsePair] = []
    for group in _group_responses(responses).values():
        base = [one for one in group if one.model == baseline]
        found += [(one, two) for two in base for one in group if one.model != baseline]
    return found


def filter_pairs(pairs: Sequence[ResponsePair], wanted: Iterable[PairIds]) -> list[ResponsePair]:
    """Those pairs whose question and models are wanted, in whichever order the models are named."""
    kept = {(question, min(a, b), max(a, b)) for question, a, b in wanted}
    return [
        (one, two) for one, two in pairs if (one.question, min(one.model, two.model), max(one.model, two.model)) in kept
    ]


def response_groups(responses: Sequence[Judgeable], *, least: int = 2) -> list[tuple[Judgeable, ...]]:
    """All models' responses to one question beside each other, where there are enough of them."""
    return [tuple(group) for group in _group_responses(responses).values() if len(group) >= least]


def draw_sample(chosen: Sequence[tuple[Judgeable, ...]], count: int, seed: int) -> list[tuple[Judgeable, ...]]:
    """So many of them, each as likely as any other, in their order.

    Raises:
        BadInput: fewer than one is asked for.
    """
    if count < 1:
        raise BadInput(f"expected a sample of one or more, got {count}; give a number above 0")
    places = sorted(random.Random(seed).sample(range(len(chosen)), min(count, len(chosen))))  # noqa: S311
    return [chosen[place] for place in places]


def make_items(chosen: Iterable[tuple[Judgeable, ...]], *, turn: int = ALL_TURNS, samples: int = 1) -> list[JudgeItem]:
    """Items to judge, each so many times.

    Args:
        chosen: responses that are judged together.
        turn: that is judged, `ALL_TURNS` for all of them.
        samples: verdicts of the same judge on each.
    """
    return [
        JudgeItem(
            question=group[0].question,
            models=tuple(one.model for one in group),
            responses=tuple(one.response for one in group),
            turn=turn,
            sample=sample,
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
