"""The tables of live conversations: who talks with which two models, and every answer that was asked for.

A conversation that ends with a vote becomes one question, two responses, one ballot and one vote in the tables of all
others; what is here remains as the record of how they came about.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, true
from sqlmodel import Field, SQLModel

from storage.database.columns import BIG, DIGEST, JSONB, MOMENT, NAME, TEXT, WORD, key, to, unique_where
from storage.values import AnswerState, ConversationState, Turn


class Conversation(SQLModel, table=True):
    """A live conversation of one rater with two models; `model_a` is on the left.

    `turns` holds the prompts of the rater: texts, and lists of parts where images belong to them. `category` is the
    ability that the rater says they are about. `probability_drawn` is the probability of the unordered pair that was
    drawn first, `probability_shown` that of the pair that answered, given the models that had failed by then.
    """

    __table_args__ = (
        unique_where("uq_conversation_rater_id_open", "rater_id", condition="state IN ('writing', 'ready')"),
        UniqueConstraint("token"),
        CheckConstraint("probability_shown > 0 AND probability_shown <= 1", name="probability"),
    )

    id: int | None = key()
    campaign_id: int = to("campaign.id", index=True)
    rater_id: int = to("rater.id", index=True)
    token: str = Field(sa_type=DIGEST)
    model_a_id: int = to("model.id")
    model_b_id: int = to("model.id")
    state: ConversationState = Field(sa_type=WORD)
    turns: list[str | Turn] = Field(default_factory=list, sa_type=JSONB)
    probability_drawn: float
    probability_shown: float
    guidelines_version: int
    publishable: bool = False
    identity_prompts: int = 0
    category: str | None = Field(default=None, sa_type=WORD)
    cause: str | None = Field(default=None, sa_type=WORD)
    question_id: int | None = to("question.id", null=True)
    response_a_id: int | None = to("response.id", null=True)
    response_b_id: int | None = to("response.id", null=True)
    created_at: datetime = Field(sa_type=MOMENT)
    shown_at: datetime | None = Field(default=None, sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)


class ConversationAnswer(SQLModel, table=True):
    """One answer of one model to one prompt; `turn` counts prompts from 0, `round` the pairs asked for on it.

    `requests` counts the requests that were sent for it: two only after the server was interrupted, or the connection
    dropped when the first may have arrived. `spans` holds the places that name a model, with their text.
    """

    __tablename__ = "conversation_answer"
    __table_args__ = (
        unique_where(
            "uq_conversation_answer_place",
            "conversation_id",
            "turn",
            "round",
            "side",
            condition="state <> 'failed'",
        ),
    )

    id: int | None = key()
    conversation_id: int = to("conversation.id", index=True)
    turn: int
    round: int
    side: str = Field(sa_type=WORD)
    model_id: int = to("model.id", index=True)
    state: AnswerState = Field(sa_type=WORD)
    requests: int = 1
    text: str = Field(default="", sa_type=TEXT)
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    finish: str | None = Field(default=None, sa_type=WORD)
    cause: str | None = Field(default=None, sa_type=NAME)
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first_seconds: float | None = None
    latency_seconds: float | None = None
    cost: float | None = None
    spans: list[dict[str, Any]] | None = Field(default=None, sa_type=JSONB)
    created_at: datetime = Field(sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)


class LiveCampaign(SQLModel, table=True):
    """The settings of a campaign of live conversations."""

    __tablename__ = "live_campaign"

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=BIG)
    most_turns: int
    reveals: bool
    examples: list[str] = Field(default_factory=list, sa_type=JSONB)
    daily_limit: int | None = None
    images: bool = Field(default=True, sa_column_kwargs={"server_default": true()})


class PictureUpload(SQLModel, table=True):
    """An image that a rater sent for a prompt; `used_at` is the time of the prompt, null before it."""

    __tablename__ = "picture_upload"
    __table_args__ = (UniqueConstraint("rater_id", "sha256"),)

    id: int | None = key()
    rater_id: int = to("rater.id")
    sha256: str = Field(foreign_key="media.sha256", sa_type=DIGEST, index=True)
    created_at: datetime = Field(sa_type=MOMENT)
    used_at: datetime | None = Field(default=None, sa_type=MOMENT)


class LiveModel(SQLModel, table=True):
    """A model that administrators switched off or on again for live conversations."""

    __tablename__ = "live_model"

    model_id: int = Field(foreign_key="model.id", primary_key=True, sa_type=BIG)
    is_on: bool
    changed_by: int | None = to("rater.id", null=True)
    changed_at: datetime = Field(sa_type=MOMENT)


class LiveCount(SQLModel, table=True):
    """How often moderation found something in live conversations, by what it was; no text is kept."""

    __tablename__ = "live_count"

    name: str = Field(primary_key=True, sa_type=WORD)
    number: int = Field(default=0, sa_type=BIG)
