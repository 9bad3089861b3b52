"""User accounts: sign-in, invitations, passwords and language.

All pages and the command line use this module, so passwords are hashed, names normalised and guesses slowed down
in one place.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.web.accounts.passwords import Passwords
from app.web.accounts.throttle import Throttle
from storage.accounts import crowd, raters
from storage.accounts.invites import Invitation, accept_invite, add_invite, open_invite
from storage.audit import Author, sign
from storage.campaigns.campaigns import invite_raters
from storage.database.engine import Database
from storage.errors import BadInput, EvenhandError, NotAllowed
from storage.values import Language, Role, digest

INVITE_LASTS = timedelta(days=14)


class WrongCredentials(EvenhandError):
    """No active account has this name and password; the error does not tell which part is wrong."""


class TooManyAttempts(EvenhandError):
    """Too many failed sign-ins with this name or from this address.

    Attributes:
        wait_seconds: seconds until the next attempt is checked.
    """

    def __init__(self, wait_seconds: float) -> None:
        """Keep the wait for the page and its `Retry-After` header."""
        super().__init__(f"too many failed attempts to sign in; wait {wait_seconds:.0f} seconds and try again")
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class Credentials:
    """User name and password from a form."""

    username: str
    password: str


class Accounts:
    """Accounts of one store; thread-safe."""

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime], passwords: Passwords, throttle: Throttle
    ) -> None:
        """Serve a store.

        Args:
            database: the store.
            clock: the present time in UTC.
            passwords: hashes and checks passwords.
            throttle: slows down password guessing.
        """
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._throttle = throttle

    def sign_in(self, given: Credentials, *, address: str) -> raters.Person:
        """Return the person with this name and password.

        Raises:
            WrongCredentials: no active account has this name and password.
            TooManyAttempts: too many earlier failures; the password was not checked.
        """
        name = _counted_as(given.username)
        wait = self._throttle.begin(name, address)
        if wait > 0.0:
            raise TooManyAttempts(wait)
        with self._database.reading() as session:
            person = raters.find_person(session, given.username)
        right = self._passwords.is_right(None if person is None else person.password_hash, given.password)
        if person is None or not right or not person.active:
            raise WrongCredentials("no active account has this user name and password; check both and try again")
        self._throttle.succeeded(name, address)
        if self._passwords.is_outdated(person.password_hash):
            self._store_password(person.rater_id, given.password, keep_sign_ins=True)
        return person

    def add(
        self,
        given: Credentials,
        *,
        role: Role = Role.annotator,
        language: Language | None = None,
        by: Author | None = None,
    ) -> int:
        """Create an account and return the rater's id; `by` is its author in the audit log.

        Without a language, the account takes that of the browser at its first sign-in.

        Raises:
            BadInput: the name or the password is not allowed.
            Conflict: the name is taken.
        """
        person = self._person(given, role=role, language=language)
        with self._database.writing() as session:
            sign(session, by)
            return raters.add_person(session, person, now=self._clock())

    def set_password(self, rater_id: int, password: str, *, by: Author | None = None) -> None:
        """Set a person's password and end all their sessions; `by` is the author in the audit log.

        Raises:
            BadInput: the password is too short or too long.
            NotFound: the rater has no account.
        """
        self._store_password(rater_id, password, keep_sign_ins=False, by=by)

    def set_language(self, rater_id: int, language: Language) -> None:
        """Set the language of a person's pages.

        Raises:
            NotFound: the rater has no account.
        """
        with self._database.writing() as session:
            raters.set_language(session, rater_id, language)

    def invite(
        self,
        role: Role,
        *,
        campaign_id: int | None = None,
        by: Author | None = None,
        lasts: timedelta = INVITE_LASTS,
        language: Language | None = None,
    ) -> str:
        """Create an invitation and return the token of its link, `/invite/TOKEN`; only its digest is stored.

        Args:
            role: role of the new account.
            campaign_id: the campaign that the new account joins.
            by: the person who invites, also for the audit log.
            lasts: time until the link expires.
            language: language of the page behind the link and of the account; None for that of the browser.
        """
        token = secrets.token_urlsafe(32)
        now = self._clock()
        invitation = Invitation(role, campaign_id, now + lasts, language)
        with self._database.writing() as session:
            sign(session, by)
            add_invite(session, digest(token), invitation, created_by=None if by is None else by.rater_id, now=now)
        return token

    def invitation(self, token: str) -> Invitation:
        """Return the invitation behind a link.

        Raises:
            NotFound: the invitation is unknown, used or expired.
        """
        with self._database.reading() as session:
            return open_invite(session, digest(token), now=self._clock())

    def accept(self, token: str, given: Credentials, *, language: Language) -> int:
        """Accept an invitation and return the id of the new rater.

        Raises:
            NotFound: the invitation is unknown, used or expired.
            BadInput: the name or the password is not allowed.
            Conflict: the name is taken; the invitation stays open.
        """
        self.invitation(token)
        person = self._person(given, role=Role.annotator, language=language)
        with self._database.writing() as session:
            return accept_invite(session, digest(token), person, now=self._clock())

    def crowd_account(self, campaign_id: int, person: str, contact: str, *, language: Language) -> int:
        """Return the account of a person who joined a campaign by its crowd link, and make it the first time.

        Args:
            campaign_id: the campaign.
            person: digest of the platform's id of the person.
            contact: id of the person on the platform, kept in the account only.
            language: language of the pages.

        Raises:
            NotAllowed: the person has not agreed, or has not passed the comprehension check.
        """
        fresh = raters.NewPerson(
            username=f"crowd-{secrets.token_hex(5)}",
            password_hash=self._passwords.hash(secrets.token_urlsafe(32)),
            key=secrets.token_hex(8),
            language=language,
            contact=contact,
        )
        now = self._clock()
        with self._database.writing() as session:
            entry = crowd.crowd_entry(session, campaign_id, person)
            if entry is None or not entry.has_passed:
                raise NotAllowed("this person has not passed the check of the campaign yet")
            if entry.rater_id is not None:
                return entry.rater_id
            rater_id = raters.add_person(session, fresh, now=now)
            crowd.bind_account(session, campaign_id, person, rater_id)
            invite_raters(session, campaign_id, [rater_id])
            return rater_id

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return self._clock()

    def _person(self, given: Credentials, *, role: Role, language: Language | None) -> raters.NewPerson:
        raters.normal_username(given.username)
        return raters.NewPerson(
            username=given.username,
            password_hash=self._passwords.hash(given.password),
            key=secrets.token_hex(8),
            role=role,
            language=language,
        )

    def _store_password(self, rater_id: int, password: str, *, keep_sign_ins: bool, by: Author | None = None) -> None:
        password_hash = self._passwords.hash(password)
        with self._database.writing() as session:
            sign(session, by)
            raters.set_password_hash(session, rater_id, password_hash, keep_sign_ins=keep_sign_ins)


def _counted_as(username: str) -> str:
    """Return the name under which failures are counted: the same for all spellings, and one for all invalid names."""
    try:
        return raters.normal_username(username)
    except BadInput:
        return ""
