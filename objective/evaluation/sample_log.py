"""The samples of a run in the log format of lm-evaluation-harness 0.4.13: one JSONL file per task, and a results file.

Each line has the keys of the harness (`doc_id`, `doc`, `target`, `arguments`, `resps`, `filtered_resps`, `filter`,
`metrics`, the three hashes, and each metric), so that its viewers and uploads read it. Further keys begin with
`evenhand_`: the state of the sample and who marked it. The harness has no missing scores: an unparsed sample scores 0
there as here, and a failed one has no line.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from objective.evaluation.grading import GRADE, SCORED_VALUES
from objective.evaluation.plan import EvaluationSettings
from objective.evaluation.task_scores import metric_names
from objective.summary.table import PARSED_SUFFIX, TaskResult
from objective.task import Item, Task
from storage.database.engine import Database
from storage.database.evaluation_tables import Prediction, PredictionState
from storage.errors import BadInput
from storage.evaluations.runs import predictions

_FILTER = "none"
_NAMES = {"accuracy": "acc", "accuracy_chars": "acc_norm", "accuracy_bytes": "acc_bytes"}
"""Names of the harness for metrics of likelihoods; other metrics keep ours."""
_UNSAFE_MODEL = re.compile(r"[\"<>:/|\\?*\[\]]+")
_ANSWERED = frozenset({PredictionState.scored, PredictionState.unparsed})


@dataclass(frozen=True)
class LoggedRun:
    """One run to write.

    Attributes:
        run_id: id of the run.
        model: name of its model.
        tasks: its tasks, limited as in the run.
        settings: its settings.
        results: its metrics.
    """

    run_id: int
    model: str
    tasks: Sequence[Task]
    settings: EvaluationSettings
    results: Sequence[TaskResult] = field(default_factory=tuple)

    @property
    def folder(self) -> str:
        """Name of the folder of the model, as the harness names it."""
        return _UNSAFE_MODEL.sub("__", self.model)


def write_sample_log(database: Database, run: LoggedRun, folder: Path, *, now: datetime) -> list[Path]:
    """Write `MODEL/samples_TASK_DATE.jsonl` and `MODEL/results_DATE.json` below a folder, and return their paths.

    Raises:
        BadInput: the files cannot be written.
    """
    date = now.replace(tzinfo=None).isoformat().replace(":", "-")
    place = folder / run.folder
    made, hashes, counts = [], {}, {}
    try:
        place.mkdir(parents=True, exist_ok=True)
        for task in run.tasks:
            with database.reading() as session:
                rows = list(sample_rows(task, predictions(session, run.run_id, task.name), run.settings))
            path = place / f"samples_{_UNSAFE_MODEL.sub('__', task.name)}_{date}.jsonl"
            path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
            hashes[task.name] = _hash(
                "".join(row["doc_hash"] + row["prompt_hash"] + row["target_hash"] for row in rows)
            )
            counts[task.name] = {"original": len(task.items), "effective": len(rows)}
            made.append(path)
        path = place / f"results_{date}.json"
        content = _results(run, counts, now) | {"task_hashes": hashes}
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"expected a writable folder, got {str(folder)!r} ({error.strerror}); choose another") from error
    return [*made, path]


def sample_rows(task: Task, stored: Sequence[Prediction], settings: EvaluationSettings) -> Iterator[dict[str, Any]]:
    """The lines of a task, one per item with an answer; several samples of one item are several responses."""
    by_item: dict[str, list[Prediction]] = {}
    for one in sorted(stored, key=lambda one: one.sample):
        if one.state in _ANSWERED or one.state == PredictionState.grader_failed:
            by_item.setdefault(one.item, []).append(one)
    for number, item in enumerate(task.items):
        if item.key in by_item:
            yield _row(task, item, number, by_item[item.key], settings)


def _row(
    task: Task, item: Item, number: int, samples: Sequence[Prediction], settings: EvaluationSettings
) -> dict[str, Any]:
    doc, target, metrics = _document(item), _target(task, item), _metrics(task, samples)
    states = sorted({str(one.state) for one in samples})
    arguments, responses, filtered = (_likelihoods if task.mode == "ppl" else _texts)(task, samples, settings)
    return {
        "doc_id": number,
        "doc": doc,
        "target": target,
        "arguments": {
            f"gen_args_{place}": {f"arg_{at}": value for at, value in enumerate(one)}
            for place, one in enumerate(arguments)
        },
        "resps": responses,
        "filtered_resps": filtered,
        "filter": _FILTER,
        "metrics": list(metrics),
        "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": _hash(str(arguments[0][0])),
        "target_hash": _hash(target),
        **metrics,
        "evenhand_state": states[0] if len(states) == 1 else "mixed",
        "evenhand_extracted": [one.extracted for one in samples],
        "evenhand_marked_by": [one.details[GRADE]["grader"] if GRADE in one.details else "rules" for one in samples],
    }


def _document(item: Item) -> dict[str, Any]:
    fields = {"id": item.key, "question": item.question, "gold": list(item.gold), "options": list(item.options)}
    return fields | ({"subject": item.subject} if item.subject else {})


def _target(task: Task, item: Item) -> str:
    """The gold answer as the harness logs it: the number of the right option, or the text."""
    if task.mode == "ppl" and item.gold and len(item.gold[0]) == 1 and item.gold[0] in item.letters:
        return str(item.letters.index(item.gold[0]))
    return item.gold[0] if item.gold else ""


def _texts(
    task: Task, samples: Sequence[Prediction], settings: EvaluationSettings
) -> tuple[list[list[Any]], list[list[str]], list[str]]:
    sampling = settings.sampling(task)
    how = {
        "until": list(sampling.stop),
        "max_gen_toks": sampling.max_tokens,
        "do_sample": sampling.temperature > 0,
        "temperature": sampling.temperature,
    }
    outputs = [one.output or "" for one in samples]
    return [[samples[0].prompt, how]], [outputs], outputs[:1]


def _likelihoods(
    task: Task, samples: Sequence[Prediction], settings: EvaluationSettings
) -> tuple[list[list[Any]], list[list[list[str]]], list[list[str]]]:
    del task, settings
    details = samples[0].details
    values = [[str(nats), str(bool(greedy))] for nats, greedy in zip(details["nats"], details["greedy"], strict=True)]
    return [[samples[0].prompt, option] for option in details["options"]], [[value] for value in values], values


def _metrics(task: Task, samples: Sequence[Prediction]) -> dict[str, float]:
    """The values of an item, means over its samples; an item whose grader failed has none."""
    answered = [one for one in samples if one.state in _ANSWERED]
    if not answered:
        return {}
    unparsed = dict.fromkeys(metric_names(task), 0.0)
    found: dict[str, list[float]] = {}
    for one in answered:
        values = one.details.get(SCORED_VALUES) or unparsed if task.scorer else {"accuracy": one.score or 0.0}
        for name, value in values.items():
            found.setdefault(_name(task, name), []).append(value)
    return {name: sum(values) / len(answered) for name, values in found.items()}


def _name(task: Task, metric: str) -> str:
    if task.mode == "gen":
        return "exact_match" if metric == "accuracy" else metric
    return _NAMES.get(metric, metric)


def _results(run: LoggedRun, counts: dict[str, Any], now: datetime) -> dict[str, Any]:
    tasks = {task.name: task for task in run.tasks}
    values: dict[str, dict[str, Any]] = {name: {"alias": name} for name in tasks}
    better: dict[str, dict[str, bool]] = {name: {} for name in tasks}
    for one in run.results:
        if one.task not in tasks or one.value is None or one.metric.endswith(PARSED_SUFFIX):
            continue
        name = _name(tasks[one.task], one.metric)
        values[one.task][f"{name},{_FILTER}"] = one.value
        values[one.task][f"{name}_stderr,{_FILTER}"] = "N/A" if one.error is None else one.error
        better[one.task][name] = one.metric != "perplexity"
    shots = {name: run.settings.shot_selection(task).count for name, task in tasks.items()}
    return {
        "results": values,
        "group_subtasks": {name: [] for name in tasks},
        "configs": {name: {"task": name, "output_type": _KINDS[task.mode]} for name, task in tasks.items()},
        "versions": {name: task.version for name, task in tasks.items()},
        "n-shot": shots,
        "higher_is_better": better,
        "n-samples": counts,
        "config": {"model": run.model, "model_args": "", "limit": run.settings.limit, "random_seed": run.settings.seed},
        "git_hash": None,
        "date": now.timestamp(),
        "model_name": run.model,
        "model_name_sanitized": run.folder,
        "model_source": "evenhand",
    }


_KINDS = {"gen": "generate_until", "ppl": "multiple_choice"}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
