"""Run tasks on a model: each sample is stored when it is done, and the same call goes on where it was stopped."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from objective.catalog import TaskSelection
from objective.evaluation.asking import Answer, ask_all
from objective.evaluation.marking import METRIC, failed_row, marks_of, score_rows
from objective.evaluation.plan import (
    EvaluationSettings,
    PlannedItem,
    TaskPlan,
    Voice,
    plan_task,
    run_digest,
    task_content,
)
from objective.notes import read_note
from objective.prompting.prompts import check_tokens
from objective.request import Backend
from objective.scoring.paired_comparison import PairedComparison, compare_paired
from objective.summary.table import Result, Summary, summarize
from objective.task import Item, Task, TaskGroup
from storage.database.engine import Database
from storage.database.evaluation_tables import PredictionState, TaskState
from storage.errors import BadInput, NotFound
from storage.evaluations.runs import (
    PredictionKey,
    StoredOutput,
    asked_in_run,
    find_outputs,
    finish_run,
    latest_run,
    mark_predictions,
    open_run,
    predictions,
    put_predictions,
    replace_scores,
    scores_of,
)

Clock = Callable[[], datetime]
Report = Callable[[int, int], None]
"""Called with the samples done and in all."""

STORED_TOGETHER = 64
"""Samples of likelihoods that are stored in one transaction at most."""
STORED_AFTER = timedelta(seconds=1)
"""The longest that one waits to be stored while others come; a generated text never waits."""


@dataclass(frozen=True)
class Evaluation:
    """What is evaluated, and how.

    Attributes:
        model: name of the column.
        revision: digest of the model's files and of how they are loaded.
        selected: the tasks.
        settings: how they are asked.
        reuse: whether outputs that are stored for the same question to the same model are taken.
    """

    model: str
    revision: str
    selected: TaskSelection
    settings: EvaluationSettings
    reuse: bool = True

    @property
    def digest(self) -> str:
        """What makes two evaluations one run."""
        return run_digest(self.model, self.revision, self.selected, self.settings)

    @property
    def stored_settings(self) -> dict[str, Any]:
        """What a run keeps of how it was asked: settings, names of tasks, and groups with their members."""
        return {
            **asdict(self.settings),
            "tasks": [task.name for task in self.selected.tasks],
            "groups": {group.name: list(group.members) for group in self.selected.groups},
        }


def evaluate(
    database: Database,
    evaluation: Evaluation,
    backend: Callable[[], Backend],
    voice: Voice,
    *,
    now: Clock,
    report: Report,
) -> int:
    """Ask what is not stored yet, score everything, and return the run's number.

    Args:
        database: an open store.
        evaluation: what and how.
        backend: opens what answers requests; called only if something is left to ask.
        voice: what prompts need to know of the model.
        now: the clock.
        report: told how far it is.

    Raises:
        BadInput: prompts would begin with two BOS tokens.
    """
    run_id = _open(database, evaluation, now=now)
    plans = _plans(evaluation, voice)
    with database.reading() as session:
        done = asked_in_run(session, run_id)
    asks = [ask for plan in plans for ask in plan.asks if not _is_done(ask, done)]
    total = sum(ask.samples for plan in plans for ask in plan.asks)
    keeper = _Keeper(database, run_id, now=now, report=report, total=total)
    keeper.done = total - sum(ask.samples for ask in asks)
    report(keeper.done, total)
    for plan in plans:
        keeper.keep([_refused_row(plan.task, item, cause) for item, cause in plan.refused])
    if evaluation.reuse:
        asks = _reuse(database, asks, keeper)
    if asks:
        _ask(backend(), asks, voice, keeper)
    _score(database, run_id, evaluation, {plan.task.name: plan.cause for plan in plans if plan.cause}, now=now)
    return run_id


def _ask(backend: Backend, asks: Sequence[PlannedItem], voice: Voice, keeper: "_Keeper") -> None:
    if voice.tokenizer is not None:
        check_tokens(backend.tokens(asks[0].prompt.text), voice.tokenizer.bos_token)
    try:
        for answer in ask_all(backend, asks):
            keeper.keep(_rows(answer), samples=answer.ask.samples, waits=answer.ask.task.mode == "ppl")
    finally:
        keeper.flush()


def score_again(database: Database, evaluation: Evaluation, *, now: Clock) -> int:
    """Read and mark the stored outputs of an evaluation anew, without its model, and return the run's number.

    Raises:
        NotFound: it was never run.
    """
    run_id = find_run(database, evaluation)
    _score(database, run_id, evaluation, {}, now=now)
    return run_id


def find_run(database: Database, evaluation: Evaluation) -> int:
    """The number of the latest run of an evaluation.

    Raises:
        NotFound: it was never run.
    """
    with database.reading() as session:
        return latest_run(session, evaluation.model, digest=evaluation.digest)


def scored_run(database: Database, evaluation: Evaluation) -> int:
    """The number of the latest run of an evaluation, all of whose tasks are scored by the rules of today.

    Raises:
        NotFound: it was never run, or it has no scores, or older ones.
    """
    run_id = find_run(database, evaluation)
    settings = evaluation.settings
    with database.reading() as session:
        found = {score.task: score.content for _, score in scores_of(session, [run_id])}
    for task in evaluation.selected.ready:
        if found.get(task.name) != task_content(settings.limited(task), settings):
            raise NotFound(f"expected scores of {task.name} by today's rules in the run, found none; use --stage score")
    return run_id


def summary_of(database: Database, run_ids: Sequence[int], groups: Sequence[TaskGroup]) -> Summary:
    """The table of some runs, one column each model."""
    with database.reading() as session:
        stored = scores_of(session, run_ids)
    return summarize(
        [
            Result(
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
    """Scores by item for `compare_paired`: means over samples; unparsed is 0, failed is left out."""
    found: dict[str, list[float]] = {}
    with database.reading() as session:
        for task in tasks:
            for one in predictions(session, run_id, task):
                if one.state in (PredictionState.scored, PredictionState.unparsed):
                    found.setdefault(f"{task}/{one.item}", []).append(one.score or 0.0)
    return {item: sum(scores) / len(scores) for item, scores in found.items()}


def compare_runs(database: Database, run_id: int, against: str, *, seed: int) -> PairedComparison:
    """A run against the latest run of another model, on the tasks that both were asked in the same way.

    Args:
        database: an open store.
        run_id: of the run.
        against: name of the other model.
        seed: of the interval.

    Raises:
        NotFound: the other model was never run.
        BadInput: they share no task.
    """
    with database.reading() as session:
        other = latest_run(session, against)
        own, theirs = ({score.content: score.task for _, score in scores_of(session, [one])} for one in (run_id, other))
    common = [own[content] for content in own.keys() & theirs.keys() if content]
    if not common:
        raise BadInput(
            f"expected tasks that {against!r} was asked in the same way, got none; evaluate it on them first"
        )
    return compare_paired(item_scores(database, run_id, common), item_scores(database, other, common), seed=seed)


class _Keeper:
    """Stores rows: at once, or together where many come within a second."""

    def __init__(self, database: Database, run_id: int, *, now: Clock, report: Report, total: int) -> None:
        self._database, self._run_id, self._now, self._report = database, run_id, now, report
        self._rows: list[Mapping[str, Any]] = []
        self._since = now()
        self._total = total
        self.done = 0

    def keep(self, rows: Sequence[Mapping[str, Any]], *, samples: int = 0, waits: bool = False) -> None:
        self._rows += rows
        self.done += samples
        is_due = not waits or len(self._rows) >= STORED_TOGETHER or self._now() - self._since >= STORED_AFTER
        if is_due:
            self.flush()

    def flush(self) -> None:
        rows, self._rows = self._rows, []
        self._since = self._now()
        if rows:
            with self._database.writing() as session:
                put_predictions(session, self._run_id, rows, now=self._since)
            self._report(self.done, self._total)


def _open(database: Database, evaluation: Evaluation, *, now: Clock) -> int:
    run = {
        "model": evaluation.model,
        "model_revision": evaluation.revision,
        "digest": evaluation.digest,
        "settings": evaluation.stored_settings,
    }
    with database.writing() as session:
        return open_run(session, run, anew=not evaluation.reuse, now=now())


def _plans(evaluation: Evaluation, voice: Voice) -> list[TaskPlan]:
    settings = evaluation.settings
    return [
        plan_task(settings.limited(task), settings, voice, revision=evaluation.revision)
        for task in evaluation.selected.ready
    ]


def _is_done(ask: PlannedItem, done: Mapping[PredictionKey, str]) -> bool:
    keys = [PredictionKey(ask.task.name, ask.item.key, sample) for sample in range(ask.samples)]
    return all(done.get(key) == ask.digest for key in keys)


def _reuse(database: Database, asks: Sequence[PlannedItem], keeper: _Keeper) -> list[PlannedItem]:
    """Copy outputs that another run has, and return what is still open."""
    with database.reading() as session:
        found = find_outputs(session, [ask.digest for ask in asks])
    still = []
    for ask in asks:
        outputs = found.get(ask.digest, {})
        if not all(sample in outputs for sample in range(ask.samples)):
            still.append(ask)
            continue
        rows = [_copied(ask, outputs[sample]) for sample in range(ask.samples)]
        keeper.keep(rows, samples=ask.samples, waits=True)
    keeper.flush()
    return still


def _copied(ask: PlannedItem, stored: StoredOutput) -> dict[str, Any]:
    told = {"output": stored.output, "details": dict(stored.details), "state": PredictionState.asked}
    return _row(ask, stored.sample) | told


def _rows(answer: Answer) -> list[dict[str, Any]]:
    ask = answer.ask
    if answer.cause is not None:
        told = {"state": PredictionState.failed, "cause": answer.cause, "details": {}}
        return [_row(ask, sample) | told for sample in range(ask.samples)]
    return [
        _row(ask, sample) | {"output": one.text, "details": one.details, "state": PredictionState.asked}
        for sample, one in enumerate(answer.outputs)
    ]


def _row(ask: PlannedItem, sample: int) -> dict[str, Any]:
    return {
        "task": ask.task.name,
        "item": ask.item.key,
        "sample": sample,
        "asked": ask.digest,
        "prompt": ask.prompt.text,
        "gold": list(ask.item.gold),
    }


def _refused_row(task: Task, item: Item, cause: str) -> dict[str, Any]:
    told = {"task": task.name, "item": item.key, "sample": 0, "asked": "", "prompt": "", "gold": list(item.gold)}
    return told | {"state": PredictionState.failed, "cause": cause, "details": {}}


def _score(database: Database, run_id: int, evaluation: Evaluation, causes: Mapping[str, str], *, now: Clock) -> None:
    """Mark every output and put the run's scores in place, in the order in which tasks were asked for."""
    settings = evaluation.settings
    rows: list[dict[str, Any]] = []
    for each in evaluation.selected.tasks:
        if not isinstance(each, Task):
            state = TaskState.missing if each.is_missing else TaskState.failed
            told = {"task": each.name, "mode": each.mode, "metric": METRIC, "version": "-", "content": ""}
            rows.append(told | {"state": state, "cause": each.cause})
            continue
        task = settings.limited(each)
        if task.name in causes:
            rows.append(failed_row(task, causes[task.name], settings))
            continue
        with database.reading() as session:
            marks = marks_of(task, predictions(session, run_id, task.name))
        with database.writing() as session:
            mark_predictions(session, marks)
        with database.reading() as session:
            rows += score_rows(task, predictions(session, run_id, task.name), settings)
    with database.writing() as session:
        replace_scores(session, run_id, rows)
        finish_run(session, run_id, now=now())
