"""The tables of the audit log, of crowd work, and of terms of invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; rows and digests that are there stay as they are."""
    op.create_table(
        "audit_entry",
        sa.Column("id", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("via", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("number", BIG, nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.CheckConstraint("(number IS NULL) <> (name IS NULL)", name=op.f("ck_audit_entry_target")),
        sa.ForeignKeyConstraint(["actor_id"], ["rater.id"], name=op.f("fk_audit_entry_actor_id_rater")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_subject_number", "audit_entry", ["subject", "number"], unique=False)
    op.create_table(
        "invite_terms",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["token_digest"], ["invite.token_digest"], name=op.f("fk_invite_terms_token_digest_invite")
        ),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_invite_terms")),
    )
    op.create_table(
        "crowd_link",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("parameter", sa.String(length=200), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("completion_code", sa.String(length=200), nullable=False),
        sa.Column("return_url", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_crowd_link_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_crowd_link")),
        sa.UniqueConstraint("token", name=op.f("uq_crowd_link_token")),
    )
    op.create_table(
        "crowd_participant",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("person_digest", sa.String(length=64), nullable=False),
        sa.Column("rater_id", BIG, nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_crowd_participant_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_crowd_participant_rater_id_rater")),
        sa.PrimaryKeyConstraint("campaign_id", "person_digest", name=op.f("pk_crowd_participant")),
    )
    op.create_index(op.f("ix_crowd_participant_rater_id"), "crowd_participant", ["rater_id"], unique=False)
