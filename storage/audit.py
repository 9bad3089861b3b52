"""The audit log: who changed which setting, from what to what, and when.

A writing session is signed with its author once, by `sign`. Whatever changes campaigns, raters, invitations or
exclusions then calls `record`, which writes nothing in a session without an author, such as that of an import or of
the example. Secrets never reach the log: a new password is recorded as changed, a link by the start of its digest.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, cast, func, insert, select
from sqlmodel import Session

from storage.database.audit_tables import AuditEntry
from storage.database.columns import table_of
from storage.database.tables import Account, Campaign, Rater

_ENTRY, _ACCOUNT, _CAMPAIGN, _RATER = table_of(AuditEntry), table_of(Account), table_of(Campaign), table_of(Rater)
_AUTHOR = "evenhand.author"
_LONGEST = 4_000


class Subject(StrEnum):
    """The kind of thing that was changed."""

    campaign = "campaign"
    rater = "rater"
    question = "question"
    picture = "picture"
    invitation = "invitation"
    transfer = "transfer"


class Via(StrEnum):
    """Where a change was made."""

    page = "page"
    command = "command"


@dataclass(frozen=True)
class Author:
    """The person behind the changes of one writing session.

    Attributes:
        rater_id: id of the person; None for somebody at the command line.
        via: where the changes are made.
        now: time of the changes, UTC.
    """

    rater_id: int | None
    via: Via
    now: datetime


@dataclass(frozen=True)
class AuditLine:
    """One entry of the log.

    Attributes:
        number: number of the entry.
        at: time of the change, UTC.
        actor: user name of the author; the rater's key after the account was deleted, None at the command line.
        via: where the change was made.
        subject: kind of thing.
        name: name of the thing, for example of the campaign.
        what: setting that changed.
        old: value before; None where there was none.
        new: value after; None where there is none.
    """

    number: int
    at: datetime
    actor: str | None
    via: str
    subject: str
    name: str
    what: str
    old: str | None
    new: str | None


def sign(session: Session, author: Author | None) -> None:
    """Name the author of all changes of a writing session."""
    session.info[_AUTHOR] = author


def author_of(session: Session) -> Author | None:
    """The author of a session's changes, None if nobody signed it."""
    found: Author | None = session.info.get(_AUTHOR)
    return found


def record(
    session: Session, subject: Subject, name: str | int, what: str, *, old: object = None, new: object = None
) -> None:
    """Write one change to the log, unless nothing changed or the session has no author.

    Args:
        session: a writing session.
        subject: kind of thing.
        name: id of the campaign or rater, or a text that identifies the thing.
        what: setting that changes.
        old: value before.
        new: value after.
    """
    author = author_of(session)
    before, after = _text(old), _text(new)
    if author is None or (before == after and before is not None):
        return
    row = {
        "created_at": author.now,
        "actor_id": author.rater_id,
        "via": author.via,
        "subject": subject,
        "number": name if isinstance(name, int) else None,
        "name": None if isinstance(name, int) else name[:200],
        "what": what,
        "old": before,
        "new": after,
    }
    session.execute(insert(_ENTRY).values(row))


def audit_lines(
    session: Session,
    *,
    limit: int | None = None,
    skip: int = 0,
    subject: Subject | None = None,
    number: int | None = None,
) -> list[AuditLine]:
    """Entries of the log, the latest first.

    Args:
        session: any session.
        limit: largest number of entries, None for all.
        skip: number of latest entries to leave out.
        subject: only changes of this kind of thing.
        number: only changes of the campaign or rater with this id.
    """
    actor, actor_account = _RATER.alias(), _ACCOUNT.alias()
    target, target_account = _RATER.alias(), _ACCOUNT.alias()
    is_campaign, is_rater = _ENTRY.c.subject == Subject.campaign, _ENTRY.c.subject == Subject.rater
    name = func.coalesce(
        _CAMPAIGN.c.name, target_account.c.username, target.c.key, _ENTRY.c.name, cast(_ENTRY.c.number, String)
    )
    chosen = (
        select(_ENTRY, func.coalesce(actor_account.c.username, actor.c.key).label("actor"), name.label("thing"))
        .select_from(_ENTRY)
        .outerjoin(actor, actor.c.id == _ENTRY.c.actor_id)
        .outerjoin(actor_account, actor_account.c.rater_id == _ENTRY.c.actor_id)
        .outerjoin(_CAMPAIGN, is_campaign & (_CAMPAIGN.c.id == _ENTRY.c.number))
        .outerjoin(target, is_rater & (target.c.id == _ENTRY.c.number))
        .outerjoin(target_account, is_rater & (target_account.c.rater_id == _ENTRY.c.number))
        .order_by(_ENTRY.c.id.desc())
        .limit(limit)
        .offset(skip)
    )
    if subject is not None:
        chosen = chosen.where(_ENTRY.c.subject == subject)
    if number is not None:
        chosen = chosen.where(_ENTRY.c.number == number)
    return [
        AuditLine(
            int(row.id), row.created_at, row.actor, row.via, row.subject, str(row.thing), row.what, row.old, row.new
        )
        for row in session.execute(chosen)
    ]


def n_audit_lines(session: Session, *, subject: Subject | None = None) -> int:
    """The number of entries of the log."""
    chosen = select(func.count()).select_from(_ENTRY)
    if subject is not None:
        chosen = chosen.where(_ENTRY.c.subject == subject)
    return int(session.execute(chosen).scalar_one())


def _text(value: object) -> str | None:
    """A value as the log shows it: words of enumerations, lists by comma, long texts cut."""
    if value is None:
        return None
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    text = value.isoformat(timespec="minutes") if isinstance(value, datetime) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
