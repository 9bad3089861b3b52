"""Tables on the screen, as JSON and as CSV, from the same rows.

Names come from imported files, so what a terminal could take for a command is made visible before it is printed.
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
"""Columns when nobody looks: wide enough that no cell is ever broken, so that `grep` finds it."""


def print_table(rows: Sequence[Row], *, title: str | None = None, right: Collection[str] = ()) -> None:
    """Print rows with aligned columns, numbers to the right.

    Args:
        rows: at least one, all with the same keys; None is shown as a dash.
        title: a line above.
        right: further columns to align to the right.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in rows[0]:
        is_number = column in right or any(isinstance(row[column], int | float) for row in rows)
        table.add_column(Text(column), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row.values()))
    is_terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if is_terminal else _NO_TERMINAL_WIDTH, soft_wrap=False)
    if title:
        typer.echo(visible(title))
    console.print(table, highlight=False, markup=False)


def print_json(value: object) -> None:
    """Print a value as indented JSON; letters of any script stay as they are."""
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


def visible(text: str) -> str:
    """The text with control characters, which a terminal would obey, written as escapes."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return visible(str(cell))
