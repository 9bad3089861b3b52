"""The tables of the audit log, of crowd work, and of what an invitation adds to its role and campaign."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from storage.database.columns import BIG, DIGEST, JSONB, MOMENT, NAME, TEXT, WORD, key, to


class AuditEntry(SQLModel, table=True):
    """One change of a setting: who, what, old and new value, when. Campaigns and raters are named by number."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint("(number IS NULL) <> (name IS NULL)", name="target"),
        Index("ix_audit_entry_subject_number", "subject", "number"),
    )

    id: int | None = key()
    created_at: datetime = Field(sa_type=MOMENT)
    actor_id: int | None = to("rater.id", null=True)
    via: str = Field(sa_type=WORD)
    subject: str = Field(sa_type=WORD)
    number: int | None = Field(default=None, sa_type=BIG)
    name: str | None = Field(default=None, sa_type=NAME)
    what: str = Field(sa_type=WORD)
    old: str | None = Field(default=None, sa_type=TEXT)
    new: str | None = Field(default=None, sa_type=TEXT)


class InviteTerms(SQLModel, table=True):
    """What an invitation says beside its role and campaign: the language of the new account, and its revocation."""

    __tablename__ = "invite_terms"

    token_digest: str = Field(foreign_key="invite.token_digest", primary_key=True, sa_type=DIGEST)
    language: str | None = Field(default=None, sa_type=WORD)
    revoked_at: datetime | None = Field(default=None, sa_type=MOMENT)


class CrowdLink(SQLModel, table=True):
    """How people of a crowd platform join a campaign: by a link that anybody with it can open."""

    __tablename__ = "crowd_link"

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=BIG)
    token: str = Field(unique=True, sa_type=DIGEST)
    is_open: bool = True
    parameter: str = Field(default="PROLIFIC_PID", sa_type=NAME)
    consent: str = Field(default="", sa_type=TEXT)
    questions: list[Any] = Field(default_factory=list, sa_type=JSONB)
    completion_code: str = Field(default="", sa_type=NAME)
    return_url: str = Field(default="", sa_type=TEXT)
    language: str = Field(default="en", sa_type=WORD)


class CrowdParticipant(SQLModel, table=True):
    """A person who opened a crowd link; the platform's id of the person is only kept as a salted digest."""

    __tablename__ = "crowd_participant"

    campaign_id: int = Field(foreign_key="campaign.id", primary_key=True, sa_type=BIG)
    person_digest: str = Field(primary_key=True, sa_type=DIGEST)
    rater_id: int | None = to("rater.id", null=True, index=True)
    consented_at: datetime = Field(sa_type=MOMENT)
    tries: int = 0
    passed_at: datetime | None = Field(default=None, sa_type=MOMENT)
