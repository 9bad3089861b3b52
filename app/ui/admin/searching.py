"""Search in long lists: in the rows of a table, and in many chips of a form."""

from app.rendering.html import render_plain
from app.ui.visitor import Visitor

MOST_ROWS = 8
"""Rows that need no search."""


def row_search(visitor: Visitor, text: str, *, target: str, total: int) -> str:
    """Return a field that filters the rows of a table by words; "" for a table that is short.

    Args:
        visitor: the reader.
        text: key of the text that says what can be entered.
        target: id of the element around the table.
        total: number of rows of the table.
    """
    if total <= MOST_ROWS:
        return ""
    hint = render_plain(visitor.say(text))
    return (
        f'<input class="ui-input stf-filter" type="search" data-filter="#{target}" placeholder="{hint}" '
        f'aria-label="{hint}">'
    )
