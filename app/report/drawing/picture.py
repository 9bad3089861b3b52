"""A drawing as PNG, by Pillow, without a browser."""

import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from app.report.drawing.canvas import Box, Dot, Drawing, Label, Line, light_colours

SCALE = 2
"""Pixels of the picture for one of the drawing."""
_FINE = 2
"""Lines and dots are drawn this much larger, and made smaller again, so that their edges are smooth."""
WIDE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "msyh.ttc",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
)
"""Files of fonts with Chinese characters that systems come with; the font inside of Pillow has Latin ones only."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def png_of(drawing: Drawing) -> bytes | None:
    """A drawing as PNG in light colours; None if no font of this machine has the characters of its texts."""
    texts = "".join(element.text for element in drawing.elements if isinstance(element, Label))
    file = None if texts.isascii() or all(ord(one) < 0x2100 for one in texts) else _wide_font()
    if file == "":
        return None
    scale = SCALE * _FINE
    paper = light_colours()["paper"]
    picture = Image.new("RGB", (round(drawing.width * scale), round(drawing.height * scale)), paper)
    pen = ImageDraw.Draw(picture, "RGBA")
    for element in drawing.elements:
        colour = ImageColor.getrgb(light_colours()[element.tone])
        if isinstance(element, Line):
            _line(pen, element, colour, scale)
        elif isinstance(element, Box):
            x, y = element.x * scale, element.y * scale
            ends = (x, y, x + element.width * scale, y + element.height * scale)
            pen.rectangle(ends, fill=(*colour[:3], round(255 * element.strength)))
        elif isinstance(element, Dot):
            x, y, r = element.x * scale, element.y * scale, element.radius * scale
            pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        else:
            _label(pen, element, colour, scale, file)
    small = picture.resize((picture.width // _FINE, picture.height // _FINE), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.save(written, "PNG")
    return written.getvalue()


def _line(pen: ImageDraw.ImageDraw, line: Line, colour: tuple[int, ...], scale: int) -> None:
    start, end = (line.x1 * scale, line.y1 * scale), (line.x2 * scale, line.y2 * scale)
    width = max(1, round(line.width * scale))
    if not line.is_dashed:
        pen.line((*start, *end), fill=colour, width=width)
        return
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    steps = max(1, round(length / (4 * scale)))
    for step in range(0, steps, 2):
        one, other = step / steps, min(1.0, (step + 1) / steps)
        points = [
            coordinate
            for share in (one, other)
            for coordinate in (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        ]
        pen.line(points, fill=colour, width=width)


def _label(pen: ImageDraw.ImageDraw, label: Label, colour: tuple[int, ...], scale: int, file: str | None) -> None:
    anchor = {"start": "lm", "middle": "mm", "end": "rm"}[label.anchor]
    place = (label.x * scale, label.y * scale)
    pen.text(
        place,
        label.text,
        fill=colour,
        font=_font(file, round(label.size * scale)),
        anchor=anchor,
        stroke_width=scale // 4 if label.is_bold else 0,
        stroke_fill=colour,
    )


@cache
def _font(file: str | None, size: int) -> Font:
    return ImageFont.load_default(size) if file is None else ImageFont.truetype(file, size)


@cache
def _wide_font() -> str:
    """A font of this machine with Chinese characters; empty if none is found."""
    for name in WIDE_FONTS:
        try:
            return str(Path(str(ImageFont.truetype(name, 12).path)))
        except OSError:
            continue
    return ""
