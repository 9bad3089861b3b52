"""Scores of models by ability: means over the tasks that test it, as numbers and as bars."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import plotly.graph_objects as go

from app.views.board import category_name
from app.views.chart_style import axis_label, dress, plain
from app.views.sentences import say
from arena.leaderboard.two_worlds import ScoresByTask
from objective.catalog import FAMILIES
from storage.values import ABILITIES, Language

MOST_MODELS = 6
"""Largest number of models that get bars; tables have all of them."""
_COLOURS = ("#4a86c5", "#c9772b", "#3f9a6b", "#a15fb5", "#b3903a", "#7d8794")
_BAR, _EDGES = 15, 78


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


def ability_figure(scores: Sequence[AbilityScore], language: Language) -> go.Figure:
    """Bars of 0 to 100 by ability from top to bottom, one colour per model; a missing score has no bar."""
    models = list(dict.fromkeys(one.model for one in scores))[:MOST_MODELS]
    abilities = list(dict.fromkeys(one.ability for one in scores))
    names = {ability: axis_label(category_name(ability, language)) for ability in abilities}
    figure = go.Figure()
    for model, colour in zip(models, _COLOURS, strict=False):
        own = [one for one in scores if one.model == model]
        figure.add_bar(
            orientation="h",
            name=axis_label(model),
            y=[names[one.ability] for one in own],
            x=[100.0 * one.value for one in own],
            error_x={
                "type": "data",
                "array": [100.0 * (one.error or 0.0) for one in own],
                "thickness": 1.2,
                "width": 0,
                "color": "rgba(128,128,128,0.8)",
            },
            marker={"color": colour},
            customdata=[plain(ability_text(one, language)) for one in own],
            hovertemplate="%{customdata}<extra></extra>",
        )
    dress(figure, height=_EDGES + max(2, len(abilities)) * (12 + _BAR * max(1, len(models))))
    figure.update_layout(
        barmode="group",
        bargap=0.25,
        bargroupgap=0.08,
        showlegend=len(models) > 1,
        legend={"orientation": "h", "y": 1.0},
    )
    figure.update_layout(legend={"yanchor": "bottom", "x": 0, "traceorder": "normal"}, margin={"t": 56})
    figure.update_xaxes(range=[0, 100], title={"text": say(language, "abilities_axis"), "standoff": 12})
    figure.update_yaxes(
        categoryorder="array", categoryarray=[names[one] for one in abilities], autorange="reversed", showgrid=False
    )
    return figure


def ability_text(one: AbilityScore, language: Language) -> str:
    """Model, ability, score and numbers of tasks in one line."""
    error = "" if one.error is None else f" ± {100.0 * one.error:.1f}"
    key = "abilities_hover_lacking" if one.lacking else "abilities_hover"
    return say(
        language,
        key,
        model=one.model,
        ability=category_name(one.ability, language),
        value=f"{100.0 * one.value:.1f}{error}",
        n=one.tasks,
        lacking=one.lacking,
    )
