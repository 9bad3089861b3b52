"""The scatter plot of ratings against objective scores on the Objective tab."""

import plotly.graph_objects as go
from scipy.special import ndtri

from app.views.chart_style import MARK, axis_label, dress, plain
from app.views.sentences import say
from arena.leaderboard.two_worlds import TwoWorlds
from storage.values import Language

_HEIGHT = 380


def worlds_figure(worlds: TwoWorlds, language: Language) -> go.Figure:
    """One point per model: mean objective score in percent across, rating upwards, both with their intervals."""
    points = worlds.points
    reach = float(ndtri(0.5 + worlds.level / 2.0))
    across = [100.0 * reach * (point.error or 0.0) for point in points]
    above = [0.0 if point.upper is None else point.upper - point.rating for point in points]
    below = [0.0 if point.lower is None else point.rating - point.lower for point in points]
    hover = [
        plain(
            say(
                language,
                "worlds_hover",
                model=point.model,
                rating=f"{point.rating:.0f}",
                score=f"{100.0 * point.score:.1f}",
            )
        )
        for point in points
    ]
    whiskers = {"thickness": 1.5, "width": 0, "color": "rgba(128,128,128,0.6)"}
    figure = go.Figure(
        go.Scatter(
            x=[100.0 * point.score for point in points],
            y=[point.rating for point in points],
            error_x={"type": "data", "array": across, **whiskers},
            error_y={"type": "data", "array": above, "arrayminus": below, "symmetric": False, **whiskers},
            mode="markers+text",
            marker={"size": 10, "color": MARK},
            text=[axis_label(point.model) for point in points],
            textposition="top center",
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
            cliponaxis=False,
        )
    )
    dress(figure, height=_HEIGHT)
    figure.update_xaxes(title={"text": say(language, "worlds_x"), "standoff": 12})
    figure.update_yaxes(title={"text": say(language, "worlds_y"), "standoff": 8})
    return figure
