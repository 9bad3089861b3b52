"""The Leaderboard tab in Gradio: one static component that our script fills from `/api/board`.

The skeleton in `board.html` holds no text of users or models, and the tab has no Gradio event. `static/board.js` keeps
the filters in the address and draws the table and the figures.
"""

from pathlib import Path

import gradio as gr

SKELETON = Path(__file__).parent / "board.html"
STYLE = "board.css"
SCRIPT = "board.js"


def leaderboard_body() -> gr.HTML:
    """Add the page to the current Blocks: one component without events."""
    return gr.HTML(
        SKELETON.read_text(encoding="utf-8"),
        js_on_load=None,
        apply_default_css=False,
        padding=False,
        container=False,
        elem_classes="ev",
    )
