"""Scores the stored predictions of a task and makes its rows of the summary; no model is needed."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from objective.causes import Cause, CauseCode, TaskProblem, read_cause
from objective.evaluation.grading import GRADE, SCORED_VALUES
from objective.evaluation.plan import EvaluationSettings, content_key, task_content, task_rules, task_version
from objective.evaluation.rotations import circular_metric
from objective.notes import PROGRAM, Note, NoteCode
from objective.prompting.prompts import option_texts
from objective.request import ScoredContinuation
from objective.scoring.answers import LIKELIHOOD_METRICS, score_options, score_output
from objective.scoring.extraction import text_before_stops, with_thinking_tag
from objective.scoring.metrics import PredictionOutcome, TaskMetric, compute_metrics, standard_error
from objective.scoring.registry import Scorer, Values, load_scorer
from objective.scoring.repeated_samples import majority, measures, spread
from objective.task import Item, Task
from storage.database.evaluation_tables import Prediction, PredictionState, TaskState

MAIN_METRIC = "accuracy"
SPREAD = "spread"
"""Metric: the standard deviation of the main metric from one round of samples to the next."""
MAJORITY = "majority"
"""Metric: the accuracy of the answer that most samples of an item give (self-consistency); items with an answer that
only a grader could read are left out, because nobody knows which samples it agrees with."""
ENDED = "ended"
"""Key of the end of a program in the details of a prediction."""
_MAX_CAUSE_LENGTH = 300
_MAX_SHOWN = 2000
"""Longest part of an output, in characters, that is stored as what a scorer read."""


def metric_names(task: Task) -> tuple[str, ...]:
    """The metrics of one output of a task, the main one first."""
    if task.scorer:
        return load_scorer(task.scorer).metrics
    is_by_length = task.mode == "ppl" and task.options_as == "text"
    return tuple(LIKELIHOOD_METRICS) if is_by_length else (MAIN_METRIC,)


def score_predictions(task: Task, stored: Sequence[Prediction]) -> list[dict[str, Any]]:
    """Score every prediction that has an output, as columns for `storage.evaluations.runs.mark_predictions`.

    What the scorer of a task scored by the same rules is kept, because a scorer may be slow.

    Raises:
        TaskProblem: the scorer of the task cannot be loaded, or can score nothing of the task.
    """
    items = {item.key: item for item in task.items}
    rules = task_rules(task)
    marked = []
    for prediction in stored:
        if prediction.item not in items or prediction.state == PredictionState.failed:
            continue
        content = content_key(prediction.asked, items[prediction.item], rules)
        is_kept = task.scorer and prediction.content == content and prediction.state != PredictionState.asked
        if not is_kept:
            marked.append((prediction, items[prediction.item], content))
    columns = (
        _scorer_columns(load_scorer(task.scorer), task, [one[:2] for one in marked])
        if task.scorer
        else [_scored_columns(task, item, prediction) for prediction, item, _ in marked]
    )
    rows = [
        {"id": prediction.id, **scored, "content": content}
        for (prediction, _, content), scored in zip(marked, columns, strict=True)
    ]
    return _without_grades(rows, [prediction for prediction, _, _ in marked])


def _without_grades(rows: list[dict[str, Any]], scored: Sequence[Prediction]) -> list[dict[str, Any]]:
    """The columns with details in which no mark of a grader counts, if one counted before."""
    if not any(GRADE in prediction.details for prediction in scored):
        return rows
    for row, prediction in zip(rows, scored, strict=True):
        details = row.get("details", prediction.details)
        row["details"] = {name: value for name, value in details.items() if name != GRADE}
    return rows


def task_score_rows(task: Task, stored: Sequence[Prediction], settings: EvaluationSettings) -> list[dict[str, Any]]:
    """Compute the columns of a task's scores from scored predictions.

    Args:
        task: the task, limited as in the run.
        stored: predictions of the task; items without a prediction count as failed.
        settings: settings of the run.

    Raises:
        TaskProblem: the scorer of the task cannot be loaded.
    """
    items = {item.key: item for item in task.items}
    names = metric_names(task)
    predictions = [prediction for prediction in stored if prediction.item in items]
    outcomes = [_outcome(task, items[prediction.item], prediction, names) for prediction in predictions]
    missing = items.keys() - {prediction.item for prediction in predictions}
    outcomes += [PredictionOutcome(key, "failed", {}) for key in sorted(missing)]
    causes = [one.cause for one in predictions if one.state == PredictionState.failed and one.cause]
    metrics = compute_metrics(
        outcomes,
        names=names,
        groups={item.key: item.group for item in task.items if item.group},
        over_samples=_measures_of_samples(task, settings, outcomes, names[0]),
    )
    if settings.samples > 1 and task.mode == "gen":
        metrics += _over_rounds(task, predictions, metrics[0])
    if task.scorer:
        metrics += _corpus_metrics(task, items, predictions, metrics[0])
    metrics[:0] = [circular_metric(outcomes, names[0], metrics[0])] if settings.circular else []
    rows = []
    for metric in metrics:
        notes = _failures(causes, len(missing), len(outcomes)) if metric.failed else []
        if metric.name == names[0]:
            notes += [*task.notes, *_differences(predictions)]
            notes += [*_marked_by(predictions), *_left_out(task, settings, predictions)] if settings.grader else []
        rows.append(
            {
                **_identity_columns(task, settings),
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


def _measures_of_samples(
    task: Task, settings: EvaluationSettings, outcomes: Sequence[PredictionOutcome], name: str
) -> Mapping[str, Callable[[Sequence[float]], float | None]]:
    """The measures of several samples of one item: those of the scorer, and pass@k where samples are right or wrong."""
    own = load_scorer(task.scorer).over_samples if task.scorer else {}
    is_binary = all(one.scores.get(name, 0.0) in (0.0, 1.0) for one in outcomes)
    if settings.samples == 1 or task.mode == "ppl" or not is_binary:
        return own
    return {**measures(settings.samples), **own}


def _over_rounds(task: Task, predictions: Sequence[Prediction], main: TaskMetric) -> list[TaskMetric]:
    """The spread of the main metric between rounds of samples, and the accuracy of the answer most samples give."""
    by_item: dict[str, list[Prediction]] = {}
    for one in sorted(predictions, key=lambda one: one.sample):
        if one.state in (PredictionState.scored, PredictionState.unparsed):
            by_item.setdefault(one.item, []).append(one)
    of_rounds = spread([[one.score or 0.0 for one in of_item] for of_item in by_item.values()])
    found = [] if of_rounds is None else [replace(main, name=SPREAD, value=of_rounds, error=None)]
    if task.scorer or not by_item:
        return found
    voted, unread = [], _without_vote(predictions)
    for of_item in (own for item, own in by_item.items() if item not in unread):
        winner = majority([one.extracted for one in of_item])
        voted.append(next((one.score or 0.0 for one in of_item if winner is not None and one.extracted == winner), 0.0))
    if not voted:
        return found
    error = standard_error(voted) if len(voted) > 1 else None
    value = math.fsum(voted) / len(voted)
    return [*found, replace(main, name=MAJORITY, value=value, error=error, items=len(voted))]


def _without_vote(predictions: Sequence[Prediction]) -> set[str]:
    """Items with an answer that a grader marked, or failed to mark, and that the rules cannot read."""
    graded = [one for one in predictions if GRADE in one.details and one.extracted is None]
    return {one.item for one in graded if one.details[GRADE]["mark"] != "not_attempted"}


def _left_out(task: Task, settings: EvaluationSettings, predictions: Sequence[Prediction]) -> list[Note]:
    """The number of items that `majority` leaves out."""
    if settings.samples == 1 or task.mode != "gen" or task.scorer or not (unread := _without_vote(predictions)):
        return []
    return [Note(NoteCode.without_vote, count=len(unread), total=len({one.item for one in predictions}))]


def failed_task_row(task: Task, cause: Cause, settings: EvaluationSettings) -> dict[str, Any]:
    """The columns of a task that could not be asked at all."""
    failure: dict[str, Any] = {"state": TaskState.failed, "cause": cause.stored(), "failed": len(task.items)}
    try:
        return {**_identity_columns(task, settings), **failure, "metric": metric_names(task)[0]}
    except TaskProblem:
        own = {"task": task.name, "mode": task.mode, "version": "-", "content": "", "metric": MAIN_METRIC}
        return own | failure


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
        answer = score_options(item, option_texts(task, item), _scored_options(prediction))[MAIN_METRIC]
    return {
        "state": PredictionState.unparsed if answer.extracted is None else PredictionState.scored,
        "extracted": answer.extracted,
        "score": answer.score,
    }


def _scorer_columns(scorer: Scorer, task: Task, marked: Sequence[tuple[Prediction, Item]]) -> list[dict[str, Any]]:
    """The columns of predictions that the scorer of a task scores; all its values go to the details."""
    items = [item for _, item in marked]
    texts = [_visible_text(task, prediction) for prediction, _ in marked]
    found: list[Values | None]
    ended: list[str | None] = [None] * len(items)
    if task.mode == "gen":
        shown = [(item, text) for item, text in zip(items, texts, strict=True) if text is not None]
        of_shown = iter(scorer.score_outputs([item for item, _ in shown], [text for _, text in shown]))
        found = [None if text is None else next(of_shown) for text in texts]
        if scorer.endings is not None:
            ends = iter(scorer.endings([item for item, _ in shown], [text for _, text in shown]))
            ended = [None if text is None else next(ends) for text in texts]
    elif scorer.score_options is None:
        message = f"expected mode gen for the scorer {scorer.name}, which reads outputs, got ppl; change --mode"
        raise TaskProblem(message, Cause(CauseCode.message, text=message))
    else:
        found = [
            scorer.score_options(item, option_texts(task, item), _scored_options(prediction))
            for prediction, item in marked
        ]
    return [
        {
            "state": PredictionState.unparsed if values is None else PredictionState.scored,
            "extracted": None if values is None or text is None else text[:_MAX_SHOWN],
            "score": None if values is None else values[scorer.metrics[0]],
            "details": {
                **prediction.details,
                SCORED_VALUES: None if values is None else dict(values),
                **({} if end is None else {ENDED: end}),
            },
        }
        for (prediction, _), text, values, end in zip(marked, texts, found, ended, strict=True)
    ]


def _visible_text(task: Task, prediction: Prediction) -> str | None:
    """The output without its thinking block, up to a stop string of the task; None if the block was never closed."""
    return text_before_stops(with_thinking_tag(prediction.prompt, prediction.output or ""), task.stop)


def _scored_options(prediction: Prediction) -> list[ScoredContinuation]:
    details = prediction.details
    columns = (details["nats"], details["tokens"], details["bytes"], details["greedy"])
    return [ScoredContinuation(*one) for one in zip(*columns, strict=True)]


def _outcome(task: Task, item: Item, prediction: Prediction, names: Sequence[str]) -> PredictionOutcome:
    if prediction.state in (PredictionState.failed, PredictionState.grader_failed):
        return PredictionOutcome(prediction.item, "failed", {})
    if prediction.state == PredictionState.unparsed or prediction.score is None:
        return PredictionOutcome(prediction.item, "unparsed", {})
    if task.scorer:
        return PredictionOutcome(prediction.item, "scored", prediction.details[SCORED_VALUES])
    if len(names) == 1:
        return PredictionOutcome(prediction.item, "scored", {names[0]: prediction.score})
    answers = score_options(item, option_texts(task, item), _scored_options(prediction))
    scores = {name: score for name in names if (score := answers[name].score) is not None}
    return PredictionOutcome(prediction.item, "scored", scores)


def _corpus_metrics(
    task: Task, items: Mapping[str, Item], predictions: Sequence[Prediction], main: TaskMetric
) -> list[TaskMetric]:
    """The metrics over all answered outputs; they have no standard error, because they are no means over items.

    A metric that the answered items have no value of, such as a depth that was not asked, is left out.
    """
    answered = [one for one in predictions if one.state in (PredictionState.scored, PredictionState.unparsed)]
    asked = [items[one.item] for one in answered]
    scorer = load_scorer(task.scorer)
    values: dict[str, float | None] = {}
    for name, of_texts in scorer.corpus.items():
        values[name] = of_texts(asked, [_visible_text(task, one) or "" for one in answered]) if answered else None
    for name, of_options in scorer.corpus_options.items():
        values[name] = of_options(asked, [_scored_options(one) for one in answered]) if answered else None
    return [
        replace(main, name=name, value=value, error=None)
        for name, value in values.items()
        if value is not None or not answered
    ]


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
    for end, count in Counter(one[ENDED] for one in details if ENDED in one).items():
        if end != "passed":
            counts[NoteCode(f"{PROGRAM}{end}")] = count
    return [Note(code, count=count, total=len(details)) for code, count in counts.items() if count]


def _marked_by(predictions: Sequence[Prediction]) -> list[Note]:
    """The numbers of answers that the rules and that a grader marked, and of those that have no mark."""
    answered = [one for one in predictions if one.state != PredictionState.failed]
    grades = [one.details[GRADE] for one in answered if GRADE in one.details]
    name = grades[0]["grader"] if grades else ""
    marks = Counter(one["mark"] for one in grades)
    own = [one for one in answered if GRADE not in one.details]
    by_rules = sum(one.state == PredictionState.scored for one in own)
    counts = {
        NoteCode.marked_by_rules: by_rules,
        NoteCode.marked_by_grader: marks["correct"] + marks["incorrect"],
        NoteCode.not_attempted: marks["not_attempted"],
        NoteCode.left_unparsed: len(own) - by_rules,
        NoteCode.grader_failed: marks[None],
    }
    return [
        Note(code, count=count, total=len(answered), name="" if code in _BY_NOBODY else name)
        for code, count in counts.items()
        if count
    ]


_BY_NOBODY = frozenset({NoteCode.marked_by_rules, NoteCode.left_unparsed})
