"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table; later migrations change them."""
    op.create_table(
        "campaign",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("guidelines_version", sa.Integer(), nullable=False),
        sa.Column("dimensions", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("scale_low", sa.Float(), nullable=True),
        sa.Column("scale_high", sa.Float(), nullable=True),
        sa.Column("overlap", sa.Integer(), nullable=False),
        sa.Column("gold_share", sa.Float(), nullable=False),
        sa.Column("repeat_share", sa.Float(), nullable=False),
        sa.Column("policy", sa.String(length=200), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("uniform_share", sa.Float(), nullable=False),
        sa.Column("seed", BIG, nullable=False),
        sa.Column("example", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("gold_share >= 0 AND gold_share < 1", name=op.f("ck_campaign_gold_share")),
        sa.CheckConstraint("overlap >= 1", name=op.f("ck_campaign_overlap")),
        sa.CheckConstraint("repeat_share >= 0 AND repeat_share < 1", name=op.f("ck_campaign_repeat_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("name", name=op.f("uq_campaign_name")),
    )
    op.create_table(
        "ledger",
        sa.Column("first_position", BIG, autoincrement=False, nullable=False),
        sa.Column("last_position", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("first_position", name=op.f("pk_ledger")),
        sa.UniqueConstraint("last_position", name=op.f("uq_ledger_last_position")),
    )
    op.create_table(
        "model",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.String(length=200), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("organisation", sa.String(length=200), nullable=True),
        sa.Column("licence", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model")),
        sa.UniqueConstraint("name", name=op.f("uq_model_name")),
    )
    op.create_table(
        "question",
        sa.Column("id", BIG, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("turns", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("category", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=32), nullable=True),
        sa.Column("reference", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_question_source_key")),
    )
    op.create_table(
        "rater",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("judge_model", sa.String(length=200), nullable=True),
        sa.Column("prompt_digest", sa.String(length=64), nullable=True),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rater")),
        sa.UniqueConstraint("kind", "source", "key", name=op.f("uq_rater_kind_source_key")),
    )
    op.create_table(
        "rating_run",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=200), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("seed", BIG, nullable=True),
        sa.Column("position", BIG, nullable=False),
        sa.Column("notes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_run")),
    )
    op.create_table(
        "account",
        sa.Column("rater_id", BIG, nullable=False),
        sa.Column("username", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_account_rater_id_rater")),
        sa.PrimaryKeyConstraint("rater_id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_table(
        "campaign_model",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("model_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_model_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_campaign_model_model_id_model")),
        sa.PrimaryKeyConstraint("campaign_id", "model_id", name=op.f("pk_campaign_model")),
    )
    op.create_table(
        "campaign_question",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_question_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_campaign_question_question_id_question")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "question_id", name=op.f("pk_campaign_question")),
    )
    op.create_table(
        "campaign_rater",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("rater_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_rater_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_campaign_rater_rater_id_rater")),
        sa.PrimaryKeyConstraint("campaign_id", "rater_id", name=op.f("pk_campaign_rater")),
    )
    op.create_index(op.f("ix_campaign_rater_rater_id"), "campaign_rater", ["rater_id"], unique=False)
    op.create_table(
        "exclusion",
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("rater_id", BIG, nullable=True),
        sa.Column("question_id", BIG, nullable=True),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reverses", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(rater_id IS NULL) <> (question_id IS NULL)", name=op.f("ck_exclusion_target")),
        sa.ForeignKeyConstraint(["actor_id"], ["rater.id"], name=op.f("fk_exclusion_actor_id_rater")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_exclusion_question_id_question")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_exclusion_rater_id_rater")),
        sa.ForeignKeyConstraint(["reverses"], ["exclusion.position"], name=op.f("fk_exclusion_reverses_exclusion")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_exclusion")),
        sa.UniqueConstraint("reverses", name=op.f("uq_exclusion_reverses")),
    )
    op.create_index(op.f("ix_exclusion_rater_id"), "exclusion", ["rater_id"], unique=False)
    op.create_table(
        "guidelines",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_guidelines_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("campaign_id", "version", name=op.f("pk_guidelines")),
    )
    op.create_table(
        "invite",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", BIG, nullable=True),
        sa.Column("created_by", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", BIG, nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_invite_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["created_by"], ["rater.id"], name=op.f("fk_invite_created_by_rater")),
        sa.ForeignKeyConstraint(["used_by"], ["rater.id"], name=op.f("fk_invite_used_by_rater")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_invite")),
    )
    op.create_table(
        "rating",
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("model_id", BIG, nullable=False),
        sa.Column("rating", sa.Float(), nullable=False),
        sa.Column("lower", sa.Float(), nullable=True),
        sa.Column("upper", sa.Float(), nullable=True),
        sa.Column("rank_low", sa.Integer(), nullable=True),
        sa.Column("rank_high", sa.Integer(), nullable=True),
        sa.Column("battles", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_rating_model_id_model")),
        sa.ForeignKeyConstraint(["run_id"], ["rating_run.id"], name=op.f("fk_rating_run_id_rating_run")),
        sa.PrimaryKeyConstraint("run_id", "model_id", name=op.f("pk_rating")),
    )
    op.create_table(
        "response",
        sa.Column("id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("model_id", BIG, nullable=False),
        sa.Column("turns", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("settings_digest", sa.String(length=64), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("latency_seconds", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_response_model_id_model")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_response_question_id_question")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
    )
    op.create_index("ix_response_model_id", "response", ["model_id"], unique=False)
    op.create_index(
        "uq_response_question_model_settings_sample",
        "response",
        ["question_id", "model_id", "settings_digest", "sample"],
        unique=True,
        sqlite_where=sa.text("state <> 'error'"),
        postgresql_where=sa.text("state <> 'error'"),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("rater_id", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_sign_in_rater_id_rater")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_rater_id"), "sign_in", ["rater_id"], unique=False)
    op.create_table(
        "void",
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("voids", BIG, nullable=False),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reverses", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["rater.id"], name=op.f("fk_void_actor_id_rater")),
        sa.ForeignKeyConstraint(["reverses"], ["void.position"], name=op.f("fk_void_reverses_void")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_void")),
        sa.UniqueConstraint("reverses", name=op.f("uq_void_reverses")),
    )
    op.create_index(op.f("ix_void_voids"), "void", ["voids"], unique=False)
    op.create_table(
        "ballot",
        sa.Column("id", BIG, nullable=False),
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("rater_id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("response_a_id", BIG, nullable=False),
        sa.Column("response_b_id", BIG, nullable=True),
        sa.Column("swapped", sa.Boolean(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("policy", sa.String(length=200), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("guidelines_version", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("flag", sa.String(length=32), nullable=True),
        sa.Column("occasion", sa.Integer(), nullable=False),
        sa.Column("undos", sa.Integer(), nullable=False),
        sa.CheckConstraint("probability > 0 AND probability <= 1", name=op.f("ck_ballot_probability")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_ballot_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_ballot_question_id_question")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_ballot_rater_id_rater")),
        sa.ForeignKeyConstraint(["response_a_id"], ["response.id"], name=op.f("fk_ballot_response_a_id_response")),
        sa.ForeignKeyConstraint(["response_b_id"], ["response.id"], name=op.f("fk_ballot_response_b_id_response")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot")),
        sa.UniqueConstraint("token", name=op.f("uq_ballot_token")),
    )
    op.create_index("ix_ballot_campaign_id_rater_id", "ballot", ["campaign_id", "rater_id"], unique=False)
    op.create_index(
        "uq_ballot_pair_rater",
        "ballot",
        ["question_id", "response_a_id", "response_b_id", "campaign_id", "rater_id", "occasion"],
        unique=True,
        sqlite_where=sa.text("state IN ('reserved', 'shown', 'voted', 'skipped')"),
        postgresql_where=sa.text("state IN ('reserved', 'shown', 'voted', 'skipped')"),
    )
    op.create_index(
        "uq_ballot_rater_id_reserved",
        "ballot",
        ["rater_id"],
        unique=True,
        sqlite_where=sa.text("state = 'reserved'"),
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.create_index(
        "uq_ballot_rater_id_shown",
        "ballot",
        ["rater_id"],
        unique=True,
        sqlite_where=sa.text("state = 'shown'"),
        postgresql_where=sa.text("state = 'shown'"),
    )
    op.create_table(
        "conversation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rater_id", BIG, nullable=False),
        sa.Column("model_a_id", BIG, nullable=False),
        sa.Column("model_b_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("turns", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("question_id", BIG, nullable=True),
        sa.Column("response_a_id", BIG, nullable=True),
        sa.Column("response_b_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["model_a_id"], ["model.id"], name=op.f("fk_conversation_model_a_id_model")),
        sa.ForeignKeyConstraint(["model_b_id"], ["model.id"], name=op.f("fk_conversation_model_b_id_model")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_conversation_question_id_question")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_conversation_rater_id_rater")),
        sa.ForeignKeyConstraint(
            ["response_a_id"], ["response.id"], name=op.f("fk_conversation_response_a_id_response")
        ),
        sa.ForeignKeyConstraint(
            ["response_b_id"], ["response.id"], name=op.f("fk_conversation_response_b_id_response")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_index(op.f("ix_conversation_rater_id"), "conversation", ["rater_id"], unique=False)
    op.create_table(
        "judgement",
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("rater_id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("model_a_id", BIG, nullable=False),
        sa.Column("model_b_id", BIG, nullable=False),
        sa.Column("response_a_id", BIG, nullable=True),
        sa.Column("response_b_id", BIG, nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("winner", sa.String(length=32), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("row_key", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'scored') = (score IS NOT NULL)", name=op.f("ck_judgement_score")),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_judgement_score_range")),
        sa.ForeignKeyConstraint(["model_a_id"], ["model.id"], name=op.f("fk_judgement_model_a_id_model")),
        sa.ForeignKeyConstraint(["model_b_id"], ["model.id"], name=op.f("fk_judgement_model_b_id_model")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_judgement_question_id_question")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_judgement_rater_id_rater")),
        sa.ForeignKeyConstraint(["response_a_id"], ["response.id"], name=op.f("fk_judgement_response_a_id_response")),
        sa.ForeignKeyConstraint(["response_b_id"], ["response.id"], name=op.f("fk_judgement_response_b_id_response")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_judgement")),
        sa.UniqueConstraint("source", "row_key", name=op.f("uq_judgement_source_row_key")),
    )
    op.create_index(op.f("ix_judgement_rater_id"), "judgement", ["rater_id"], unique=False)
    op.create_index(
        "uq_judgement_rater_responses_sample",
        "judgement",
        ["rater_id", "response_a_id", "response_b_id", "sample"],
        unique=True,
        sqlite_where=sa.text("response_a_id IS NOT NULL AND source IS NULL"),
        postgresql_where=sa.text("response_a_id IS NOT NULL AND source IS NULL"),
    )
    op.create_table(
        "comment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("ballot_id", BIG, nullable=True),
        sa.Column("position", BIG, nullable=True),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_comment_ballot_id_ballot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(op.f("ix_comment_ballot_id"), "comment", ["ballot_id"], unique=False)
    op.create_index(op.f("ix_comment_position"), "comment", ["position"], unique=False)
    op.create_table(
        "preference",
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("rater_id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("model_a_id", BIG, nullable=False),
        sa.Column("model_b_id", BIG, nullable=False),
        sa.Column("response_a_id", BIG, nullable=True),
        sa.Column("response_b_id", BIG, nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("winner", sa.String(length=32), nullable=True),
        sa.Column("strength", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("flag", sa.String(length=32), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=True),
        sa.Column("ballot_id", BIG, nullable=True),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("row_key", sa.String(length=200), nullable=True),
        sa.Column("supersedes", BIG, nullable=True),
        sa.Column("comment_digest", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("winner IS NOT NULL OR supersedes IS NOT NULL", name=op.f("ck_preference_winner")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_preference_ballot_id_ballot")),
        sa.ForeignKeyConstraint(["model_a_id"], ["model.id"], name=op.f("fk_preference_model_a_id_model")),
        sa.ForeignKeyConstraint(["model_b_id"], ["model.id"], name=op.f("fk_preference_model_b_id_model")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_preference_question_id_question")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_preference_rater_id_rater")),
        sa.ForeignKeyConstraint(["response_a_id"], ["response.id"], name=op.f("fk_preference_response_a_id_response")),
        sa.ForeignKeyConstraint(["response_b_id"], ["response.id"], name=op.f("fk_preference_response_b_id_response")),
        sa.ForeignKeyConstraint(
            ["supersedes"], ["preference.position"], name=op.f("fk_preference_supersedes_preference")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_preference")),
        sa.UniqueConstraint("source", "row_key", name=op.f("uq_preference_source_row_key")),
    )
    op.create_index(
        "ix_preference_ballot_id",
        "preference",
        ["ballot_id"],
        unique=False,
        sqlite_where=sa.text("ballot_id IS NOT NULL"),
        postgresql_where=sa.text("ballot_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_preference_rater_id"), "preference", ["rater_id"], unique=False)
    op.create_index(
        "uq_preference_ballot_id_first",
        "preference",
        ["ballot_id"],
        unique=True,
        sqlite_where=sa.text("supersedes IS NULL AND ballot_id IS NOT NULL"),
        postgresql_where=sa.text("supersedes IS NULL AND ballot_id IS NOT NULL"),
    )
    op.create_index(
        "uq_preference_supersedes",
        "preference",
        ["supersedes"],
        unique=True,
        sqlite_where=sa.text("supersedes IS NOT NULL"),
        postgresql_where=sa.text("supersedes IS NOT NULL"),
    )
    op.create_table(
        "satisfaction",
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("rater_id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("model_id", BIG, nullable=False),
        sa.Column("response_id", BIG, nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("dimension", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("scale_low", sa.Float(), nullable=False),
        sa.Column("scale_high", sa.Float(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("ballot_id", BIG, nullable=True),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("row_key", sa.String(length=200), nullable=True),
        sa.Column("supersedes", BIG, nullable=True),
        sa.Column("comment_digest", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'scored') = (score IS NOT NULL)", name=op.f("ck_satisfaction_score")),
        sa.CheckConstraint("scale_low < scale_high", name=op.f("ck_satisfaction_scale")),
        sa.CheckConstraint("score >= scale_low AND score <= scale_high", name=op.f("ck_satisfaction_score_range")),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_satisfaction_ballot_id_ballot")),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=op.f("fk_satisfaction_model_id_model")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_satisfaction_question_id_question")),
        sa.ForeignKeyConstraint(["rater_id"], ["rater.id"], name=op.f("fk_satisfaction_rater_id_rater")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_satisfaction_response_id_response")),
        sa.ForeignKeyConstraint(
            ["supersedes"], ["satisfaction.position"], name=op.f("fk_satisfaction_supersedes_satisfaction")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_satisfaction")),
        sa.UniqueConstraint("source", "row_key", name=op.f("uq_satisfaction_source_row_key")),
    )
    op.create_index(op.f("ix_satisfaction_rater_id"), "satisfaction", ["rater_id"], unique=False)
    op.create_index(
        "uq_satisfaction_ballot_id_first",
        "satisfaction",
        ["ballot_id", "dimension"],
        unique=True,
        sqlite_where=sa.text("supersedes IS NULL AND ballot_id IS NOT NULL"),
        postgresql_where=sa.text("supersedes IS NULL AND ballot_id IS NOT NULL"),
    )
    op.create_index(
        "uq_satisfaction_supersedes",
        "satisfaction",
        ["supersedes"],
        unique=True,
        sqlite_where=sa.text("supersedes IS NOT NULL"),
        postgresql_where=sa.text("supersedes IS NOT NULL"),
    )
    op.create_table(
        "judge_call",
        sa.Column("id", BIG, nullable=False),
        sa.Column("judgement", BIG, nullable=True),
        sa.Column("satisfaction", BIG, nullable=True),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("swapped", sa.Boolean(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("verdict", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("cost", sa.Float(), nullable=True),
        sa.Column("latency_seconds", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["judgement"], ["judgement.position"], name=op.f("fk_judge_call_judgement_judgement")),
        sa.ForeignKeyConstraint(
            ["satisfaction"], ["satisfaction.position"], name=op.f("fk_judge_call_satisfaction_satisfaction")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judge_call")),
    )
    op.create_index(op.f("ix_judge_call_judgement"), "judge_call", ["judgement"], unique=False)
    op.create_index("ix_judge_call_request_digest", "judge_call", ["request_digest"], unique=False)
    op.create_index(op.f("ix_judge_call_satisfaction"), "judge_call", ["satisfaction"], unique=False)
