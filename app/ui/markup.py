"""HTML blocks of the admin pages: tables, tiles, progress bars, banners.

The tables replace Gradio's: screen readers see real tables, they fit a phone, and groups stay apart. Every text
goes through `render_plain`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.rendering.html import render_plain
from app.views.board import percent
from app.views.sentences import say
from storage.values import Language


@dataclass(frozen=True)
class Markup:
    """Safe HTML made by this package."""

    html: str


Cell = str | int | Markup
Kind = Literal["text", "number"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        heading: the heading text.
        kind: text is left-aligned, numbers right-aligned.
        minor: whether narrow pages hide the column, because the same information appears elsewhere.
        whole: whether a card on a phone gives the value its whole width.
    """

    heading: str
    kind: Kind = "text"
    minor: bool = False
    whole: bool = False


FIRST_ROWS = 8
"""Rows of a long table that are shown at first."""


@dataclass(frozen=True)
class RowCut:
    """The first rows of a long table, and the texts of the control that shows all of them.

    Attributes:
        first: number of rows that are shown at first.
        to_all: text of the control that shows all rows.
        to_first: text of the control that shows the first rows again.
        on_phone: number of rows that a phone shows at first; None for the same.
        is_for_phones: whether only a phone cuts the table.
    """

    first: int
    to_all: str
    to_first: str
    on_phone: int | None = None
    is_for_phones: bool = False


def top_bar(name: str, role: str, language: Language) -> Markup:
    """The top bar: title, visitor, link to the Compare page, language switch and sign-out."""
    other: Language = "en" if language == "zh" else "zh"
    said = {key: render_plain(say(language, f"admin_{key}")) for key in ("title", "nav_compare", "sign_out")}
    who = render_plain(say(language, "admin_signed_in", name=name, role=role))
    return Markup(
        f'<header class="adm-top"><a class="adm-brand" href="../"><span class="adm-mark" aria-hidden="true"></span>'
        f'Evenhand</a><h1>{said["title"]}</h1><nav><span class="adm-who">{who}</span>'
        f'<a href="../">{said["nav_compare"]}</a>'
        f'<button type="button" data-adm-language="{other}" lang="{other}">'
        f"{render_plain(say(language, 'admin_other_language'))}</button>"
        f'<form method="post" action="../logout"><button type="submit">{said["sign_out"]}</button></form></nav>'
        "</header>"
    )


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    cut: RowCut | None = None,
    is_cards: bool = False,
) -> Markup:
    """A table whose first column names its rows.

    Args:
        caption: caption for screen readers, not shown.
        columns: columns from left to right.
        rows: one cell per column; an integer gets thousands separators.
        cut: the rows that are shown at first; None for all.
        is_cards: whether a phone shows each row as a card.
    """
    body = "".join(
        _row(columns, cells, row_attributes(place, cut, is_cards=is_cards), is_cards=is_cards)
        for place, cells in enumerate(rows)
    )
    group = ' role="rowgroup"' if is_cards else ""
    framed = _framed(caption, columns, f"<tbody{group}>{body}</tbody>", is_cards=is_cards)
    return Markup(with_cut(framed.html, caption, cut))


def row_cut(total: int, language: Language, *, first: int = FIRST_ROWS, on_phone: int | None = None) -> RowCut | None:
    """The cut of a table with this many rows; None where it would hide fewer than three."""
    is_for_phones = total < first + 3
    if is_for_phones and (on_phone is None or total < on_phone + 3):
        return None
    to_first = say(language, "table_first", n=first) if on_phone is None else say(language, "table_fewer")
    return RowCut(first, say(language, "table_all", n=total), to_first, on_phone, is_for_phones)


def with_cut(framed: str, caption: str, cut: RowCut | None) -> str:
    """A table whose rows after the first ones are marked by `row_attributes`, with the control that shows them below.

    The control is known by the caption, so that a page of the staff that is filled again keeps it open.
    """
    if cut is None:
        return framed
    shut, opened = render_plain(cut.to_all), render_plain(cut.to_first)
    narrow = " is-for-phones" if cut.is_for_phones else ""
    return (
        f'<div class="ui-cut{narrow}">{framed}<details data-keep="rows {render_plain(caption)}">'
        f'<summary><span class="ui-shut">{shut}</span><span class="ui-opened">{opened}</span></summary></details></div>'
    )


def banner(title: str, text: str, *, kind: Literal["example", "judges", "notice"] = "notice") -> Markup:
    """A notice box at the top of a page."""
    return Markup(
        f'<div class="adm-banner adm-{kind}" role="note"><strong>{render_plain(title)}</strong> '
        f"<span>{render_plain(text)}</span></div>"
    )


def heading(title: str, text: str = "") -> Markup:
    """A heading with a sentence below it."""
    below = f'<p class="adm-lead">{render_plain(text)}</p>' if text else ""
    return Markup(f'<div class="adm-heading"><h2>{render_plain(title)}</h2>{below}</div>')


def nothing(text: str) -> Markup:
    """A message in place of an empty table."""
    return Markup(f'<p class="adm-nothing">{render_plain(text)}</p>')


def summary(text: str) -> Markup:
    """A summary line."""
    return Markup(f'<p class="adm-summary">{render_plain(text)}</p>')


def lead(text: str) -> Markup:
    """A sentence under a heading."""
    return Markup(f'<p class="adm-lead">{render_plain(text)}</p>')


def tiles(facts: Sequence[tuple[str, str | int]]) -> Markup:
    """Numbers with their labels."""
    parts = "".join(f"<div><dt>{render_plain(label)}</dt><dd>{_text(value)}</dd></div>" for label, value in facts)
    return Markup(f'<dl class="adm-tiles">{parts}</dl>')


def facts(pairs: Sequence[tuple[str, str]]) -> Markup:
    """Names and values, one below the other."""
    rows = "".join(f"<div><dt>{render_plain(name)}</dt><dd>{render_plain(value)}</dd></div>" for name, value in pairs)
    return Markup(f'<dl class="adm-facts">{rows}</dl>')


def bar(share: float, label: str, *, name: str) -> Markup:
    """A progress bar with its numbers beside it.

    Args:
        share: 0 to 1.
        label: the counts as text.
        name: name of the progress bar, for screen readers.
    """
    width = f"{100 * share:.1f}"
    return Markup(
        f'<div class="adm-progress"><div class="adm-bar" role="progressbar" aria-label="{render_plain(name)}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{100 * share:.0f}"><i style="width:{width}%"></i></div>'
        f'<span class="adm-share">{percent(share)}</span><span class="adm-of">{render_plain(label)}</span></div>'
    )


def legend(entries: Sequence[tuple[str, str]]) -> Markup:
    """What the marks of bars or of a plot mean, above them: the suffix of the CSS class of each mark, and its words."""
    keys = "".join(f'<li><i class="adm-key is-{mark}"></i>{render_plain(text)}</li>' for mark, text in entries)
    return Markup(f'<ul class="adm-legend">{keys}</ul>')


def named(name: str, *, badge: str = "") -> Markup:
    """A name, with an optional badge."""
    mark = f' <span class="adm-badge">{render_plain(badge)}</span>' if badge else ""
    return Markup(f'<span class="adm-name" dir="auto">{render_plain(name)}</span>{mark}')


def versus(one: str, other: str) -> Markup:
    """The names of two compared models."""
    return Markup(
        f'<span class="adm-name">{render_plain(one)}</span> <span class="adm-versus">·</span> '
        f'<span class="adm-name">{render_plain(other)}</span>'
    )


def folded(title: str, content: Markup) -> Markup:
    """A closed part of a page that opens on a click."""
    return Markup(f"<details><summary>{render_plain(title)}</summary>{content.html}</details>")


def excerpt(text: str) -> Markup:
    """The beginning of a text in one line."""
    return Markup(f'<span class="adm-excerpt" dir="auto">{render_plain(text)}</span>')


def plain_text(text: str, title: str) -> Markup:
    """The exact text in a scrolling box; `title` is its name for screen readers."""
    return Markup(f'<pre class="adm-plain" tabindex="0" aria-label="{render_plain(title)}">{render_plain(text)}</pre>')


def opener(kind: Literal["judgment", "item"], number: int, text: str, title: str) -> Markup:
    """The button that opens a list entry; `static/lists.js` extends it to the whole row.

    Args:
        kind: the list.
        number: the entry's number, sent to the handler.
        text: text of the button.
        title: name of the button for screen readers.
    """
    return Markup(
        f'<button type="button" class="adm-opener" data-adm-{kind}="{number}" aria-label="{render_plain(title)}">'
        f"{render_plain(text)}</button>"
    )


def prose(rendered: str) -> Markup:
    """HTML from `app.rendering.html` in a content box."""
    return Markup(f'<div class="ev-content">{rendered}</div>')


def badge(text: str, *, kind: str) -> Markup:
    """A coloured badge; `kind` is the suffix of its CSS class."""
    return Markup(f'<span class="adm-badge adm-{render_plain(kind)}">{render_plain(text)}</span>')


def commands(lines: Sequence[str]) -> Markup:
    """Command lines for copying."""
    body = "\n".join(render_plain(line) for line in lines)
    return Markup(f'<pre class="adm-commands" tabindex="0"><code>{body}</code></pre>')


def together(*parts: Markup) -> str:
    """Join blocks to the HTML of a `gr.HTML`."""
    return "\n".join(part.html for part in parts if part.html)


def _framed(caption: str, columns: Sequence[Column], bodies: str, *, is_cards: bool = False) -> Markup:
    """A table in its frame; as cards it keeps the roles of a table, which `display: grid` takes away in Safari."""
    table, group, row, cell = (
        (f' role="{role}"' if is_cards else "") for role in ("table", "rowgroup", "row", "columnheader")
    )
    head = "".join(f'<th scope="col"{cell}{_class(column)}>{render_plain(column.heading)}</th>' for column in columns)
    label = render_plain(caption)
    kind = "adm-table is-cards" if is_cards else "adm-table"
    return Markup(
        f'<div class="{kind}" role="region" aria-label="{label}" tabindex="0"><table{table}>'
        f"<caption>{label}</caption><thead{group}><tr{row}>{head}</tr></thead>{bodies}</table></div>"
    )


def _row(columns: Sequence[Column], cells: Sequence[Cell], attributes: str, *, is_cards: bool = False) -> str:
    """A row; its first cell is its heading."""
    parts = []
    for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        tag = 'th scope="row"' if place == 0 else "td"
        end = tag.split(maxsplit=1)[0]
        extra = card_cell(column.heading, is_heading=place == 0) if is_cards else ""
        whole = is_cards and column.whole
        parts.append(f"<{tag}{extra}{_class(column, is_whole=whole)}>{_text(cell)}</{end}>")
    return f"<tr{attributes}>{''.join(parts)}</tr>"


def row_attributes(place: int, cut: RowCut | None, *, is_cards: bool) -> str:
    """The attributes of the row at this place: whether the cut hides it, and its role where rows are cards."""
    hidden = ""
    if cut is not None and place >= cut.first and not cut.is_for_phones:
        hidden = ' class="ui-rest"'
    elif cut is not None and cut.on_phone is not None and place >= cut.on_phone:
        hidden = ' class="ui-rest-phone"'
    return hidden + (' role="row"' if is_cards else "")


def card_cell(heading: str, *, is_heading: bool) -> str:
    """The attributes of a cell where rows are cards: its role, and the name of its column."""
    if is_heading:
        return ' role="rowheader"'
    return f' role="cell" data-label="{render_plain(heading)}"' if heading else ' role="cell"'


def _class(column: Column, *, is_whole: bool = False) -> str:
    chosen = (("adm-number", column.kind == "number"), ("adm-minor", column.minor), ("is-whole", is_whole))
    names = [name for name, is_so in chosen if is_so]
    return f' class="{" ".join(names)}"' if names else ""


def _text(cell: Cell) -> str:
    if isinstance(cell, Markup):
        return cell.html
    return render_plain(f"{cell:,}" if isinstance(cell, int) else cell)
