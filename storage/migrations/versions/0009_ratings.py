"""Scores by people in campaigns: the scale of a campaign, and ballots with one response or several."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIRST = "supersedes IS NULL AND ballot_id IS NOT NULL"
TAKEN = "response_b_id IS NULL AND state IN ('reserved', 'shown', 'voted', 'skipped')"


def upgrade() -> None:
    """Make the tables, and let a ballot hold the first score of each response and dimension; no row changes."""
    op.create_table(
        "campaign_scale",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("layout", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_scale_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_scale")),
    )
    op.create_table(
        "ballot_response",
        sa.Column("ballot_id", BIG, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("response_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_response_ballot_id_ballot")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_ballot_response_response_id_response")),
        sa.PrimaryKeyConstraint("ballot_id", "place", name=op.f("pk_ballot_response")),
    )
    _index("ballot", "response_rater", ["question_id", "response_a_id", "campaign_id", "rater_id", "occasion"], TAKEN)
    op.drop_index("uq_satisfaction_ballot_id_first", table_name="satisfaction")
    _index("satisfaction", "ballot_id_first", ["ballot_id", "response_id", "dimension"], FIRST)


def _index(table: str, name: str, columns: list[str], condition: str) -> None:
    only = sa.text(condition)
    op.create_index(f"uq_{table}_{name}", table, columns, unique=True, sqlite_where=only, postgresql_where=only)
