"""The skeletons of the pages of raters, which share the parts of `rater_parts.html`."""

from pathlib import Path

import gradio as gr
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def skeleton(name: str) -> str:
    """Return the HTML of a page; it holds no text of users or models.

    Args:
        name: the file below this folder, for example `rate/rate.html`.
    """
    return _TEMPLATES.get_template(name).render()


def add_skeleton(name: str) -> None:
    """Add a page to the current Blocks: one component without events, which the page's script fills."""
    gr.HTML(skeleton(name), js_on_load=None, apply_default_css=False, padding=False, container=False)
