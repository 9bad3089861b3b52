"""Selects the examples before a question: the first, fixed places, at random with a seed, or similar ones."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from objective.causes import Cause, CauseCode, TaskProblem
from objective.task import Item
from storage.errors import BadInput

ShotPolicy = Literal["first", "fixed", "random", "bm25"]


@dataclass(frozen=True)
class ShotSelection:
    """How examples are selected; one selection serves a whole task, so that its prompts share their beginning.

    Attributes:
        policy: the first examples of the pool, those at `places`, a random selection, or `bm25`, which selects for each
            question those most similar to it, so that prompts share nothing and take longer.
        count: number of examples; for `fixed`, the number of places.
        places: positions in the pool, from 0.
        seed: seed of the random selection.
    """

    policy: ShotPolicy
    count: int
    places: tuple[int, ...] = ()
    seed: int = 0


def parse_shots(text: str, *, seed: int = 0) -> ShotSelection:
    """Parse `5` (the first five), `random:5`, `bm25:5`, or `fixed:0,3,4`.

    Raises:
        BadInput: the text has none of these forms.
    """
    match = re.fullmatch(r"(?:(first|random|bm25):)?(\d+)|fixed:(\d+(?:,\d+)*)", text.strip())
    if match is None:
        raise BadInput(f"expected shots as 5, random:5, bm25:5 or fixed:0,3,4, got {text!r}")
    if match.group(3) is not None:
        places = tuple(int(place) for place in match.group(3).split(","))
        return ShotSelection("fixed", len(places), places)
    if match.group(1) == "random":
        return ShotSelection("random", int(match.group(2)), seed=seed)
    return ShotSelection("bm25" if match.group(1) == "bm25" else "first", int(match.group(2)))


def choose_shots(pool: Sequence[Item], choice: ShotSelection, *, task: str) -> tuple[Item, ...]:
    """Select the examples of a task, in the order in which they are shown; for `bm25`, all that may be shown.

    Args:
        pool: examples to select from.
        choice: how to select.
        task: name of the task, for error messages and to vary the random selection between tasks with one seed.

    Raises:
        BadInput: the pool is too small or lacks a position.
    """
    needed = max(choice.places, default=-1) + 1 if choice.policy == "fixed" else choice.count
    if needed > len(pool):
        raise TaskProblem(
            f"expected at least {needed} examples for task {task!r}, got {len(pool)}; lower --shots or add examples",
            Cause(CauseCode.too_few_examples, count=len(pool), limit=needed),
        )
    if choice.policy == "fixed":
        return tuple(pool[place] for place in choice.places)
    if choice.policy == "random":
        return tuple(random.Random(f"{choice.seed}:{task}").sample(list(pool), choice.count))  # noqa: S311  no secret
    return tuple(pool) if choice.policy == "bm25" and choice.count else tuple(pool[: choice.count])
