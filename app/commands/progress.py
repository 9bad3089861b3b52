"""How far long work is: a bar on a terminal, plain lines elsewhere, always on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from judging.chat.batch import BatchTotals

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


Advance = Callable[[int, int], None]
"""Called with what has ended and, of it, what failed."""


@contextmanager
def batch_progress(step: str, total: int, totals: Callable[[], "BatchTotals"]) -> Iterator[Advance]:
    """A function that shows how far a batch is, how fast it goes, what it cost and what failed.

    Args:
        step: what is done, such as "Judging".
        total: how much there is of it.
        totals: of the requests so far.
    """
    began = time.monotonic()

    def facts(done: int, failed: int) -> str:
        state, seconds = totals(), max(time.monotonic() - began, 1e-9)
        speed = state.ended / seconds
        cost = f", {state.spent:.2f} spent" if state.spent else ""
        return f"{speed:.1f} requests/s, {failed:,} failed{cost}{_left(done, total, seconds)}"

    if sys.stderr.isatty():
        with _batch_bar(step, total, facts) as advance:
            yield advance
        return
    reached = 0

    def line(done: int, failed: int) -> None:
        nonlocal reached
        now = _LINES * done // total if total else 0
        if reached < now < _LINES:
            reached = now
            typer.echo(f"{step}: {done:,} of {total:,}, {facts(done, failed)}", err=True)

    yield line


def _left(done: int, total: int, seconds: float) -> str:
    if not done or done >= total:
        return ""
    minutes, rest = divmod(round(seconds * (total - done) / done), 60)
    hours, minutes = divmod(minutes, 60)
    return f", {hours}:{minutes:02}:{rest:02} left" if hours else f", {minutes}:{rest:02} left"


@contextmanager
def _batch_bar(step: str, total: int, facts: Callable[[int, int], str]) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn(step, markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[facts]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(step, total=total, facts="")
        yield lambda done, failed: bars.update(task, completed=done, facts=facts(done, failed))
