"""Runs an evaluation: each prediction is stored as it arrives, and the same call resumes an interrupted run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from objective.catalog import TaskSelection
from objective.causes import Cause
from objective.evaluation.grading import GRADE, SCORED_VALUES, Grader
from objective.evaluation.outputs import ItemOutputs, collect_outputs
from objective.evaluation.plan import (
    EvaluationSettings,
    PlannedItem,
    PromptContext,
    TaskPlan,
    plan_task,
    run_digest,
    task_content,
)
from objective.evaluation.run_scores import MarkingPlan, score_run
from objective.evaluation.stored_outputs import with_stored_outputs
from objective.notes import read_note
from objective.prompting.prompts import check_single_bos
from objective.request import FallibleBackend
from objective.scoring.paired_comparison import PairedComparison, compare_paired
from objective.summary.table import Summary, TaskResult, summarize
from objective.task import Item, Task, TaskGroup
from storage.database.engine import Database
from storage.database.evaluation_tables import PredictionState, TaskState
from storage.errors import BadInput, NotFound
from storage.evaluations.runs import (
    PredictionKey,
    StoredOutput,
    asked_in_run,
    latest_run,
    model_of_run,
    open_run,
    predictions,
    put_predictions,
    runs_asked_alike,
    scores_of,
)

Clock = Callable[[], datetime]
ProgressCallback = Callable[[int, int], None]
"""Called with the number of finished predictions and their total."""

MAX_BUFFERED_PREDICTIONS = 64
"""Maximum number of `ppl` predictions stored in one transaction."""
MAX_BUFFER_TIME = timedelta(seconds=1)
"""Longest time that a `ppl` prediction waits to be stored with others; a generated text never waits."""


@dataclass(frozen=True)
class Evaluation:
    """What to evaluate, and how.

    Attributes:
        model: name of the model in the summary.
        revision: digest of the model's files and of how they are loaded.
        selection: tasks to run.
        settings: how tasks are asked.
        reuse: whether to reuse stored outputs for the same prompt and the same model.
        grader: model that marks answers beside the rules; None for none. It is no part of the identity of the run.
    """

    model: str
    revision: str
    selection: TaskSelection
    settings: EvaluationSettings
    reuse: bool = True
    grader: Grader | None = None

    @property
    def scoring_settings(self) -> EvaluationSettings:
        """The settings with the rules of the grader, by which scores are told apart."""
        return self.settings if self.grader is None else replace(self.settings, grader=self.grader.rules)

    @property
    def digest(self) -> str:
        """The identity of the evaluation run."""
        return run_digest(self.model, self.revision, self.selection, self.settings)

    @property
    def stored_settings(self) -> dict[str, Any]:
        """The settings stored with the run, with the names of its tasks and its groups with their members."""
        return {
            **asdict(self.settings),
            "tasks": [task.name for task in self.selection.tasks],
            "groups": {group.name: group.stored() for group in self.selection.groups},
        }


def evaluate(
    database: Database,
    evaluation: Evaluation,
    backend: Callable[[], FallibleBackend],
    context: PromptContext,
    *,
    now: Clock,
    report: ProgressCallback,
) -> int:
    """Collect the outputs that are not stored yet, score everything, and return the id of the evaluation run.

    Args:
        database: an open store.
        evaluation: what to evaluate, and how.
        backend: opens the backend; called only if outputs are missing.
        context: the properties of the model that prompts depend on.
        now: the clock.
        report: called after each stored batch.

    Raises:
        BadInput: prompts would begin with two BOS tokens.
    """
    run_id = _open_run(database, evaluation, now=now)
    plans = _plan_tasks(evaluation, context)
    with database.reading() as session:
        done = asked_in_run(session, run_id)
    items = [planned for plan in plans for planned in plan.items if not _is_done(planned, done)]
    total = sum(planned.samples for plan in plans for planned in plan.items)
    writer = _PredictionWriter(database, run_id, now=now, report=report, total=total)
    writer.done = total - sum(planned.samples for planned in items)
    report(writer.done, total)
    for plan in plans:
        writer.add([_rejected_row(plan.task, item, cause) for item, cause in plan.rejected])
    if evaluation.reuse:
        items = _reuse_outputs(database, items, writer)
    if items:
        _run_model(backend(), items, context, writer)
    causes = {plan.task.name: plan.cause for plan in plans if plan.cause}
    marking = MarkingPlan(evaluation.selection, evaluation.scoring_settings, causes, evaluation.grader)
    score_run(database, run_id, marking, now=now)
    return run_id


def _run_model(
    backend: FallibleBackend, items: Sequence[PlannedItem], context: PromptContext, writer: "_PredictionWriter"
) -> None:
    if context.tokenizer is not None:
        check_single_bos(backend.tokens(items[0].prompt.text), context.tokenizer.bos_token)
    try:
        for result in collect_outputs(backend, items):
            planned = result.planned
            writer.add(_prediction_rows(result), finished=planned.samples, may_wait=planned.task.mode == "ppl")
    finally:
        writer.flush()


def rescore(database: Database, evaluation: Evaluation, *, now: Clock) -> int:
    """Score the stored outputs of an evaluation again, without its model, and return the id of its run.

    Raises:
        NotFound: the evaluation was never run.
    """
    run_id = find_run(database, evaluation)
    plan = MarkingPlan(evaluation.selection, evaluation.scoring_settings, grader=evaluation.grader)
    score_run(database, run_id, plan, now=now)
    return run_id


def find_run(database: Database, evaluation: Evaluation) -> int:
    """The id of the latest run of an evaluation.

    Raises:
        NotFound: the evaluation was never run.
    """
    with database.reading() as session:
        return latest_run(session, evaluation.model, digest=evaluation.digest)


def scored_run(database: Database, evaluation: Evaluation) -> int:
    """The id of the latest run of an evaluation, with every task scored by the current rules.

    Raises:
        NotFound: the evaluation was never run, or its scores are missing or outdated.
    """
    run_id = find_run(database, evaluation)
    settings = evaluation.scoring_settings
    with database.reading() as session:
        found = {score.task: score.content for _, score in scores_of(session, [run_id])}
    for task in evaluation.selection.ready:
        if found.get(task.name) != task_content(settings.limited(task), settings):
            raise NotFound(f"expected scores of {task.name} by the current rules, found none; use --stage score")
    return run_id


def summarize_runs(database: Database, run_ids: Sequence[int], groups: Sequence[TaskGroup]) -> Summary:
    """The summary of some evaluation runs, one column per model."""
    with database.reading() as session:
        stored = scores_of(session, run_ids)
    return summarize(
        [
            TaskResult(
                model=model,
                task=score.task,
                metric=score.metric,
                mode=score.mode,
                version=score.version,
                content=score.content,
                state=TaskState(score.state).value,
                value=score.value,
                error=score.error,
                items=score.items,
                unparsed=score.unparsed,
                failed=score.failed,
                cause=score.cause,
                notes=tuple(map(read_note, score.notes)),
            )
            for model, score in stored
        ],
        groups,
    )


def item_scores(database: Database, run_id: int, tasks: Sequence[str]) -> dict[str, float]:
    """Scores by item for `compare_paired`: the mean over samples; unparsed scores 0, failed is left out."""
    found: dict[str, list[float]] = {}
    with database.reading() as session:
        for task in tasks:
            for one in predictions(session, run_id, task):
                if one.state in (PredictionState.scored, PredictionState.unparsed):
                    found.setdefault(f"{task}/{one.item}", []).append(one.score or 0.0)
    return {item: sum(scores) / len(scores) for item, scores in found.items()}


def compare_runs(
    database: Database, run_id: int, against: str | int, *, seed: int, level: float = 0.95
) -> PairedComparison:
    """Compare an evaluation run with another one, on the tasks that both were asked alike.

    Items of one task count as alike where there are enough tasks.

    Args:
        database: an open store.
        run_id: id of the run.
        against: name of the other model, or id of the other run.
        seed: seed of the bootstrap interval.
        level: confidence level of the interval.

    Raises:
        NotFound: the other model has no run.
        BadInput: the runs have no task in common.
    """
    scores, others = common_scores(database, run_id, against)
    clusters = {item: item.split("/", 1)[0] for item in scores}
    return compare_paired(scores, others, seed=seed, level=level, clusters=clusters)


def common_scores(database: Database, run_id: int, against: str | int) -> tuple[dict[str, float], dict[str, float]]:
    """Scores by item of a run and of another one, on the tasks asked alike.

    Raises:
        NotFound: the other model has no run.
        BadInput: the runs have no task in common.
    """
    other, common = common_tasks(database, run_id, against)
    return item_scores(database, run_id, common), item_scores(database, other, common)


def common_tasks(database: Database, run_id: int, against: str | int) -> tuple[int, list[str]]:
    """The other run, and the names of the tasks that both runs were asked and scored alike.

    Args:
        database: an open store.
        run_id: id of the run.
        against: the other run by its id, or a model, of which the latest run with common tasks is taken.

    Raises:
        NotFound: the other model has no run.
        BadInput: the runs have no task in common.
    """
    with database.reading() as session:
        own = {score.content: score.task for _, score in scores_of(session, [run_id]) if score.content}
        alike = runs_asked_alike(session, own)
        mine = model_of_run(session, run_id)
        if isinstance(against, int):
            other, known = against, f"run:{against}"
        else:
            known = model_of_run(session, latest_run(session, against))
            other = alike.pop(known, 0)
        theirs = {score.content for _, score in scores_of(session, [other])}
    common = [own[content] for content in own.keys() & theirs]
    if not common:
        names = ", ".join(map(repr, sorted(alike.keys() - {mine}))) or "none"
        raise BadInput(
            f"expected tasks that {(against if isinstance(against, str) else known)!r} was asked in the same way, got "
            f"none; evaluate it on them first, or compare with a model that was: {names}"
        )
    return other, common


class _PredictionWriter:
    """Stores predictions, either at once or in batches of those that arrive within a second."""

    def __init__(self, database: Database, run_id: int, *, now: Clock, report: ProgressCallback, total: int) -> None:
        self._database, self._run_id, self._now, self._report = database, run_id, now, report
        self._rows: list[Mapping[str, Any]] = []
        self._since = now()
        self._total = total
        self.done = 0

    def add(self, rows: Sequence[Mapping[str, Any]], *, finished: int = 0, may_wait: bool = False) -> None:
        self._rows += rows
        self.done += finished
        is_full = len(self._rows) >= MAX_BUFFERED_PREDICTIONS
        if not may_wait or is_full or self._now() - self._since >= MAX_BUFFER_TIME:
            self.flush()

    def flush(self) -> None:
        rows, self._rows = self._rows, []
        self._since = self._now()
        if rows:
            with self._database.writing() as session:
                put_predictions(session, self._run_id, rows, now=self._since)
            self._report(self.done, self._total)


def _open_run(database: Database, evaluation: Evaluation, *, now: Clock) -> int:
    run = {
        "model": evaluation.model,
        "model_revision": evaluation.revision,
        "digest": evaluation.digest,
        "settings": evaluation.stored_settings,
    }
    with database.writing() as session:
        return open_run(session, run, anew=not evaluation.reuse, now=now())


def _plan_tasks(evaluation: Evaluation, context: PromptContext) -> list[TaskPlan]:
    settings = evaluation.settings
    return [
        plan_task(settings.limited(task), settings, context, revision=evaluation.revision)
        for task in evaluation.selection.ready
    ]


def _is_done(planned: PlannedItem, done: Mapping[PredictionKey, str]) -> bool:
    keys = [PredictionKey(planned.task.name, planned.item.key, sample) for sample in range(planned.samples)]
    return all(done.get(key) in (planned.digest, planned.earlier_digest) for key in keys)


def _reuse_outputs(database: Database, items: Sequence[PlannedItem], writer: _PredictionWriter) -> list[PlannedItem]:
    """Copy the outputs of other runs, and return the items that are still missing."""
    missing = []
    for planned, outputs in with_stored_outputs(database, items):
        if outputs is None:
            missing.append(planned)
            continue
        rows = [_reused_row(planned, one) for one in outputs]
        writer.add(rows, finished=planned.samples, may_wait=True)
    writer.flush()
    return missing


def _reused_row(planned: PlannedItem, stored: StoredOutput) -> dict[str, Any]:
    details = {name: value for name, value in stored.details.items() if name not in (SCORED_VALUES, GRADE)}
    output = {"output": stored.output, "details": details, "state": PredictionState.asked}
    return _base_row(planned, stored.sample) | output


def _prediction_rows(result: ItemOutputs) -> list[dict[str, Any]]:
    planned = result.planned
    if result.cause is not None:
        failure = {"state": PredictionState.failed, "cause": result.cause.stored(), "details": {}}
        return [_base_row(planned, sample) | failure for sample in range(planned.samples)]
    return [
        _base_row(planned, sample) | {"output": output.text, "details": output.details, "state": PredictionState.asked}
        for sample, output in enumerate(result.outputs)
    ]


def _base_row(planned: PlannedItem, sample: int) -> dict[str, Any]:
    return {
        "task": planned.task.name,
        "item": planned.item.key,
        "sample": sample,
        "asked": planned.digest,
        "prompt": planned.prompt.text,
        "gold": list(planned.item.gold),
    }


def _rejected_row(task: Task, item: Item, cause: Cause) -> dict[str, Any]:
    row = {"task": task.name, "item": item.key, "sample": 0, "asked": "", "prompt": "", "gold": list(item.gold)}
    return row | {"state": PredictionState.failed, "cause": cause.stored(), "details": {}}
