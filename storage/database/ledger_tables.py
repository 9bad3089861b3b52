"""The tables of votes, judgments, scores, exclusions, voids, names and decisions, and of ratings fitted from them.

An imported vote, judgment or score whose file has no time has none here; what is given here always has one.
Preferences, judgments, satisfaction scores, exclusions, voids, changes of models and decisions of reviewers are
append-only and known by their `position`, gap-free over all of them together; `Ledger` chains digests over those
positions. Comments are personal: they lie outside, and a row commits to its comment by a salted digest.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.database.columns import (
    BIG,
    DIGEST,
    JSONB,
    MOMENT,
    NAME,
    TEXT,
    WORD,
    key,
    position,
    to,
    unique_where,
    where,
)
from storage.values import JudgmentState, RaterKind, ScoreState, Winner

_BY_A_JUDGE = "response_id IS NOT NULL AND source IS NULL AND ballot_id IS NULL AND state <> 'failed'"


class Preference(SQLModel, table=True):
    """A person's vote on a pair as shown: `model_a` was on the left.

    A changed vote is a new row that `supersedes` the old one; one that supersedes without a `winner` is an undo.
    The two unique indexes keep the rows of a ballot a single chain, so that its last row is the only live one.
    `special` marks imported rows as votes on gold items or repeats; of votes given here the ballot says it.
    `attributes` holds what a published file says about a battle beyond the vote.
    """

    __table_args__ = (
        UniqueConstraint("source", "row_key"),
        unique_where("uq_preference_supersedes", "supersedes", condition="supersedes IS NOT NULL"),
        unique_where(
            "uq_preference_ballot_id_first",
            "ballot_id",
            condition="supersedes IS NULL AND ballot_id IS NOT NULL",
        ),
        Index("ix_preference_ballot_id", "ballot_id", **where("ballot_id IS NOT NULL")),
        CheckConstraint("winner IS NOT NULL OR supersedes IS NOT NULL", name="winner"),
    )

    position: int = position()
    rater_id: int = to("rater.id", index=True)
    question_id: int = to("question.id")
    model_a_id: int = to("model.id")
    model_b_id: int = to("model.id")
    response_a_id: int | None = to("response.id", null=True)
    response_b_id: int | None = to("response.id", null=True)
    turn: int | None = None
    winner: Winner | None = Field(default=None, sa_type=WORD)
    strength: int | None = None
    reasons: list[str] | None = Field(default=None, sa_type=JSONB)
    seconds: float | None = None
    flag: str | None = Field(default=None, sa_type=WORD)
    blind: bool | None = None
    ballot_id: int | None = to("ballot.id", null=True)
    source: str | None = Field(default=None, sa_type=NAME)
    row_key: str | None = Field(default=None, sa_type=NAME)
    supersedes: int | None = to("preference.position", null=True)
    comment_digest: str | None = Field(default=None, sa_type=DIGEST)
    created_at: datetime | None = Field(default=None, sa_type=MOMENT)
    special: str | None = Field(default=None, sa_type=WORD)
    attributes: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class Judgment(SQLModel, table=True):
    """A judgment: a judge's result for a pair of responses; `score` is the expected share of A in [0, 1] if `scored`.

    A failed judgment may be retried; it is voided when another replaces it. `probability` is that with which the pair
    was drawn for the judge, see `evenhand ask`; null if unknown.
    """

    __tablename__ = "judgement"

    __table_args__ = (
        UniqueConstraint("source", "row_key"),
        unique_where(
            "uq_judgement_rater_responses_sample",
            "rater_id",
            "response_a_id",
            "response_b_id",
            "sample",
            condition="response_a_id IS NOT NULL AND source IS NULL AND state <> 'failed' AND turn IS NULL",
        ),
        unique_where(
            "uq_judgement_rater_responses_turn_sample",
            "rater_id",
            "response_a_id",
            "response_b_id",
            "sample",
            "turn",
            condition="response_a_id IS NOT NULL AND source IS NULL AND state <> 'failed' AND turn IS NOT NULL",
        ),
        CheckConstraint("(state = 'scored') = (score IS NOT NULL)", name="score"),
        CheckConstraint("score >= 0 AND score <= 1", name="score_range"),
    )

    position: int = position()
    rater_id: int = to("rater.id", index=True)
    question_id: int = to("question.id")
    model_a_id: int = to("model.id")
    model_b_id: int = to("model.id")
    response_a_id: int | None = to("response.id", null=True)
    response_b_id: int | None = to("response.id", null=True)
    turn: int | None = None
    form: str = Field(sa_type=WORD)
    state: JudgmentState = Field(default=JudgmentState.scored, sa_type=WORD)
    winner: Winner | None = Field(default=None, sa_type=WORD)
    score: float | None = None
    cause: str | None = Field(default=None, sa_type=TEXT)
    sample: int = 0
    source: str | None = Field(default=None, sa_type=NAME)
    row_key: str | None = Field(default=None, sa_type=NAME)
    created_at: datetime | None = Field(default=None, sa_type=MOMENT)
    probability: float | None = None


class Satisfaction(SQLModel, table=True):
    """A score of one response on one dimension by a person or a judge, with its scale.

    A changed score is a new row that `supersedes` the old one. `cause` tells why a judge gave no score; of a person's
    score it holds a reported fault as `flag:` and the reason. `special` is that of `Preference`.
    """

    __table_args__ = (
        UniqueConstraint("source", "row_key"),
        unique_where("uq_satisfaction_supersedes", "supersedes", condition="supersedes IS NOT NULL"),
        unique_where(
            "uq_satisfaction_ballot_id_first",
            "ballot_id",
            "response_id",
            "dimension",
            condition="supersedes IS NULL AND ballot_id IS NOT NULL",
        ),
        unique_where(
            "uq_satisfaction_rater_response_sample",
            "rater_id",
            "response_id",
            "dimension",
            "sample",
            condition=f"{_BY_A_JUDGE} AND turn IS NULL",
        ),
        unique_where(
            "uq_satisfaction_rater_response_turn_sample",
            "rater_id",
            "response_id",
            "dimension",
            "sample",
            "turn",
            condition=f"{_BY_A_JUDGE} AND turn IS NOT NULL",
        ),
        CheckConstraint("(state = 'scored') = (score IS NOT NULL)", name="score"),
        CheckConstraint("scale_low < scale_high", name="scale"),
        CheckConstraint("score >= scale_low AND score <= scale_high", name="score_range"),
    )

    position: int = position()
    rater_id: int = to("rater.id", index=True)
    question_id: int = to("question.id")
    model_id: int = to("model.id")
    response_id: int | None = to("response.id", null=True)
    turn: int | None = None
    dimension: str = Field(sa_type=NAME)
    state: ScoreState = Field(default=ScoreState.scored, sa_type=WORD)
    score: float | None = None
    scale_low: float
    scale_high: float
    cause: str | None = Field(default=None, sa_type=TEXT)
    seconds: float | None = None
    sample: int = 0
    ballot_id: int | None = to("ballot.id", null=True)
    source: str | None = Field(default=None, sa_type=NAME)
    row_key: str | None = Field(default=None, sa_type=NAME)
    supersedes: int | None = to("satisfaction.position", null=True)
    comment_digest: str | None = Field(default=None, sa_type=DIGEST)
    created_at: datetime | None = Field(default=None, sa_type=MOMENT)
    special: str | None = Field(default=None, sa_type=WORD)


class JudgeCall(SQLModel, table=True):
    """One request to a judge with its raw reply; a failure has a cause and never a score."""

    __tablename__ = "judge_call"
    __table_args__ = (Index("ix_judge_call_request_digest", "request_digest"),)

    id: int | None = key()
    judgement: int | None = to("judgement.position", null=True, index=True)
    satisfaction: int | None = to("satisfaction.position", null=True, index=True)
    request_digest: str = Field(sa_type=DIGEST)
    swapped: bool = False
    reply: str | None = Field(default=None, sa_type=TEXT)
    verdict: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    cause: str | None = Field(default=None, sa_type=TEXT)
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    latency_seconds: float | None = None
    created_at: datetime = Field(sa_type=MOMENT)


class Comment(SQLModel, table=True):
    """A person's comment on the ledgered row at `position`, or on a skipped ballot.

    Erasable; the ledgered row commits to it by `sha256(salt + body)`.
    """

    id: int | None = key()
    ballot_id: int | None = to("ballot.id", null=True, index=True)
    position: int | None = Field(default=None, sa_type=BIG, index=True)
    salt: str = Field(sa_type=DIGEST)
    body: str = Field(sa_type=TEXT)
    created_at: datetime = Field(sa_type=MOMENT)


class Exclusion(SQLModel, table=True):
    """A rater or question excluded from every leaderboard from this position on, or with `reverses` a reversal."""

    __table_args__ = (
        UniqueConstraint("reverses"),
        CheckConstraint("(rater_id IS NULL) <> (question_id IS NULL)", name="target"),
    )

    position: int = position()
    rater_id: int | None = to("rater.id", null=True, index=True)
    question_id: int | None = to("question.id", null=True)
    actor_id: int | None = to("rater.id", null=True)
    reason: str = Field(sa_type=TEXT)
    reverses: int | None = to("exclusion.position", null=True)
    created_at: datetime = Field(sa_type=MOMENT)


class Void(SQLModel, table=True):
    """One ledgered row left out from this position on, or with `reverses` a reversal."""

    __table_args__ = (UniqueConstraint("reverses"),)

    position: int = position()
    voids: int = Field(sa_type=BIG, index=True)
    actor_id: int | None = to("rater.id", null=True)
    reason: str = Field(sa_type=TEXT)
    reverses: int | None = to("void.position", null=True)
    created_at: datetime = Field(sa_type=MOMENT)


class ModelChange(SQLModel, table=True):
    """A model renamed (`name`) or merged into another (`into_id`) from this position on; with `reverses` a reversal.

    The rows about the model keep its id; `storage.questions.model_names` says which model they stand for.
    """

    __tablename__ = "model_change"
    __table_args__ = (
        UniqueConstraint("reverses"),
        CheckConstraint("(name IS NULL) <> (into_id IS NULL)", name="change"),
    )

    position: int = position()
    model_id: int = to("model.id", index=True)
    name: str | None = Field(default=None, sa_type=NAME)
    into_id: int | None = to("model.id", null=True)
    actor_id: int | None = to("rater.id", null=True)
    reason: str = Field(sa_type=TEXT)
    reverses: int | None = to("model_change.position", null=True)
    created_at: datetime = Field(sa_type=MOMENT)


class Adjudication(SQLModel, table=True):
    """A reviewer's decision on one pair of responses, as A and B are stored here, or with `reverses` a reversal.

    It replaces no vote: a leaderboard counts it only where that is chosen (`storage.ledger.adjudications`).
    """

    __table_args__ = (
        UniqueConstraint("reverses"),
        CheckConstraint("(winner IS NULL) = (reverses IS NOT NULL)", name="winner"),
    )

    position: int = position()
    campaign_id: int | None = to("campaign.id", null=True, index=True)
    question_id: int = to("question.id")
    model_a_id: int = to("model.id")
    model_b_id: int = to("model.id")
    response_a_id: int = to("response.id")
    response_b_id: int = to("response.id")
    winner: Winner | None = Field(default=None, sa_type=WORD)
    actor_id: int | None = to("rater.id", null=True)
    reason: str = Field(sa_type=TEXT)
    reverses: int | None = to("adjudication.position", null=True)
    created_at: datetime = Field(sa_type=MOMENT)


class Ledger(SQLModel, table=True):
    """One written batch of ledgered rows: a vote is a batch of one, an import a batch of many.

    `digest` chains over the digest of the batch before, the canonical text of each row of this batch, and `contents`:
    a digest of the ballots and responses that the rows name, null where they name none or an earlier version wrote.
    """

    first_position: int = position()
    last_position: int = Field(unique=True, sa_type=BIG)
    kind: str = Field(sa_type=WORD)
    digest: str = Field(sa_type=DIGEST)
    written_at: datetime = Field(sa_type=MOMENT)
    contents: str | None = Field(default=None, sa_type=DIGEST)


class RatingRun(SQLModel, table=True):
    """One rating run: method, settings, seed and the last ledger position that it used."""

    __tablename__ = "rating_run"

    id: int | None = key()
    kind: RaterKind = Field(sa_type=WORD)
    method: str = Field(sa_type=NAME)
    settings: dict[str, Any] = Field(sa_type=JSONB)
    seed: int | None = Field(default=None, sa_type=BIG)
    position: int = Field(sa_type=BIG)
    notes: list[str] = Field(default_factory=list, sa_type=JSONB)
    counts: dict[str, int] = Field(default_factory=dict, sa_type=JSONB)
    created_at: datetime = Field(sa_type=MOMENT)


class Rating(SQLModel, table=True):
    """One model's rating in a rating run, in Elo points; a bound is null where the interval is unbounded."""

    run_id: int = Field(foreign_key="rating_run.id", primary_key=True, sa_type=BIG)
    model_id: int = Field(foreign_key="model.id", primary_key=True, sa_type=BIG)
    rating: float
    lower: float | None = None
    upper: float | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    battles: int
