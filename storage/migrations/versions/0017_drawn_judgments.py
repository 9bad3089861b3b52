"""Probability with which a pair was drawn for a judge."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; no row changes, and digests leave it out where it is empty."""
    op.add_column("judgement", sa.Column("probability", sa.Float(), nullable=True))
