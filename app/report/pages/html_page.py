"""A report as one HTML page without scripts, which works from a file and asks the network for nothing.

Every text goes through `render_plain`, and each element stands on a line of its own, so that a changed number can be
found by its line.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from urllib.parse import quote

from app.rendering.html import render_plain
from app.report.blocks import Block, Bullets, Figure, Fold, Links, Paragraph, Part, Subheading, TextTable
from app.report.document import Document
from app.report.drawing.canvas import svg_of
from app.report.pages.layout import CARD, MARKDOWN, NUMBERS, PAGES, parts_of, plot_file
from app.report.parts.about import TABLE_FORMS, TABLES
from app.report.wording import tell
from storage.values import Language

_SHEETS = (("ui", "static", "tokens.css"), ("ui", "static", "parts.css"), ("report", "pages", "report.css"))
LONG_TABLE = 20
"""Largest number of rows that a table shows before a reader opens it, unless it is the result of its part."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'"


def html_of(document: Document, language: Language, pictures: Iterable[str]) -> str:
    """The page in one language.

    Args:
        document: the document.
        language: language of the page.
        pictures: names of the files of plots that exist.
    """
    found = frozenset(pictures)
    parts = parts_of(document, language)
    lines = [*_head(document, language), *_top(document, language, parts)]
    for part in parts:
        lines.append(f'<section id="{part.key}" aria-labelledby="{part.key}-title">')
        lines.append(f'<h2 id="{part.key}-title">{render_plain(part.title)}</h2>')
        for block in part.blocks:
            lines += _block(block, language, found)
        lines.append("</section>")
    return "\n".join([*lines, "</main>", "</body>", "</html>", ""])


def _head(document: Document, language: Language) -> Iterator[str]:
    yield "<!doctype html>"
    yield f'<html lang="{language}" class="ev-plain">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<link rel="icon" href="data:,">'
    yield f"<title>{render_plain(_title(document, language))}</title>"
    yield f"<style>\n{_style()}</style>"
    yield "</head>"


def _title(document: Document, language: Language) -> str:
    return str(document.facts["title"] or tell(language, "title"))


@cache
def _style() -> str:
    return "".join(resources.files("app").joinpath(*place).read_text(encoding="utf-8") for place in _SHEETS)


def _top(document: Document, language: Language, parts: list[Part]) -> Iterator[str]:
    other: Language = "zh" if language == "en" else "en"
    facts = document.facts
    made = tell(language, "made_line", version=facts["versions"]["evenhand"], date=facts["made_at"][:10])
    yield '<body class="ev">'
    yield f'<a class="r-skip" href="#main">{render_plain(tell(language, "skip"))}</a>'
    yield '<header class="r-top">'
    yield f"<h1>{render_plain(_title(document, language))}</h1>"
    yield (
        f'<a class="ui-button" href="{PAGES[other]}" lang="{other}" hreflang="{other}">'
        f"{render_plain(tell(language, 'other_language'))}</a>"
    )
    yield f'<p class="ui-lead">{render_plain(tell(language, "about"))} {render_plain(made)}</p>'
    forms = ((MARKDOWN[language], "form_markdown"), (CARD, "form_card"), (NUMBERS, "form_json"))
    links = " · ".join(f'<a href="{file}">{render_plain(tell(language, key))}</a>' for file, key in forms)
    yield f'<p class="ui-lead">{render_plain(tell(language, "other_forms"))}: {links}</p>'
    yield f'<nav aria-label="{render_plain(tell(language, "contents"))}"><ul class="ui-outline">'
    for part in parts:
        yield f'<li><a href="#{part.key}">{render_plain(part.title)}</a></li>'
    yield "</ul></nav>"
    yield "</header>"
    yield '<main id="main">'


def _block(block: Block, language: Language, pictures: frozenset[str]) -> Iterable[str]:
    if isinstance(block, Paragraph):
        return [_paragraph(block)]
    if isinstance(block, Subheading):
        return [f"<h3>{render_plain(block.text)}</h3>"]
    if isinstance(block, Bullets):
        title = [f'<p class="r-title">{render_plain(block.title)}</p>'] if block.title else []
        items = [f"<li>{_with_code(item)}</li>" for item in block.items]
        return [*title, '<ul class="r-list">', *items, "</ul>"]
    if isinstance(block, Figure):
        return _figure(block, language, pictures)
    if isinstance(block, Links):
        return _links(block)
    if isinstance(block, Fold):
        return _fold(block, language, pictures)
    return _table(block, language)


def _fold(block: Fold, language: Language, pictures: frozenset[str]) -> Iterator[str]:
    yield '<details class="r-fold">'
    yield f"<summary><strong>{render_plain(block.title)}</strong> {render_plain(block.result)}</summary>"
    for one in block.blocks:
        yield from _block(one, language, pictures)
    yield "</details>"


def _paragraph(block: Paragraph) -> str:
    kind = {"lead": ' class="r-answer"', "note": ' class="r-note"', "alert": ' class="ui-note is-alert"'}
    return f"<p{kind.get(block.kind, '')}>{_with_code(block.text)}</p>"


def _with_code(text: str) -> str:
    """A sentence of ours with what stands between backticks as code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return render_plain(text)
    return "".join(
        f"<code>{render_plain(piece)}</code>" if place % 2 else render_plain(piece)
        for place, piece in enumerate(pieces)
    )


def _figure(block: Figure, language: Language, pictures: frozenset[str]) -> Iterator[str]:
    yield '<figure class="r-figure">'
    yield f"<figcaption><strong>{render_plain(block.title)}</strong>"
    yield f"<span>{render_plain(block.text)}</span></figcaption>"
    for drawing, kind in (
        (block.drawing, "r-plot is-wide" if block.narrow else "r-plot"),
        (block.narrow, "r-plot is-narrow"),
    ):
        if drawing is not None:
            yield f'<div class="{kind}" tabindex="0" role="group" aria-label="{render_plain(block.title)}">'
            yield svg_of(drawing, title=block.title, text=block.text, on_page=True)
            yield "</div>"
    files = [plot_file(block.key, language, form) for form in ("svg", "png")]
    yield _downloads(tell(language, "figure_files"), [file for file in files if file in pictures])
    yield "</figure>"


def _table(block: TextTable, language: Language) -> Iterator[str]:
    caption = render_plain(block.caption)
    is_folded = len(block.rows) > LONG_TABLE and not block.is_result
    yield '<div class="r-table">'
    if is_folded:
        yield '<details class="r-fold">'
        rows = tell(language, "n_rows", n=len(block.rows))
        yield f"<summary>{caption} <small>{render_plain(rows)}</small></summary>"
    else:
        yield f'<p class="r-caption" aria-hidden="true">{caption}</p>'
    yield f'<div class="ui-table" tabindex="0" role="group" aria-label="{caption}"><table>'
    yield f'<caption class="ui-hidden">{caption}</caption>'
    yield "<thead><tr>"
    for place, heading in enumerate(block.headings):
        yield f'<th scope="col"{_kind(block, place)}>{render_plain(heading)}</th>'
    yield "</tr></thead>"
    yield "<tbody>"
    for row in block.rows:
        cells = (f"<td{_kind(block, place)}>{render_plain(text)}</td>" for place, text in enumerate(row))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
    if is_folded:
        yield "</details>"
    if block.source:
        yield _downloads(tell(language, "download"), [f"{TABLES}/{block.source}.{form}" for form in TABLE_FORMS])
    yield "</div>"


def _kind(block: TextTable, place: int) -> str:
    return ' class="is-number"' if place in block.numbers else ' class="is-digest"' if place in block.digests else ""


def _downloads(label: str, files: list[str]) -> str:
    links = " · ".join(f'<a href="{quote(file)}" download>{file.rpartition(".")[2].upper()}</a>' for file in files)
    return f'<p class="r-files">{render_plain(label)}: {links}</p>' if files else ""


def _links(block: Links) -> Iterator[str]:
    rows: dict[str, list[tuple[str, str]]] = {}
    for text, file, form in block.rows:
        rows.setdefault(text, []).append((file, form))
    yield '<div class="r-table"><div class="ui-table"><table>'
    yield (
        "<thead><tr>"
        + "".join(f'<th scope="col">{render_plain(text)}</th>' for text in block.headings)
        + "</tr></thead>"
    )
    yield "<tbody>"
    for text, files in rows.items():
        links = " · ".join(f'<a href="{quote(file)}" download>{form}</a>' for file, form in files)
        yield f"<tr><td>{render_plain(text)}</td><td>{links}</td></tr>"
    yield "</tbody></table></div></div>"
