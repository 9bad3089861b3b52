"""Messages of `evenhand evaluate` beside its table: the plan, missing tasks with their causes, the comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.commands.tables import counted, print_json, print_table, visible
from app.views.number_text import signed_text

if TYPE_CHECKING:
    from app.commands.evaluate.checking import PromptProblem
    from app.commands.evaluate.cost import PlannedCost
    from objective.catalog import TaskSelection
    from objective.evaluation.plan import EvaluationSettings
    from objective.evaluation.run import Evaluation
    from objective.summary.table import Summary
    from storage.database.engine import Database

_MISSING_SHOWN = 3


def tell_unready(selected: "TaskSelection") -> None:
    """Print why tasks cannot be asked; only the first few that lack data, since the table names all of them."""
    from app.views.objective_causes import cause_text

    for lacking in selected.unready:
        if not lacking.is_missing:
            typer.echo(f"{lacking.name}: {visible(cause_text(lacking.cause, 'en'))}", err=True)
    missing = [lacking for lacking in selected.unready if lacking.is_missing]
    for lacking in missing[:_MISSING_SHOWN]:
        typer.echo(f"{lacking.name}: {visible(cause_text(lacking.cause, 'en'))}", err=True)
    if len(missing) > _MISSING_SHOWN:
        typer.echo(f"… and {counted(len(missing) - _MISSING_SHOWN, 'more task')} without data", err=True)


def show_plan(
    selected: "TaskSelection",
    settings: "EvaluationSettings",
    costs: "Sequence[PlannedCost]",
    problems: "Sequence[PromptProblem]",
    *,
    as_json: bool,
) -> None:
    """Print the tasks as they would be asked, one per row, and the cost of each model at an endpoint."""
    from objective.evaluation.plan import task_content, task_version

    rows: list[dict[str, str | int]] = []
    for each in selected.ready:
        task = settings.limited(each)
        rows.append(
            {
                "task": task.name,
                "version": task_version(task, settings),
                "mode": task.mode,
                "items": len(task.items),
                "shots": settings.shot_selection(task).count,
                "content": task_content(task, settings)[:12],
            }
        )
    if as_json:
        groups = [group.name for group in selected.groups]
        told = [one.as_json() for one in problems]
        print_json({"tasks": rows, "groups": groups, "costs": [cost.as_json() for cost in costs], "problems": told})
        return
    print_table(rows)
    for cost in costs:
        typer.echo(cost.as_text())


def show_summary(summary: "Summary", out: Path, *, now: datetime, is_json: bool) -> Path:
    """Write the summary into a folder below `out`, print it with its remarks, and return the folder."""
    from app.views.objective_notes import english_note
    from objective.summary.files import as_json, as_table, write_summary

    folder = write_summary(summary, out, words=english_note, now=now)
    typer.echo(as_json(summary, words=english_note, now=now) if is_json else as_table(summary), nl=not is_json)
    tell(summary, folder)
    return folder


def log_samples(database: "Database", runs: "Mapping[int, Evaluation]", summary: "Summary", folder: Path) -> None:
    """Write the samples of some runs into a folder: in the log format of lm-eval, and as a page.

    Raises:
        BadInput: the files cannot be written.
    """
    from app.report.pages.samples_page import samples_page
    from app.wiring import clock
    from objective.evaluation.sample_log import LoggedRun, write_sample_log
    from storage.evaluations.runs import predictions

    shown = {}
    for run_id, one in runs.items():
        tasks = [one.settings.limited(task) for task in one.selection.ready]
        results = [result for result in summary.results if result.model == one.model]
        write_sample_log(database, LoggedRun(run_id, one.model, tasks, one.settings, results), folder, now=clock())
        with database.reading() as session:
            shown[one.model] = [each for task in tasks for each in predictions(session, run_id, task.name)]
    page = folder / "samples.html"
    page.write_text(samples_page(shown), encoding="utf-8", newline="\n")
    typer.echo(f"Samples in {page}, and as lm-eval logs them in the folders beside it.", err=True)


def tell(summary: "Summary", folder: Path) -> None:
    """Print where the table is, the notes on the run, and what is missing."""
    from app.views.objective_notes import note_text, remarks
    from objective.summary.table import GROUP_METRIC

    typer.echo(f"Summary in {folder}.", err=True)
    told = tuple(result for result in summary.results if result.state != "missing")
    for remark in remarks(replace(summary, results=told), "en"):
        typer.echo(visible(remark), err=True)
    for line in summary.lines:
        for note in line.notes if line.metric == GROUP_METRIC else ():
            typer.echo(visible(f"{line.dataset}: {note_text(note, 'en')}"), err=True)
    if not summary.is_complete:
        # Only items that were asked and failed may succeed in another run.
        may_pass = any(result.content and not result.is_whole for result in summary.results)
        state = (
            "has all its answers; run the same command again to continue"
            if may_pass
            else "could be evaluated; the causes are listed above"
        )
        typer.echo(f"evenhand: not every task {state}", err=True)


def show_comparison(database: "Database", run_id: int, against: str, *, seed: int, is_json: bool) -> None:
    """Compare a run with the latest run of another model, item by item.

    Raises:
        NotFound: the other model has no run.
        BadInput: the runs share no task.
    """
    from objective.evaluation.run import compare_runs

    found = compare_runs(database, run_id, against, seed=seed)
    ends = (signed_text(100 * end, 2) for end in (found.low, found.high))
    typer.echo(
        f"Against {against} on {counted(found.items, 'item')}: {signed_text(100 * found.difference, 2)} points "
        f"(95 %: {' to '.join(ends)}); correct only here {found.only_a:,}, correct only "
        f"for {against} {found.only_b:,}; exact McNemar p = {found.p_value:.3g}.",
        err=is_json,
    )
