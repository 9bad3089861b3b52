"""The summary table: one line per task and metric, one per group, one column per model."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from objective.notes import Note, NoteCode
from objective.task import TaskGroup

HEADER = ("dataset", "version", "metric", "mode")
GROUP_METRIC = "naive_average"
PARSED = "_parsed"
"""Ending of metrics over parsed answers only; they stand among the counts, not in the table."""

State = Literal["scored", "failed", "missing"]


@dataclass(frozen=True)
class Result:
    """One metric of one task for one model, as stored.

    Attributes:
        model: its name.
        task: name of the task.
        metric: such as `accuracy`.
        mode: `gen` or `ppl`.
        version: six-digit id, or the start of our content hash behind `eh-`.
        content: our whole content hash.
        state: only `scored` has a value.
        value: in [0, 1].
        error: standard error of the value.
        items: answered.
        unparsed: outputs in which no answer could be read.
        failed: samples without an output.
        cause: why there is no value, or why samples failed.
        notes: what differed from what was asked for.
    """

    model: str
    task: str
    metric: str
    mode: str
    version: str
    content: str
    state: State
    value: float | None = None
    error: float | None = None
    items: int = 0
    unparsed: int = 0
    failed: int = 0
    cause: str | None = None
    notes: tuple[Note, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every sample was answered."""
        return self.state == "scored" and self.value is not None and not self.failed


@dataclass(frozen=True)
class Cell:
    """One model's number in a line: value and standard error in percent, None where there is none."""

    value: float | None
    error: float | None = None

    def __str__(self) -> str:
        return "-" if self.value is None else f"{self.value:.2f}"


@dataclass(frozen=True)
class Line:
    """One row of the table.

    Attributes:
        dataset: a task or a group.
        version: `-` for a group.
        metric: such as `accuracy` or `naive_average`.
        mode: `gen`, `ppl`, or `mixed` for a group of both.
        cells: by model.
        content: our content hash; empty for a group, and where models were not asked the same.
        causes: causes of failure of its results, each once; empty for a group.
        notes: tasks of a group without a value, by model.
    """

    dataset: str
    version: str
    metric: str
    mode: str
    cells: Mapping[str, Cell]
    content: str = ""
    causes: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def texts(self) -> list[str]:
        """The row as text, the models in their order."""
        return [self.dataset, self.version, self.metric, self.mode, *map(str, self.cells.values())]


@dataclass(frozen=True)
class Summary:
    """The table and all that it was made from.

    Attributes:
        models: in the order of the columns.
        lines: tasks in the order asked, then groups.
        results: every stored metric.
    """

    models: tuple[str, ...]
    lines: tuple[Line, ...]
    results: tuple[Result, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every task has a value for every model and no sample failed.

        Models that were asked a task in different ways have it in different lines, each empty for the other.
        """
        asked = {(result.model, result.task) for result in self.results}
        tasks = {task for _, task in asked}
        has_all = len(asked) == len(self.models) * len(tasks)
        groups = (cell for line in self.lines if line.metric == GROUP_METRIC for cell in line.cells.values())
        return (
            has_all and all(result.is_whole for result in self.results) and all(one.value is not None for one in groups)
        )


def summarize(results: Sequence[Result], groups: Sequence[TaskGroup]) -> Summary:
    """Put stored metrics into lines, and groups of tasks below them.

    A group is the unweighted mean over its tasks' main metrics. Where one of them has no value, neither has the group,
    and its line says which is missing. Its standard error takes tasks as independent.

    Args:
        results: of one or more models.
        groups: whose lines are wanted.
    """
    models = tuple(dict.fromkeys(result.model for result in results))
    lines: dict[tuple[str, str, str, str], dict[str, Result]] = {}
    for result in results:
        if not result.metric.endswith(PARSED):
            lines.setdefault((result.task, result.version, result.metric, result.mode), {})[result.model] = result
    made = [_task_line(key, found, models) for key, found in lines.items()]
    made += [_group_line(group, results, models) for group in groups]
    return Summary(models, tuple(made), tuple(results))


def _task_line(key: tuple[str, str, str, str], found: Mapping[str, Result], models: Sequence[str]) -> Line:
    contents = {result.content for result in found.values()}
    causes = dict.fromkeys(result.cause for result in found.values() if result.cause)
    cells = {model: _cell(found[model].value, found[model].error) if model in found else Cell(None) for model in models}
    return Line(*key, cells, contents.pop() if len(contents) == 1 else "", tuple(causes))


def _group_line(group: TaskGroup, results: Sequence[Result], models: Sequence[str]) -> Line:
    main: dict[str, dict[str, Result]] = {model: {} for model in models}
    for result in results:
        main[result.model].setdefault(result.task, result)
    cells, notes, modes = {}, [], set()
    for model in models:
        found = [main[model].get(name) for name in group.members]
        modes |= {result.mode for result in found if result is not None}
        lacking = [
            name for name, result in zip(group.members, found, strict=True) if result is None or result.value is None
        ]
        if lacking:
            cells[model] = Cell(None)
            notes.append(
                Note(
                    NoteCode.missing_task_scores,
                    count=len(lacking),
                    total=len(group.members),
                    name=lacking[0],
                    model=model,
                )
            )
            continue
        whole = [result for result in found if result is not None]
        cells[model] = _mean_cell([result.value for result in whole], [result.error for result in whole])
    mode = modes.pop() if len(modes) == 1 else "mixed"
    return Line(group.name, "-", GROUP_METRIC, mode, cells, notes=tuple(notes))


def _mean_cell(values: Iterable[float | None], errors: Iterable[float | None]) -> Cell:
    known = [value for value in values if value is not None]
    spread = list(errors)
    squares = [error**2 for error in spread if error is not None]
    error = math.sqrt(math.fsum(squares)) / len(known) if len(squares) == len(spread) else None
    return _cell(math.fsum(known) / len(known), error)


def _cell(value: float | None, error: float | None) -> Cell:
    return Cell(None if value is None else 100 * value, None if error is None else 100 * error)
