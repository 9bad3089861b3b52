"""The summary table: one line per task and metric, one line per group, one column per model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from objective.notes import MARKED, Note, NoteCode
from objective.task import TaskGroup

HEADER = ("dataset", "version", "metric", "mode")
GROUP_METRIC, WEIGHTED_METRIC = "naive_average", "weighted_average"
GROUP_METRICS = frozenset({GROUP_METRIC, WEIGHTED_METRIC})
"""Metrics of groups: the mean over tasks, and the mean weighted by numbers of items or by the user's weights."""
PARSED_SUFFIX = "_parsed"
"""Suffix of metrics over parsed answers only; they are listed with the counts, not in the table."""

UNSCALED_METRICS = frozenset({"perplexity"})
"""Metrics that are no shares; they are shown as they are, not in percent."""

PARTIAL_MARK = "*"
"""Mark of a value in which the answers of some items are missing."""

ResultState = Literal["scored", "failed", "missing"]


@dataclass(frozen=True)
class TaskResult:
    """One stored metric of one task for one model.

    Attributes:
        model: name of the model.
        task: name of the task.
        metric: name of the metric, such as `accuracy`.
        mode: `gen` or `ppl`.
        version: published six-digit id, or `eh-` and the start of the content hash.
        content: full content hash.
        state: state of the task; only `scored` has a value.
        value: value of the metric, in [0, 1].
        error: standard error of the value.
        items: number of answered items.
        unparsed: predictions without a readable answer.
        failed: predictions without an output, or without a mark because the grader failed.
        cause: stored cause why there is no value or predictions failed; None if there is none.
        notes: differences from the requested settings.
    """

    model: str
    task: str
    metric: str
    mode: str
    version: str
    content: str
    state: ResultState
    value: float | None = None
    error: float | None = None
    items: int = 0
    unparsed: int = 0
    failed: int = 0
    cause: str | None = None
    notes: tuple[Note, ...] = ()

    @property
    def marked(self) -> dict[NoteCode, int]:
        """Numbers of answers by how they were marked; empty without a grader."""
        return {note.code: note.count for note in self.notes if note.code in MARKED}

    @property
    def grader(self) -> str:
        """Name of the grader; empty if none marked an answer."""
        return next((note.name for note in self.notes if note.code in MARKED and note.name), "")

    @property
    def is_whole(self) -> bool:
        """Whether every prediction has an output."""
        return self.state == "scored" and self.value is not None and not self.failed


@dataclass(frozen=True)
class SummaryCell:
    """The value and standard error of one model in a line, in percent unless the metric is no share; None if missing.

    Attributes:
        value: value, in percent for a share.
        error: standard error, in the same unit.
        partial: whether answers of some items are missing, so that the value is that of the others.
    """

    value: float | None
    error: float | None = None
    partial: bool = False

    def __str__(self) -> str:
        return f"{self.number}{PARTIAL_MARK}" if self.partial else self.number

    @property
    def number(self) -> str:
        """The value without its mark."""
        return "-" if self.value is None else f"{self.value:.2f}"


@dataclass(frozen=True)
class SummaryLine:
    """One row of the table.

    Attributes:
        dataset: name of a task or group.
        version: version of the task; `-` for a group.
        metric: name of the metric, such as `accuracy` or `naive_average`.
        mode: `gen`, `ppl`, or `mixed` for a group with both.
        cells: cells by model.
        content: content hash; empty for a group, or if the models were not asked in the same way.
        causes: distinct stored causes of failure of its results; empty for a group.
        notes: tasks without a value for each model; only for a group.
    """

    dataset: str
    version: str
    metric: str
    mode: str
    cells: Mapping[str, SummaryCell]
    content: str = ""
    causes: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def texts(self) -> list[str]:
        """The cells of the row as text, models in the order of the columns; partial values are marked."""
        return [*self.labels, *map(str, self.cells.values())]

    @property
    def labels(self) -> list[str]:
        """Dataset, version, metric and mode."""
        return [self.dataset, self.version, self.metric, self.mode]


@dataclass(frozen=True)
class Summary:
    """The table and the results behind it.

    Attributes:
        models: models in the order of the columns.
        lines: tasks in the requested order, then groups.
        results: every stored metric.
    """

    models: tuple[str, ...]
    lines: tuple[SummaryLine, ...]
    results: tuple[TaskResult, ...]

    @property
    def has_partial_values(self) -> bool:
        """Whether a value of the table is marked as partial."""
        return any(cell.partial for line in self.lines for cell in line.cells.values())

    @property
    def is_complete(self) -> bool:
        """Whether every task has a value for every model and no prediction failed.

        Models that were asked a task in different ways appear in different lines, each empty for the other.
        """
        asked = {(result.model, result.task) for result in self.results}
        tasks = {task for _, task in asked}
        has_all = len(asked) == len(self.models) * len(tasks)
        groups = (cell for line in self.lines if line.metric in GROUP_METRICS for cell in line.cells.values())
        return (
            has_all and all(result.is_whole for result in self.results) and all(one.value is not None for one in groups)
        )


def summarize(results: Sequence[TaskResult], groups: Sequence[TaskGroup]) -> Summary:
    """Arrange stored metrics in lines, followed by groups of tasks.

    A group is the unweighted mean over the main metrics of its tasks; where the group asks for it, a second line has
    the mean weighted by the numbers of items, or by weights of its own. If one task has no value, the group has none,
    and its note names the missing task; if one lacks answers of some items, the mean is marked as partial. Its standard
    error assumes that tasks are independent.

    Args:
        results: stored metrics of one or more models.
        groups: groups to include.
    """
    models = tuple(dict.fromkeys(result.model for result in results))
    lines: dict[tuple[str, str, str, str], dict[str, TaskResult]] = {}
    for result in results:
        if not result.metric.endswith(PARSED_SUFFIX):
            lines.setdefault((result.task, result.version, result.metric, result.mode), {})[result.model] = result
    made = [_task_line(key, found, models) for key, found in lines.items()]
    for group in groups:
        made.append(_group_line(group, results, models))
        if group.is_weighted:
            made.append(_group_line(group, results, models, metric=WEIGHTED_METRIC))
    return Summary(models, tuple(made), tuple(results))


def _task_line(key: tuple[str, str, str, str], found: Mapping[str, TaskResult], models: Sequence[str]) -> SummaryLine:
    contents = {result.content for result in found.values()}
    causes = dict.fromkeys(result.cause for result in found.values() if result.cause)
    scale = 1 if key[2] in UNSCALED_METRICS else 100
    cells = {
        model: _cell(found[model].value, found[model].error, partial=bool(found[model].failed), scale=scale)
        if model in found
        else SummaryCell(None)
        for model in models
    }
    return SummaryLine(*key, cells, contents.pop() if len(contents) == 1 else "", tuple(causes))


def _group_line(
    group: TaskGroup, results: Sequence[TaskResult], models: Sequence[str], *, metric: str = GROUP_METRIC
) -> SummaryLine:
    main: dict[str, dict[str, TaskResult]] = {model: {} for model in models}
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
            cells[model] = SummaryCell(None)
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
        weights = [1.0] * len(whole)
        if metric == WEIGHTED_METRIC:
            weights = list(group.weights) or [float(result.items) for result in whole]
        mean = _mean_cell(whole, weights)
        partial = [result.task for result in whole if result.failed]
        cells[model] = replace(mean, partial=bool(partial))
        if partial:
            notes.append(
                Note(
                    NoteCode.partial_task_scores,
                    count=len(partial),
                    total=len(group.members),
                    name=partial[0],
                    model=model,
                )
            )
    mode = modes.pop() if len(modes) == 1 else "mixed"
    return SummaryLine(group.name, "-", metric, mode, cells, notes=tuple(notes))


def _mean_cell(results: Sequence[TaskResult], weights: Sequence[float]) -> SummaryCell:
    """The weighted mean of values that are all there, with its error unless one lacks an error."""
    total = math.fsum(weights)
    pairs = list(zip(results, weights, strict=True))
    value = math.fsum(weight * (one.value or 0.0) for one, weight in pairs) / total
    if any(one.error is None for one in results):
        return _cell(value, None)
    return _cell(value, math.sqrt(math.fsum((weight * (one.error or 0.0)) ** 2 for one, weight in pairs)) / total)


def _cell(value: float | None, error: float | None, *, partial: bool = False, scale: int = 100) -> SummaryCell:
    scaled = None if value is None else scale * value
    return SummaryCell(scaled, None if error is None else scale * error, partial and scaled is not None)
