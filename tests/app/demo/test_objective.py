"""The demo's objective run: recorded outputs, real scorers, no model, and nothing recorded that is out of date."""

import json
from collections import Counter
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from app.demo.objective import SETTINGS, evaluate_example, recorded_evaluation
from objective.catalog import select_tasks
from objective.evaluation.plan import PromptContext, plan_task
from objective.evaluation.run import find_run, summarize_runs
from objective.scoring.answers import score_output
from objective.tasks.mini import FAMILY
from storage.database.engine import Database, open_database
from storage.evaluations.reading import count_endings
from storage.evaluations.runs import scores_of
from storage.seed.predictions import load_predictions, load_runs

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SELECTED = select_tasks([FAMILY.name], data_dir=Path())


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Database:
    database = open_database(str(tmp_path_factory.mktemp("demo") / "demo.db"))
    evaluate_example(database, clock=lambda: NOW)
    return database


def test_the_recording_matches_the_current_prompts() -> None:
    """The digest covers prompt, sampling and model; after a change of a task, run `record_example.py`."""
    for run in load_runs():
        asks = [
            ask
            for task in SELECTED.ready
            for ask in plan_task(SETTINGS.limited(task), SETTINGS, PromptContext(), revision=run.revision).items
        ]
        sent = {(ask.task.name, ask.item.key): (ask.prompt.text, list(ask.item.gold)) for ask in asks}
        known = {digest for ask in asks for digest in (ask.digest, ask.earlier_digest)}
        recorded = [one for one in load_predictions() if one.model == run.model]
        assert {(one.task, one.item): (one.prompt, one.gold) for one in recorded} == sent
        assert {one.asked for one in recorded} <= known


def test_the_bundled_files_contain_outputs_but_no_scores() -> None:
    text = files("storage.seed").joinpath("predictions.jsonl").read_text(encoding="utf-8")
    keys = {key for line in text.splitlines() for key in json.loads(line)}
    assert not keys & {"score", "state", "extracted"}


def test_every_score_comes_from_the_scorers(example: Database) -> None:
    """Marked here item by item, beside the pipeline that stores and sums up."""
    items = {item.key: item for task in SELECTED.ready for item in task.items}
    for run in load_runs():
        run_id = find_run(example, recorded_evaluation(run, SELECTED))
        expected: dict[str, list[float]] = {}
        endings: Counter[str] = Counter()
        for one in load_predictions():
            if one.model == run.model:
                made = score_output(items[one.item], one.output)
                expected.setdefault(one.task, []).append(made.score or 0.0)
                endings["unparsed" if made.score is None else "right" if made.score else "wrong"] += 1
        with example.reading() as session:
            scores = [score for _, score in scores_of(session, [run_id]) if score.metric == "accuracy"]
            assert count_endings(session, [run_id])[run_id] == endings
        means = {task: pytest.approx(sum(points) / len(points)) for task, points in expected.items()}
        assert {score.task: score.value for score in scores} == means


def test_the_example_contains_every_kind_of_result(example: Database) -> None:
    """Else the page would have nothing to compare."""
    run_ids = [find_run(example, recorded_evaluation(run, SELECTED)) for run in load_runs()]
    with example.reading() as session:
        together = sum(count_endings(session, run_ids).values(), Counter())
    assert {"right", "wrong", "unparsed"} == set(together)
    summary = summarize_runs(example, run_ids, SELECTED.groups)
    assert summary.is_complete
    assert summary.lines[-1].dataset == "evenhand-mini"
