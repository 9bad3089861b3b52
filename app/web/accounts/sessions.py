"""Browser sessions: a random cookie in the browser, its digest in the store.

The one place that turns a request into a person. Handlers of Gradio pages use it too, because what Gradio
itself knows of a session is chosen by the browser.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from starlette.requests import Request, cookie_parser
from starlette.responses import Response

from storage.accounts.sign_ins import (
    LIFETIME,
    SignedInPerson,
    close_sign_in,
    open_sign_in,
    purge_sign_ins,
    rater_of_sign_in,
    touch_sign_in,
)
from storage.database.engine import Database
from storage.errors import NotAllowed, StoreBusy
from storage.values import Role, digest

COOKIE = "evenhand_session"
_LONGEST_TOKEN = 64
_RANK = {role: rank for rank, role in enumerate((Role.annotator, Role.reviewer, Role.admin))}


class SignIns:
    """Opens, finds and closes browser sessions."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        """Use a store and a clock of UTC times."""
        self._database = database
        self._clock = clock

    def open(self, rater_id: int, *, replaces: str | None = None) -> str:
        """Start a session with a fresh token, ending the one that the browser came with, and return the token."""
        token = secrets.token_urlsafe(32)
        with self._database.writing() as session:
            if replaces:
                close_sign_in(session, digest(replaces))
            open_sign_in(session, digest(token), rater_id, now=self._clock())
        return token

    def who(self, token: str | None) -> SignedInPerson | None:
        """The person with this cookie, None when it opens no live session of an active account."""
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        now = self._clock()
        token_digest = digest(token)
        with self._database.connection() as connection:
            person = rater_of_sign_in(connection, token_digest, now)
        if person is not None and person.is_stale:
            # A long import may hold the store; reading goes on meanwhile, and the next request touches again.
            with suppress(StoreBusy), self._database.writing() as session:
                touch_sign_in(session, token_digest, now)
        return person

    def require(self, cookies: Mapping[str, str], role: Role = Role.annotator) -> SignedInPerson:
        """The person who sends these cookies, for handlers: every one calls this before it does anything.

        Args:
            cookies: of the request, `request.cookies` in a Gradio handler.
            role: the least role that is enough.

        Raises:
            NotAllowed: nobody is signed in, or the role does not reach.
        """
        person = self.who(cookies.get(COOKIE))
        if person is None:
            raise NotAllowed("expected somebody who is signed in, got no live session; sign in again")
        if not includes(person.role, role):
            raise NotAllowed(f"expected the role {role.value!r}, but yours is {person.role.value!r}; ask an admin")
        return person

    def close(self, token: str | None) -> None:
        """End the session with this cookie, if there is one."""
        if token:
            with self._database.writing() as session:
                close_sign_in(session, digest(token))

    def purge(self) -> int:
        """Delete every ended session and return how many there were."""
        with self._database.writing() as session:
            return purge_sign_ins(session, self._clock())


def includes(role: Role, needed: Role) -> bool:
    """Whether a role may do what another may: an admin what a reviewer may, a reviewer what an annotator may."""
    return _RANK[role] >= _RANK[needed]


def cookie_of(headers: list[tuple[bytes, bytes]], name: str = COOKIE) -> str | None:
    """A cookie from the raw headers of an ASGI scope."""
    for key, value in headers:
        if key == b"cookie":
            found = cookie_parser(value.decode("latin-1")).get(name)
            if found is not None:
                return found
    return None


def set_session_cookie(response: Response, request: Request, token: str) -> None:
    """Hand the browser its session; over HTTPS it will never come back over HTTP."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LIFETIME.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(response: Response, request: Request) -> None:
    """Make the browser forget its session."""
    response.delete_cookie(COOKIE, path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax")
