"""Scores a run: every output by the rules, then the answers that fall to a grader, then the rows of the summary."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from objective.catalog import TaskSelection
from objective.causes import Cause, TaskProblem, cause_of
from objective.evaluation.grading import Grader, grade_answers
from objective.evaluation.plan import EvaluationSettings
from objective.evaluation.task_scores import MAIN_METRIC, failed_task_row, score_predictions, task_score_rows
from objective.task import Task
from storage.database.engine import Database
from storage.database.evaluation_tables import TaskState
from storage.evaluations.runs import finish_run, mark_predictions, predictions, replace_scores


@dataclass(frozen=True)
class MarkingPlan:
    """What is scored, and by whom.

    Attributes:
        selection: tasks of the run.
        settings: settings of the run, with the rules of the grader.
        causes: causes why tasks could not be asked at all, by name.
        grader: model that marks answers beside the rules; None for none.
    """

    selection: TaskSelection
    settings: EvaluationSettings
    causes: Mapping[str, Cause] = field(default_factory=dict)
    grader: Grader | None = None


def score_run(database: Database, run_id: int, plan: MarkingPlan, *, now: Callable[[], datetime]) -> None:
    """Score every output and replace the scores of the run, in the requested order of tasks.

    Args:
        database: an open store.
        run_id: id of the run.
        plan: what is scored, and by whom.
        now: the clock.

    Raises:
        BackendOutage: the grader cannot go on; the same call continues.
    """
    settings, grader = plan.settings, plan.grader
    failed = dict(plan.causes)
    tasks = [settings.limited(task) for task in plan.selection.ready]
    for task in tasks:
        if task.name not in failed:
            cause = _mark_by_rules(database, run_id, task, is_graded=grader is not None)
            failed |= {} if cause is None else {task.name: cause}
    if grader is not None:
        grade_answers(database, run_id, [task for task in tasks if task.name not in failed], grader, now=now)
    rows: list[dict[str, Any]] = []
    for each in plan.selection.tasks:
        if isinstance(each, Task):
            rows += _task_rows(database, run_id, settings.limited(each), settings, failed)
            continue
        state = TaskState.missing if each.is_missing else TaskState.failed
        row = {"task": each.name, "mode": each.mode, "metric": MAIN_METRIC, "version": "-", "content": ""}
        rows.append(row | {"state": state, "cause": each.cause.stored()})
    with database.writing() as session:
        replace_scores(session, run_id, rows)
        finish_run(session, run_id, now=now())


def _mark_by_rules(database: Database, run_id: int, task: Task, *, is_graded: bool) -> Cause | None:
    """Score the outputs of a task by its rules; the cause why that is impossible, or None.

    Where a grader follows, which may fail, the scores of the run go with the marks that they were made of.
    """
    try:
        with database.reading() as session:
            scored = score_predictions(task, predictions(session, run_id, task.name))
    except TaskProblem as error:
        return cause_of(error)
    with database.writing() as session:
        mark_predictions(session, scored)
        if is_graded:
            replace_scores(session, run_id, [])
    return None


def _task_rows(
    database: Database, run_id: int, task: Task, settings: EvaluationSettings, failed: Mapping[str, Cause]
) -> list[dict[str, Any]]:
    if task.name in failed:
        return [failed_task_row(task, failed[task.name], settings)]
    try:
        with database.reading() as session:
            return task_score_rows(task, predictions(session, run_id, task.name), settings)
    except TaskProblem as error:
        return [failed_task_row(task, cause_of(error), settings)]
