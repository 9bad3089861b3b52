"""Objective scores stored for models by name, without running any task."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from storage.database.engine import Database
from storage.evaluations.runs import open_run, replace_scores

AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def store_scores(
    database: Database,
    scores: Mapping[str, Mapping[str, tuple[float, float]]],
    notes: Mapping[str, Sequence[Mapping[str, Any]]] = {},
) -> None:
    """Store value and standard error by model and task, each model in a run of its own, and notes by model."""
    same = {"metric": "accuracy", "mode": "gen", "version": "eh-000000", "content": "0" * 64, "state": "scored"}
    with database.writing() as session:
        for model, own in scores.items():
            digest = f"{len(model):02d}{model.encode().hex()}"[:64].ljust(64, "0")
            columns = {"model": model, "model_revision": "1", "digest": digest, "settings": {"tasks": list(own)}}
            run_id = open_run(session, columns, anew=True, now=AT)
            rows = [
                {
                    **same,
                    "task": task,
                    "value": value,
                    "error": error,
                    "items": 100,
                    "notes": list(notes.get(model, ())),
                }
                for task, (value, error) in own.items()
            ]
            replace_scores(session, run_id, rows)
