"""Scores of recorded outputs against fixed answers, for notebooks; `evenhand` offers these functions."""

from dataclasses import asdict
from pathlib import Path

import pandas as pd

from app.notebook_rows import Rows, read_outputs, rows_as_file
from objective.evaluation.task_scores import MAIN_METRIC
from objective.scoring.answers import score_output
from objective.scoring.metrics import PredictionOutcome, compute_metrics
from objective.tasks.own_files.rows import read_user_rows


def score_predictions(rows: Rows | str | Path) -> pd.DataFrame:
    """Score recorded outputs against fixed answers, with the scorers of `evenhand evaluate`.

        scored = evenhand.score_predictions(
            [{"question": "What is 6 × 7?", "A": "42", "B": "48", "answer": "A", "output": "The answer is A."}]
        )
        evenhand.accuracy(scored)

    Args:
        rows: path of a file, a DataFrame or dictionaries. Each row has `question`, `answer`, its options in `A`, `B`
            and so on where it is multiple choice, the `output` of the model, and perhaps an `id`: the columns of
            `evenhand evaluate --data`, and the output.

    Returns:
        One row per prediction: `id`, `state` (`scored`, `unparsed` where no answer could be read, `failed` where
        there is no output), `extracted` answer, and `score`, 1.0 or 0.0, missing unless scored.

    Raises:
        BadRows: some rows lack a question or an answer.
        BadInput: the rows cannot be read, or an id appears twice.
    """
    with rows_as_file(rows) as path:
        task = read_user_rows(path, "gen")
        outputs = read_outputs(path)
    found = []
    for item, output in zip(task.items, outputs, strict=True):
        made = None if output is None else score_output(item, output)
        state = "failed" if made is None else "unparsed" if made.extracted is None else "scored"
        found.append((item.key, state, made and made.extracted, made and made.score))
    return pd.DataFrame(found, columns=["id", "state", "extracted", "score"])


def accuracy(scored: pd.DataFrame) -> pd.DataFrame:
    """The metrics of scored predictions, with their standard errors.

    Args:
        scored: what `score_predictions` returned.

    Returns:
        One row per metric: `name`, `value`, standard `error`, and the numbers of `items` with an output, `unparsed` and
        `failed` ones. `accuracy` counts an output without a readable answer as wrong; `accuracy_parsed` leaves it
        out, and is only there if it differs. Failed predictions count in neither.
    """
    outcomes = [
        PredictionOutcome(str(row["id"]), row["state"], {MAIN_METRIC: row["score"]} if row["state"] == "scored" else {})
        for row in scored.to_dict("records")
    ]
    return pd.DataFrame([asdict(one) for one in compute_metrics(outcomes, names=(MAIN_METRIC,))])
