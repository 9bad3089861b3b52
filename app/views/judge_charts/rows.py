"""Figures of one judge's results on pairs, and elements shared by all figures of judges.

In the common style of `chart_style.py`. Judgments without a score are drawn separately.
"""

from collections import Counter
from collections.abc import Sequence

import plotly.graph_objects as go

from app.views.chart_style import FONT, MARK, axis_label, dress, plain
from app.views.judges import (
    PAIR_ENDS,
    category_of,
    end_name,
    pair_end,
    tenths,
)
from app.views.sentences import say
from storage.judges.outcome_counts import JudgmentOutcome
from storage.values import Language

MOST_CATEGORIES = 30
"""Largest number of categories in a figure, the largest first."""
COLOURS = {
    "a": MARK,
    "tie": "#8a929b",
    "b": "#d97732",
    "fractional": "#3a9682",
    "inconsistent": "#8c7bc9",
    "failed": "#c0504d",
    "cannot_judge": "#a58b2f",
}
"""Colour of each outcome in all figures; contrast of at least 3:1 on light and dark pages."""
PALE = "#8a929b"
ROW, EDGES = 34, 64
"""Height in pixels of a row, and of everything around the rows."""
LEGEND = {
    "orientation": "h",
    "traceorder": "normal",
    "x": 0.0,
    "y": 1.0,
    "yanchor": "bottom",
    "font": FONT,
    "bgcolor": "rgba(0,0,0,0)",
}

Outcomes = Counter[JudgmentOutcome]


def pair_figure(outcomes: Outcomes, language: Language) -> go.Figure:
    """Results on pairs: a bar for each outcome, as a share of all."""
    counts = _ends(outcomes)
    total = counts.total()
    ends = [end for end in PAIR_ENDS if counts[end] or end != "fractional"]
    shares = [counts[end] / total for end in ends]
    names = [end_name(end, language) for end in ends]
    hover = [
        say(language, "judges_hover_end", end=name, n=counts[end], total=total, share=tenths(share))
        for end, name, share in zip(ends, names, shares, strict=True)
    ]
    figure = go.Figure(
        go.Bar(
            x=shares,
            y=list(range(len(ends))),
            orientation="h",
            marker={"color": [COLOURS[end] for end in ends]},
            text=[f"{counts[end]:,} · {tenths(share)}" for end, share in zip(ends, shares, strict=True)],
            textposition="outside",
            cliponaxis=False,
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    dress(figure, height=EDGES + ROW * len(ends))
    name_rows(figure, names)
    figure.update_xaxes(
        title_text=say(language, "judges_axis_share"),
        tickformat=".0%",
        tickvals=_marks(max(shares)),
        range=[0.0, _room(shares)],
    )
    return figure


def category_figure(outcomes: Outcomes, language: Language) -> go.Figure:
    """Results on pairs by category, as a stacked bar for each category."""
    found_in = by_category(outcomes, "judgement")
    names = [category_of(category, language) for category in found_in]
    ends_of = [_ends(counts) for counts in found_in.values()]
    totals = [counts.total() for counts in ends_of]
    figure = go.Figure()
    for end in PAIR_ENDS:
        numbers = [counts[end] for counts in ends_of]
        if not any(numbers):
            continue
        hover = [
            say(
                language,
                "judges_hover_category",
                category=plain(name),
                end=end_name(end, language),
                n=number,
                total=total,
                share=tenths(number / total),
            )
            for name, number, total in zip(names, numbers, totals, strict=True)
        ]
        figure.add_trace(
            go.Bar(
                x=[number / total for number, total in zip(numbers, totals, strict=True)],
                y=list(range(len(names))),
                orientation="h",
                name=end_name(end, language),
                marker={"color": COLOURS[end], "line": {"width": 0}},
                customdata=hover,
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    dress(figure, height=EDGES + 40 + ROW * len(names))
    name_rows(figure, [f"{name} ({total:,})" for name, total in zip(names, totals, strict=True)])
    figure.update_layout(barmode="stack", bargap=0.25, showlegend=True, legend=LEGEND, margin={"t": 64})
    whole_axis(figure, say(language, "judges_axis_share"))
    return figure


def n_categories(outcomes: Outcomes) -> int:
    """Return the number of categories with judgments; figures show `MOST_CATEGORIES` of them."""
    return len({outcome.category for outcome in outcomes})


def of_kind(outcomes: Outcomes, kind: str) -> Outcomes:
    """Return the outcomes of one kind of judgment."""
    return Counter({outcome: number for outcome, number in outcomes.items() if outcome.kind == kind})


def _ends(outcomes: Outcomes) -> Counter[str]:
    counts: Counter[str] = Counter()
    for outcome, number in outcomes.items():
        if outcome.kind == "judgement":
            counts[pair_end(outcome)] += number
    return counts


def by_category(outcomes: Outcomes, kind: str) -> dict[str | None, Outcomes]:
    """Return outcomes by category for the largest categories, largest first."""
    found: dict[str | None, Outcomes] = {}
    for outcome, number in of_kind(outcomes, kind).items():
        found.setdefault(outcome.category, Counter())[outcome] += number
    ordered = sorted(found.items(), key=lambda item: (-item[1].total(), item[0] or ""))
    return dict(ordered[:MOST_CATEGORIES])


def whiskers(above: Sequence[float], below: Sequence[float], *, caps: int = 4) -> dict[str, object]:
    """Error bars with caps of this width in pixels; ends that are unknown or equal to the value are not drawn."""
    ends = [[one if one > 0.0 else None for one in side] for side in (above, below)]
    return {
        "type": "data",
        "symmetric": False,
        "array": ends[0],
        "arrayminus": ends[1],
        "thickness": 2,
        "width": caps,
        "color": PALE,
    }


def name_rows(figure: go.Figure, names: Sequence[str]) -> None:
    """Label the rows with names, the first at the top."""
    places = list(range(len(names)))
    labels = [axis_label(name) for name in names]
    figure.update_yaxes(tickvals=places, ticktext=labels, range=[len(names) - 0.4, -0.6], showgrid=False)


def whole_axis(figure: go.Figure, title: str) -> None:
    """Return an axis from 0 to 100 % with room for its last label."""
    figure.update_xaxes(tickformat=".0%", tickvals=[0.0, 0.25, 0.5, 0.75, 1.0], range=[0.0, 1.0], title_text=title)
    figure.update_layout(margin={"r": 28})


def _room(shares: Sequence[float]) -> float:
    """Return an axis end that leaves room for the numbers of the longest bar."""
    return 1.35 * max([*shares, 0.05])


def _marks(longest: float) -> list[float]:
    """Return marks from 0 to beyond the longest bar, never beyond 100 %."""
    step = next((step for step in (0.05, 0.1, 0.2) if longest <= 5 * step), 0.25)
    marks = [step * place for place in range(round(1.0 / step) + 1)]
    return [mark for mark in marks if mark < longest + step]
