"""Figures of one judge: how its verdicts end, its scores, categories, agreement with others, and what draws it.

Dressed as all figures of the admin pages (`app/charts.py`). What has no score is drawn apart from what has one.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.charts import FONT, MARK, axis_label, dress, plain
from app.judge_views import (
    MISSING_ENDS,
    PAIR_ENDS,
    category_of,
    dimension_name,
    end_name,
    number_text,
    pair_end,
    tenths,
)
from app.sentences import say
from arena.agreement.coverage import worst_case
from storage.judge_outcomes import Outcome
from storage.values import Language

MOST_CATEGORIES, MOST_DIMENSIONS = 30, 12
"""Drawn at most, the largest first."""
COLOURS = {
    "a": MARK,
    "tie": "#8a929b",
    "b": "#d97732",
    "fractional": "#3a9682",
    "inconsistent": "#8c7bc9",
    "failed": "#c0504d",
    "cannot_judge": "#a58b2f",
}
"""Of an outcome, the same in every figure; 3:1 or more against light and dark paper."""
_DIMENSION_COLOURS = (MARK, "#d97732", "#3a9682", "#8c7bc9", "#b5548f", "#a58b2f")
PALE = "#8a929b"
ROW, EDGES = 34, 64
"""Pixels of a row, and of what stands around all rows."""
_PANEL, _MOST_VALUES, _BINS, _MOST_LABELS = 190, 24, 20, 14
LEGEND = {"orientation": "h", "x": 0.0, "y": 1.0, "yanchor": "bottom", "font": FONT, "bgcolor": "rgba(0,0,0,0)"}

Outcomes = Counter[Outcome]


def pair_figure(outcomes: Outcomes, language: Language) -> go.Figure:
    """How verdicts on pairs ended: a bar for each outcome, as a share of all."""
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
    figure.update_xaxes(title_text=say(language, "judges_axis_share"), tickformat=".0%", range=[0.0, _room(shares)])
    return figure


def score_figure(outcomes: Outcomes, language: Language) -> go.Figure:
    """Scores of single responses: a panel for each dimension and scale, what has no score in bars of its own."""
    panels = score_panels(outcomes)
    titles = [_panel_title(key, panels, language) for key in panels]
    spacing = min(0.12, 0.5 / max(1, len(panels)))
    figure = make_subplots(rows=len(panels), cols=1, subplot_titles=titles, vertical_spacing=spacing)
    for place, ((dimension, low, high), counts) in enumerate(panels.items(), 1):
        labels, numbers, colours = _score_bars(counts, (low, high), language)
        total = counts.total()
        told = {"dimension": plain(dimension_name(dimension, language)), "total": total}
        hover = [
            say(language, "judges_hover_score", score=label, n=n, share=tenths(n / total), **told)
            for label, n in zip(labels, numbers, strict=True)
        ]
        bars = go.Bar(
            x=list(range(len(labels))),
            y=numbers,
            marker={"color": colours},
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
        )
        figure.add_trace(bars, row=place, col=1)
        step = 1 + len(labels) // _MOST_LABELS
        kept = [number % step == 0 or colour != MARK for number, colour in enumerate(colours)]
        ticks = [label if is_kept else "" for label, is_kept in zip(labels, kept, strict=True)]
        figure.update_xaxes(tickvals=list(range(len(labels))), ticktext=ticks, tickangle=0, row=place, col=1)
    dress(figure, height=EDGES + _PANEL * len(panels))
    figure.update_layout(bargap=0.15)
    figure.update_xaxes(showgrid=False)
    figure.update_annotations(font={**FONT, "size": 13})
    return figure


def score_panels(outcomes: Outcomes) -> dict[tuple[str, float, float], Counter[float | str]]:
    """Counts of scores, and of what has none by its state, for each dimension and scale; the most frequent first.

    At most `MOST_DIMENSIONS` of them.
    """
    panels: dict[tuple[str, float, float], Counter[float | str]] = {}
    for outcome, number in outcomes.items():
        if outcome.kind == "satisfaction":
            key = (outcome.dimension, outcome.low, outcome.high)
            value = outcome.state if outcome.score is None else outcome.score
            panels.setdefault(key, Counter())[value] += number
    ordered = sorted(panels.items(), key=lambda item: (item[0][0] != "overall", -item[1].total(), item[0]))
    return dict(ordered[:MOST_DIMENSIONS])


def category_figure(outcomes: Outcomes, language: Language) -> go.Figure:
    """How verdicts on pairs ended in each category, as parts of a bar of all of them."""
    by_category = _by_category(outcomes, "judgement")
    names = [category_of(category, language) for category in by_category]
    ends_of = [_ends(counts) for counts in by_category.values()]
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
    figure.update_xaxes(tickformat=".0%", range=[0.0, 1.0], title_text=say(language, "judges_axis_share"))
    return figure


def category_means_figure(outcomes: Outcomes, language: Language) -> go.Figure:
    """Mean score in each category, a bar for each dimension; a line shows the worst cases of what is missing."""
    by_category = _by_category(outcomes, "satisfaction")
    dimensions = list(dict.fromkeys(key[0] for key in score_panels(outcomes)))[: len(_DIMENSION_COLOURS)]
    names = [category_of(category, language) for category in by_category]
    figure = go.Figure()
    for dimension, colour in zip(dimensions, _DIMENSION_COLOURS, strict=False):
        found = [worst_case("", _share_of_scale(counts, dimension)) for counts in by_category.values()]
        means = [None if one.mean is None else one.mean for one in found]
        hover = [
            say(
                language,
                "judges_hover_mean",
                category=plain(name),
                dimension=plain(dimension_name(dimension, language)),
                mean=tenths(one.mean),
                n=one.scored,
                missing=one.asked - one.scored,
                lowest=tenths(one.lowest),
                highest=tenths(one.highest),
            )
            for name, one in zip(names, found, strict=True)
        ]
        gaps = [(one.mean or 0.0, one.lowest or 0.0, one.highest or 0.0) for one in found]
        figure.add_trace(
            go.Bar(
                x=means,
                y=list(range(len(names))),
                orientation="h",
                name=axis_label(dimension_name(dimension, language)),
                marker={"color": colour},
                error_x=whiskers([high - mean for mean, _, high in gaps], [mean - low for mean, low, _ in gaps]),
                customdata=hover,
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    several = len(dimensions) > 1
    dress(figure, height=EDGES + 40 * several + max(ROW, 14 * len(dimensions) + 12) * len(names))
    name_rows(figure, names)
    figure.update_layout(barmode="group", bargap=0.25, showlegend=several, legend=LEGEND)
    figure.update_layout(margin={"t": 64 if several else 28})
    figure.update_xaxes(tickformat=".0%", range=[0.0, 1.0], title_text=say(language, "judges_axis_mean"))
    return figure


def n_categories(outcomes: Outcomes) -> int:
    """Categories in which there is a verdict; figures draw `MOST_CATEGORIES` of them."""
    return len({outcome.category for outcome in outcomes})


def of_kind(outcomes: Outcomes, kind: str) -> Outcomes:
    """The outcomes of one kind of verdict."""
    return Counter({outcome: number for outcome, number in outcomes.items() if outcome.kind == kind})


def _ends(outcomes: Outcomes) -> Counter[str]:
    counts: Counter[str] = Counter()
    for outcome, number in outcomes.items():
        if outcome.kind == "judgement":
            counts[pair_end(outcome)] += number
    return counts


def _by_category(outcomes: Outcomes, kind: str) -> dict[str | None, Outcomes]:
    """Outcomes of one kind in each of the largest categories, largest first."""
    found: dict[str | None, Outcomes] = {}
    for outcome, number in of_kind(outcomes, kind).items():
        found.setdefault(outcome.category, Counter())[outcome] += number
    ordered = sorted(found.items(), key=lambda item: (-item[1].total(), item[0] or ""))
    return dict(ordered[:MOST_CATEGORIES])


def _share_of_scale(outcomes: Outcomes, dimension: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Every score of a dimension as a share of its scale, NaN for one that is missing."""
    rows = [(outcome, number) for outcome, number in outcomes.items() if outcome.dimension == dimension]
    shares = [
        math.nan if outcome.score is None else (outcome.score - outcome.low) / (outcome.high - outcome.low)
        for outcome, _ in rows
    ]
    return np.repeat(np.array(shares, np.float64), [number for _, number in rows])


def _score_bars(
    counts: Counter[float | str], scale: tuple[float, float], language: Language
) -> tuple[list[str], list[int], list[str]]:
    """Labels, numbers and colours of the bars of a panel: scores in order, then what has none."""
    low, high = scale
    scores = {score: number for score, number in counts.items() if isinstance(score, float)}
    whole = {float(score) for score in range(math.ceil(low), math.floor(high) + 1)}
    values = sorted(whole | scores.keys()) if len(whole) <= _MOST_VALUES else sorted(scores)
    if len(values) <= _MOST_VALUES:
        labels = [number_text(value) for value in values]
        numbers = [scores.get(value, 0) for value in values]
    else:
        edges = np.linspace(low, high, _BINS + 1).tolist()
        labels = [f"{number_text(left)}–{number_text(right)}" for left, right in pairwise(edges)]
        spread = np.histogram(list(scores), bins=edges, weights=list(scores.values()))[0]
        numbers = [int(number) for number in spread]
    colours = [MARK] * len(labels)
    for state in MISSING_ENDS:
        if counts[state]:
            labels.append(end_name(state, language))
            numbers.append(counts[state])
            colours.append(COLOURS[state])
    return labels, numbers, colours


def _panel_title(key: tuple[str, float, float], panels: Iterable[tuple[str, float, float]], language: Language) -> str:
    dimension, low, high = key
    name = axis_label(dimension_name(dimension, language))
    scales = {(one_low, one_high) for _, one_low, one_high in panels}
    return name if len(scales) == 1 else f"{name} ({number_text(low)}–{number_text(high)})"


def whiskers(above: Sequence[float], below: Sequence[float]) -> dict[str, object]:
    """Error bars; an end that is not known is not drawn."""
    ends = [[0.0 if math.isnan(one) else max(0.0, one) for one in side] for side in (above, below)]
    return {
        "type": "data",
        "symmetric": False,
        "array": ends[0],
        "arrayminus": ends[1],
        "thickness": 2,
        "width": 4,
        "color": PALE,
    }


def name_rows(figure: go.Figure, names: Sequence[str]) -> None:
    """Names beside the rows, the first at the top."""
    places = list(range(len(names)))
    labels = [axis_label(name) for name in names]
    figure.update_yaxes(tickvals=places, ticktext=labels, range=[len(names) - 0.4, -0.6], showgrid=False)


def _room(shares: Sequence[float]) -> float:
    """The end of an axis on which the longest bar has its numbers beside it."""
    return 1.35 * max([*shares, 0.05])
