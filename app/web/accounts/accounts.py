"""What people do with their accounts: sign in, accept an invitation, choose a language; and inviting them.

The pages, the command line and the admin pages all go through here, so that passwords are hashed, names
normalised and guesses slowed down in one place.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.web.accounts.passwords import Passwords
from app.web.accounts.throttle import Throttle
from storage.accounts import raters
from storage.accounts.invites import Invitation, accept_invite, add_invite, open_invite
from storage.database.engine import Database
from storage.errors import BadInput, EvenhandError
from storage.values import Language, Role, digest

INVITE_LASTS = timedelta(days=14)


class WrongCredentials(EvenhandError):
    """No active account has this name and password; which of the three is wrong is not said."""


class TooManyAttempts(EvenhandError):
    """Too many failed sign-ins with this name or from this address.

    Attributes:
        wait_seconds: until the next attempt is looked at.
    """

    def __init__(self, wait_seconds: float) -> None:
        """Keep the wait for the page and its `Retry-After` header."""
        super().__init__(f"too many failed attempts to sign in; wait {wait_seconds:.0f} seconds and try again")
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class Credentials:
    """What somebody typed into a sign-in form."""

    username: str
    password: str


class Accounts:
    """The accounts of one store; safe to use from several threads."""

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime], passwords: Passwords, throttle: Throttle
    ) -> None:
        """Serve a store.

        Args:
            database: the store.
            clock: the present time in UTC.
            passwords: hashes and checks passwords.
            throttle: slows guessing down.
        """
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._throttle = throttle

    def sign_in(self, given: Credentials, *, address: str) -> raters.Person:
        """The person with this name and password.

        Raises:
            WrongCredentials: no active account has them.
            TooManyAttempts: too many failures before; the password was not looked at.
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

    def add(self, given: Credentials, *, role: Role = Role.annotator, language: Language = "en") -> int:
        """Make an account and return the rater's id.

        Raises:
            BadInput: the name or the password cannot be one.
            Conflict: somebody has this name.
        """
        person = self._person(given, role=role, language=language)
        with self._database.writing() as session:
            return raters.add_person(session, person, now=self._clock())

    def set_password(self, rater_id: int, password: str) -> None:
        """Give a person a new password and sign them out everywhere.

        Raises:
            BadInput: it is too short or too long.
            NotFound: the rater has no account.
        """
        self._store_password(rater_id, password, keep_sign_ins=False)

    def set_language(self, rater_id: int, language: Language) -> None:
        """Choose the language of a person's pages.

        Raises:
            NotFound: the rater has no account.
        """
        with self._database.writing() as session:
            raters.set_language(session, rater_id, language)

    def invite(
        self, role: Role, *, campaign_id: int | None = None, by: int | None = None, lasts: timedelta = INVITE_LASTS
    ) -> str:
        """Make an invitation and return the token of its link, `/invite/TOKEN`; it is not kept here.

        Args:
            role: of the account to be made.
            campaign_id: the study that it joins.
            by: the rater who invites.
            lasts: until the link is dead.
        """
        token = secrets.token_urlsafe(32)
        now = self._clock()
        with self._database.writing() as session:
            add_invite(session, digest(token), Invitation(role, campaign_id, now + lasts), created_by=by, now=now)
        return token

    def invitation(self, token: str) -> Invitation:
        """What a link offers.

        Raises:
            NotFound: it is unknown, used or expired.
        """
        with self._database.reading() as session:
            return open_invite(session, digest(token), now=self._clock())

    def accept(self, token: str, given: Credentials, *, language: Language) -> int:
        """Use an invitation up and return the id of the rater that it made.

        Raises:
            NotFound: it is unknown, used or expired.
            BadInput: the name or the password cannot be one.
            Conflict: somebody has this name; the invitation stays open.
        """
        self.invitation(token)
        person = self._person(given, role=Role.annotator, language=language)
        with self._database.writing() as session:
            return accept_invite(session, digest(token), person, now=self._clock())

    def _person(self, given: Credentials, *, role: Role, language: Language) -> raters.NewPerson:
        raters.normal_username(given.username)
        return raters.NewPerson(
            username=given.username,
            password_hash=self._passwords.hash(given.password),
            key=secrets.token_hex(8),
            role=role,
            language=language,
        )

    def _store_password(self, rater_id: int, password: str, *, keep_sign_ins: bool) -> None:
        password_hash = self._passwords.hash(password)
        with self._database.writing() as session:
            raters.set_password_hash(session, rater_id, password_hash, keep_sign_ins=keep_sign_ins)


def _counted_as(username: str) -> str:
    """The name under which failures are counted: one for all spellings, and one for all that is no name."""
    try:
        return raters.normal_username(username)
    except BadInput:
        return ""
