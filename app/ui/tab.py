"""Building blocks of the admin tabs: event options, fills and common components.

Handlers run concurrently in worker threads and have no API name. Nothing greys out while a handler runs, because
replies are fast.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import gradio as gr

from app.rendering.html import render_plain
from app.ui.labels import label
from app.views.sentences import say
from storage.values import LANGUAGES

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}

READS: dict[str, Any] = {**_QUIET, "trigger_mode": "always_last"}
"""Event options of reading handlers: of rapid changes only the last one runs."""

WRITES: dict[str, Any] = {**_QUIET, "trigger_mode": "once"}
"""Event options of writing handlers: a double click runs once."""


@dataclass(frozen=True)
class Fill:
    """How a part of a tab is filled when the tab is opened, and after these events.

    Attributes:
        show: the handler that fills the part.
        inputs: input components of the handler.
        outputs: components that the handler fills.
        events: further events that fill the part, as one listener, so that replies come in the order of the events.
    """

    show: Callable[..., Any]
    inputs: list[Any]
    outputs: list[Any]
    events: list[Any] = field(default_factory=list)


def intro(key: str) -> gr.Button:
    """Add a tab's introduction and return its Refresh button."""
    with gr.Row(elem_classes="adm-intro"):
        gr.Markdown(label(key), elem_classes="adm-intro-text")
        return action("admin_refresh")


def action(key: str, *, variant: Literal["primary", "secondary"] = "secondary") -> gr.Button:
    """Add a compact button beside its fields."""
    return gr.Button(label(key), variant=variant, size="sm", min_width=80, scale=0, elem_classes="adm-action")


def block() -> gr.HTML:
    """Add an empty block for HTML from `app.ui.markup`."""
    return gr.HTML("", js_on_load=None, apply_default_css=False, padding=False, container=False, elem_classes="ev")


def place(name: str) -> gr.HTML:
    """Add the place of a page of our own HTML, which `admin/static/staff.js` fills by the call of this name."""
    offline = "".join(
        f' data-offline-{language}="{render_plain(say(language, "staff_offline"))}"' for language in LANGUAGES
    )
    bars = '<div class="ui-loading"><i></i><i></i><i></i></div>'
    content = f'<div class="stf-place" data-staff="{name}"{offline}>{bars}</div>'
    return gr.HTML(content, js_on_load=None, apply_default_css=False, padding=False, container=False, elem_classes="ev")


@contextmanager
def outlined() -> Iterator[None]:
    """Add an outline and, beside it, the column of the sections that it chooses from, one at a time.

    `admin/static/outline.js` fills it with the first heading of each `section` that is added inside; without that
    script all sections stand one below the other. On a phone it is a button with the name of the section on screen.
    """
    button = '<button type="button" class="ui-button" aria-expanded="false"></button>'
    nav = f'<nav class="adm-outline" data-outline hidden>{button}<ul class="ui-outline"></ul></nav>'
    with gr.Column(elem_classes="adm-outlined"):
        gr.HTML(
            nav,
            js_on_load=None,
            apply_default_css=False,
            padding=False,
            container=False,
            elem_classes="ev adm-outline-box",
        )
        with gr.Column(elem_classes="adm-sections"):
            yield


def section(tab: str, name: str) -> gr.Column:
    """Add a section of a tab that shows one at a time; its first heading is its name in the outline."""
    return gr.Column(elem_id=f"{tab}-{name}", elem_classes="adm-section")
