"""Which examples a model is shown before a question: the first, fixed ones, or a random draw with a seed."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from objective.task import Item
from storage.errors import BadInput

Policy = Literal["first", "fixed", "random"]


@dataclass(frozen=True)
class ShotChoice:
    """How examples are chosen; one choice serves a whole task, so that its prompts share their beginning.

    Attributes:
        policy: the first ones, those at `places`, or a draw.
        count: how many; for `fixed` the number of places.
        places: positions in the pool, from 0.
        seed: of the draw.
    """

    policy: Policy
    count: int
    places: tuple[int, ...] = ()
    seed: int = 0


def parse_shots(text: str, *, seed: int = 0) -> ShotChoice:
    """Read `5` (the first five), `random:5`, or `fixed:0,3,4`.

    Raises:
        BadInput: anything else.
    """
    match = re.fullmatch(r"(?:(first|random):)?(\d+)|fixed:(\d+(?:,\d+)*)", text.strip())
    if match is None:
        raise BadInput(f"expected shots as 5, random:5 or fixed:0,3,4, got {text!r}")
    if match.group(3) is not None:
        places = tuple(int(place) for place in match.group(3).split(","))
        return ShotChoice("fixed", len(places), places)
    if match.group(1) == "random":
        return ShotChoice("random", int(match.group(2)), seed=seed)
    return ShotChoice("first", int(match.group(2)))


def choose_shots(pool: Sequence[Item], choice: ShotChoice, *, task: str) -> tuple[Item, ...]:
    """The examples of a task, in the order in which they are shown.

    Args:
        pool: examples to choose from.
        choice: how.
        task: its name, for the message and so that tasks with one seed draw apart.

    Raises:
        BadInput: the pool is too small, or lacks a place.
    """
    needed = max(choice.places, default=-1) + 1 if choice.policy == "fixed" else choice.count
    if needed > len(pool):
        raise BadInput(
            f"expected at least {needed} examples for task {task!r}, got {len(pool)}; lower --shots or add examples"
        )
    if choice.policy == "fixed":
        return tuple(pool[place] for place in choice.places)
    if choice.policy == "random":
        return tuple(random.Random(f"{choice.seed}:{task}").sample(list(pool), choice.count))  # noqa: S311  no secret
    return tuple(pool[: choice.count])
