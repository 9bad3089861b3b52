"""The demo's objective run: recorded outputs of two tiny models, put into the store and scored there by the scorers.

No model runs and nothing of torch is loaded; what is shipped holds no score.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from app.views.objective import RECORDED
from objective.catalog import TaskSelection, select
from objective.evaluation.plan import EvaluationSettings
from objective.evaluation.run import Evaluation, score_again
from objective.tasks.mini import FAMILY
from storage.database.engine import Database
from storage.evaluations.runs import open_run, put_predictions
from storage.seed.predictions import RecordedRun, load_predictions, load_runs

SETTINGS: Final = EvaluationSettings(temperature=1.0, seed=7)
"""How the tasks were asked when they were recorded: with the likeliest token each time, models as small as these say
the same to every question."""


def evaluate_example(database: Database, *, clock: Callable[[], datetime]) -> None:
    """Store what was recorded and score it.

    Args:
        database: a store that is written to.
        clock: the time of the runs.

    Raises:
        BadInput: the recorded files cannot be read.
    """
    selected = select([FAMILY.name], data_dir=Path())
    recorded = load_predictions()
    evaluations = [(run, recorded_evaluation(run, selected)) for run in load_runs()]
    with database.writing() as session:
        for run, evaluation in evaluations:
            run_id = open_run(session, _columns(run, evaluation), anew=False, now=clock())
            rows = [one.row() for one in recorded if one.model == run.model]
            put_predictions(session, run_id, rows, now=clock())
    for _, evaluation in evaluations:
        score_again(database, evaluation, now=clock)


def recorded_evaluation(run: RecordedRun, selected: TaskSelection) -> Evaluation:
    """What was evaluated when it was recorded."""
    return Evaluation(run.model, run.revision, selected, SETTINGS)


def _columns(run: RecordedRun, evaluation: Evaluation) -> dict[str, Any]:
    return {
        "model": run.model,
        "model_revision": run.revision,
        "digest": evaluation.digest,
        "settings": evaluation.stored_settings | {RECORDED: asdict(run)},
    }
