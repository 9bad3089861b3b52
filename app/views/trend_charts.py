"""Figures of a leaderboard over time and by category."""

import math

import plotly.graph_objects as go

from app.views.board import category_name
from app.views.board_charts import FONT, MANY, axis_label, dress, plain
from app.views.sentences import say
from arena.leaderboard.history import History
from arena.leaderboard.ranking import Board
from arena.leaderboard.slices import SliceBoard, SliceCell
from storage.values import Language

LINES = 10
"""Largest number of models over time; more lines cannot be told apart."""
_COLOURS = (
    "#4a86c5",
    "#d97732",
    "#3a9682",
    "#b5548f",
    "#8c7bc9",
    "#a58b2f",
    "#5f9ea0",
    "#c0504d",
    "#7f7f7f",
    "#4f9d4f",
)
_DASHES = ("solid", "dash")
_LOW, _HIGH = "rgba(58,124,200,0.06)", "rgba(58,124,200,0.62)"


def history_figure(history: History, board: Board, language: Language) -> go.Figure:
    """Rating of the highest-ranked models over the number of comparisons."""
    best = [row.model for row in board.rows if row.rating is not None and row.island == 0][:LINES]
    figure = go.Figure()
    for place, model in enumerate(best):
        ratings = history.rating[:, history.models.index(model)].tolist()
        hover = [
            ""
            if math.isnan(rating)
            else say(language, "board_hover_history", model=plain(model), rating=f"{rating:.0f}", battles=battles)
            for rating, battles in zip(ratings, history.battles, strict=True)
        ]
        figure.add_trace(
            go.Scatter(
                x=list(history.battles),
                y=[None if math.isnan(rating) else rating for rating in ratings],
                name=axis_label(model),
                mode="lines+markers",
                line={"color": _COLOURS[place % len(_COLOURS)], "width": 2, "dash": _DASHES[place % 2]},
                marker={"size": 5},
                text=hover,
                hovertemplate="%{text}<extra></extra>",
            )
        )
    dress(figure, height=420)
    legend = {"orientation": "h", "y": -0.22, "x": 0.0, "font": FONT, "bgcolor": "rgba(0,0,0,0)"}
    figure.update_layout(showlegend=True, legend=legend)
    figure.update_xaxes(title_text=say(language, "board_history_axis"))
    figure.update_yaxes(title_text=say(language, f"board_axis_{board.ratings.scale}"))
    return figure


def slice_figure(slices: SliceBoard, language: Language) -> go.Figure:
    """Rank of each model in each slice as a heatmap: a row per slice, models numbered by overall rank."""
    models = [row.model for row in slices.overall if row.rank is not None]
    names = [category_name(one.name, language) for one in slices.slices]
    cells = [[one.cells[model] for model in models] for one in slices.slices]
    hover = [
        [_hover(model, name, cell, language) for model, cell in zip(models, line, strict=True)]
        for name, line in zip(names, cells, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=[[cell.row.rank for cell in line] for line in cells],
            x=list(range(len(models))),
            y=list(range(len(names))),
            zmin=1,
            zmax=max(2, len(models)),
            colorscale=[(0.0, _HIGH), (1.0, _LOW)],
            showscale=False,
            xgap=2,
            ygap=2,
            text=[[_place(cell) for cell in line] for line in cells],
            texttemplate="%{text}" if len(models) <= MANY else None,
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
        )
    )
    dress(figure, height=60 + 30 * max(2, len(names)))
    step = 1 if len(models) <= MANY else 5
    places = list(range(0, len(models), step))
    numbers = [str(place + 1) for place in places]
    figure.update_xaxes(tickvals=places, ticktext=numbers, side="top", showgrid=False, tickangle=0)
    labels = [axis_label(name) for name in names]
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=labels, autorange="reversed", showgrid=False)
    return figure


def _place(cell: SliceCell) -> str:
    if cell.row.rank is None:
        return ""
    mark = "" if not cell.flagged else " ▲" if (cell.shift or 0.0) > 0.0 else " ▼"
    return f"{cell.row.rank}{mark}"


def _hover(model: str, name: str, cell: SliceCell, language: Language) -> str:
    if cell.row.rank is None:
        return ""
    place = {"rank": cell.row.rank, "battles": cell.row.battles}
    return say(language, "board_hover_rank", model=plain(model), slice=plain(name), **place)
