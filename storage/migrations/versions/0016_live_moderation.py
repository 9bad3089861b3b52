"""The category that a rater gives a live conversation, and counts of what moderation found."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add a column and a table; no row changes."""
    with op.batch_alter_table("conversation") as table:
        table.add_column(sa.Column("category", sa.String(length=32), nullable=True))
    op.create_table(
        "live_count",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_live_count")),
    )
