"""Invitations: links with which one person each can create an account.

Only the digest of a link's token is stored. An invitation is claimed by a single UPDATE that succeeds only once, so
two browsers that race create one account.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlmodel import Session

from storage.accounts.raters import NewPerson, add_person
from storage.audit import Subject, record
from storage.campaigns.campaigns import invite_raters
from storage.database.audit_tables import InviteTerms
from storage.database.columns import table_of
from storage.database.tables import Account, Campaign, Invite, Rater
from storage.errors import Conflict, NotFound
from storage.values import Language, Role

_INVITE, _TERMS = table_of(Invite), table_of(InviteTerms)
_CAMPAIGN, _RATER, _ACCOUNT = table_of(Campaign), table_of(Rater), table_of(Account)

NAME_LENGTH = 10
"""Characters of a link's digest by which lists and commands name an invitation; they do not give the link away."""


@dataclass(frozen=True)
class Invitation:
    """The offer of a link.

    Attributes:
        role: role of the new account.
        campaign_id: campaign that the new rater joins, None for none.
        expires_at: time at which the link expires.
        language: language of the page behind the link and of the new account; None for that of the browser.
    """

    role: Role
    campaign_id: int | None
    expires_at: datetime
    language: Language | None = None


class InviteState(StrEnum):
    """Whether a link can still be used, and why not."""

    open = "open"
    used = "used"
    expired = "expired"
    revoked = "revoked"


@dataclass(frozen=True)
class InviteLine:
    """One invitation in a list.

    Attributes:
        name: start of the digest of its link, `NAME_LENGTH` characters.
        role: role of the new account.
        campaign: name of the campaign to join, None for none.
        language: language of the new account, None for that of the browser.
        state: whether the link can be used at the given time.
        created_at: time of the invitation.
        expires_at: time at which the link expires or expired.
        created_by: user name of the person who invited, None for the command line and for deleted accounts.
        used_by: user name of the account that was made, None where none was or it is deleted.
    """

    name: str
    role: Role
    campaign: str | None
    language: str | None
    state: InviteState
    created_at: datetime
    expires_at: datetime
    created_by: str | None
    used_by: str | None


def add_invite(
    session: Session, token_digest: str, invitation: Invitation, *, created_by: int | None, now: datetime
) -> None:
    """Store an invitation.

    Args:
        session: a writing session.
        token_digest: digest of the link's token.
        invitation: offer of the link.
        created_by: the rater who invites, None for the command line.
        now: the present time.
    """
    row = {
        "token_digest": token_digest,
        "role": invitation.role,
        "campaign_id": invitation.campaign_id,
        "created_by": created_by,
        "created_at": now,
        "expires_at": invitation.expires_at,
    }
    session.execute(insert(_INVITE).values(row))
    session.execute(insert(_TERMS).values(token_digest=token_digest, language=invitation.language))
    record(session, Subject.invitation, token_digest[:NAME_LENGTH], "created", new=invitation.role)


def invites(session: Session, *, now: datetime) -> list[InviteLine]:
    """Every invitation, the newest first."""
    maker, user = _ACCOUNT.alias(), _ACCOUNT.alias()
    chosen = (
        select(
            _INVITE,
            _TERMS.c.language,
            _TERMS.c.revoked_at,
            _CAMPAIGN.c.name.label("campaign"),
            maker.c.username.label("maker"),
            user.c.username.label("user"),
        )
        .select_from(_INVITE)
        .outerjoin(_TERMS, _TERMS.c.token_digest == _INVITE.c.token_digest)
        .outerjoin(_CAMPAIGN, _CAMPAIGN.c.id == _INVITE.c.campaign_id)
        .outerjoin(maker, maker.c.rater_id == _INVITE.c.created_by)
        .outerjoin(user, user.c.rater_id == _INVITE.c.used_by)
        .order_by(_INVITE.c.created_at.desc(), _INVITE.c.token_digest)
    )
    return [
        InviteLine(
            name=row.token_digest[:NAME_LENGTH],
            role=Role(row.role),
            campaign=row.campaign,
            language=row.language,
            state=_state(row, now),
            created_at=row.created_at,
            expires_at=row.expires_at,
            created_by=row.maker,
            used_by=row.user,
        )
        for row in session.execute(chosen)
    ]


def revoke_invite(session: Session, name: str, *, now: datetime) -> None:
    """Make an open link useless.

    Args:
        session: a writing session.
        name: start of the digest of the link, as `invites` gives it.
        now: the present time.

    Raises:
        NotFound: no invitation has this name, or several have.
        Conflict: the link was used, has expired or is revoked already.
    """
    plain = name if name.isalnum() and len(name) >= NAME_LENGTH else ""
    found = [line for line in invites(session, now=now) if plain and line.name == plain[:NAME_LENGTH]]
    if len(found) != 1:
        raise NotFound(f"no invitation is named {name!r}; see `evenhand raters invitations`")
    if found[0].state is not InviteState.open:
        raise Conflict(f"expected an open invitation, but {name!r} is {found[0].state.value}; nothing was changed")
    key = session.execute(select(_INVITE.c.token_digest).where(_INVITE.c.token_digest.startswith(plain))).scalar_one()
    session.execute(update(_INVITE).where(_INVITE.c.token_digest == key).values(expires_at=now))
    if session.execute(update(_TERMS).where(_TERMS.c.token_digest == key).values(revoked_at=now)).rowcount != 1:  # type: ignore[attr-defined]
        session.execute(insert(_TERMS).values(token_digest=key, revoked_at=now))
    record(session, Subject.invitation, plain[:NAME_LENGTH], "state", old=InviteState.open, new=InviteState.revoked)


def open_invite(session: Session, token_digest: str, *, now: datetime) -> Invitation:
    """The offer of a link, without using it.

    Raises:
        NotFound: the invitation is unknown, used or expired.
    """
    row = session.execute(
        select(_INVITE.c.role, _INVITE.c.campaign_id, _INVITE.c.expires_at, _TERMS.c.language)
        .outerjoin(_TERMS, _TERMS.c.token_digest == _INVITE.c.token_digest)
        .where(_INVITE.c.token_digest == token_digest, _INVITE.c.used_at.is_(None), _INVITE.c.expires_at > now)
    ).first()
    if row is None:
        raise _dead()
    return Invitation(Role(row.role), row.campaign_id, row.expires_at, row.language)


def accept_invite(session: Session, token_digest: str, person: NewPerson, *, now: datetime) -> int:
    """Use an invitation: create the account with the offered role, join the campaign, and return the rater's id.

    After any error the caller must not commit the transaction; the invitation is then open again.

    Raises:
        NotFound: the invitation is unknown, used or expired.
        BadInput: the user name is not valid.
        Conflict: the user name is taken.
    """
    claimed: Any = session.execute(
        update(_INVITE)
        .where(_INVITE.c.token_digest == token_digest, _INVITE.c.used_at.is_(None), _INVITE.c.expires_at > now)
        .values(used_at=now)
    )
    if claimed.rowcount != 1:
        raise _dead()
    offer = session.execute(
        select(_INVITE.c.role, _INVITE.c.campaign_id).where(_INVITE.c.token_digest == token_digest)
    ).one()
    accepted = NewPerson(
        person.username, person.password_hash, person.key, Role(offer.role), person.language, person.contact
    )
    rater_id = add_person(session, accepted, now=now)
    session.execute(update(_INVITE).where(_INVITE.c.token_digest == token_digest).values(used_by=rater_id))
    if offer.campaign_id is not None:
        invite_raters(session, offer.campaign_id, [rater_id])
    return rater_id


def _state(row: Row[Any], now: datetime) -> InviteState:
    if row.used_at is not None:
        return InviteState.used
    if row.revoked_at is not None:
        return InviteState.revoked
    return InviteState.open if row.expires_at > now else InviteState.expired


def _dead() -> NotFound:
    return NotFound("this invitation link is unknown, used or expired; ask for a new one")
