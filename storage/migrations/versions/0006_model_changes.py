"""The table of renamed and merged models."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; rows and digests that are there stay as they are."""
    op.create_table(
        "model_change",
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("model_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("into_id", BIG, nullable=True),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reverses", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(name IS NULL) <> (into_id IS NULL)", name=op.f("ck_model_change_change")),
        sa.ForeignKeyConstraint(["actor_id"], ["rater.id"], name=op.f("fk_model_change_actor_id_rater")),
        sa.ForeignKeyConstraint(["into_id"], ["model.id"], name=op.f("fk_model_change_into_id_model")),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_model_change_model_id_model")),
        sa.ForeignKeyConstraint(
            ["reverses"], ["model_change.position"], name=op.f("fk_model_change_reverses_model_change")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_model_change")),
        sa.UniqueConstraint("reverses", name=op.f("uq_model_change_reverses")),
    )
    op.create_index(op.f("ix_model_change_model_id"), "model_change", ["model_id"], unique=False)
