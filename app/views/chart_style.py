"""The common style of plotly figures on the pages: Judges and Objective.

Backgrounds are transparent and strong colours half transparent, so that one figure fits the light and the dark theme;
the page's style sheet colours the text. Names are escaped, because plotly interprets tags and entities.
"""

import plotly.graph_objects as go

MARK = "#4a86c5"
"""Blue with a contrast of at least 3:1 against the light and the dark page."""

LONGEST_LABEL = 24
"""Characters of an axis label; longer ones lose their middle, since sizes and versions come last."""

FONT = {"family": "system-ui, sans-serif", "size": 12, "color": "#808080"}
_GRID = "rgba(128,128,128,0.25)"
_STANDOFF = {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}


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


def axis_label(name: str) -> str:
    """Return an escaped axis label; long names take two lines, and those without a fitting space lose their middle."""
    if len(name) <= LONGEST_LABEL:
        return plain(name)
    for place in range(LONGEST_LABEL, len(name) - LONGEST_LABEL - 2, -1):
        if name[place] == " ":
            return f"{plain(name[:place])}<br>{plain(name[place + 1 :])}"
    tail = LONGEST_LABEL // 3
    return plain(f"{name[: LONGEST_LABEL - 1 - tail].rstrip()}…{name[-tail:].lstrip()}")


def plain(text: str) -> str:
    """Escape a text so that plotly shows tags and entities literally."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
