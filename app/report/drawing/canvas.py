"""Elements of a drawing, and a drawing as SVG.

A colour is the name of a colour of `app/ui/static/tokens.css`. On a page it follows the theme by a CSS variable; in a
file of its own it is the light one.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from app.rendering.html import render_plain

Tone = Literal["ink", "soft", "line", "edge", "accent", "paper", "wins", "loses", "much", "side-a", "side-b"]
Anchor = Literal["start", "middle", "end"]
FONT_SIZE = 12.0
"""Default size of texts, in pixels."""
_ADVANCE = 0.56
"""Mean width of a Latin character, in font sizes; estimates only need to leave enough room."""


@dataclass(frozen=True)
class Line:
    """A straight line from one point to another."""

    x1: float
    y1: float
    x2: float
    y2: float
    tone: Tone = "line"
    width: float = 1.0
    is_dashed: bool = False


@dataclass(frozen=True)
class Box:
    """A filled rectangle; `strength` is its opacity, 0 to 1."""

    x: float
    y: float
    width: float
    height: float
    tone: Tone = "much"
    strength: float = 1.0


@dataclass(frozen=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float = 4.5
    tone: Tone = "accent"


@dataclass(frozen=True)
class Label:
    """A text; `y` is the middle of its line."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    tone: Tone = "ink"
    size: float = FONT_SIZE
    is_bold: bool = False


Element = Line | Box | Dot | Label


@dataclass(frozen=True)
class Drawing:
    """Elements on a canvas, drawn in order; sizes are in pixels."""

    width: float
    height: float
    elements: Sequence[Element]


def width_of(text: str, size: float = FONT_SIZE) -> float:
    """The estimated width of a text in pixels; wide characters, such as Chinese ones, count in full."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return size * (wide + _ADVANCE * (len(text) - wide))


def shortened(text: str, room: float, size: float = FONT_SIZE) -> str:
    """A text that fits into some room; the middle of a longer one is left out, as sizes and versions come last."""
    if width_of(text, size) <= room:
        return text
    head, tail = text, ""
    while head and width_of(f"{head}…{tail}", size) > room:
        if len(tail) < len(text) // 3 and len(head) + len(tail) >= len(text):
            tail = text[len(text) - len(text) // 3 :]
            head = text[: len(text) - len(tail)]
        head = head[:-1]
    return f"{head.rstrip()}…{tail}"


@cache
def light_colours() -> Mapping[str, str]:
    """The light colour of each name in the style sheet."""
    sheet = resources.files("app").joinpath("ui", "static", "tokens.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--ev-([a-z-]+): light-dark\((#[0-9a-f]{6}),", sheet))


def svg_of(drawing: Drawing, *, title: str, text: str, on_page: bool) -> str:
    """A drawing as SVG, one element a line.

    Args:
        drawing: the drawing.
        title: name for screen readers.
        text: description for screen readers.
        on_page: whether it stands in a page that has the style sheet; else it is a file with light colours.
    """
    size = f'viewBox="0 0 {_number(drawing.width)} {_number(drawing.height)}"'
    sides = f'width="{_number(drawing.width)}" height="{_number(drawing.height)}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {sides} role="img" font-family="{_FONTS}">',
        f"<title>{render_plain(title)}</title>",
        f"<desc>{render_plain(text)}</desc>",
    ]
    if not on_page:
        head.append(f'<rect width="100%" height="100%" fill="{light_colours()["paper"]}"/>')
    lines = [_element(element, on_page=on_page) for element in drawing.elements]
    return "\n".join([*head, *lines, "</svg>"])


_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans SC', 'Noto Sans CJK SC', sans-serif"


def _element(element: Element, *, on_page: bool) -> str:
    colour = f"var(--ev-{element.tone})" if on_page else light_colours()[element.tone]
    if isinstance(element, Line):
        ends = (("x1", element.x1), ("y1", element.y1), ("x2", element.x2), ("y2", element.y2))
        places = " ".join(f'{name}="{_number(value)}"' for name, value in ends)
        dashes = ' stroke-dasharray="4 4"' if element.is_dashed else ""
        return f'<line {places} style="stroke:{colour}" stroke-width="{_number(element.width)}"{dashes}/>'
    if isinstance(element, Box):
        sides = (("x", element.x), ("y", element.y), ("width", element.width), ("height", element.height))
        places = " ".join(f'{name}="{_number(value)}"' for name, value in sides)
        return f'<rect {places} rx="2" style="fill:{colour}" fill-opacity="{element.strength:.3f}"/>'
    if isinstance(element, Dot):
        place = f'cx="{_number(element.x)}" cy="{_number(element.y)}" r="{_number(element.radius)}"'
        return f'<circle {place} style="fill:{colour}"/>'
    weight = ' font-weight="600"' if element.is_bold else ""
    return (
        f'<text x="{_number(element.x)}" y="{_number(element.y)}" dy="0.35em" text-anchor="{element.anchor}" '
        f'font-size="{_number(element.size)}"{weight} style="fill:{colour}">{render_plain(element.text)}</text>'
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
