"""Invitations: links with which one person each can create an account.

Only the digest of a link's token is stored. An invitation is claimed by a single UPDATE that succeeds only once, so
two browsers that race create one account.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from storage.accounts.raters import NewPerson, add_person
from storage.campaigns.campaigns import invite_raters
from storage.database.columns import table_of
from storage.database.tables import Invite
from storage.errors import NotFound
from storage.values import Role

_INVITE = table_of(Invite)


@dataclass(frozen=True)
class Invitation:
    """The offer of a link.

    Attributes:
        role: role of the new account.
        campaign_id: campaign that the new rater joins, None for none.
        expires_at: time at which the link expires.
    """

    role: Role
    campaign_id: int | None
    expires_at: datetime


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


def open_invite(session: Session, token_digest: str, *, now: datetime) -> Invitation:
    """The offer of a link, without using it.

    Raises:
        NotFound: the invitation is unknown, used or expired.
    """
    row = session.execute(
        select(_INVITE.c.role, _INVITE.c.campaign_id, _INVITE.c.expires_at).where(
            _INVITE.c.token_digest == token_digest, _INVITE.c.used_at.is_(None), _INVITE.c.expires_at > now
        )
    ).first()
    if row is None:
        raise _dead()
    return Invitation(Role(row.role), row.campaign_id, row.expires_at)


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


def _dead() -> NotFound:
    return NotFound("this invitation link is unknown, used or expired; ask for a new one")
