"""Texts and numbers of the Objective tab in the reader's language, without markup.

A missing number has a reason: unparsed answers, failed predictions and tasks without data are kept apart, and none of
them is a zero.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.views.board import DASH
from app.views.number_text import Z_95
from app.views.objective_causes import cause_text
from app.views.objective_notes import marked_by
from app.views.sentences import say, sentences
from objective.evaluation.grading import GRADE
from objective.notes import Note, read_note
from objective.summary.table import (
    GROUP_METRICS,
    UNSCALED_METRICS,
    Summary,
    SummaryCell,
    SummaryLine,
    TaskResult,
    summarize,
)
from objective.task import TaskGroup, read_group
from storage.database.evaluation_tables import TaskScore, TaskState
from storage.evaluations.reading import ENDINGS, Ending, ItemLine, PredictionDetails
from storage.evaluations.runs import RunLine
from storage.values import Json, Language

REVISION_SHOWN = 8
"""Characters of a model's digest that are shown."""
RECORDED = "recorded"
"""The setting of a run with recorded outputs; it contains the facts of the recording."""
EXCERPT = 160
_SAME = ("value", "error", "items", "unparsed", "failed", "cause", "task", "metric", "mode", "version", "content")

Fact = tuple[str, str]


@dataclass(frozen=True)
class CellView:
    """One model's score in a row of the summary.

    Attributes:
        value: the score with one decimal, or two where it is no share; a dash if there is none.
        interval: its 95 % interval; empty if there is none.
        notes: notes on missing data.
    """

    value: str
    interval: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowView:
    """One row of the summary; `members` counts the tasks of a group, 0 for a task."""

    line: SummaryLine
    members: int
    cells: tuple[CellView, ...]


def run_names(runs: Sequence[RunLine]) -> dict[int, str]:
    """Return the name of each run: its model, with its id if the model has several runs."""
    times = Counter(run.model for run in runs)
    return {run.run_id: run.model if times[run.model] == 1 else f"{run.model} #{run.run_id}" for run in runs}


def newest_of_each(runs: Sequence[RunLine], most: int) -> list[int]:
    """Return the newest run of up to `most` models; `runs` are newest first."""
    newest: dict[str, int] = {}
    for run in runs:
        newest.setdefault(run.model, run.run_id)
    return sorted(list(newest.values())[:most])


def tasks_of(runs: Iterable[RunLine]) -> list[str]:
    """Return all requested tasks of the runs in order."""
    return list(dict.fromkeys(str(task) for run in runs for task in run.settings.get("tasks", ())))


def groups_of(runs: Sequence[RunLine], tasks: Sequence[str]) -> list[TaskGroup]:
    """Return the requested groups whose members are all among `tasks`."""
    stored = (run.settings.get("groups") for run in runs)
    # Runs of earlier versions stored names without members.
    found = [read_group(name, own) for groups in stored if isinstance(groups, dict) for name, own in groups.items()]
    requested = {group.name: group for group in found}
    own = set(tasks)
    return [
        one for one in requested.values() if set(one.members) <= own or (one.is_weighted and own & set(one.members))
    ]


def summary_of(scores: Sequence[TaskScore], names: Mapping[int, str], groups: Sequence[TaskGroup]) -> Summary:
    """Return the summary table of scores under the runs' display names."""
    results = [
        TaskResult(
            model=names[score.run_id],
            state=TaskState(score.state).value,
            notes=tuple(map(read_note, score.notes)),
            **{name: getattr(score, name) for name in _SAME},
        )
        for score in scores
    ]
    return summarize(results, groups)


def rows_of(summary: Summary, groups: Sequence[TaskGroup], language: Language) -> list[RowView]:
    """Return the rows of the summary with notes on missing data; groups first."""
    found = {(one.model, one.task, one.version, one.metric, one.mode): one for one in summary.results}
    members = {group.name: group.members for group in groups}
    rows = []
    for line in summary.lines:
        group = members[line.dataset] if line.metric in GROUP_METRICS else ()
        cells = []
        for model, cell in line.cells.items():
            own = found.get((model, line.dataset, line.version, line.metric, line.mode))
            behind = [one for one in _main(summary, model) if one.task in group] if group else [own] if own else []
            decimals = 2 if line.metric in UNSCALED_METRICS else 1
            value = DASH if cell.value is None else f"{cell.value:.{decimals}f}"
            ends = interval_of(cell, line.metric)
            interval = "" if ends is None else " – ".join(f"{end:.{decimals}f}" for end in ends)
            cells.append(CellView(value, interval, tuple(_lacks(behind, language))))
        rows.append(RowView(line, len(group), tuple(cells)))
    return sorted(rows, key=lambda row: not row.members)


def interval_of(cell: SummaryCell, metric: str) -> tuple[float, float] | None:
    """Return the 95 % interval of a score, within 0 to 100 where it is a share; None without a standard error."""
    if cell.value is None or cell.error is None:
        return None
    low, high = (cell.value + side * Z_95 * cell.error for side in (-1, 1))
    return (low, high) if metric in UNSCALED_METRICS else (max(0.0, low), min(100.0, high))


def _main(summary: Summary, model: str) -> list[TaskResult]:
    """Return the result with the first metric of each task of a model."""
    main: dict[str, TaskResult] = {}
    for one in summary.results:
        if one.model == model:
            main.setdefault(one.task, one)
    return list(main.values())


def _lacks(behind: Sequence[TaskResult], language: Language) -> Iterable[str]:
    """Yield notes on missing data behind a score."""
    if not behind:
        yield say(language, "objective_not_asked")
    for state in ("failed", "missing"):
        n = sum(one.state == state for one in behind)
        if n:
            yield say(language, f"objective_task_{state}", n=n)
    unparsed, failed = sum(one.unparsed for one in behind), sum(one.failed for one in behind)
    if unparsed:
        yield say(language, "objective_n_unparsed", n=unparsed)
    if failed:
        yield say(language, "objective_n_failed", n=failed)


def run_choice(run: RunLine, language: Language) -> str:
    """Return the label of a run: model, date and number of tasks."""
    n = len(run.settings.get("tasks", ()))
    return say(language, "objective_run_choice", model=run.model, date=f"{run.created_at:%Y-%m-%d %H:%M}", n=n)


def run_facts(run: RunLine, endings: Counter[Ending], marks: Iterable[Note], language: Language) -> list[Fact]:
    """Return the facts of a run: model, settings, outcome counts, and who marked its answers.

    Args:
        run: the run.
        endings: number of its predictions by result.
        marks: notes on its scores.
        language: language of the reader.
    """
    recorded = run.settings.get(RECORDED)
    told = [*(_recorded(recorded, language) if isinstance(recorded, dict) else [])]
    told.append(("revision", run.revision[:REVISION_SHOWN]))
    told += _asked(run.settings, language)
    done = f"{run.finished_at:%Y-%m-%d %H:%M} UTC" if run.finished_at else say(language, "objective_unfinished")
    told.append(("finished", done))
    counts = [say(language, f"objective_count_{end}", n=endings[end]) for end in ENDINGS if endings[end]]
    told.append(("samples", say(language, "objective_between").join(counts) or "0"))
    if endings["right"] or endings["wrong"]:
        told.append(("grader", marked_by(marks, language)))
    return [(say(language, f"objective_fact_{what}"), value) for what, value in told]


def _recorded(recorded: Json, language: Language) -> list[Fact]:
    return [
        ("model", say(language, "objective_recorded_model", **_named(recorded, "architecture", "parameters"))),
        (
            "taught",
            say(language, "objective_recorded_taught", steps=recorded.get("steps", 0), seed=f"{recorded.get('seed')}"),
        ),
        ("recorded", say(language, "objective_recorded_at", **_named(recorded, "made_at", "libraries"))),
    ]


def _named(values: Json, *names: str) -> dict[str, Any]:
    return {name: values.get(name, "?") for name in names}


def _asked(settings: Mapping[str, Any], language: Language) -> list[Fact]:
    """Return the settings that were chosen."""
    prompts: Mapping[str, Any] = settings.get("prompts") or {}
    told = [("prompts", say(language, "objective_chat" if prompts.get("chat") else "objective_base"))]
    shots = prompts.get("shots")
    if isinstance(shots, Mapping):
        told.append(("shots", f"{shots.get('count', '?')} ({shots.get('policy', '?')})"))
    told += [(what, str(prompts[what])) for what in ("system", "instruction") if prompts.get(what)]
    drawn = {name: str(settings.get(name)) for name in ("temperature", "top_p", "seed")}
    is_drawn = bool(settings.get("temperature"))
    told.append(
        ("answers", say(language, "objective_drawn", **drawn) if is_drawn else say(language, "objective_likeliest"))
    )
    if (settings.get("samples") or 1) > 1:
        told.append(("per_item", str(settings["samples"])))
    if settings.get("limit"):
        told.append(("limit", say(language, "objective_limited", n=int(settings["limit"]))))
    return told


def excerpt(prompt: str, others: Sequence[str]) -> str:
    """Return the part of a prompt that differs from others of its task, from the start of a line."""
    shared = shared_start([prompt, *others]) if len(others) > 1 else ""
    start = shared.rfind("\n") + 1
    text = " ".join(prompt[start:].split()) or " ".join(prompt.split())
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()}…"


def shared_start(texts: Sequence[str]) -> str:
    """Return the common beginning of some texts."""
    first, last = min(texts), max(texts)
    length = next((place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first if length is None else first[:length]


def ending_name(ending: str, language: Language) -> str:
    """Return the name of a prediction's result."""
    return say(language, f"objective_end_{ending}")


def line_endings(line: ItemLine, run_id: int) -> list[tuple[Ending, str]]:
    """Return the results of a run's predictions for an item, each with the extracted answer."""
    return [(one.ending, one.extracted or "") for one in line.predictions.get(run_id, ())]


def sample_facts(sample: PredictionDetails, language: Language) -> list[Fact]:
    """Return the facts of one prediction besides its text."""
    details = sample.details
    told: list[Fact] = []
    if "prompt_tokens" in details and "completion_tokens" in details:
        tokens = {"read": details["prompt_tokens"], "written": details["completion_tokens"]}
        told.append(("tokens", say(language, "objective_tokens_text", **tokens)))
    if details.get("finish") in ("stop", "end", "length", "refused"):
        told.append(("finish", say(language, f"objective_finish_{details['finish']}")))
    if details.get("shots"):
        told.append(("shots", str(details["shots"])))
    told += [(what, str(details[what])) for what in ("dropped", "truncated") if details.get(what)]
    if details.get("system_as_user"):
        told.append(("system", say(language, "objective_system_as_user")))
    told += _graded(details, language)
    return [(say(language, f"objective_fact_{what}"), value) for what, value in told]


def _graded(details: Mapping[str, Any], language: Language) -> list[Fact]:
    """Return who marked a prediction, if a grader did, with its reply."""
    grade = details.get(GRADE)
    if not grade:
        return []
    mark = say(language, f"objective_mark_{grade['mark'] or 'none'}")
    told: list[Fact] = [("grader", say(language, "objective_by_grader", name=grade["grader"], mark=mark))]
    if grade["cause"]:
        told[0] = ("grader", f"{told[0][1]} ({cause_text(grade['cause'], language)})")
    return told + ([("grader_reply", grade["reply"])] if grade["reply"] else [])


def metric_name(metric: str, language: Language) -> str:
    """Return the name of a metric; an unknown one is returned as stored."""
    return sentences(language).get(f"objective_metric_{metric}", metric)


def mode_name(mode: str, language: Language) -> str:
    """Return the name of a mode, generation or likelihood; an unknown one is returned as stored."""
    return sentences(language).get(f"objective_mode_{mode}", mode)
