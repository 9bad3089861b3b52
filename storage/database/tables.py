"""The tables of models, questions, responses, raters, accounts, campaigns and ballots.

Votes, judgments and scores are in `ledger_tables.py`. Personal data (accounts, sessions) has tables of its own that
can be erased without touching the ledger.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.database.columns import BIG, DIGEST, JSONB, MOMENT, NAME, TEXT, WORD, key, to, unique_where
from storage.values import (
    BallotState,
    CampaignKind,
    CampaignState,
    ModelKind,
    RaterKind,
    RatingLayout,
    ResponseState,
    Role,
    Turn,
)


class Model(SQLModel, table=True):
    """A contestant: a language model whose responses are compared."""

    id: int | None = key()
    name: str = Field(unique=True, sa_type=NAME)
    revision: str | None = Field(default=None, sa_type=NAME)
    kind: ModelKind | None = Field(default=None, sa_type=WORD)
    organisation: str | None = Field(default=None, sa_type=NAME)
    licence: str | None = Field(default=None, sa_type=NAME)


class Question(SQLModel, table=True):
    """One prompt of one or more user turns; `turns` is null while only the key is known (a placeholder)."""

    __table_args__ = (UniqueConstraint("source", "key"),)

    id: int | None = key()
    source: str = Field(sa_type=NAME)
    key: str = Field(sa_type=NAME)
    turns: list[Turn] | None = Field(default=None, sa_type=JSONB)
    category: str | None = Field(default=None, sa_type=NAME)
    language: str | None = Field(default=None, sa_type=WORD)
    reference: list[str] | None = Field(default=None, sa_type=JSONB)
    private: bool = False
    created_at: datetime = Field(sa_type=MOMENT)


class Response(SQLModel, table=True):
    """One model's turns for one question. A failed attempt (`error`) never replaces a good one."""

    __table_args__ = (
        unique_where(
            "uq_response_question_model_settings_sample",
            "question_id",
            "model_id",
            "settings_digest",
            "sample",
            condition="state <> 'error'",
        ),
        Index("ix_response_model_id", "model_id"),
    )

    id: int | None = key()
    question_id: int = to("question.id")
    model_id: int = to("model.id")
    turns: list[Turn] = Field(sa_type=JSONB)
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    settings_digest: str = Field(sa_type=DIGEST)
    sample: int = 0
    state: ResponseState = Field(default=ResponseState.ok, sa_type=WORD)
    cause: str | None = Field(default=None, sa_type=TEXT)
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_seconds: float | None = None
    created_at: datetime = Field(sa_type=MOMENT)


class Rater(SQLModel, table=True):
    """A person or a judge. The `key` of a person is random or the imported label; that of a judge is its name."""

    __table_args__ = (UniqueConstraint("kind", "source", "key"),)

    id: int | None = key()
    kind: RaterKind = Field(sa_type=WORD)
    source: str = Field(sa_type=NAME)
    key: str = Field(sa_type=NAME)
    role: Role | None = Field(default=None, sa_type=WORD)
    judge_model: str | None = Field(default=None, sa_type=NAME)
    prompt_digest: str | None = Field(default=None, sa_type=DIGEST)
    settings: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    created_at: datetime = Field(sa_type=MOMENT)


class Account(SQLModel, table=True):
    """The account of a person: erasable, and the only place of a name or an address.

    Attributes:
        language: language of the pages; "" until it is known.
    """

    rater_id: int = Field(foreign_key="rater.id", primary_key=True, sa_type=BIG)
    username: str = Field(unique=True, sa_type=NAME)
    password_hash: str = Field(sa_type=TEXT)
    contact: str | None = Field(default=None, sa_type=NAME)
    language: str = Field(default="en", sa_type=WORD)
    active: bool = True
    created_at: datetime = Field(sa_type=MOMENT)


class SignIn(SQLModel, table=True):
    """One browser session; only the digest of its cookie is stored."""

    __tablename__ = "sign_in"

    token_digest: str = Field(primary_key=True, sa_type=DIGEST)
    rater_id: int = to("rater.id", index=True)
    created_at: datetime = Field(sa_type=MOMENT)
    seen_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)


class Invite(SQLModel, table=True):
    """A link with which one person can create an account; only the digest of its token is stored."""

    token_digest: str = Field(primary_key=True, sa_type=DIGEST)
    role: Role = Field(sa_type=WORD)
    campaign_id: int | None = to("campaign.id", null=True)
    created_by: int | None = to("rater.id", null=True)
    created_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    used_at: datetime | None = Field(default=None, sa_type=MOMENT)
    used_by: int | None = to("rater.id", null=True)


class Campaign(SQLModel, table=True):
    """A set of questions and models that people vote on or score, with overlap, guidelines and pairing policy.

    `dimensions` and the scale belong to scores: in a satisfaction campaign, or beside the votes of a pairwise one.
    """

    __table_args__ = (
        CheckConstraint("overlap >= 1", name="overlap"),
        CheckConstraint("gold_share >= 0 AND gold_share < 1", name="gold_share"),
        CheckConstraint("repeat_share >= 0 AND repeat_share < 1", name="repeat_share"),
    )

    id: int | None = key()
    name: str = Field(unique=True, sa_type=NAME)
    kind: CampaignKind = Field(default=CampaignKind.pairwise, sa_type=WORD)
    state: CampaignState = Field(default=CampaignState.open, sa_type=WORD)
    guidelines_version: int = 1
    dimensions: list[str] | None = Field(default=None, sa_type=JSONB)
    scale_low: float | None = None
    scale_high: float | None = None
    overlap: int = 1
    gold_share: float = 0.0
    repeat_share: float = 0.0
    policy: str = Field(default="deficit", sa_type=NAME)
    policy_version: int = 1
    uniform_share: float = 0.1
    seed: int = Field(default=0, sa_type=BIG)
    example: bool = False
    created_at: datetime = Field(sa_type=MOMENT)


class CampaignScale(SQLModel, table=True):
    """How a campaign asks for scores: texts of the steps of its scale by their number, and the layout of a ballot."""

    __tablename__ = "campaign_scale"

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=BIG)
    labels: dict[str, str] = Field(sa_type=JSONB)
    layout: RatingLayout = Field(sa_type=WORD)


class Guidelines(SQLModel, table=True):
    """One version of the instructions for raters in Markdown; a ballot stores the version shown with it."""

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=BIG)
    version: int = Field(primary_key=True)
    body: str = Field(sa_type=TEXT)
    created_at: datetime = Field(sa_type=MOMENT)


class CampaignQuestion(SQLModel, table=True):
    """A question that belongs to a campaign."""

    __tablename__ = "campaign_question"

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=BIG)
    question_id: int = Field(foreign_key="question.id", primary_key=True, sa_type=BIG)


class CampaignModel(SQLModel, table=True):
    """A model that belongs to a campaign."""

    __tablename__ = "campaign_model"

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=BIG)
    model_id: int = Field(foreign_key="model.id", primary_key=True, sa_type=BIG)


class CampaignRater(SQLModel, table=True):
    """A person who was invited to a campaign."""

    __tablename__ = "campaign_rater"

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=BIG)
    rater_id: int = Field(foreign_key="rater.id", primary_key=True, sa_type=BIG, index=True)


class Ballot(SQLModel, table=True):
    """One question with its responses to vote on or to score, assigned to one rater.

    A pair has `response_a_id < response_b_id`; `swapped` means that B is shown left. A ballot for scores has no B;
    several responses on it are rows of `BallotResponse`. `probability` is the probability of
    this question and unordered pair among those that the rater could get when it was drawn. `occasion` numbers planned
    repeats of a pair for the same rater; `undos` counts how often its vote was taken back.
    """

    __table_args__ = (
        unique_where("uq_ballot_rater_id_shown", "rater_id", condition="state = 'shown'"),
        unique_where("uq_ballot_rater_id_reserved", "rater_id", condition="state = 'reserved'"),
        unique_where(
            "uq_ballot_pair_rater",
            "question_id",
            "response_a_id",
            "response_b_id",
            "campaign_id",
            "rater_id",
            "occasion",
            condition="state IN ('reserved', 'shown', 'voted', 'skipped')",
        ),
        unique_where(
            "uq_ballot_response_rater",
            "question_id",
            "response_a_id",
            "campaign_id",
            "rater_id",
            "occasion",
            condition="response_b_id IS NULL AND state IN ('reserved', 'shown', 'voted', 'skipped')",
        ),
        Index("ix_ballot_campaign_id_rater_id", "campaign_id", "rater_id"),
        CheckConstraint("probability > 0 AND probability <= 1", name="probability"),
    )

    id: int | None = key()
    campaign_id: int = to("campaign.id")
    rater_id: int = to("rater.id")
    question_id: int = to("question.id")
    response_a_id: int = to("response.id")
    response_b_id: int | None = to("response.id", null=True)
    swapped: bool = False
    probability: float
    policy: str = Field(sa_type=NAME)
    policy_version: int
    guidelines_version: int
    token: str = Field(unique=True, sa_type=DIGEST)
    state: BallotState = Field(default=BallotState.reserved, sa_type=WORD)
    reserved_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    shown_at: datetime | None = Field(default=None, sa_type=MOMENT)
    closed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    reason: str | None = Field(default=None, sa_type=WORD)
    flag: str | None = Field(default=None, sa_type=WORD)
    occasion: int = 0
    undos: int = 0


class BallotResponse(SQLModel, table=True):
    """One of several responses that a ballot shows side by side; `place` counts from 0 in the order shown."""

    __tablename__ = "ballot_response"

    ballot_id: int = Field(foreign_key="ballot.id", primary_key=True, sa_type=BIG)
    place: int = Field(primary_key=True)
    response_id: int = to("response.id")


class EndpointDialect(SQLModel, table=True):
    """The dialect in which an endpoint takes requests; `target` is a digest of its address, the path and the model."""

    __tablename__ = "endpoint_dialect"

    target: str = Field(primary_key=True, sa_type=DIGEST)
    model: str = Field(sa_type=TEXT)
    dialect: dict[str, Any] = Field(sa_type=JSONB)
    found_at: datetime = Field(sa_type=MOMENT)


class Claim(SQLModel, table=True):
    """Work that one process has taken on until a time, so that no other process does it too."""

    work: str = Field(primary_key=True, sa_type=DIGEST)
    holder: str = Field(sa_type=NAME)
    until: datetime = Field(sa_type=MOMENT)
