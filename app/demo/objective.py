"""Objective evaluation of the demo: recorded outputs of two tiny models, stored and then scored.

No model runs and torch is not loaded; the bundled files contain no scores.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from app.views.objective import RECORDED
from objective.catalog import TaskSelection, select_tasks
from objective.evaluation.plan import EvaluationSettings
from objective.evaluation.run import Evaluation, rescore
from objective.tasks.mini import FAMILY
from storage.database.engine import Database
from storage.evaluations.runs import open_run, put_predictions
from storage.seed.predictions import RecordedRun, load_predictions, load_runs

SETTINGS: Final = EvaluationSettings(temperature=1.0, seed=7)
"""How the tasks were asked when they were recorded: with the likeliest token each time, models as small as these say
the same to every question."""


def evaluate_example(database: Database, *, clock: Callable[[], datetime]) -> None:
    """Store the recorded outputs and score them.

    Args:
        database: the store to fill.
        clock: returns the time of the evaluations.

    Raises:
        BadInput: the recorded files cannot be read.
    """
    selected = select_tasks([FAMILY.name], data_dir=Path())
    recorded = load_predictions()
    evaluations = [(run, recorded_evaluation(run, selected)) for run in load_runs()]
    with database.writing() as session:
        for run, evaluation in evaluations:
            run_id = open_run(session, _columns(run, evaluation), anew=False, now=clock())
            rows = [one.row() for one in recorded if one.model == run.model]
            put_predictions(session, run_id, rows, now=clock())
    for _, evaluation in evaluations:
        rescore(database, evaluation, now=clock)


def recorded_evaluation(run: RecordedRun, selected: TaskSelection) -> Evaluation:
    """Return the evaluation of a recording."""
    return Evaluation(run.model, run.revision, selected, SETTINGS)


def _columns(run: RecordedRun, evaluation: Evaluation) -> dict[str, Any]:
    return {
        "model": run.model,
        "model_revision": run.revision,
        "digest": evaluation.digest,
        "settings": evaluation.stored_settings | {RECORDED: asdict(run)},
    }
