"""People with an account: create, find, change and erase them.

A person is two rows. `Rater` is permanent, because votes refer to it, and does not identify the person; `Account`
holds the user name and the password hash and can be erased. Sign-ins and invitations are in `sign_ins` and `invites`.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from storage.accounts.sign_ins import FIRST_LANGUAGE, close_sign_ins
from storage.audit import Subject, record
from storage.conversations.conversations import erase_texts
from storage.conversations.uploads import PicturesShown, erase_uploads
from storage.database.columns import table_of
from storage.database.ledger_tables import Comment, Preference, Satisfaction
from storage.database.tables import Account, Ballot, Rater
from storage.errors import BadInput, Conflict, NotFound
from storage.values import LANGUAGES, Language, RaterKind, Role

PEOPLE = "evenhand"
"""`Rater.source` of everybody who signs in here; imported raters have the source of their file."""

LONGEST_USERNAME = 60

UNKNOWN_LANGUAGE = ""
"""Stored language of an account whose language nobody has given or chosen yet."""

_RATER = table_of(Rater)
_ACCOUNT = table_of(Account)
_BALLOT = table_of(Ballot)
_COMMENT = table_of(Comment)
_PREFERENCE = table_of(Preference)
_SATISFACTION = table_of(Satisfaction)

_PERSON = select(
    _RATER.c.id,
    _ACCOUNT.c.username,
    _RATER.c.role,
    _ACCOUNT.c.language,
    _ACCOUNT.c.active,
    _ACCOUNT.c.created_at,
    _ACCOUNT.c.password_hash,
).join(_ACCOUNT, _ACCOUNT.c.rater_id == _RATER.c.id)


@dataclass(frozen=True)
class NewPerson:
    """A person who is to get an account.

    Attributes:
        username: user name as typed; it is stored in the spelling of `normal_username`.
        password_hash: result of a password hash function, never the password.
        key: random key of the rater that does not identify the person.
        role: role of the account.
        language: language of the pages; None for that of the browser at the first sign-in.
        contact: address for the people who run the campaign.
    """

    username: str
    password_hash: str
    key: str
    role: Role = Role.annotator
    language: Language | None = None
    contact: str | None = None


@dataclass(frozen=True)
class Person:
    """An account with its rater.

    Attributes:
        password_hash: hash for checking a password; it never leaves the server.
        language: language of the pages; English until it is known.
        has_language: whether the language was given or chosen, or taken from the browser at the first sign-in.
        active: whether the person may sign in.
    """

    rater_id: int
    username: str
    role: Role
    language: Language
    has_language: bool
    active: bool
    created_at: datetime
    password_hash: str


def normal_username(text: str) -> str:
    """The spelling under which a user name is stored and found: NFC, casefolded, without surrounding spaces.

    Raises:
        BadInput: the name is empty or too long, or has an invisible character.
    """
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
    visible = all(unicodedata.category(character)[0] not in "CZ" or character == " " for character in name)
    if not 1 <= len(name) <= LONGEST_USERNAME or not visible:
        raise BadInput(
            f"expected a user name of 1 to {LONGEST_USERNAME} visible characters, got {text[:80]!r}; choose another"
        )
    return name


def add_person(session: Session, person: NewPerson, *, now: datetime) -> int:
    """Create a rater with an account and return the rater's id.

    Raises:
        BadInput: the user name is not valid, or the language is not available.
        Conflict: the user name is taken.
    """
    username = normal_username(person.username)
    rater = {"kind": RaterKind.human, "source": PEOPLE, "key": person.key, "role": person.role, "created_at": now}
    rater_id = int(session.execute(insert(_RATER).values(rater)).inserted_primary_key[0])  # type: ignore[attr-defined]
    account = {
        "rater_id": rater_id,
        "username": username,
        "password_hash": person.password_hash,
        "contact": person.contact,
        "language": UNKNOWN_LANGUAGE if person.language is None else _language(person.language),
        "active": True,
        "created_at": now,
    }
    try:
        session.execute(insert(_ACCOUNT).values(account))
    except IntegrityError as error:
        raise Conflict(f"the user name {username!r} is taken; choose another") from error
    record(session, Subject.rater, rater_id, "account", new=person.role)
    return rater_id


def find_person(session: Session, username: str) -> Person | None:
    """The account with this user name in any spelling, None if there is none."""
    try:
        name = normal_username(username)
    except BadInput:
        return None
    row = session.execute(_PERSON.where(_ACCOUNT.c.username == name)).first()
    return None if row is None else _person(row)


def person_named(session: Session, username: str) -> Person:
    """The account with this user name.

    Raises:
        NotFound: there is no such account.
    """
    person = find_person(session, username)
    if person is None:
        raise NotFound(f"no account is named {username!r}; see `evenhand raters list`")
    return person


def people(session: Session) -> list[Person]:
    """Every account by user name; imported and erased raters have none."""
    return [_person(row) for row in session.execute(_PERSON.order_by(_ACCOUNT.c.username))]


def set_password_hash(session: Session, rater_id: int, password_hash: str, *, keep_sign_ins: bool = False) -> None:
    """Replace the password hash and sign the person out everywhere.

    Args:
        session: a writing session.
        rater_id: id of the rater.
        password_hash: new hash.
        keep_sign_ins: stay signed in; for the same password with a new hash.

    Raises:
        NotFound: the rater has no account.
    """
    _change_account(session, rater_id, password_hash=password_hash)
    if not keep_sign_ins:
        close_sign_ins(session, rater_id)
        record(session, Subject.rater, rater_id, "password")


def set_language(session: Session, rater_id: int, language: Language) -> None:
    """Set the language of the person's pages.

    Raises:
        BadInput: the language is not available.
        NotFound: the rater has no account.
    """
    _change_account(session, rater_id, language=_language(language))


def set_role(session: Session, rater_id: int, role: Role) -> None:
    """Change the role of a person from the next request on.

    Raises:
        NotFound: there is no such rater.
    """
    before = session.execute(select(_RATER.c.role).where(_RATER.c.id == rater_id)).first()
    if before is None:
        raise NotFound(f"no rater has the number {rater_id!r}; see `evenhand raters list`")
    session.execute(update(_RATER).where(_RATER.c.id == rater_id).values(role=role))
    record(session, Subject.rater, rater_id, "role", old=before.role, new=role)


def set_active(session: Session, rater_id: int, *, active: bool) -> None:
    """Enable or disable sign-in; disabling also signs the person out everywhere.

    Raises:
        NotFound: the rater has no account.
    """
    before = session.execute(select(_ACCOUNT.c.active).where(_ACCOUNT.c.rater_id == rater_id)).scalar()
    _change_account(session, rater_id, active=active)
    record(session, Subject.rater, rater_id, "sign_in", old=bool(before), new=active)
    if not active:
        close_sign_ins(session, rater_id)


def erase_person(session: Session, rater_id: int, searched: PicturesShown, *, now: datetime) -> None:
    """Delete the account, its sign-ins, all comments, and the texts and images of live conversations.

    The rater and the votes stay.

    Args:
        session: a writing session.
        rater_id: the rater.
        searched: what `storage.conversations.uploads.search_pictures` found, in a session that only reads.
        now: time of the erasure.

    Raises:
        NotFound: the rater has no account.
    """
    close_sign_ins(session, rater_id)
    own = (
        _COMMENT.c.ballot_id.in_(select(_BALLOT.c.id).where(_BALLOT.c.rater_id == rater_id)),
        _COMMENT.c.position.in_(select(_PREFERENCE.c.position).where(_PREFERENCE.c.rater_id == rater_id)),
        _COMMENT.c.position.in_(select(_SATISFACTION.c.position).where(_SATISFACTION.c.rater_id == rater_id)),
    )
    session.execute(delete(_COMMENT).where(or_(*own)))
    erase_texts(session, rater_id)
    erase_uploads(session, rater_id, searched, now=now)
    result: Any = session.execute(delete(_ACCOUNT).where(_ACCOUNT.c.rater_id == rater_id))
    if result.rowcount != 1:
        raise _no_account(rater_id)
    record(session, Subject.rater, rater_id, "erased")


def _change_account(session: Session, rater_id: int, **values: object) -> None:
    result: Any = session.execute(update(_ACCOUNT).where(_ACCOUNT.c.rater_id == rater_id).values(values))
    if result.rowcount != 1:
        raise _no_account(rater_id)


def _no_account(rater_id: int) -> NotFound:
    return NotFound(f"rater {rater_id!r} has no account, because it was imported or erased")


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise BadInput(f"expected a language among {', '.join(LANGUAGES)}, got {language!r}; choose one of them")
    return language


def _person(row: Row[Any]) -> Person:
    return Person(
        rater_id=int(row.id),
        username=row.username,
        role=Role(row.role),
        language=row.language or FIRST_LANGUAGE,
        has_language=row.language != UNKNOWN_LANGUAGE,
        active=bool(row.active),
        created_at=row.created_at,
        password_hash=row.password_hash,
    )
