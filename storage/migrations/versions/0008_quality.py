"""The tables of quality control: rules, gold items, pauses, times of ballots, and reviewers' decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; rows and digests that are there stay as they are."""
    _rules_and_gold()
    _pauses_and_times()
    _decisions()


def _rules_and_gold() -> None:
    op.create_table(
        "campaign_rules",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("overlap_share", sa.Float(), nullable=False),
        sa.Column("repeat_gap", sa.Integer(), nullable=False),
        sa.Column("most_votes", sa.Integer(), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_after", sa.Integer(), nullable=True),
        sa.Column("pause_below", sa.Float(), nullable=True),
        sa.Column("pause_fast", sa.Integer(), nullable=True),
        sa.CheckConstraint("overlap_share >= 0 AND overlap_share <= 1", name=op.f("ck_campaign_rules_overlap_share")),
        sa.CheckConstraint("pause_below > 0 AND pause_below <= 1", name=op.f("ck_campaign_rules_pause_below")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_rules_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_rules")),
    )
    op.create_table(
        "gold_item",
        sa.Column("id", BIG, nullable=False),
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("response_a_id", BIG, nullable=False),
        sa.Column("response_b_id", BIG, nullable=True),
        sa.Column("winner", sa.String(length=32), nullable=True),
        sa.Column("dimension", sa.String(length=200), nullable=True),
        sa.Column("score_low", sa.Float(), nullable=True),
        sa.Column("score_high", sa.Float(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("onboarding", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(score_high IS NULL) = (score_low IS NULL)", name=op.f("ck_gold_item_score_high")),
        sa.CheckConstraint("(score_low IS NULL) = (winner IS NOT NULL)", name=op.f("ck_gold_item_score_low")),
        sa.CheckConstraint("(winner IS NULL) = (response_b_id IS NULL)", name=op.f("ck_gold_item_winner")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_gold_item_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_gold_item_question_id_question")),
        sa.ForeignKeyConstraint(["response_a_id"], ["response.id"], name=op.f("fk_gold_item_response_a_id_response")),
        sa.ForeignKeyConstraint(["response_b_id"], ["response.id"], name=op.f("fk_gold_item_response_b_id_response")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gold_item")),
    )
    op.create_index(op.f("ix_gold_item_campaign_id"), "gold_item", ["campaign_id"], unique=False)


def _pauses_and_times() -> None:
    op.create_table(
        "rater_pause",
        sa.Column("id", BIG, nullable=False),
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("rater_id", BIG, nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("n_right", sa.Integer(), nullable=True),
        sa.Column("n_total", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", BIG, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_rater_pause_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["lifted_by"], ["rater.id"], name=op.f("fk_rater_pause_lifted_by_rater")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_rater_pause_rater_id_rater")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rater_pause")),
    )
    op.create_index(op.f("ix_rater_pause_rater_id"), "rater_pause", ["rater_id"], unique=False)
    op.create_table(
        "ballot_time",
        sa.Column("ballot_id", BIG, nullable=False),
        sa.Column("active_seconds", sa.Float(), nullable=True),
        sa.Column("hidden_seconds", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_ballot_time_ballot_id_ballot")),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_ballot_time")),
    )


def _decisions() -> None:
    op.create_table(
        "adjudication",
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("campaign_id", BIG, nullable=True),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("model_a_id", BIG, nullable=False),
        sa.Column("model_b_id", BIG, nullable=False),
        sa.Column("response_a_id", BIG, nullable=False),
        sa.Column("response_b_id", BIG, nullable=False),
        sa.Column("winner", sa.String(length=32), nullable=True),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reverses", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(winner IS NULL) = (reverses IS NOT NULL)", name=op.f("ck_adjudication_winner")),
        sa.ForeignKeyConstraint(["actor_id"], ["rater.id"], name=op.f("fk_adjudication_actor_id_rater")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_adjudication_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["model_a_id"], ["model.id"], name=op.f("fk_adjudication_model_a_id_model")),
        sa.ForeignKeyConstraint(["model_b_id"], ["model.id"], name=op.f("fk_adjudication_model_b_id_model")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_adjudication_question_id_question")),
        sa.ForeignKeyConstraint(
            ["response_a_id"], ["response.id"], name=op.f("fk_adjudication_response_a_id_response")
        ),
        sa.ForeignKeyConstraint(
            ["response_b_id"], ["response.id"], name=op.f("fk_adjudication_response_b_id_response")
        ),
        sa.ForeignKeyConstraint(
            ["reverses"], ["adjudication.position"], name=op.f("fk_adjudication_reverses_adjudication")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_adjudication")),
        sa.UniqueConstraint("reverses", name=op.f("uq_adjudication_reverses")),
    )
    op.create_index(op.f("ix_adjudication_campaign_id"), "adjudication", ["campaign_id"], unique=False)
