"""Scores the stored predictions of a task and makes its rows of the summary; no model is needed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from objective.causes import Cause, read_cause
from objective.evaluation.plan import EvaluationSettings, content_key, task_content, task_version
from objective.notes import Note, NoteCode
from objective.prompting.prompts import option_texts
from objective.request import ScoredContinuation
from objective.scoring.answers import LIKELIHOOD_METRICS, ScoredAnswer, score_options, score_output
from objective.scoring.metrics import PredictionOutcome, compute_metrics
from objective.task import Item, Task
from storage.database.evaluation_tables import Prediction, PredictionState, TaskState

MAIN_METRIC = "accuracy"
_MAX_CAUSE_LENGTH = 300


def metric_names(task: Task) -> tuple[str, ...]:
    """The metrics of a task, the main one first."""
    is_by_length = task.mode == "ppl" and task.options_as == "text"
    return tuple(LIKELIHOOD_METRICS) if is_by_length else (MAIN_METRIC,)


def score_predictions(task: Task, stored: Sequence[Prediction]) -> list[dict[str, Any]]:
    """Score every prediction that has an output, as columns for `storage.evaluations.runs.mark_predictions`."""
    items = {item.key: item for item in task.items}
    return [
        {"id": prediction.id, **_scored_columns(task, items[prediction.item], prediction)}
        for prediction in stored
        if prediction.item in items and prediction.state != PredictionState.failed
    ]


def task_score_rows(task: Task, stored: Sequence[Prediction], settings: EvaluationSettings) -> list[dict[str, Any]]:
    """Compute the columns of a task's scores from scored predictions.

    Args:
        task: the task, limited as in the run.
        stored: predictions of the task; items without a prediction count as failed.
        settings: settings of the run.
    """
    items = {item.key: item for item in task.items}
    names = metric_names(task)
    predictions = [prediction for prediction in stored if prediction.item in items]
    outcomes = [_outcome(task, items[prediction.item], prediction, names) for prediction in predictions]
    missing = items.keys() - {prediction.item for prediction in predictions}
    outcomes += [PredictionOutcome(key, "failed", {}) for key in sorted(missing)]
    causes = [one.cause for one in predictions if one.state == PredictionState.failed and one.cause]
    identity = _identity_columns(task, settings)
    rows = []
    for metric in compute_metrics(outcomes, names=names):
        notes = _failures(causes, len(missing), len(outcomes)) if metric.failed else []
        if metric.name == names[0]:
            notes += [*task.notes, *_differences(predictions)]
        rows.append(
            {
                **identity,
                "metric": metric.name,
                "state": TaskState.failed if metric.value is None else TaskState.scored,
                "value": metric.value,
                "error": metric.error,
                "items": metric.items,
                "unparsed": metric.unparsed,
                "failed": metric.failed,
                "cause": _most_frequent(causes) if metric.failed else None,
                "notes": [note.as_json() for note in notes],
            }
        )
    return rows


def failed_task_row(task: Task, cause: Cause, settings: EvaluationSettings) -> dict[str, Any]:
    """The columns of a task that could not be asked at all."""
    failure = {"metric": MAIN_METRIC, "state": TaskState.failed, "cause": cause.stored(), "failed": len(task.items)}
    return {**_identity_columns(task, settings), **failure}


def _identity_columns(task: Task, settings: EvaluationSettings) -> dict[str, Any]:
    return {
        "task": task.name,
        "mode": task.mode,
        "version": task_version(task, settings),
        "content": task_content(task, settings),
    }


def _scored_columns(task: Task, item: Item, prediction: Prediction) -> dict[str, Any]:
    if task.mode == "gen":
        answer = score_output(item, prediction.output or "", prompt=prediction.prompt)
    else:
        answer = _likelihood_scores(task, item, prediction.details)[MAIN_METRIC]
    return {
        "state": PredictionState.unparsed if answer.extracted is None else PredictionState.scored,
        "extracted": answer.extracted,
        "score": answer.score,
        "content": content_key(prediction.asked, item.gold),
    }


def _likelihood_scores(task: Task, item: Item, details: Mapping[str, Any]) -> dict[str, ScoredAnswer]:
    scored = [
        ScoredContinuation(nats, tokens, size, greedy)
        for nats, tokens, size, greedy in zip(
            details["nats"], details["tokens"], details["bytes"], details["greedy"], strict=True
        )
    ]
    return score_options(item, option_texts(task, item), scored)


def _outcome(task: Task, item: Item, prediction: Prediction, names: Sequence[str]) -> PredictionOutcome:
    if prediction.state == PredictionState.failed:
        return PredictionOutcome(prediction.item, "failed", {})
    if prediction.state == PredictionState.unparsed or prediction.score is None:
        return PredictionOutcome(prediction.item, "unparsed", {})
    if len(names) == 1:
        return PredictionOutcome(prediction.item, "scored", {names[0]: prediction.score})
    answers = _likelihood_scores(task, item, prediction.details)
    scores = {name: score for name in names if (score := answers[name].score) is not None}
    return PredictionOutcome(prediction.item, "scored", scores)


def _most_frequent(causes: Sequence[str]) -> str | None:
    """The commonest cause as it is stored; a long message is cut."""
    if not causes:
        return None
    cause = read_cause(Counter(causes).most_common(1)[0][0])
    return replace(cause, text=cause.text[:_MAX_CAUSE_LENGTH]).stored()


def _failures(causes: Sequence[str], missing: int, total: int) -> list[Note]:
    """The numbers of failed predictions and of predictions not requested yet."""
    notes = []
    if causes:
        notes.append(Note(NoteCode.failed, count=len(causes), total=total, reasons=len(set(causes))))
    if missing:
        notes.append(Note(NoteCode.not_asked, count=missing, total=total))
    return notes


def _differences(predictions: Sequence[Prediction]) -> list[Note]:
    """Differences from the requested settings, with the number of predictions that each applies to."""
    details = [one.details for one in predictions if one.state != PredictionState.failed]
    counts = {
        NoteCode.dropped: sum(bool(one.get("dropped")) for one in details),
        NoteCode.truncated: sum(bool(one.get("truncated")) for one in details),
        NoteCode.length: sum(one.get("finish") == "length" for one in details),
        NoteCode.system: sum(bool(one.get("system_as_user")) for one in details),
        NoteCode.refused: sum(one.get("finish") == "refused" for one in details),
    }
    return [Note(code, count=count, total=len(details)) for code, count in counts.items() if count]
