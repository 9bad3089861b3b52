"""From a task's stored samples to marks and to its rows of the summary; no model is needed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from objective.evaluation.plan import EvaluationSettings, content_key, task_content, task_version
from objective.notes import Note, NoteCode
from objective.prompting.prompts import option_texts
from objective.request import ScoredContinuation
from objective.scoring.marks import LIKELIHOODS, ItemOutcome, mark, mark_options, metrics
from objective.task import Item, Task
from storage.database.evaluation_tables import Prediction, PredictionState, TaskState

METRIC = "accuracy"
_LONGEST_CAUSE = 300


def metric_names(task: Task) -> tuple[str, ...]:
    """The metrics of a task, its main one first."""
    is_by_length = task.mode == "ppl" and task.options_as == "text"
    return tuple(LIKELIHOODS) if is_by_length else (METRIC,)


def marks_of(task: Task, stored: Sequence[Prediction]) -> list[dict[str, Any]]:
    """What `storage.evaluations.runs.mark_predictions` writes for each sample that has an output."""
    items = {item.key: item for item in task.items}
    return [
        {"id": one.id, **_marked(task, items[one.item], one)}
        for one in stored
        if one.item in items and one.state != PredictionState.failed
    ]


def score_rows(task: Task, stored: Sequence[Prediction], settings: EvaluationSettings) -> list[dict[str, Any]]:
    """The columns of a task's scores, from samples that are marked.

    Args:
        task: limited as the run has it.
        stored: its samples; items without any count as failed.
        settings: of the run.
    """
    items = {item.key: item for item in task.items}
    names = metric_names(task)
    own = [one for one in stored if one.item in items]
    outcomes = [_outcome(task, items[one.item], one, names) for one in own]
    lacking = items.keys() - {one.item for one in own}
    outcomes += [ItemOutcome(key, "failed", {}) for key in sorted(lacking)]
    causes = [one.cause for one in own if one.state == PredictionState.failed and one.cause]
    rows = []
    about = _about(task, settings)
    for metric in metrics(outcomes, names=names):
        notes = _failures(causes, len(lacking), len(outcomes)) if metric.failed else []
        if metric.name == names[0]:
            notes += [*task.notes, *_differences(own)]
        rows.append(
            {
                **about,
                "metric": metric.name,
                "state": TaskState.failed if metric.value is None else TaskState.scored,
                "value": metric.value,
                "error": metric.error,
                "items": metric.items,
                "unparsed": metric.unparsed,
                "failed": metric.failed,
                "cause": _commonest(causes) if metric.failed else None,
                "notes": [note.as_json() for note in notes],
            }
        )
    return rows


def failed_row(task: Task, cause: str, settings: EvaluationSettings) -> dict[str, Any]:
    """The columns of a task that could not be asked at all."""
    told = {"metric": METRIC, "state": TaskState.failed, "cause": cause, "failed": len(task.items)}
    return {**_about(task, settings), **told}


def _about(task: Task, settings: EvaluationSettings) -> dict[str, Any]:
    return {
        "task": task.name,
        "mode": task.mode,
        "version": task_version(task, settings),
        "content": task_content(task, settings),
    }


def _marked(task: Task, item: Item, one: Prediction) -> dict[str, Any]:
    is_text = task.mode == "gen"
    made = mark(item, one.output or "", prompt=one.prompt) if is_text else _likeliest(task, item, one.details)[METRIC]
    state = PredictionState.unparsed if made.extracted is None else PredictionState.scored
    return {
        "state": state,
        "extracted": made.extracted,
        "score": made.score,
        "content": content_key(one.asked, item.gold),
    }


def _likeliest(task: Task, item: Item, details: Mapping[str, Any]) -> Any:  # noqa: ANN401  marks by metric
    scored = [
        ScoredContinuation(nats, tokens, size, greedy)
        for nats, tokens, size, greedy in zip(
            details["nats"], details["tokens"], details["bytes"], details["greedy"], strict=True
        )
    ]
    return mark_options(item, option_texts(task, item), scored)


def _outcome(task: Task, item: Item, one: Prediction, names: Sequence[str]) -> ItemOutcome:
    if one.state == PredictionState.failed:
        return ItemOutcome(one.item, "failed", {})
    if one.state == PredictionState.unparsed or one.score is None:
        return ItemOutcome(one.item, "unparsed", {})
    if len(names) == 1:
        return ItemOutcome(one.item, "scored", {names[0]: one.score})
    marks = _likeliest(task, item, one.details)
    return ItemOutcome(one.item, "scored", {name: marks[name].score for name in names})


def _commonest(causes: Sequence[str]) -> str | None:
    return Counter(causes).most_common(1)[0][0][:_LONGEST_CAUSE] if causes else None


def _failures(causes: Sequence[str], lacking: int, total: int) -> list[Note]:
    """How many predictions are missing: failed ones, and those that were not asked for yet."""
    notes = []
    if causes:
        notes.append(Note(NoteCode.failed, count=len(causes), total=total, reasons=len(set(causes))))
    if lacking:
        notes.append(Note(NoteCode.not_asked, count=lacking, total=total))
    return notes


def _differences(stored: Sequence[Prediction]) -> list[Note]:
    """What differed from what was asked for, counted."""
    details = [one.details for one in stored if one.state != PredictionState.failed]
    counts = {
        NoteCode.dropped: sum(bool(one.get("dropped")) for one in details),
        NoteCode.truncated: sum(bool(one.get("truncated")) for one in details),
        NoteCode.length: sum(one.get("finish") == "length" for one in details),
        NoteCode.system: sum(bool(one.get("system_as_user")) for one in details),
        NoteCode.refused: sum(one.get("finish") == "refused" for one in details),
    }
    return [Note(code, count=count, total=len(details)) for code, count in counts.items() if count]
