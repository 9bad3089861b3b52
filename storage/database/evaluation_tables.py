"""The tables of objective evaluation: runs, their predictions and their scores per task.

They are not in the ledger: a score can be recomputed from its predictions, and a prediction from its model.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.database.columns import DIGEST, JSONB, MOMENT, NAME, TEXT, WORD, key, to


class PredictionState(StrEnum):
    """How a prediction ended. Only `scored` has a score; `asked` waits for its scorer.

    `grader_failed` has an output, of which a model was asked for a mark and gave none.
    """

    asked = "asked"
    scored = "scored"
    unparsed = "unparsed"
    grader_failed = "grader_failed"
    failed = "failed"


class TaskState(StrEnum):
    """How a task ended. Only `scored` has a value; `missing` is a task without its data."""

    scored = "scored"
    failed = "failed"
    missing = "missing"


class EvaluationRun(SQLModel, table=True):
    """One model on a list of tasks with fixed settings; a run with the same `digest` is resumed.

    `attempt` counts the runs that were started with the same digest. `model_revision` is a digest of the model's files.
    """

    __tablename__ = "evaluation_run"
    __table_args__ = (UniqueConstraint("digest", "attempt"),)

    id: int | None = key()
    model_id: int = to("model.id", index=True)
    model_revision: str = Field(sa_type=NAME)
    digest: str = Field(sa_type=DIGEST)
    attempt: int = 0
    settings: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime = Field(sa_type=MOMENT)
    finished_at: datetime | None = Field(default=None, sa_type=MOMENT)


class Prediction(SQLModel, table=True):
    """One prediction for one item: the prompt, the output, the extracted answer and its score.

    `asked` is the digest of everything that determines the output (prompt, sampling, mode, model revision, data file);
    `content` also covers the scorer. `details` are reported by the engine: log-likelihoods in nats per option, token
    counts, the reason why the text ended, the number of examples in the prompt.
    """

    __table_args__ = (
        UniqueConstraint("run_id", "task", "item", "sample"),
        Index("ix_prediction_asked", "asked"),
    )

    id: int | None = key()
    run_id: int = to("evaluation_run.id")
    task: str = Field(sa_type=NAME)
    item: str = Field(sa_type=NAME)
    sample: int = 0
    asked: str = Field(sa_type=DIGEST)
    content: str | None = Field(default=None, sa_type=DIGEST)
    state: PredictionState = Field(sa_type=WORD)
    prompt: str = Field(sa_type=TEXT)
    output: str | None = Field(default=None, sa_type=TEXT)
    extracted: str | None = Field(default=None, sa_type=TEXT)
    gold: list[str] = Field(sa_type=JSONB)
    score: float | None = None
    cause: str | None = Field(default=None, sa_type=TEXT)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    created_at: datetime = Field(sa_type=MOMENT)


class TaskScore(SQLModel, table=True):
    """One metric of one task in a run. `value` and `error` are shares in [0, 1], null where there is none."""

    __tablename__ = "task_score"
    __table_args__ = (UniqueConstraint("run_id", "task", "metric"),)

    id: int | None = key()
    run_id: int = to("evaluation_run.id")
    task: str = Field(sa_type=NAME)
    metric: str = Field(sa_type=NAME)
    mode: str = Field(sa_type=WORD)
    version: str = Field(sa_type=WORD)
    content: str = Field(sa_type=DIGEST)
    state: TaskState = Field(sa_type=WORD)
    value: float | None = None
    error: float | None = None
    items: int = 0
    unparsed: int = 0
    failed: int = 0
    cause: str | None = Field(default=None, sa_type=TEXT)
    notes: list[str] = Field(default_factory=list, sa_type=JSONB)
