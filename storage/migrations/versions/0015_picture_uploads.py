"""The table of images that raters send for prompts, and whether a live campaign takes them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, and let the live campaigns that exist take images."""
    op.create_table(
        "picture_upload",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rater_id", BIG, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_picture_upload_rater_id_rater")),
        sa.ForeignKeyConstraint(["sha256"], ["media.sha256"], name=op.f("fk_picture_upload_sha256_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture_upload")),
        sa.UniqueConstraint("rater_id", "sha256", name=op.f("uq_picture_upload_rater_id_sha256")),
    )
    op.create_index(op.f("ix_picture_upload_sha256"), "picture_upload", ["sha256"], unique=False)
    op.add_column("live_campaign", sa.Column("images", sa.Boolean(), nullable=False, server_default=sa.true()))
