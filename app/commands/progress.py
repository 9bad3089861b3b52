"""Progress of long work: a bar on a terminal, plain lines elsewhere, always on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from app.commands.tables import visible
from app.wiring import seconds

if TYPE_CHECKING:
    from judging.chat.batch import BatchTotals

Update = Callable[[int, int, str], None]
"""Takes the amount done, the amount in all, and details to show beside them."""

INTERRUPTED = 130
"""Exit code of a command that the user stopped."""
MONEY_SHOWN = 0.005
"""Smaller amounts of money are not shown."""
_LINES = 10
"""A file or a pipe gets a line for each tenth but the last."""


@contextmanager
def progress(step: str, *, clock: Callable[[], float] = seconds) -> Iterator[Update]:
    """Show the progress of a step; a bar disappears at the end, lines stay.

    Args:
        step: name of the step, such as "Reading votes.jsonl".
        clock: seconds that never go back, for the time left.
    """
    if sys.stderr.isatty():
        with _bar(step) as update:
            yield update
    else:
        yield _ProgressLines(step, clock)


@contextmanager
def terminal_progress(step: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on a terminal for work of a minute or two, and nothing elsewhere; the function takes done and in all.

    Args:
        step: name of the step.
    """
    if not sys.stderr.isatty():
        yield None
        return
    with _bar(step) as update:
        yield lambda done, total: update(done, total, "")


@contextmanager
def row_progress(step: str) -> Iterator[Callable[[int, int, int], None]]:
    """Show how far a file is read; the function takes rows read, bytes read, and bytes in all."""
    with progress(step) as update:
        yield lambda rows, done, total: update(done, total, f"{rows:,} rows")


@contextmanager
def batch_progress(step: str, total: int, totals: Callable[[], "BatchTotals"]) -> Iterator[Callable[[int, int], None]]:
    """Show the progress, speed, cost and failures of a batch; the function takes items ended, and failed among them.

    Args:
        step: name of the step, such as "Judging".
        total: number of items in all.
        totals: returns the totals of the requests so far.
    """
    began = seconds()

    def details(done: int, failed: int) -> str:
        state = totals()
        speed = state.ended / max(seconds() - began, 1e-9)
        cost = f", {state.spent:.2f} spent" if state.spent else ""
        return f"{done:,} of {total:,}, {speed:.1f} requests/s, {failed:,} failed{cost}"

    with progress(step) as update:
        yield lambda done, failed: update(done, total, details(done, failed))


def unfinished(left: int, totals: "BatchTotals", otherwise: str = "") -> str:
    """A line about the items that a batch left open; `otherwise` is the reason where the totals know none."""
    if totals.outage is not None:
        why = f"every further request would fail: {visible(str(totals.outage))}"
    elif totals.stopped:
        why = "the budget is spent"
    elif totals.interrupted:
        why = "you stopped the run"
    else:
        why = otherwise or "no connection to the endpoint was made for them"
    return f"  not done: {left:,}, because {why}; run the same command again to continue"


def spent_on_failures(totals: "BatchTotals") -> str:
    """A part of a line about the money for attempts without a reply; empty for little."""
    if totals.unanswered < MONEY_SHOWN:
        return ""
    return f", {totals.unanswered:.2f} of it for attempts without a reply that the endpoint may charge for"


def exit_code(totals: "BatchTotals") -> int:
    """The exit code of a command whose batch is not complete."""
    return INTERRUPTED if totals.interrupted else 1


def totals_as_json(totals: "BatchTotals") -> dict[str, object]:
    """The totals of a batch for programs, as far as all commands print them."""
    return {
        "attempts": totals.attempts,
        "prompt_tokens": totals.prompt_tokens,
        "completion_tokens": totals.completion_tokens,
        "spent": totals.spent,
        "spent_on_failures": totals.unanswered,
        "stopped_by_budget": totals.stopped,
        "outage": None if totals.outage is None else totals.outage.cause.value,
    }


@contextmanager
def _bar(step: str) -> Iterator[Update]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(step, markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[details]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(step, total=None, details="")
        yield lambda done, total, details: bars.update(task, completed=done, total=total, details=details)


class _ProgressLines:
    """Prints a line for each tenth."""

    def __init__(self, step: str, clock: Callable[[], float]) -> None:
        self._step, self._clock, self._began = step, clock, clock()
        self._due = 1

    def __call__(self, done: int, total: int, details: str) -> None:
        """Print a line if one is due."""
        reached = _LINES * done // total if total else 0
        if self._due <= reached < _LINES:
            self._due = reached + 1
            left = _time_left(self._clock() - self._began, done, total)
            typer.echo(f"{self._step}: {100 * reached // _LINES} %, {details}{left}", err=True)


def _time_left(elapsed: float, done: int, total: int) -> str:
    """The time left, at the speed so far; empty below one second."""
    remaining = round(elapsed * (total - done) / done)
    if remaining < 1:
        return ""
    minutes, rest = divmod(remaining, 60)
    hours, minutes = divmod(minutes, 60)
    return f", {hours}:{minutes:02}:{rest:02} left" if hours else f", {minutes}:{rest:02} left"
