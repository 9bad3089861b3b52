"""Dialects: the form in which an endpoint takes the requests for a model, so that later commands start with it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table; no row changes."""
    op.create_table(
        "endpoint_dialect",
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("dialect", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("pk_endpoint_dialect")),
    )
