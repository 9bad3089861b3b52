"""A heat map of values by length and depth, for tasks that search long texts, as SVG and as a table.

Tasks whose names end in a length such as `needle-en-8k` and whose metrics are depths such as `depth_30` make one map
for each language and model.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape

from objective.summary.table import TaskResult

_TASK = re.compile(r"(?P<series>.+)-(?P<length>\d+k)")
_DEPTH = re.compile(r"depth_(\d+)")
_CELL, _LEFT, _TOP = (56, 26), 60, 56
_LIGHT, _DARK = (239, 244, 250), (23, 78, 140)
"""Colours of 0 and 100 per cent; text in a cell turns white where the cell is dark."""

Grid = Mapping[str, Mapping[int, float | None]]
"""Values in per cent by length and depth; None where nothing was answered."""


def heatmaps(results: Sequence[TaskResult]) -> dict[tuple[str, str], Grid]:
    """The values by series of tasks and model, such as `needle-en`; empty if no task has depths.

    Args:
        results: results of a summary.
    """
    found: dict[tuple[str, str], dict[str, dict[int, float | None]]] = defaultdict(lambda: defaultdict(dict))
    for result in results:
        task, depth = _TASK.fullmatch(result.task), _DEPTH.fullmatch(result.metric)
        if task is None or depth is None:
            continue
        value = None if result.value is None else 100 * result.value
        found[task["series"], result.model][task["length"]][int(depth[1])] = value
    return {key: dict(sorted(rows.items(), key=lambda row: int(row[0][:-1]))) for key, rows in found.items()}


def heatmap_svg(grid: Grid, *, title: str) -> str:
    """A heat map as SVG: a row for each depth, a column for each length.

    Args:
        grid: values by length and depth.
        title: title above the map.
    """
    lengths, depths = list(grid), sorted({depth for row in grid.values() for depth in row})
    wide, high = _LEFT + _CELL[0] * len(lengths) + 16, _TOP + _CELL[1] * len(depths) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"',
        'role="img" font-family="system-ui, sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
        f'<text x="8" y="20" font-weight="600">{escape(title)}</text>',
        f'<text x="8" y="{_TOP - 10}">depth %</text>',
    ]
    for column, length in enumerate(lengths):
        left = _LEFT + _CELL[0] * column
        parts.append(f'<text x="{left + _CELL[0] // 2}" y="{_TOP - 10}" text-anchor="middle">{escape(length)}</text>')
        for row, depth in enumerate(depths):
            parts.append(_cell(left, _TOP + _CELL[1] * row, grid[length].get(depth)))
    for row, depth in enumerate(depths):
        parts.append(f'<text x="{_LEFT - 10}" y="{_TOP + _CELL[1] * row + 17}" text-anchor="end">{depth}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def heatmap_table(grid: Grid) -> str:
    """The same map as a Markdown table."""
    depths = sorted({depth for row in grid.values() for depth in row})
    lines = [["depth %", *grid], ["---:"] * (len(grid) + 1)]
    lines += [[str(depth), *(_number(row.get(depth)) for row in grid.values())] for depth in depths]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(left: int, top: int, value: float | None) -> str:
    share = 0.0 if value is None else value / 100
    colour = (
        "#fff"
        if value is None
        else "#"
        + "".join(f"{round(light + (dark - light) * share):02x}" for light, dark in zip(_LIGHT, _DARK, strict=True))
    )
    ink = "#fff" if value is not None and value > 65 else "#1c2733"
    return (
        f'<rect x="{left}" y="{top}" width="{_CELL[0] - 2}" height="{_CELL[1] - 2}" rx="3" fill="{colour}" '
        f'stroke="#c9d4e0"/><text x="{left + _CELL[0] // 2 - 1}" y="{top + 16}" text-anchor="middle" fill="{ink}">'
        f"{_number(value)}</text>"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
