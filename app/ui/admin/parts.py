"""Building blocks of the pages for admins: buttons that call, forms with a hint and an error at each field, tables.

They return HTML; every text goes through `render_plain`. The classes are those of `app/ui/static/parts.css`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from app.rendering.html import render_plain
from app.ui.markup import Markup, RowCut, card_cell, row_attributes, with_cut
from app.ui.visitor import Visitor

ButtonKind = Literal["", "is-primary", "is-quiet", "is-danger"]
BadgeKind = Literal["", "is-open", "is-done", "is-alert"]
Cell = str | int | Markup
Text = str | Markup
"""A text, or safe HTML with one."""
Option = tuple[Text, str]
"""Label and value of a choice."""


def button(text: str, call: str, *, kind: ButtonKind = "", key: str = "", **sends: object) -> str:
    """A button that makes a call.

    Args:
        text: text of the button.
        call: name of the call; "" for a button that sends its form.
        kind: look of the button.
        key: unique name by which the focus finds the button again after the page was made anew.
        sends: further values of the call.
    """
    identity = f' id="stf-{render_plain(key)}"' if key else ""
    if not call:
        return f'<button type="submit" class="ui-button {kind}"{identity}>{render_plain(text)}</button>'
    values = render_plain(orjson.dumps(sends).decode())
    return (
        f'<button type="button" class="ui-button {kind}"{identity} data-call="{render_plain(call)}" '
        f'data-sends="{values}">{render_plain(text)}</button>'
    )


def badge(text: str, kind: BadgeKind = "") -> Markup:
    """A small chip that says a state."""
    return Markup(f'<span class="ui-badge {kind}">{render_plain(text)}</span>')


def name_of(text: str) -> Markup:
    """A name that somebody gave, in its own direction of writing."""
    return Markup(f'<span dir="auto">{render_plain(text)}</span>')


def html_of(*parts: Markup | str) -> Markup:
    """Parts one after the other; strings are HTML of this module."""
    return Markup("".join(part.html if isinstance(part, Markup) else part for part in parts))


def lead(text: Text) -> str:
    """A sentence under a heading."""
    return f'<p class="ui-lead">{_cell(text)}</p>'


def note(text: str, kind: Literal["", "is-alert", "is-done"] = "") -> str:
    """A box with a sentence that must be read."""
    return f'<p class="ui-note {kind}">{render_plain(text)}</p>'


def empty(title: str, text: str, then: str = "") -> str:
    """What stands in the place of an empty list; `then` is HTML of the next step."""
    return f'<div class="ui-empty"><strong>{render_plain(title)}</strong><p>{render_plain(text)}</p>{then}</div>'


def card(title: str, content: str, *, identity: str = "", beside: str = "", closing: str = "") -> str:
    """A section in a box.

    Args:
        title: heading.
        content: HTML of the section.
        identity: id of the section.
        beside: HTML beside the heading.
        closing: HTML at the other end of the line of the heading.
    """
    named = f' id="{identity}" tabindex="-1"' if identity else ""
    return (
        f'<section class="ui-card ui-stack"{named}><div class="ui-row stf-title"><h2 class="ui-title" dir="auto">'
        f'{render_plain(title)}</h2>{beside}<span class="stf-end ui-row">{closing}</span></div>{content}</section>'
    )


def section(title: Text, content: str) -> str:
    """A part of a card under a small heading."""
    return f'<div class="stf-section"><h3>{_cell(title)}</h3>{content}</div>'


def fold(title: Text, content: str, *, key: str, is_open: bool = False) -> str:
    """A part that opens on a click and stays as it was when the page is made anew."""
    opened = " open" if is_open else ""
    return (
        f'<details class="stf-fold" data-keep="{render_plain(key)}"{opened}><summary>{_cell(title)}</summary>'
        f"{content}</details>"
    )


def tiles(facts: Sequence[tuple[Text, Cell]]) -> str:
    """Numbers with their names."""
    cells = "".join(f"<div><dt>{_cell(name)}</dt><dd>{_cell(value)}</dd></div>" for name, value in facts)
    return f'<dl class="ui-tiles">{cells}</dl>'


def facts(pairs: Sequence[tuple[Text, Text]]) -> str:
    """Names and values in two columns."""
    rows = "".join(f'<dt>{_cell(name)}</dt><dd dir="auto">{_cell(value)}</dd>' for name, value in pairs)
    return f'<dl class="stf-facts">{rows}</dl>'


@dataclass(frozen=True)
class Heading:
    """The heading of a column.

    Attributes:
        text: the heading; "" for a column of buttons.
        is_number: whether cells are numbers.
        is_minor: whether narrow pages leave the column out.
        is_whole: whether a card on a phone gives the value its whole width.
    """

    text: str
    is_number: bool = False
    is_minor: bool = False
    is_whole: bool = False


def table(
    caption: str,
    headings: Sequence[Heading],
    rows: Iterable[Sequence[Cell]],
    *,
    is_wide: bool = False,
    cut: RowCut | None = None,
    is_cards: bool = False,
) -> str:
    """A table whose first column names its rows.

    Args:
        caption: name of the table for screen readers.
        headings: headings of the columns.
        rows: one cell per column.
        is_wide: whether the table is as wide as the page.
        cut: the rows that are shown at first; None for all.
        is_cards: whether a phone shows each row as a card.
    """
    roles = ("table", "rowgroup", "row", "columnheader")
    whole, group, row, cell = ((f' role="{role}"' if is_cards else "") for role in roles)
    head = "".join(
        f'<th scope="col"{cell}{_classes(one)}>{render_plain(one.text)}</th>'
        if one.text
        else f"<td{_classes(one)}></td>"
        for one in headings
    )
    body = "".join(
        f"<tr{row_attributes(place, cut, is_cards=is_cards)}>{_cells(headings, line, is_cards=is_cards)}</tr>"
        for place, line in enumerate(rows)
    )
    label = render_plain(caption)
    kinds = "ui-table" + (" is-wide" if is_wide else "") + (" is-cards" if is_cards else "")
    return with_cut(
        f'<div class="{kinds}" role="region" aria-label="{label}" tabindex="0"><table{whole}>'
        f'<caption class="ui-hidden">{label}</caption><thead{group}><tr{row}>{head}</tr></thead>'
        f"<tbody{group}>{body}</tbody></table></div>",
        caption,
        cut,
    )


def _cells(headings: Sequence[Heading], cells: Sequence[Cell], *, is_cards: bool) -> str:
    made = []
    for place, (heading, cell) in enumerate(zip(headings, cells, strict=True)):
        tag = 'th scope="row"' if place == 0 else "td"
        extra = card_cell(heading.text, is_heading=place == 0) if is_cards else ""
        name = _classes(heading, is_card=is_cards)
        made.append(f"<{tag}{extra}{name}>{_cell(cell)}</{tag.split(maxsplit=1)[0]}>")
    return "".join(made)


class FormParts:
    """Fields of one form, with unique ids, hints and a place for what is wrong."""

    def __init__(self, visitor: Visitor, key: str, values: Mapping[str, Any] | None = None) -> None:
        """Make fields.

        Args:
            visitor: the reader.
            key: unique name of the form on its page.
            values: present values by name.
        """
        self._visitor = visitor
        self._key = key
        self._values = values or {}

    def wrap(self, call: str, content: str, *, draft: str = "", sends: Mapping[str, Any] | None = None) -> str:
        """The form around its fields.

        Args:
            call: name of the call that sends it.
            content: HTML of fields and buttons.
            draft: name under which the browser keeps what was entered; "" to keep nothing.
            sends: further values of the call.
        """
        kept = f' data-draft="{render_plain(draft)}"' if draft else ""
        values = render_plain(orjson.dumps(dict(sends or {})).decode())
        return (
            f'<form class="ui-stack" id="stf-form-{self._key}" data-call="{render_plain(call)}" '
            f'data-sends="{values}"{kept} novalidate>{content}</form>'
        )

    def is_chosen(self, name: str, value: str) -> bool:
        """Whether a value is the present one of a field."""
        return self._values.get(name) == value

    def line(self, name: str, label: Text, *, hint: Text = "", longest: int = 500, kind: str = "text") -> str:
        """A field of one line."""
        value = render_plain(str(self._values.get(name, "") or ""))
        control = (
            f'<input class="ui-input" type="{kind}" name="{name}" maxlength="{longest}" value="{value}" '
            f'dir="auto" {self._described(name, hint)}>'
        )
        return self._field(name, label, control, hint)

    def number(self, name: str, label: Text, *, hint: Text = "", low: int = 0, high: int = 1_000_000) -> str:
        """A field for a whole number."""
        value = self._values.get(name)
        shown = "" if value is None else render_plain(str(value))
        control = (
            f'<input class="ui-input" type="number" inputmode="numeric" name="{name}" min="{low}" max="{high}" '
            f'step="1" value="{shown}" {self._described(name, hint)}>'
        )
        return self._field(name, label, control, hint)

    def area(self, name: str, label: Text, *, hint: Text = "", rows: int = 12, live: str = "") -> str:
        """A field of several lines; `live` names a call that is made while somebody writes."""
        calls = f' data-live="{render_plain(live)}"' if live else ""
        value = render_plain(str(self._values.get(name, "") or ""))
        control = (
            f'<textarea class="ui-area" name="{name}" rows="{rows}" dir="auto"{calls} {self._described(name, hint)}>'
            f"{value}</textarea>"
        )
        return self._field(name, label, control, hint)

    def select(self, name: str, label: Text, options: Sequence[Option], *, hint: Text = "") -> str:
        """A field with one of several choices."""
        value = str(self._values.get(name, "") or "")
        inner = "".join(
            f'<option value="{render_plain(one)}"{" selected" if one == value else ""}>{_cell(text)}</option>'
            for text, one in options
        )
        control = f'<select class="ui-select" name="{name}" {self._described(name, hint)}>{inner}</select>'
        return self._field(name, label, control, hint)

    def boxes(
        self,
        name: str,
        label: Text,
        options: Sequence[Option],
        *,
        hint: Text = "",
        asks: Mapping[str, str] | None = None,
        kind: Literal["checkbox", "radio"] = "checkbox",
        everything: str = "",
    ) -> str:
        """Chips of which several, or with radio buttons one, can be chosen.

        Args:
            name: name of the field.
            label: heading of the chips.
            options: the choices.
            hint: sentence below.
            asks: what a campaign must ask for a choice to be shown, by its value.
            kind: whether several can be chosen.
            everything: word of a chip before them, pressed while none of them is chosen, which means all; "" for none.
        """
        value = self._values.get(name)
        chosen = {value} if isinstance(value, str) else set(value or ())
        limits = {one: f' data-asks="{render_plain(shapes)}"' for one, shapes in (asks or {}).items()}
        inner = "".join(
            f'<label class="ui-chip"{limits.get(one, "")}>'
            f'<input type="{kind}" name="{name}" value="{render_plain(one)}"{" checked" if one in chosen else ""}>'
            f'<span dir="auto">{_cell(text)}</span></label>'
            for text, one in options
        )
        if everything:
            state = f'data-everything aria-pressed="{"false" if chosen else "true"}"'
            inner = f'<button type="button" class="ui-chip" {state}>{render_plain(everything)}</button>{inner}'
        described = self._described(name, hint, identified=False)
        below = self._below(name, hint)
        return (
            f'<fieldset class="ui-field" {described}><legend>{_cell(label)}</legend>'
            f'<div class="ui-row stf-chips">{inner}</div>{below}</fieldset>'
        )

    def _field(self, name: str, label: Text, control: str, hint: Text) -> str:
        identity = f"stf-{self._key}-{name}"
        below = self._below(name, hint)
        return f'<div class="ui-field"><label for="{identity}">{_cell(label)}</label>{control}{below}</div>'

    def _described(self, name: str, hint: Text, *, identified: bool = True) -> str:
        identity = f"stf-{self._key}-{name}"
        hints = f"{identity}-hint " if hint else ""
        own = f'id="{identity}" ' if identified else ""
        return f'{own}aria-describedby="{hints}{identity}-error"'

    def _below(self, name: str, hint: Text) -> str:
        identity = f"stf-{self._key}-{name}"
        said = f'<p class="ui-hint" id="{identity}-hint">{_cell(hint)}</p>' if hint else ""
        return f'{said}<p class="ui-error" id="{identity}-error" data-error="{name}"></p>'


def _classes(heading: Heading, *, is_card: bool = False) -> str:
    whole = is_card and heading.is_whole
    chosen = (("is-number", heading.is_number), ("stf-minor", heading.is_minor), ("is-whole", whole))
    names = [name for name, is_so in chosen if is_so]
    return f' class="{" ".join(names)}"' if names else ""


def _cell(cell: Cell) -> str:
    if isinstance(cell, Markup):
        return cell.html
    return render_plain(f"{cell:,}" if isinstance(cell, int) else cell)
