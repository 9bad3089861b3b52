"""The tables of objective evaluation."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables of runs, predictions and scores."""
    op.create_table(
        "evaluation_run",
        sa.Column("id", BIG, nullable=False),
        sa.Column("model_id", BIG, nullable=False),
        sa.Column("model_revision", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_evaluation_run_model_id_model")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_run")),
        sa.UniqueConstraint("digest", "attempt", name=op.f("uq_evaluation_run_digest_attempt")),
    )
    op.create_index(op.f("ix_evaluation_run_model_id"), "evaluation_run", ["model_id"], unique=False)
    op.create_table(
        "prediction",
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("task", sa.String(length=200), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=True),
        sa.Column("extracted", sa.Text(), nullable=True),
        sa.Column("gold", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["evaluation_run.id"], name=op.f("fk_prediction_run_id_evaluation_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prediction")),
        sa.UniqueConstraint("run_id", "task", "item", "sample", name=op.f("uq_prediction_run_id_task_item_sample")),
    )
    op.create_index(op.f("ix_prediction_asked"), "prediction", ["asked"], unique=False)
    op.create_table(
        "task_score",
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("task", sa.String(length=200), nullable=False),
        sa.Column("metric", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("error", sa.Float(), nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("unparsed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("notes", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["evaluation_run.id"], name=op.f("fk_task_score_run_id_evaluation_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_score")),
        sa.UniqueConstraint("run_id", "task", "metric", name=op.f("uq_task_score_run_id_task_metric")),
    )
