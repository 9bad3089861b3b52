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
    """

    heading: str
    kind: Kind = "text"
    minor: bool = False


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


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Markup:
    """A table whose first column names its rows.

    Args:
        caption: caption for screen readers, not shown.
        columns: columns from left to right.
        rows: one cell per column; an integer gets thousands separators.
    """
    body = "".join(_row(columns, cells) for cells in rows)
    return _framed(caption, columns, f"<tbody>{body}</tbody>")


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


def legend(low: str, high: str, tone: Literal["much"]) -> Markup:
    """The legend of a heatmap: the scale from pale to dark, with its ends in words.

    Args:
        low: end without colour.
        high: end with the full colour.
        tone: colour of `tokens.css`.
    """
    scale = f'<i style="--ui-from:transparent;--ui-to:color-mix(in srgb, var(--ev-{tone}) 60%, transparent)"></i>'
    return Markup(f'<p class="ui-legend">{render_plain(low)} {scale} {render_plain(high)}</p>')


def nothing(text: str) -> Markup:
    """A message in place of an empty table."""
    return Markup(f'<p class="adm-nothing">{render_plain(text)}</p>')


def summary(text: str) -> Markup:
    """A summary line."""
    return Markup(f'<p class="adm-summary">{render_plain(text)}</p>')


def lead(text: str) -> Markup:
    """A sentence under a heading."""
    return Markup(f'<p class="adm-lead">{render_plain(text)}</p>')


def notes(title: str, sentences: Sequence[str]) -> Markup:
    """A short list under a small heading; empty without sentences."""
    if not sentences:
        return Markup("")
    items = "".join(f"<li>{render_plain(sentence)}</li>" for sentence in sentences)
    return Markup(f'<div class="adm-notes"><h2>{render_plain(title)}</h2><ul>{items}</ul></div>')


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


def panel(title: str, content: Markup) -> Markup:
    """A section under a small heading."""
    return Markup(f'<section class="adm-panel"><h2>{render_plain(title)}</h2>{content.html}</section>')


def beside(*parts: Markup) -> Markup:
    """Blocks side by side if there is room, else stacked."""
    return Markup(f'<div class="adm-beside">{"".join(part.html for part in parts)}</div>')


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


def _framed(caption: str, columns: Sequence[Column], bodies: str) -> Markup:
    head = "".join(f'<th scope="col"{_class(column)}>{render_plain(column.heading)}</th>' for column in columns)
    label = render_plain(caption)
    return Markup(
        f'<div class="adm-table" role="region" aria-label="{label}" tabindex="0"><table>'
        f"<caption>{label}</caption><thead><tr>{head}</tr></thead>{bodies}</table></div>"
    )


def _row(columns: Sequence[Column], cells: Sequence[Cell]) -> str:
    """A row; its first cell is its heading."""
    parts = []
    for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        tag = 'th scope="row"' if place == 0 else "td"
        parts.append(f"<{tag}{_class(column)}>{_text(cell)}</{tag.split(maxsplit=1)[0]}>")
    return f"<tr>{''.join(parts)}</tr>"


def _class(column: Column) -> str:
    names = [name for name, is_so in (("adm-number", column.kind == "number"), ("adm-minor", column.minor)) if is_so]
    return f' class="{" ".join(names)}"' if names else ""


def _text(cell: Cell) -> str:
    if isinstance(cell, Markup):
        return cell.html
    return render_plain(f"{cell:,}" if isinstance(cell, int) else cell)
