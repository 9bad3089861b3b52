"""The tables of live conversations; the one that was there has never had a row and is made anew."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; no row changes."""
    op.drop_index(op.f("ix_conversation_rater_id"), table_name="conversation")
    op.drop_table("conversation")
    _conversations()
    _answers()
    _settings()


def _reference(table: str, column: str, target: str, to: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.{to}"], name=op.f(f"fk_{table}_{column}_{target}"))


def _conversations() -> None:
    references = ("campaign", "rater", "question")
    columns = {"model_a_id": "model", "model_b_id": "model", "response_a_id": "response", "response_b_id": "response"}
    op.create_table(
        "conversation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("rater_id", BIG, nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("model_a_id", BIG, nullable=False),
        sa.Column("model_b_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("turns", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("probability_drawn", sa.Float(), nullable=False),
        sa.Column("probability_shown", sa.Float(), nullable=False),
        sa.Column("guidelines_version", sa.Integer(), nullable=False),
        sa.Column("publishable", sa.Boolean(), nullable=False),
        sa.Column("identity_prompts", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=True),
        sa.Column("question_id", BIG, nullable=True),
        sa.Column("response_a_id", BIG, nullable=True),
        sa.Column("response_b_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "probability_shown > 0 AND probability_shown <= 1", name=op.f("ck_conversation_probability")
        ),
        *(_reference("conversation", f"{target}_id", target) for target in references),
        *(_reference("conversation", column, target) for column, target in columns.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("token", name=op.f("uq_conversation_token")),
    )
    for column in ("campaign_id", "rater_id"):
        op.create_index(op.f(f"ix_conversation_{column}"), "conversation", [column], unique=False)
    op.create_index(
        "uq_conversation_rater_id_open",
        "conversation",
        ["rater_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('writing', 'ready')"),
        postgresql_where=sa.text("state IN ('writing', 'ready')"),
    )


def _answers() -> None:
    op.create_table(
        "conversation_answer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("model_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("finish", sa.String(length=32), nullable=True),
        sa.Column("cause", sa.String(length=200), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("first_seconds", sa.Float(), nullable=True),
        sa.Column("latency_seconds", sa.Float(), nullable=True),
        sa.Column("cost", sa.Float(), nullable=True),
        sa.Column("spans", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _reference("conversation_answer", "conversation_id", "conversation"),
        _reference("conversation_answer", "model_id", "model"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_answer")),
    )
    for column in ("conversation_id", "model_id"):
        op.create_index(op.f(f"ix_conversation_answer_{column}"), "conversation_answer", [column], unique=False)
    op.create_index(
        "uq_conversation_answer_place",
        "conversation_answer",
        ["conversation_id", "turn", "round", "side"],
        unique=True,
        sqlite_where=sa.text("state <> 'failed'"),
        postgresql_where=sa.text("state <> 'failed'"),
    )


def _settings() -> None:
    op.create_table(
        "live_campaign",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("most_turns", sa.Integer(), nullable=False),
        sa.Column("reveals", sa.Boolean(), nullable=False),
        sa.Column("examples", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("daily_limit", sa.Integer(), nullable=True),
        _reference("live_campaign", "campaign_id", "campaign"),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_live_campaign")),
    )
    op.create_table(
        "live_model",
        sa.Column("model_id", BIG, nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_by", BIG, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        _reference("live_model", "model_id", "model"),
        _reference("live_model", "changed_by", "rater"),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_live_model")),
    )
