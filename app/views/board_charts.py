"""Figures of a leaderboard: intervals, win rates and numbers of comparisons.

Backgrounds are transparent and strong colours half transparent, so that one figure fits the light and the dark theme;
the page's style sheet colours the text. Names are escaped, because plotly interprets tags and entities.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.views.board import interval_ends, interval_text, percent
from app.views.sentences import say
from arena.leaderboard.board import LeaderboardRow, battle_counts, observed_win_fractions, predicted_win_fractions
from arena.leaderboard.ranking import Board
from arena.rating.counts import count_pairs
from storage.ledger.battles import FloatArray
from storage.values import Language

MARK = "#4a86c5"
"""Blue with a contrast of at least 3:1 against the light and the dark page."""

LONGEST_LABEL = 24
"""Characters of an axis label; longer ones lose their middle, since sizes and versions come last."""

MANY = 24
"""With more models than this, rows are narrow and heatmaps use the full page width."""

MOST_CELL_TEXTS = 12
"""Up to this many models, heatmap cells show their numbers."""

_GRID = "rgba(128,128,128,0.25)"
_LOSES, _EVEN, _WINS = "rgba(217,119,50,0.62)", "rgba(128,128,128,0.07)", "rgba(58,124,200,0.62)"
_FEW, _MANY = "rgba(58,150,130,0.05)", "rgba(58,150,130,0.62)"
FONT = {"family": "system-ui, sans-serif", "size": 12, "color": "#808080"}
_STANDOFF = {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}
_ROW_PIXELS, _NARROW_ROW_PIXELS = 34, 22
_EDGES_PIXELS = 56


@dataclass(frozen=True)
class BoardFigures:
    """Figures of a leaderboard: ratings with intervals, observed and predicted win rates, comparisons per pair.

    `predicted` is None for ratings that are percentages or have an absolute zero.
    """

    intervals: go.Figure
    observed: go.Figure
    predicted: go.Figure | None
    counts: go.Figure


def board_figures(board: Board, language: Language) -> BoardFigures:
    """Return all figures of a leaderboard, models in table order."""
    counts = count_pairs(board.battles)
    order = [board.ratings.models.index(row.model) for row in board.rows if row.battles]
    names = [board.ratings.models[code] for code in order]
    grid = np.ix_(order, order)
    battles = battle_counts(counts)[grid]
    observed = observed_win_fractions(counts)[grid]
    predicted = predicted_win_fractions(board.ratings)[grid]
    return BoardFigures(
        intervals=interval_figure(board, language),
        observed=share_figure(names, observed, battles, language=language),
        predicted=share_figure(names, predicted, None, language=language) if np.isfinite(predicted).any() else None,
        counts=count_figure(names, battles, language=language),
    )


def interval_figure(board: Board, language: Language) -> go.Figure:
    """Ratings as dots with their intervals, best at the top; one panel per island, since scales differ.

    Hollow dots are provisional. An open end reaches the panel's edge and ends in an arrow.
    """
    rated = [row for row in board.rows if row.rating is not None]
    islands = list(dict.fromkeys(row.island for row in rated))
    members = [[row for row in rated if row.island == island] for island in islands]
    several = len(members) > 1
    titles = [say(language, "board_group", n=(island or 0) + 1) for island in islands]
    figure = make_subplots(
        rows=max(1, len(members)),
        cols=1,
        row_heights=[len(rows) + 1 for rows in members] or None,
        vertical_spacing=min(0.12, 0.6 / max(1, len(members))) if several else 0.0,
        subplot_titles=titles if several else None,
    )
    ends = interval_ends(board.ratings)
    for panel, rows in enumerate(members, 1):
        _draw_panel(figure, panel, [(row, *ends[row.model]) for row in rows], language)
    figure.update_annotations(font=FONT)
    row_pixels = _ROW_PIXELS if len(rated) <= MANY else _NARROW_ROW_PIXELS
    dress(figure, height=_EDGES_PIXELS * max(1, len(members)) + row_pixels * len(rated))
    figure.update_xaxes(title_text=say(language, f"board_axis_{board.ratings.scale}"), row=max(1, len(members)), col=1)
    return figure


def share_figure(
    names: Sequence[str], shares: FloatArray, battles: FloatArray | None, *, language: Language
) -> go.Figure:
    """Win rates of row against column, 0 to 1, as a heatmap: blue for wins, orange for losses.

    Args:
        names: models of both axes, best first.
        shares: (n, n), NaN where unknown.
        battles: (n, n), number of comparisons behind each share; None for predicted shares.
        language: language of the hover texts.
    """
    hover = []
    for i, row in enumerate(names):
        line = []
        for j, column in enumerate(names):
            if math.isnan(shares[i, j]):
                line.append("")
            elif battles is None:
                hover_text = say(language, "board_hover_expected", row=row, column=column, share=percent(shares[i, j]))
                line.append(plain(hover_text))
            else:
                n = int(battles[i, j])
                text = percent(shares[i, j])
                line.append(plain(say(language, "board_hover_share", row=row, column=column, share=text, battles=n)))
        hover.append(line)
    scale = [(0.0, _LOSES), (0.5, _EVEN), (1.0, _WINS)]
    texts = [["" if math.isnan(value) else f"{100 * value:.0f}" for value in line] for line in shares]
    return _heatmap(names, shares, texts=texts, hover=hover, scale=scale, top=1.0)


def count_figure(names: Sequence[str], battles: FloatArray, *, language: Language) -> go.Figure:
    """Comparisons per pair as a heatmap; `battles` is (n, n), NaN for pairs without any."""
    hover = [
        [
            ""
            if math.isnan(battles[i, j])
            else plain(say(language, "board_hover_count", row=row, column=column, battles=int(battles[i, j])))
            for j, column in enumerate(names)
        ]
        for i, row in enumerate(names)
    ]
    most = float(np.nanmax(battles)) if np.isfinite(battles).any() else 1.0
    texts = [["" if math.isnan(value) else _short(int(value)) for value in line] for line in battles]
    return _heatmap(names, battles, texts=texts, hover=hover, scale=[(0.0, _FEW), (1.0, _MANY)], top=most)


def _draw_panel(
    figure: go.Figure, panel: int, rows: Sequence[tuple[LeaderboardRow, float, float]], language: Language
) -> None:
    known = [
        value for row, *ends in rows for value in (row.rating, *ends) if value is not None and math.isfinite(value)
    ]
    pad = 0.06 * (max(known) - min(known)) or 50.0
    left, right = min(known) - pad, max(known) + pad
    place = list(range(len(rows)))
    ratings = [float(row.rating or 0.0) for row, *_ in rows]
    figure.add_trace(
        go.Scatter(
            x=ratings,
            y=place,
            mode="markers",
            marker={
                "color": MARK,
                "size": 10,
                "symbol": ["circle-open" if row.provisional else "circle" for row, *_ in rows],
                "line": {"width": 2, "color": MARK},
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [_reach(upper, right) - x for x, (*_, upper) in zip(ratings, rows, strict=True)],
                "arrayminus": [x - _reach(lower, left) for x, (_, lower, _) in zip(ratings, rows, strict=True)],
                "color": MARK,
                "thickness": 2,
                "width": 4,
            },
            text=[_hover(row, lower, upper, language) for row, lower, upper in rows],
            hovertemplate="%{text}<extra></extra>",
        ),
        row=panel,
        col=1,
    )
    arrows = [(left, y, "triangle-left") for y, (_, lower, _) in enumerate(rows) if lower == -math.inf]
    arrows += [(right, y, "triangle-right") for y, (*_, upper) in enumerate(rows) if upper == math.inf]
    if arrows:
        x, y, symbols = zip(*arrows, strict=True)
        marker = {"color": MARK, "size": 11, "symbol": symbols}
        figure.add_trace(
            go.Scatter(x=x, y=y, mode="markers", marker=marker, hoverinfo="skip", cliponaxis=False), row=panel, col=1
        )
    figure.update_xaxes(range=[left, right], row=panel, col=1)
    labels = [axis_label(row.model) for row, *_ in rows]
    figure.update_yaxes(
        tickvals=place, ticktext=labels, range=[len(rows) - 0.4, -0.6], showgrid=False, row=panel, col=1
    )


def _heatmap(
    names: Sequence[str],
    values: FloatArray,
    *,
    texts: list[list[str]],
    hover: list[list[str]],
    scale: list[tuple[float, str]],
    top: float,
) -> go.Figure:
    """A square heatmap; columns are labelled with row numbers, which are short and horizontal."""
    place = list(range(len(names)))
    writes = len(names) <= MOST_CELL_TEXTS
    figure = go.Figure(
        go.Heatmap(
            z=[[None if math.isnan(value) else value for value in line] for line in values],
            x=place,
            y=place,
            zmin=0.0,
            zmax=top,
            colorscale=scale,
            showscale=False,
            xgap=2 if writes else 0.5,
            ygap=2 if writes else 0.5,
            text=texts,
            texttemplate="%{text}" if writes else None,
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
        )
    )
    labels = [f"{number}  {axis_label(name)}" for number, name in enumerate(names, 1)]
    step = 1 if len(names) <= MOST_CELL_TEXTS else 2 if len(names) <= MANY else 5
    figure.update_xaxes(
        tickvals=place[::step], ticktext=[str(k + 1) for k in place[::step]], side="top", tickangle=0, showgrid=False
    )
    figure.update_yaxes(tickvals=place, ticktext=labels, autorange="reversed", showgrid=False)
    many = len(names) > MANY
    cell = 16.0 if many else max(26.0, min(48.0, 340 / max(1, len(names))))
    dress(figure, height=40 + round(cell * max(3, len(names))))
    if many:
        figure.update_yaxes(tickfont={**FONT, "size": 10})
    return figure


def dress(figure: go.Figure, *, height: int) -> None:
    """Apply the common style; dragging is off, so that touching a figure on a phone scrolls the page."""
    figure.update_layout(
        template="none",
        height=height,
        autosize=True,
        margin={"l": 8, "r": 12, "t": 28, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font=FONT,
        showlegend=False,
        dragmode=False,
        modebar={"remove": ["zoom", "pan", "select", "lasso", "zoomIn", "zoomOut", "autoScale", "resetScale"]},
        hoverlabel={"bgcolor": "#1f2328", "bordercolor": "#1f2328", "font": {"color": "#ffffff", "size": 13}},
    )
    figure.update_xaxes(fixedrange=True, automargin=True, zeroline=False, ticks="", gridcolor=_GRID, tickfont=FONT)
    figure.update_yaxes(fixedrange=True, automargin=True, zeroline=False, gridcolor=_GRID, tickfont=FONT, **_STANDOFF)


def _hover(row: LeaderboardRow, lower: float, upper: float, language: Language) -> str:
    interval = interval_text(lower, upper, language) or say(language, "board_intervals_none")
    rating = f"{row.rating:.0f}"
    model = plain(row.model)
    return say(language, "board_hover_rating", model=model, rating=rating, interval=interval, battles=row.battles)


def _reach(end: float, edge: float) -> float:
    """Return the end of a whisker: its value, the panel's edge if open, NaN if unknown."""
    return edge if math.isinf(end) else end


def axis_label(name: str) -> str:
    """Return an escaped axis label; long names lose their middle."""
    if len(name) <= LONGEST_LABEL:
        return plain(name)
    tail = LONGEST_LABEL // 3
    return plain(f"{name[: LONGEST_LABEL - 1 - tail].rstrip()}…{name[-tail:].lstrip()}")


def plain(text: str) -> str:
    """Escape a text so that plotly shows tags and entities literally."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _short(number: int) -> str:
    return str(number) if number < 10_000 else f"{number / 1000:.0f}k"
