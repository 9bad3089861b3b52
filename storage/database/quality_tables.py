"""The tables of quality control: rules of campaigns, gold items, pauses of raters, and times of ballots.

None of them is ledgered: what a person decides about a pair is in `ledger_tables.py` (`Adjudication`).
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, false, true
from sqlmodel import Field, SQLModel

from storage.database.columns import BIG, MOMENT, NAME, TEXT, WORD, key, to
from storage.values import Winner


class CampaignRules(SQLModel, table=True):
    """The quality rules of a campaign; a campaign without a row has none of them (`storage.campaigns.rules`)."""

    __tablename__ = "campaign_rules"
    __table_args__ = (
        CheckConstraint("overlap_share >= 0 AND overlap_share <= 1", name="overlap_share"),
        CheckConstraint("pause_below > 0 AND pause_below <= 1", name="pause_below"),
    )

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=BIG)
    overlap_share: float
    repeat_gap: int
    most_votes: int | None = None
    deadline: datetime | None = Field(default=None, sa_type=MOMENT)
    pause_after: int | None = None
    pause_below: float | None = None
    pause_fast: int | None = None
    ask_strength: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    onboarding_feedback: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class GoldItem(SQLModel, table=True):
    """A pair whose right answer is known, or a response with an accepted range of scores (`response_b_id` null).

    `winner` is in terms of response A and B as stored, whatever the side on which each is shown.
    """

    __tablename__ = "gold_item"
    __table_args__ = (
        CheckConstraint("(winner IS NULL) = (response_b_id IS NULL)", name="winner"),
        CheckConstraint("(score_low IS NULL) = (winner IS NOT NULL)", name="score_low"),
        CheckConstraint("(score_high IS NULL) = (score_low IS NULL)", name="score_high"),
    )

    id: int | None = key()
    campaign_id: int = to("campaign.id", index=True)
    question_id: int = to("question.id")
    response_a_id: int = to("response.id")
    response_b_id: int | None = to("response.id", null=True)
    winner: Winner | None = Field(default=None, sa_type=WORD)
    dimension: str | None = Field(default=None, sa_type=NAME)
    score_low: float | None = None
    score_high: float | None = None
    explanation: str | None = Field(default=None, sa_type=TEXT)
    onboarding: bool
    created_at: datetime = Field(sa_type=MOMENT)
    removed_at: datetime | None = Field(default=None, sa_type=MOMENT)


class RaterPause(SQLModel, table=True):
    """A rater who was paused in one campaign by a rule, until `lifted_at`."""

    __tablename__ = "rater_pause"

    id: int | None = key()
    campaign_id: int = to("campaign.id")
    rater_id: int = to("rater.id", index=True)
    rule: str = Field(sa_type=WORD)
    n_right: int | None = None
    n_total: int
    created_at: datetime = Field(sa_type=MOMENT)
    lifted_at: datetime | None = Field(default=None, sa_type=MOMENT)
    lifted_by: int | None = to("rater.id", null=True)
    note: str | None = Field(default=None, sa_type=TEXT)


class BallotTime(SQLModel, table=True):
    """The times of an answered ballot as its page measured them, in seconds; the last answer of a ballot counts."""

    __tablename__ = "ballot_time"

    ballot_id: int = Field(foreign_key="ballot.id", primary_key=True, sa_type=BIG)
    active_seconds: float | None = None
    hidden_seconds: float | None = None
