"""From a task's stored samples to marks and to its rows of the summary; no model is needed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from objective.evaluation.plan import EvaluationSettings, content_key, task_content, task_version
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
    causes += ["it was not asked yet"] * len(lacking)
    rows = []
    about = _about(task, settings)
    for metric in metrics(outcomes, names=names):
        cause = _cause(causes, len(outcomes)) if metric.failed and causes else None
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
                "cause": cause,
                "notes": [*task.notes, *_notes(own)] if metric.name == names[0] else [],
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


def _cause(causes: Iterable[str], samples: int) -> str:
    counted = Counter(causes)
    [(first, _)] = counted.most_common(1)
    more = f" (and {len(counted) - 1} other reasons)" if len(counted) > 1 else ""
    return f"{counted.total()} of {samples} failed: {first[:_LONGEST_CAUSE]}{more}"


def _notes(stored: Sequence[Prediction]) -> list[str]:
    """What differed from what was asked for, counted."""
    told = [one.details for one in stored if one.state != PredictionState.failed]
    counts = {
        "prompts hold fewer examples than asked for, to fit": sum(bool(one.get("dropped")) for one in told),
        "prompts were cut on the left": sum(bool(one.get("truncated")) for one in told),
        "answers ended at the limit of new tokens": sum(one.get("finish") == "length" for one in told),
        "prompts carry the system text in a user turn": sum(bool(one.get("system_as_user")) for one in told),
        "answers were refused by whoever serves the model": sum(one.get("finish") == "refused" for one in told),
    }
    return [f"{count} of {len(told)} {what}" for what, count in counts.items() if count]
