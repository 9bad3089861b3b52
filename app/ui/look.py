"""The colours of all pages, read from `static/tokens.css`, and Gradio's theme made of them.

`static/tokens.css` is the one home of colours, type and space; `static/parts.css` has the classes made of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

_FONT = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "sans-serif",
)
_MONO = ("ui-monospace", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")

TOKENS = Path(__file__).parent / "static" / "tokens.css"
_COLOUR = re.compile(r"--ev-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")


@dataclass(frozen=True)
class ThemedColour:
    """One colour of the visual language.

    Attributes:
        light: hexadecimal value on light pages, `#rrggbb`.
        dark: hexadecimal value on dark pages.
    """

    light: str
    dark: str


@cache
def colours() -> Mapping[str, ThemedColour]:
    """Return the colours of `static/tokens.css` by name, without the prefix `--ev-`."""
    found = _COLOUR.findall(TOKENS.read_text(encoding="utf-8"))
    return {name: ThemedColour(light, dark) for name, light, dark in found}


_PLACES = {
    "body_background_fill": "ground",
    "background_fill_primary": "paper",
    "background_fill_secondary": "sunken",
    "body_text_color": "ink",
    "body_text_color_subdued": "soft",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "border_color_accent_subdued": "line",
    "color_accent_soft": "tint",
    "link_text_color": "accent",
    "link_text_color_hover": "accent",
    "link_text_color_visited": "accent",
    "block_border_color": "line",
    "block_label_background_fill": "paper",
    "block_label_text_color": "soft",
    "block_title_text_color": "soft",
    "block_info_text_color": "soft",
    "panel_background_fill": "paper",
    "panel_border_color": "line",
    "input_background_fill": "paper",
    "input_background_fill_focus": "paper",
    "input_border_color": "edge",
    "input_border_color_focus": "accent",
    "input_placeholder_color": "soft",
    "checkbox_background_color": "paper",
    "checkbox_background_color_selected": "accent",
    "checkbox_border_color": "edge",
    "checkbox_border_color_selected": "accent",
    "checkbox_label_background_fill": "paper",
    "checkbox_label_background_fill_hover": "tint",
    "checkbox_label_background_fill_selected": "tint",
    "checkbox_label_border_color": "line",
    "checkbox_label_border_color_selected": "accent",
    "checkbox_label_text_color": "ink",
    "checkbox_label_text_color_selected": "ink",
    "button_primary_background_fill": "accent",
    "button_primary_background_fill_hover": "accent",
    "button_primary_border_color": "accent",
    "button_primary_text_color": "accent-ink",
    "button_primary_text_color_hover": "accent-ink",
    "button_secondary_background_fill": "paper",
    "button_secondary_background_fill_hover": "tint",
    "button_secondary_border_color": "edge",
    "button_secondary_text_color": "ink",
    "button_secondary_text_color_hover": "ink",
    "table_border_color": "line",
}


def theme() -> Any:  # noqa: ANN401  Gradio has no types for its themes
    """Return our Gradio theme; it fetches no fonts."""
    values: dict[str, str] = {}
    for place, colour in _PLACES.items():
        values[place], values[f"{place}_dark"] = colours()[colour].light, colours()[colour].dark
    values["color_accent"] = "var(--border-color-accent)"
    base = gr.themes.Base(font=list(_FONT), font_mono=list(_MONO), radius_size="md")
    return base.set(
        **values,
        block_shadow="none",
        block_border_width="0px",
        block_padding="0px",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        button_small_text_size="0.9rem",
        button_small_text_weight="500",
        block_label_text_size="0.85rem",
        block_title_text_size="0.85rem",
        block_title_text_weight="500",
        button_border_width="1px",
        input_border_width="1px",
        form_gap_width="0px",
    )
