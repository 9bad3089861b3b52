"""Marks of imported votes on gold items and repeats, attributes of battles, and two settings of campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the columns; no row changes, and digests leave out the new columns where they are empty."""
    op.add_column("preference", sa.Column("special", sa.String(length=32), nullable=True))
    op.add_column("preference", sa.Column("attributes", sa.JSON(), nullable=True))
    op.add_column("satisfaction", sa.Column("special", sa.String(length=32), nullable=True))
    for name, value in (("ask_strength", sa.true()), ("onboarding_feedback", sa.false())):
        op.add_column("campaign_rules", sa.Column(name, sa.Boolean(), nullable=False, server_default=value))
