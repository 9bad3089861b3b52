"""Charts made of lines, boxes and texts: intervals, a scatter plot, a heatmap."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from app.report.drawing.canvas import Box, Dot, Drawing, Element, Label, Line, Tone, shortened, width_of

WIDTH, NARROW = 720.0, 340.0
"""Widths of charts in pixels: on a page, and on a phone."""
_ROW, _TOP, _BOTTOM, _PAD = 26.0, 12.0, 44.0, 12.0
_LINE_HEIGHT = 15.0
_TONES: tuple[Tone, ...] = ("accent", "side-b", "wins", "side-a", "ink")
_LONGEST_NAME = 0.39
"""Largest share of the width that names have."""
MOST_CELLS = 24
"""Largest number of models on each side of a heatmap."""

Form = Callable[[float], str]
"""A number as text."""


@dataclass(frozen=True)
class Interval:
    """One line of an interval chart; an end is None where it is unknown or open.

    Attributes:
        name: name of the line.
        value: middle.
        lower: lower end.
        upper: upper end.
    """

    name: str
    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Axis:
    """The scale of a chart: its name, the form of its numbers, and a value that is marked, such as no bias."""

    title: str
    form: Form
    mark: float | None = None


def interval_chart(rows: Sequence[Interval], axis: Axis, *, width: float = WIDTH) -> Drawing:
    """A dot with an interval for each row, from top to bottom."""
    room = min(_LONGEST_NAME * width, max(width_of(row.name) for row in rows)) + 2 * _PAD
    values = [end for row in rows for end in (row.value, row.lower, row.upper) if end is not None]
    scale = _Scale.of([*values, *([] if axis.mark is None else [axis.mark])], room, width - 56.0)
    bottom = _TOP + _ROW * len(rows)
    elements: list[Element] = list(_across(scale, axis, _TOP, bottom))
    for place, row in enumerate(rows):
        y = _TOP + _ROW * (place + 0.5)
        elements.append(Label(room - _PAD, y, shortened(row.name, room - 1.5 * _PAD), "end"))
        if row.lower is not None or row.upper is not None:
            low = scale.at(scale.low if row.lower is None else row.lower)
            high = scale.at(scale.high if row.upper is None else row.upper)
            elements.append(Line(low, y, high, y, "accent", 2.0))
        elements.append(Dot(scale.at(row.value), y))
        elements.append(Label(width - 4.0, y, axis.form(row.value), "end", "soft"))
    return Drawing(width, bottom + _BOTTOM, elements)


@dataclass(frozen=True)
class PlacedModel:
    """One point of a scatter plot, with its half-widths across and its ends upwards; None where unknown."""

    name: str
    x: float
    y: float
    x_reach: float | None
    lower: float | None
    upper: float | None


def scatter_chart(points: Sequence[PlacedModel], across: Axis, upwards: Axis, *, width: float = WIDTH) -> Drawing:
    """A named point for each model with both intervals."""
    left, top, height, right = 52.0, 28.0, 340.0, width - 2 * _PAD
    xs = [x for point in points for reach in [point.x_reach or 0.0] for x in (point.x - reach, point.x + reach)]
    ys = [y for point in points for y in (point.y, point.lower, point.upper) if y is not None]
    flat, steep = _Scale.of(xs, left, right), _Scale.of(ys, top + height, top)
    elements: list[Element] = list(_across(flat, across, top, top + height))
    elements.append(Label(4.0, 10.0, upwards.title, "start", "soft"))
    for tick in steep.ticks():
        y = steep.at(tick)
        elements.append(Line(left, y, right, y))
        elements.append(Label(left - 8.0, y, upwards.form(tick), "end", "soft"))
    for point in points:
        x, y = flat.at(point.x), steep.at(point.y)
        if point.x_reach is not None:
            ends = flat.at(point.x - point.x_reach), flat.at(point.x + point.x_reach)
            elements.append(Line(ends[0], y, ends[1], y, "edge", 1.5))
        if point.lower is not None and point.upper is not None:
            elements.append(Line(x, steep.at(point.lower), x, steep.at(point.upper), "edge", 1.5))
    for point in points:
        x, y = flat.at(point.x), steep.at(point.y)
        is_right = x > (left + right) / 2
        elements += [
            Dot(x, y, 5.0),
            Label(
                x - 9.0 if is_right else x + 9.0, y - 11.0, shortened(point.name, 200.0), "end" if is_right else "start"
            ),
        ]
    return Drawing(width, top + height + _BOTTOM, elements)


def heat_chart(
    names: Sequence[str], cells: Sequence[Sequence[float | None]], form: Form, *, width: float = WIDTH
) -> Drawing:
    """Shares of 0 to 1 of the row against the column: above a half in one colour, below it in the other."""
    n = len(names)
    room = min(_LONGEST_NAME * width, max(width_of(name) for name in names)) + 3 * _PAD
    side = min(56.0, (width - room - _PAD) / n)
    top = 26.0
    elements: list[Element] = []
    for place in range(n):
        x, y = room + side * (place + 0.5), top + side * (place + 0.5)
        elements.append(Label(x, 12.0, str(place + 1), "middle", "soft"))
        elements.append(Label(room - _PAD, y, f"{shortened(names[place], room - 3 * _PAD)}  {place + 1}", "end"))
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            if value is None:
                continue
            x, y = room + side * column, top + side * row
            strength = 0.08 + 0.62 * min(1.0, abs(value - 0.5) * 2.0)
            elements.append(Box(x + 1, y + 1, side - 2, side - 2, "wins" if value >= 0.5 else "loses", strength))
            if side >= 29.0:
                elements.append(Label(x + side / 2, y + side / 2, form(value), "middle", "ink", 11.0))
    return Drawing(room + side * n + _PAD, top + side * n + _PAD, elements)


@dataclass(frozen=True)
class Series:
    """One line of a line chart: its name, and a value at each place across; None where unknown."""

    name: str
    values: Sequence[float | None]


def line_chart(places: Sequence[float], lines: Sequence[Series], axes: tuple[Axis, Axis], *, width: float) -> Drawing:
    """Values over places, one line each, with its name in its colour at its right end; each second line is dashed.

    A line has a gap where a value is unknown; a value between two unknown ones is a dot.

    Args:
        places: places across, ascending, the same for all lines.
        lines: lines with at least one known value each.
        axes: the axis across and the one upwards.
        width: width of the chart.
    """
    across, upwards = axes
    left, top, height = 52.0, 28.0, 340.0
    room = min(_LONGEST_NAME * width, max(width_of(line.name) for line in lines)) + _PAD
    right = width - room - _PAD
    flat = _Scale.of(places, left, right)
    steep = _Scale.of([one for line in lines for one in line.values if one is not None], top + height, top)
    elements: list[Element] = list(_across(flat, across, top, top + height))
    elements.append(Label(4.0, 10.0, upwards.title, "start", "soft"))
    for tick in steep.ticks():
        elements.append(Line(left, steep.at(tick), right, steep.at(tick)))
        elements.append(Label(left - 8.0, steep.at(tick), upwards.form(tick), "end", "soft"))
    ends = []
    for number, line in enumerate(lines):
        tone = _TONES[number % len(_TONES)]
        pieces = _pieces(places, line.values, flat, steep)
        for points in pieces:
            for (x1, y1), (x2, y2) in pairwise(points):
                elements.append(Line(x1, y1, x2, y2, tone, 1.5, is_dashed=number % 2 == 1))
        elements += [Dot(*points[0], 2.0, tone) for points in pieces[:-1] if len(points) == 1]
        end = pieces[-1][-1]
        elements.append(Dot(*end, 3.5, tone))
        ends.append((end, line.name, tone))
    y = -math.inf
    for (x, height_of_end), name, tone in sorted(ends, key=lambda one: one[0][1]):
        y = max(height_of_end, y + _LINE_HEIGHT)
        elements.append(Line(x, height_of_end, right + _PAD - 4.0, y, tone, 0.75))
        elements.append(Label(right + _PAD, y, shortened(name, room - _PAD), tone=tone))
    return Drawing(width, max(top + height + _BOTTOM, y + _PAD), elements)


def _pieces(
    places: Sequence[float], values: Sequence[float | None], flat: "_Scale", steep: "_Scale"
) -> list[list[tuple[float, float]]]:
    """The points of a line in pixels, one list for each run of known values."""
    known = groupby(zip(places, values, strict=True), key=lambda one: one[1] is not None)
    return [[(flat.at(x), steep.at(y)) for x, y in own if y is not None] for is_known, own in known if is_known]


@dataclass(frozen=True)
class _Scale:
    """A linear scale from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, values: Iterable[float], start: float, end: float) -> "_Scale":
        """A scale that holds all values with some room on both sides."""
        found = list(values)
        low, high = min(found), max(found)
        room = (high - low) * 0.06 or max(abs(high), 1.0) * 0.05
        return cls(low - room, high + room, start, end)

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round numbers within the scale: about five of them, fewer where there is little room."""
        raw = (self.high - self.low) / max(2.0, min(5.0, abs(self.end - self.start) / 60.0))
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(size * power for size in (1.0, 2.0, 2.5, 5.0, 10.0) if size * power >= raw * 0.999)
        first = math.ceil(self.low / step)
        return [round(place * step, 10) for place in range(first, math.floor(self.high / step) + 1)]


def _across(scale: _Scale, axis: Axis, top: float, bottom: float) -> Iterable[Element]:
    """Grid, numbers and name of a horizontal axis, and the marked value."""
    for tick in scale.ticks():
        x = scale.at(tick)
        yield Line(x, top, x, bottom)
        yield Label(x, bottom + 14.0, axis.form(tick), "middle", "soft")
    if axis.mark is not None:
        x = scale.at(axis.mark)
        yield Line(x, top, x, bottom, "edge", 1.5, is_dashed=True)
    room = scale.end + 56.0
    title = axis.title if width_of(axis.title) < room else shortened(axis.title.split(";")[0].split("；")[0], room)
    yield Label(min((scale.start + scale.end) / 2, room - width_of(title) / 2), bottom + 33.0, title, "middle", "soft")
