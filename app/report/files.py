"""The files of a report, made from its document."""

import hashlib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from app.report.document import Cell, Document, NumberTable
from app.report.drawing.canvas import svg_of
from app.report.drawing.picture import png_of
from app.report.pages.html_page import html_of
from app.report.pages.layout import CARD, MANIFEST, MARKDOWN, NUMBERS, PAGES, figures_of, plot_file
from app.report.pages.markdown_file import markdown_of
from app.report.pages.model_card import model_card_of
from app.report.parts.about import DATA, FORMS, TABLES
from storage.exchange.publication.columns import PUBLISHED_COLUMNS, PublishedKind
from storage.exchange.rows.writing import writer_of
from storage.values import LANGUAGES

_INDENTED = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def write_data(folder: Path, rows: Mapping[PublishedKind, list[dict[str, Any]]]) -> None:
    """Write published rows as JSONL, CSV and Parquet, with the columns that their first row has."""
    (folder / DATA).mkdir(parents=True, exist_ok=True)
    for kind, own in rows.items():
        columns = {name: form for name, form in PUBLISHED_COLUMNS[kind].items() if name in own[0]}
        for form in FORMS:
            path = folder / DATA / f"{kind}.{form}"
            writer_of(path)(path, columns, own)


def vector_plots(document: Document) -> dict[str, bytes]:
    """Every plot as SVG in both languages, by name; equal documents give equal bytes."""
    found = {}
    for language in LANGUAGES:
        for figure in figures_of(document, language):
            svg = svg_of(figure.drawing, title=figure.title, text=figure.text, on_page=False)
            found[plot_file(figure.key, language, "svg")] = f"{svg}\n".encode()
    return found


def pixel_plots(document: Document) -> dict[str, bytes]:
    """Every plot as PNG in both languages, by name; those that no font of this machine can write are missing."""
    drawn = ((one, language, png_of(one.drawing)) for language in LANGUAGES for one in figures_of(document, language))
    return {plot_file(one.key, language, "png"): png for one, language, png in drawn if png is not None}


def texts_of(document: Document, pictures: Iterable[str]) -> dict[str, bytes]:
    """Pages, Markdown, model card, and tables as CSV and JSON, by name; equal documents give equal bytes.

    Args:
        document: the document, with rounded numbers.
        pictures: names of the files of plots that exist.
    """
    known = sorted(pictures)
    found = {
        NUMBERS: orjson.dumps(document.as_json(), option=_INDENTED),
        CARD: model_card_of(document).encode(),
    }
    for language in LANGUAGES:
        found[PAGES[language]] = html_of(document, language, known).encode()
        found[MARKDOWN[language]] = markdown_of(document, language, known).encode()
    for name, table in document.tables.items():
        found[f"{TABLES}/{name}.json"] = orjson.dumps(list(table.records()), option=_INDENTED)
    return found


def write_table(path: Path, table: NumberTable) -> None:
    """Write a table as CSV or Parquet, by the ending of the file."""
    writer_of(path)(path, column_kinds(table), table.records())


def column_kinds(table: NumberTable) -> dict[str, str]:
    """What each column of a table holds, as in `PUBLISHED_COLUMNS`."""
    return {name: _kind([row[place] for row in table.rows]) for place, name in enumerate(table.columns)}


def _kind(cells: Iterable[Cell]) -> str:
    known = [cell for cell in cells if cell is not None]
    if any(isinstance(cell, str) for cell in known):
        return "text"
    if known and all(isinstance(cell, bool) for cell in known):
        return "truth"
    return "whole" if known and all(isinstance(cell, int) for cell in known) else "number"


def write_manifest(folder: Path) -> str:
    """Write the list of all files with their digests, and return the digest of that list."""
    listed = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    content = {name: {"sha256": _digest(path), "bytes": path.stat().st_size} for name, path in listed.items()}
    text = orjson.dumps({"files": content}, option=_INDENTED)
    (folder / MANIFEST).write_bytes(text)
    return hashlib.sha256(text).hexdigest()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_whole(folder: Path, document: Document) -> None:
    """Write pages, plots and tables of a document with rounded numbers into a folder that holds the data."""
    plots = vector_plots(document) | pixel_plots(document)
    for name, content in (plots | texts_of(document, plots)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, table in document.tables.items():
        for form in ("csv", "parquet"):
            write_table(folder / TABLES / f"{name}.{form}", table)


def csv_of(table: NumberTable, folder: Path) -> bytes:
    """A table as CSV, written to a folder for passing files and read back."""
    path = folder / "table.csv"
    write_table(path, table)
    return path.read_bytes()


def parquet_rows(content: bytes) -> list[dict[str, Any]]:
    """The rows of a Parquet file."""
    import pyarrow.parquet as pq  # noqa: PLC0415  only files of this kind need it

    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(content)).to_pylist()
    return rows
