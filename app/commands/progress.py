"""How far long work is: a bar on a terminal, plain lines elsewhere, always on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

Report = Callable[[str, int, int | None], None]
"""Called with the name of a step, how much of it is done, and its size, None when it is unknown."""

_LINE_EVERY = 0.25
"""Share of a step after which a file or a pipe gets a new line; there is no bar that could move."""


@contextmanager
def progress() -> Iterator[Report]:
    """A function to report progress to; what it shows is gone, or complete, at the end."""
    if sys.stderr.isatty():
        with _bar() as report:
            yield report
    else:
        yield _Lines()


@contextmanager
def _bar() -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield report


class _Lines:
    """A line when a step begins, each time another quarter of it is done, and when it is complete."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """Print a line if it is due."""
        share = done / total if total else 0.0
        if share >= self._next.get(step, 0.0):
            self._next[step] = (share // _LINE_EVERY + 1) * _LINE_EVERY if share < 1.0 else 2.0
            typer.echo(f"{step}: {done:,}{f' of {total:,}' if total else ''}", err=True)
