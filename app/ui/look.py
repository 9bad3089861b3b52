"""Gradio theme with the colours and fonts of our pages, light and dark.

The colours are those of `static/content.css`, which styles our own blocks.
"""

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

_LIGHT = {
    "ground": "#f7f7f5",
    "paper": "#ffffff",
    "sunken": "#f3f4f2",
    "ink": "#1f2328",
    "soft": "#59616b",
    "line": "#dfe1e3",
    "edge": "#8a929b",
    "accent": "#2f5d8a",
    "accent_ink": "#ffffff",
    "tint": "#edf2f7",
}
_DARK = {
    "ground": "#15181c",
    "paper": "#1d2126",
    "sunken": "#171a1f",
    "ink": "#e6e8ea",
    "soft": "#a3abb4",
    "line": "#343a42",
    "edge": "#77808a",
    "accent": "#8ab4dc",
    "accent_ink": "#10202f",
    "tint": "#22303d",
}

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
    "button_primary_text_color": "accent_ink",
    "button_primary_text_color_hover": "accent_ink",
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
        values[place], values[f"{place}_dark"] = _LIGHT[colour], _DARK[colour]
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
