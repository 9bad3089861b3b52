"""What the tabs of the admin pages are made of: how events behave, and how they are filled.

Handlers run in worker threads, many at a time; none has a name in the API; nothing greys out while it runs,
because answers come faster than that could be read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr

from app.ui.labels import label

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}

READS: dict[str, Any] = {**_QUIET, "trigger_mode": "always_last"}
"""For handlers that only look: of many changes in a row the last one counts."""

WRITES: dict[str, Any] = {**_QUIET, "trigger_mode": "once"}
"""For handlers that change the store: a double click is one."""


@dataclass(frozen=True)
class Fill:
    """How a part of a tab is filled when somebody comes to it.

    Attributes:
        show: the handler that fills the part.
        inputs: its inputs.
        outputs: what it fills.
    """

    show: Callable[..., Any]
    inputs: list[Any]
    outputs: list[Any]


def intro(key: str) -> gr.Button:
    """The sentence that a tab begins with, and its Refresh button, which is returned."""
    with gr.Row(elem_classes="adm-intro"):
        gr.Markdown(label(key), elem_classes="adm-intro-text")
        return action("admin_refresh")


def action(key: str, *, variant: Literal["primary", "secondary"] = "secondary") -> gr.Button:
    """A button beside the fields that it belongs to, no wider than its words."""
    return gr.Button(label(key), variant=variant, size="sm", min_width=80, scale=0, elem_classes="adm-action")


def block() -> gr.HTML:
    """A place for what `app.ui.markup` makes."""
    return gr.HTML("", js_on_load=None, apply_default_css=False, padding=False, container=False, elem_classes="ev")
