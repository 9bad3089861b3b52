"""Dropdowns whose choices come from the store and whose words are the reader's.

A file of its own because three tabs fill dropdowns in the same way: what was chosen stays chosen while it is
still there, and "all" is a choice with a name.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.ui.visitor import Visitor
from app.views.board import choices
from storage.database.tables import Campaign

ALL = ""
"""What "all" is sent as: Gradio shows no label for a choice whose value is None."""

Choice = tuple[str, str]


def pick(value: object, offered: Sequence[Choice], **changes: Any) -> Any:  # noqa: ANN401  what Gradio calls updates
    """A dropdown with these choices and further changes; a value that is not among them is dropped."""
    kept = value if value in [meant for _, meant in offered] else None
    return gr.Dropdown(choices=list(offered), value=kept, **changes)


def filter_choices(visitor: Visitor, values: Sequence[str], *, of: str) -> list[Choice]:
    """All, and each value under its name; `of` is category, language or anything else."""
    return [(visitor.say("admin_all"), ALL), *choices(values, visitor.language, of=of)]


def campaign_choices(campaigns: Sequence[Campaign]) -> list[Choice]:
    """Each study by name; the number is what is meant."""
    return [(campaign.name, str(campaign.id)) for campaign in campaigns]


def chosen(value: object) -> str | None:
    """What a filter asks for, None for all and for anything that is no text."""
    return value if isinstance(value, str) and value != ALL else None


def number(value: object) -> int | None:
    """The number behind a choice or a number field, None when there is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) if value == int(value) else None
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None
