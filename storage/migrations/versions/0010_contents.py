"""A digest of the ballots and responses that a batch of the ledger names."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; batches that are there have none, and their digests stay as they are."""
    op.add_column("ledger", sa.Column("contents", sa.String(length=64), nullable=True))
