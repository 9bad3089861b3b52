"""Figures of scores of single responses: distributions and means by category."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.views.chart_style import FONT, MARK, axis_label, dress, plain
from app.views.judge_charts.rows import (
    COLOURS,
    EDGES,
    LEGEND,
    ROW,
    Outcomes,
    by_category,
    name_rows,
    whiskers,
    whole_axis,
)
from app.views.judges import MISSING_ENDS, OVERALL, category_of, dimension_name, end_name, number_text, tenths
from app.views.sentences import say
from arena.bias.coverage import worst_case
from storage.ledger.battles import FloatArray
from storage.values import Language

MOST_DIMENSIONS = 24
"""Largest number of dimensions with a distribution, the most frequent first."""
MOST_MEANS = 6
"""Largest number of dimensions with means by category; more bars cannot be told apart."""
_COLOURS = (MARK, "#d97732", "#3a9682", "#8c7bc9", "#b5548f", "#a58b2f")
_PANEL, _CELL, _MOST_PANELS, _MOST_VALUES, _BINS, _MOST_LABELS = 190, 30, 3, 24, 20, 14
_FEW, _MANY = "rgba(58,124,200,0.03)", "rgba(58,124,200,0.75)"
_FEW_MISSING, _MANY_MISSING = "rgba(192,80,77,0.03)", "rgba(192,80,77,0.75)"

Panel = tuple[str, float, float]
"""Dimension, lowest and highest score."""
Counts = Counter[float | str]
"""Number of times each score was given, and number of missing scores by state."""


@dataclass(frozen=True)
class _Slots:
    """Bins of a distribution: values or ranges, then one for each kind of missing score.

    Attributes:
        values: scores with a bin of their own; empty if there are too many.
        edges: edges of the ranges otherwise.
        states: states of missing scores.
    """

    values: tuple[float, ...]
    edges: tuple[float, ...]
    states: tuple[str, ...]

    @property
    def colours(self) -> list[str]:
        """One for each bin."""
        n_scores = len(self.values) or len(self.edges) - 1
        return [MARK] * n_scores + [COLOURS[state] for state in self.states]

    def labels(self, language: Language) -> list[str]:
        """One for each bin."""
        spans = [f"{number_text(left)}–{number_text(right)}" for left, right in pairwise(self.edges)]
        scores = [number_text(value) for value in self.values] or spans
        return scores + [end_name(state, language) for state in self.states]

    def numbers(self, counts: Counts) -> list[int]:
        """Return the number of scores in each bin."""
        if self.values:
            found = [counts[value] for value in self.values]
        else:
            scores = {score: number for score, number in counts.items() if isinstance(score, float)}
            spread = np.histogram(list(scores), bins=self.edges, weights=list(scores.values()))[0]
            found = [round(number) for number in spread]
        return found + [counts[state] for state in self.states]


def score_panels(outcomes: Outcomes) -> dict[Panel, Counts]:
    """Return counts by dimension and scale: the overall dimension, then the most frequent ones.

    At most `MOST_DIMENSIONS` of them.
    """
    panels: dict[Panel, Counts] = {}
    for outcome, number in outcomes.items():
        if outcome.kind == "satisfaction":
            key = (outcome.dimension, outcome.low, outcome.high)
            value = outcome.state if outcome.score is None else outcome.score
            panels.setdefault(key, Counter())[value] += number
    ordered = sorted(panels.items(), key=lambda item: (item[0][0] != OVERALL, -item[1].total(), item[0]))
    return dict(ordered[:MOST_DIMENSIONS])


def is_crowded(outcomes: Outcomes) -> bool:
    """Return whether one scale has so many dimensions that they are drawn as heatmap rows."""
    panels = score_panels(outcomes)
    return len(panels) > _MOST_PANELS and len({key[1:] for key in panels}) == 1


def score_figure(outcomes: Outcomes, language: Language) -> go.Figure:
    """Score distributions: a panel for each dimension, or heatmap rows if there are many.

    Missing scores have their own bars or columns.
    """
    panels = score_panels(outcomes)
    if is_crowded(outcomes):
        return _heatmap(panels, language)
    titles = [_panel_title(key, panels, language) for key in panels]
    spacing = min(0.12, 0.5 / max(1, len(panels)))
    figure = make_subplots(rows=len(panels), cols=1, subplot_titles=titles, vertical_spacing=spacing)
    for place, ((dimension, low, high), counts) in enumerate(panels.items(), 1):
        slots = _slots(counts, low, high)
        labels, numbers, colours = slots.labels(language), slots.numbers(counts), slots.colours
        total = counts.total()
        common = {"dimension": plain(dimension_name(dimension, language)), "total": total}
        hover = [
            say(language, "judges_hover_score", score=label, n=n, share=tenths(n / total), **common)
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


def category_means_figure(outcomes: Outcomes, language: Language) -> go.Figure:
    """Mean score by category, a bar for each dimension; a line shows the range given the missing scores."""
    found_in = by_category(outcomes, "satisfaction")
    dimensions = list(dict.fromkeys(key[0] for key in score_panels(outcomes)))[:MOST_MEANS]
    names = [category_of(category, language) for category in found_in]
    figure = go.Figure()
    for dimension, colour in zip(dimensions, _COLOURS, strict=False):
        found = [worst_case("", _share_of_scale(counts, dimension)) for counts in found_in.values()]
        means = [one.mean for one in found]
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
        above = [(one.highest or 0.0) - (one.mean or 0.0) for one in found]
        below = [(one.mean or 0.0) - (one.lowest or 0.0) for one in found]
        figure.add_trace(
            go.Bar(
                x=means,
                y=list(range(len(names))),
                orientation="h",
                name=axis_label(dimension_name(dimension, language)),
                marker={"color": colour},
                error_x=whiskers(above, below, caps=0),
                customdata=hover,
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    several = len(dimensions) > 1
    dress(figure, height=EDGES + 40 * several + max(ROW, 14 * len(dimensions) + 12) * len(names))
    name_rows(figure, names)
    figure.update_layout(barmode="group", bargap=0.25, showlegend=several, legend=LEGEND)
    figure.update_layout(margin={"t": 64 if several else 28})
    whole_axis(figure, say(language, "judges_axis_mean"))
    return figure


def _share_of_scale(outcomes: Outcomes, dimension: str) -> FloatArray:
    """Return all scores of a dimension as shares of the scale, NaN for missing ones."""
    rows = [(outcome, number) for outcome, number in outcomes.items() if outcome.dimension == dimension]
    shares = [
        math.nan if outcome.score is None else (outcome.score - outcome.low) / (outcome.high - outcome.low)
        for outcome, _ in rows
    ]
    return np.repeat(np.array(shares, np.float64), [number for _, number in rows])


def _slots(counts: Counts, low: float, high: float) -> _Slots:
    """Return a bin for each whole score of the scale and for other scores given; ranges if these are too many."""
    whole = {float(score) for score in range(math.ceil(low), math.floor(high) + 1)}
    given = {score for score in counts if isinstance(score, float)}
    values = sorted(whole | given) if len(whole) <= _MOST_VALUES else sorted(given)
    states = tuple(state for state in MISSING_ENDS if counts[state])
    if len(values) <= _MOST_VALUES:
        return _Slots(tuple(values), (), states)
    return _Slots((), tuple(np.linspace(low, high, _BINS + 1).tolist()), states)


def _heat(
    places: Sequence[int], cells: list[list[float | None]], hover: list[list[str]], *, is_score: bool
) -> go.Heatmap:
    """Heatmap cells, blue for scores and red for missing ones; half of a row is the strongest colour."""
    few, many = (_FEW, _MANY) if is_score else (_FEW_MISSING, _MANY_MISSING)
    return go.Heatmap(
        z=cells,
        x=list(places),
        y=list(range(len(cells))),
        zmin=0.0,
        zmax=0.5,
        colorscale=[(0.0, few), (1.0, many)],
        showscale=False,
        xgap=2,
        ygap=2,
        text=[["" if cell is None else f"{100 * cell:.0f}" for cell in line] for line in cells],
        texttemplate="%{text}",
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
    )


def _heatmap(panels: Mapping[Panel, Counts], language: Language) -> go.Figure:
    """A row for each dimension, a column for each score, shares of the row in the cells."""
    together: Counts = Counter()
    for counts in panels.values():
        together.update(counts)
    _, low, high = next(iter(panels))
    slots = _slots(together, low, high)
    labels = slots.labels(language)
    names = [plain(dimension_name(dimension, language)) for dimension, _, _ in panels]
    numbers = [slots.numbers(counts) for counts in panels.values()]
    totals = [max(1, sum(line)) for line in numbers]
    hover = [
        [
            say(
                language,
                "judges_hover_score",
                dimension=plain(name),
                score=label,
                n=n,
                total=total,
                share=tenths(n / total),
            )
            for label, n in zip(labels, line, strict=True)
        ]
        for name, line, total in zip(names, numbers, totals, strict=True)
    ]
    n_scores = len(labels) - len(slots.states)
    # An empty column separates scores from missing ones.
    places = [*range(n_scores), *range(n_scores + 1, len(labels) + 1)]
    figure = go.Figure()
    for columns in (slice(n_scores), slice(n_scores, None)):
        if not places[columns]:
            continue
        cells = [[n / total or None for n in line[columns]] for line, total in zip(numbers, totals, strict=True)]
        words = [line[columns] for line in hover]
        figure.add_trace(_heat(places[columns], cells, words, is_score=columns.start is None))
    dress(figure, height=EDGES + _CELL * len(names))
    figure.update_xaxes(tickvals=places, ticktext=labels, side="top", showgrid=False, tickangle=0)
    dimensions = [axis_label(dimension_name(dimension, language)) for dimension, _, _ in panels]
    rows = [f"{name} ({total:,})" for name, total in zip(dimensions, totals, strict=True)]
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=rows, autorange="reversed", showgrid=False)
    return figure


def _panel_title(key: tuple[str, float, float], panels: Iterable[tuple[str, float, float]], language: Language) -> str:
    dimension, low, high = key
    name = axis_label(dimension_name(dimension, language))
    scales = {(one_low, one_high) for _, one_low, one_high in panels}
    return name if len(scales) == 1 else f"{name} ({number_text(low)}–{number_text(high)})"
