"""Lists with filters and pages, as on the Judges and Objective tabs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.ui import markup
from app.ui.labels import label
from app.ui.tab import action, block
from app.ui.visitor import Visitor

PAGE_SIZE = 20
"""Entries per page, where a list has no size of its own."""


@dataclass(frozen=True)
class ListPage:
    """One page of a list.

    Attributes:
        number: page number, from 0.
        total: number of entries on all pages.
        size: entries per page.
    """

    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def skip(self) -> int:
        """Number of entries on earlier pages."""
        return self.number * self.size

    def outputs(self, visitor: Visitor, shown: int, *, key: str) -> tuple[Any, ...]:
        """Return the outputs below a list: range of entries, both buttons and the page number.

        Args:
            visitor: the reader.
            shown: number of entries on this page.
            key: text with the placeholders `first`, `last` and `total`.
        """
        entries = visitor.say(key, first=self.skip + 1, last=self.skip + shown, total=self.total)
        return (
            markup.together(markup.lead(entries)) if shown else "",
            gr.Button(interactive=self.number > 0),
            gr.Button(interactive=self.number < _last_page(self.total, self.size)),
            self.number,
        )


@dataclass(frozen=True)
class ListParts:
    """Components of a list.

    Attributes:
        panel: the column around everything.
        filters: dropdowns above the list.
        listed: the list.
        place: range of entries on the page.
        previous: button to the previous page.
        following: button to the next page.
        opened: the opened entry below the list.
        page: state with the page number.
    """

    panel: gr.Column
    filters: list[Any]
    listed: gr.Component
    place: gr.Component
    previous: gr.Button
    following: gr.Button
    opened: gr.Component
    page: gr.State

    @property
    def outputs(self) -> list[Any]:
        """Components of one page of the list, without the opened entry."""
        return [self.panel, *self.filters, self.listed, self.place, self.previous, self.following, self.page]


def page_at(number: int, total: int, size: int = PAGE_SIZE) -> ListPage:
    """Return the page with this number, or the nearest one that exists."""
    return ListPage(min(max(0, number), _last_page(total, size)), total, size)


def lay_out_list(title: str, filters: Sequence[str], *, previous: str, following: str) -> ListParts:
    """Add a list to the current Blocks, hidden at first.

    Args:
        title: text key of the heading; `TITLE_text` is the sentence below it.
        filters: text keys of the filters' labels.
        previous: text key of the button to the previous page.
        following: text key of the button to the next page.
    """
    with gr.Column(visible=False) as panel:
        gr.Markdown(label(title), elem_classes="adm-title")
        gr.Markdown(label(f"{title}_text"), elem_classes="adm-intro-text")
        with gr.Row(elem_classes="adm-filters"):
            dropdowns = [gr.Dropdown([], label=label(key), min_width=150) for key in filters]
        listed = block()
        with gr.Row(elem_classes="adm-pager"):
            buttons = action(previous), action(following)
            place = block()
        opened = block()
    return ListParts(panel, dropdowns, listed, place, *buttons, opened, gr.State(0))


def _last_page(total: int, size: int) -> int:
    return max(0, (total - 1) // size)
