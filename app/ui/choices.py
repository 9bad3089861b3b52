"""Dropdowns with choices from the store and labels in the reader's language.

Shared by three tabs: a selection is kept while it still exists, and "all" is a labelled choice.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.ui.visitor import Visitor
from app.views.board import choices
from storage.database.tables import Campaign

ALL = ""
"""The value of "all": Gradio shows no label for a choice whose value is None."""

Choice = tuple[str, str]


def pick(value: object, offered: Sequence[Choice], **changes: Any) -> Any:  # noqa: ANN401  what Gradio calls updates
    """Return a dropdown with these choices and further changes; a value not among them is dropped."""
    kept = value if value in [meant for _, meant in offered] else None
    return gr.Dropdown(choices=list(offered), value=kept, **changes)


def offer(value: Any, offered: Sequence[Choice], *, sent: object, **changes: Any) -> Any:  # noqa: ANN401  as `pick`
    """Return a dropdown with these choices, and with this value unless it is what the browser sent.

    The browser shows what it sent until the reader chooses something else, which a late reply must not undo.
    """
    changed = {} if value == sent else {"value": value}
    return gr.Dropdown(choices=list(offered), **changed, **changes)


def filter_choices(visitor: Visitor, values: Sequence[str], *, of: str) -> list[Choice]:
    """Return "all" and each value with its label; `of` is "category", "language" or anything else."""
    return [(visitor.say("admin_all"), ALL), *choices(values, visitor.language, of=of)]


def campaign_choices(campaigns: Sequence[Campaign]) -> list[Choice]:
    """Return each campaign as (name, id)."""
    return [(campaign.name, str(campaign.id)) for campaign in campaigns]


def chosen(value: object) -> str | None:
    """Return a filter's value; None for "all" and for anything that is not a string."""
    return value if isinstance(value, str) and value != ALL else None


def number(value: object) -> int | None:
    """Return the whole number in a choice or number field, None if there is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) if value == int(value) else None
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None
