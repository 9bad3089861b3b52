"""Scores by ability as bars, in the common style."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.views.abilities.scores import AbilityScore, ability_text
from app.views.board import category_name
from app.views.chart_style import axis_label, dress, plain
from app.views.sentences import say
from storage.values import Language

MOST_MODELS = 6
"""Largest number of models that get bars; tables have all of them."""
_COLOURS = ("#4a86c5", "#c9772b", "#3f9a6b", "#a15fb5", "#b3903a", "#7d8794")
_BAR, _EDGES = 12, 80


def ability_figure(scores: Sequence[AbilityScore], language: Language) -> go.Figure:
    """Bars of 0 to 100 by ability from top to bottom, one colour per model; a missing score has no bar.

    Thin lines are 95 % intervals.
    """
    models = list(dict.fromkeys(one.model for one in scores))[:MOST_MODELS]
    abilities = list(dict.fromkeys(one.ability for one in scores))
    names = {ability: axis_label(category_name(ability, language)) for ability in abilities}
    figure = go.Figure()
    for model, colour in zip(models, _COLOURS, strict=False):
        own = [one for one in scores if one.model == model]
        ends = [one.interval or (one.value, one.value) for one in own]
        figure.add_bar(
            orientation="h",
            name=axis_label(model),
            y=[names[one.ability] for one in own],
            x=[100.0 * one.value for one in own],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [100.0 * (high - one.value) for one, (_, high) in zip(own, ends, strict=True)],
                "arrayminus": [100.0 * (one.value - low) for one, (low, _) in zip(own, ends, strict=True)],
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
    figure.update_layout(legend={"yanchor": "bottom", "x": 0, "traceorder": "normal"}, margin={"t": 40})
    figure.update_xaxes(range=[0, 100], title={"text": say(language, "abilities_axis"), "standoff": 12})
    figure.update_yaxes(
        categoryorder="array", categoryarray=[names[one] for one in abilities], autorange="reversed", showgrid=False
    )
    return figure
