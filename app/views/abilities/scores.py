"""Scores of models by ability: means over the tasks that test it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from app.views.board import category_name
from app.views.number_text import Z_95
from app.views.sentences import say
from arena.leaderboard.two_worlds import ScoresByTask
from objective.catalog import FAMILIES
from storage.values import ABILITIES, Language


@dataclass(frozen=True)
class AbilityScore:
    """The score of one model for one ability.

    Attributes:
        ability: name in `storage.values.ABILITIES`.
        model: name of the model.
        value: unweighted mean over the tasks that the model has a score of, in [0, 1].
        error: its standard error, as of independent tasks; None where a task has none.
        tasks: number of these tasks.
        lacking: number of tasks that other models have a score of, and this one does not.
    """

    ability: str
    model: str
    value: float
    error: float | None
    tasks: int
    lacking: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean, within [0, 1]; None without a standard error."""
        if self.error is None:
            return None
        return max(0.0, self.value - Z_95 * self.error), min(1.0, self.value + Z_95 * self.error)


@cache
def _abilities() -> dict[str, tuple[str, ...]]:
    """The abilities that each task of the catalogue tests; one that its name ends in is the only one."""
    found = {}
    for family in FAMILIES:
        for task in family.tasks:
            named = tuple(one for one in family.abilities if task == f"{family.name}-{one}")
            found[task] = named or family.abilities
    return found


def ability_scores(scores: ScoresByTask) -> list[AbilityScore]:
    """The score of each model for each ability that a task with a score tests, in the order of the abilities.

    Tasks from own files test no ability that we know, and are left out. A task that a model has no score of is left out
    of its mean, never a zero, and counted.
    """
    models = list(dict.fromkeys(model for of_task in scores.values() for model in of_task))
    found = []
    for ability in ABILITIES:
        tasks = [of_task for task, of_task in scores.items() if ability in _abilities().get(task, ())]
        for model in models:
            own = [of_task[model] for of_task in tasks if model in of_task]
            if not own:
                continue
            errors = [one.error for one in own if one.error is not None]
            error = math.sqrt(math.fsum(one**2 for one in errors)) / len(own) if len(errors) == len(own) else None
            value = math.fsum(one.value for one in own) / len(own)
            found.append(AbilityScore(ability, model, value, error, len(own), len(tasks) - len(own)))
    return found


def has_means(scores: Sequence[AbilityScore]) -> bool:
    """Whether some ability is tested by several tasks; the mean over one task says nothing that its score does not."""
    return any(one.tasks + one.lacking > 1 for one in scores)


def ability_text(one: AbilityScore, language: Language) -> str:
    """Model, ability, score and numbers of tasks in one line."""
    ends = "" if one.interval is None else " – ".join(f"{100.0 * end:.1f}" for end in one.interval)
    key = "abilities_hover_lacking" if one.lacking else "abilities_hover"
    return say(
        language,
        key,
        model=one.model,
        ability=category_name(one.ability, language),
        value=f"{100.0 * one.value:.1f} ({ends})" if ends else f"{100.0 * one.value:.1f}",
        n=one.tasks,
        lacking=one.lacking,
    )
