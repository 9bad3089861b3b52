"""Search in long lists: in the rows of a table, and in many chips of a form."""

from app.rendering.html import render_plain
from app.ui.visitor import Visitor

MOST_ROWS = 8
"""Rows that need no search."""
MOST_CHIPS = 12
"""Chips that need no search, and that are shown at first where there are more."""


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


def chip_search(visitor: Visitor, boxes: str, text: str, *, total: int) -> str:
    """Return chips with a search after their heading; short lists stay as they are.

    `static/chips.js` shows the first ones, those that are chosen, and those that are found; without it all are shown.

    Args:
        visitor: the reader.
        boxes: what `FormParts.boxes` returned.
        text: key of the text that says what can be entered.
        total: number of chips.
    """
    if total <= MOST_CHIPS:
        return boxes
    hint, none = render_plain(visitor.say(text)), render_plain(visitor.say("staff_find_none"))
    shown = render_plain(visitor.say("staff_find_shown", shown="{shown}", total="{total}"))
    search = (
        f'<div class="stf-find" data-find="{MOST_CHIPS}" data-shown="{shown}" data-none="{none}">'
        f'<input class="ui-input" type="search" placeholder="{hint}" aria-label="{hint}">'
        '<span class="ui-hint" role="status"></span></div>'
    )
    return boxes.replace("</legend>", f"</legend>{search}", 1)
