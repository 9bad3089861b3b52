"""Tables as text, JSON and CSV from the same rows, and the forms of numbers and names in messages.

Names come from imported files, so control characters are escaped before they reach a terminal.
"""

import csv
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import typer

from storage.errors import BadInput

Cell = str | int | float | bool | None
Row = Mapping[str, Cell]

_NO_TERMINAL_WIDTH = 10_000
"""Width of the output to a file or a pipe: wide enough that no cell is wrapped, so that `grep` finds it."""

_HEADINGS = {"verdicts": "votes", "verdicts wanted": "votes wanted"}
"""Headings of columns whose `--json` key is an older word."""


def print_table(rows: Sequence[Row], *, title: str | None = None, right: Collection[str] = ()) -> None:
    """Print rows with aligned columns, numbers to the right.

    Args:
        rows: one or more rows with the same keys; None is shown as a dash.
        title: line above the table.
        right: further columns to align to the right.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in rows[0]:
        is_number = column in right or any(isinstance(row[column], int | float) for row in rows)
        heading = Text(_HEADINGS.get(column, column))
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row.values()))
    is_terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if is_terminal else _NO_TERMINAL_WIDTH, soft_wrap=False)
    if title:
        typer.echo(visible(title))
    console.print(table, highlight=False, markup=False)


def print_json(value: object) -> None:
    """Print a value as indented JSON, with non-ASCII characters as they are."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


def write_csv(path: Path, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Write rows to a CSV file in UTF-8; None becomes an empty cell.

    Raises:
        BadInput: the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(columns), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise BadInput(f"expected a file that can be written, got {str(path)!r} ({error.strerror})") from error


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun, such as "1 vote" and "1,200 votes".

    Args:
        number: the number.
        singular: the noun for one.
        plural: the noun for any other number; None for the singular with an s.
    """
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def visible(text: str) -> str:
    """The text with control characters escaped, so that a terminal does not obey them."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def markdown_table(rows: Sequence[Row]) -> list[str]:
    """The lines of a Markdown table; `rows` is not empty."""
    head = "| " + " | ".join(map(markdown_text, rows[0])) + " |"
    body = ["| " + " | ".join(markdown_text(_shown(cell)) for cell in row.values()) + " |" for row in rows]
    return [head, "|" + " --- |" * len(rows[0]), *body]


def markdown_text(text: str) -> str:
    """Text with every character escaped that Markdown or HTML would read."""
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{one}" if one in "\\`*_[]|#" else one for one in shown)


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return visible(str(cell))
