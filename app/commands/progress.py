"""How far long work is: a bar on a terminal, plain lines elsewhere, always on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

Report = Callable[[int, int, int], None]
"""Called now and then with the rows done, the bytes done and the bytes in all."""

_LINES = 10
"""A file or a pipe gets a line each time another tenth is done but the last; there is no bar that could move."""


@contextmanager
def progress(step: str) -> Iterator[Report]:
    """A function that shows how far a step is; a bar is gone at the end, lines stay."""
    if sys.stderr.isatty():
        with _bar(step) as report:
            yield report
    else:
        yield _Lines(step)


@contextmanager
def _bar(step: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(step, markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(step, total=None, rows=0)
        yield lambda rows, done, total: bars.update(task, completed=done, total=total, rows=rows)


class _Lines:
    """A line each time another tenth is done."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._due = 1

    def __call__(self, rows: int, done: int, total: int) -> None:
        """Print a line if it is due."""
        reached = _LINES * done // total if total else 0
        if self._due <= reached < _LINES:
            self._due = reached + 1
            typer.echo(f"{self._step}: {100 * reached // _LINES} %, {rows:,} rows", err=True)
