"""Browser sessions: a random cookie in the browser, its digest in the store.

The only way from a request to a person. Gradio handlers use it too, because Gradio's own session id is chosen by the
browser.
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
        """Start a session with a new token, end the browser's earlier one, and return the token."""
        token = secrets.token_urlsafe(32)
        with self._database.writing() as session:
            if replaces:
                close_sign_in(session, digest(replaces))
            open_sign_in(session, digest(token), rater_id, now=self._clock())
        return token

    def who(self, token: str | None) -> SignedInPerson | None:
        """Return the person with this cookie, None without a live session of an active account."""
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        now = self._clock()
        token_digest = digest(token)
        with self._database.connection() as connection:
            person = rater_of_sign_in(connection, token_digest, now)
        if person is not None and person.is_stale:
            # A long import may lock the store; reads still work, and the next request updates the time again.
            with suppress(StoreBusy), self._database.writing() as session:
                touch_sign_in(session, token_digest, now)
        return person

    def require(self, cookies: Mapping[str, str], role: Role = Role.annotator) -> SignedInPerson:
        """Return the person who sends these cookies; every handler calls this first.

        Args:
            cookies: the request's cookies, `request.cookies` in a Gradio handler.
            role: the required role.

        Raises:
            NotAllowed: nobody is signed in, or the role is insufficient.
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
        """Delete all ended sessions and return their number."""
        with self._database.writing() as session:
            return purge_sign_ins(session, self._clock())


def includes(role: Role, needed: Role) -> bool:
    """Return whether a role includes another: admins include reviewers, reviewers include annotators."""
    return _RANK[role] >= _RANK[needed]


def cookie_of(headers: list[tuple[bytes, bytes]], name: str = COOKIE) -> str | None:
    """Return a cookie from the raw headers of an ASGI scope."""
    for key, value in headers:
        if key == b"cookie":
            found = cookie_parser(value.decode("latin-1")).get(name)
            if found is not None:
                return found
    return None


def set_session_cookie(response: Response, request: Request, token: str) -> None:
    """Set the session cookie; over HTTPS the browser never sends it over HTTP."""
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
    """Delete the session cookie."""
    response.delete_cookie(COOKIE, path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax")
