"""The heatmap of the Objective tab: tasks by models, in the common style."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.views.chart_style import FONT, axis_label, dress, plain
from app.views.objective import CellView, RowView, shared_start
from app.views.sentences import say
from storage.values import Language

MOST_ROWS = 120
"""Largest number of rows; the table has all of them."""
MOST_MODELS = 12
"""With more models than this, cells have no numbers and columns show numbers instead of names."""

_LOW, _HIGH = "rgba(58,124,200,0.05)", "rgba(58,124,200,0.62)"
_TALL, _LOW_ROW, _EDGES = 32, 18, 72
_MANY = 30


def task_figure(rows: Sequence[RowView], models: Sequence[str], language: Language) -> go.Figure:
    """Values of 0 to 100 as a heatmap, tasks from top to bottom and models from left to right.

    Cells without a value are empty.

    Args:
        rows: rows of the summary; the first `MOST_ROWS` tasks are drawn.
        models: names of the columns.
        language: language of the hover texts.
    """
    drawn = rows[:MOST_ROWS]
    cells = [list(row.line.cells.values()) for row in drawn]
    hover = [
        [_hover(label, model, view, language) for model, view in zip(models, row.cells, strict=True)]
        for row, label in zip(drawn, _labels(drawn), strict=True)
    ]
    writes = len(models) <= MOST_MODELS
    figure = go.Figure(
        go.Heatmap(
            z=[[cell.value for cell in line] for line in cells],
            x=list(range(len(models))),
            y=list(range(len(drawn))),
            zmin=0.0,
            zmax=100.0,
            colorscale=[(0.0, _LOW), (1.0, _HIGH)],
            showscale=False,
            xgap=2,
            ygap=2 if len(drawn) <= _MANY else 1,
            text=[["" if cell.value is None else f"{cell.value:.1f}" for cell in line] for line in cells],
            texttemplate="%{text}" if writes else None,
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
        )
    )
    dress(figure, height=_EDGES + (_TALL if len(drawn) <= _MANY else _LOW_ROW) * max(2, len(drawn)))
    heads = [axis_label(model) if writes else str(place) for place, model in enumerate(models, 1)]
    figure.update_xaxes(tickvals=list(range(len(models))), ticktext=heads, side="top", showgrid=False)
    figure.update_yaxes(
        tickvals=list(range(len(drawn))),
        ticktext=[axis_label(label) for label in short_names(_labels(drawn))],
        autorange="reversed",
        showgrid=False,
    )
    if len(drawn) > _MANY:
        figure.update_yaxes(tickfont={**FONT, "size": 10})
    return figure


def _labels(rows: Sequence[RowView]) -> list[str]:
    """Return the task names, with metric, mode or version if a name occurs in several rows."""
    names = [row.line.dataset for row in rows]
    return [
        name if names.count(name) == 1 else f"{name} {row.line.metric} {row.line.mode}"
        for name, row in zip(names, rows, strict=True)
    ]


def short_names(names: Sequence[str]) -> list[str]:
    """Return the names without the words that all of them begin with, such as a family name."""
    shared = shared_start(names) if len(names) > 1 else ""
    start = shared.rfind("-") + 1
    return [name[start:] for name in names]


def _hover(label: str, model: str, view: CellView, language: Language) -> str:
    value = f"{view.value} {view.error}".rstrip()
    lines = [say(language, "objective_hover", task=label, model=model, value=value), *view.notes]
    return "<br>".join(plain(line) for line in lines)
