"""The visitor of the admin pages, and the decorator that authorises every handler.

A handler never sees Gradio's request. `requires` looks the person up in the store on each call, checks the role and
passes a `Visitor`; expected errors become messages in the visitor's language. Identity comes only from the session
that the mount has checked.
"""

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import gradio as gr
from sqlmodel import Session

from app.rendering.html import Renderer
from app.views.sentences import say
from app.web.accounts.sessions import includes
from app.web.language import language_of
from storage.accounts.raters import find_person
from storage.audit import Author, Via, sign
from storage.database.engine import Database
from storage.errors import BadInput, Conflict, EvenhandError, NotAllowed, NotFound, StoreError
from storage.values import Language, Role

Handler = Callable[..., Any]
"""A method of a page; arguments and results are values of Gradio components."""

_TOAST_SECONDS = 8
_KEYS = {NotFound: "not_found", Conflict: "conflict", BadInput: "bad_input", StoreError: "store"}


class Inviter(Protocol):
    """The account functions that the pages use."""

    def invite(
        self,
        role: Role,
        *,
        campaign_id: int | None = None,
        by: Author | None = None,
        lasts: timedelta = timedelta(days=14),
        language: Language | None = None,
    ) -> str:
        """Create an invitation and return the token of its link."""

    def set_password(self, rater_id: int, password: str, *, by: Author | None = None) -> None:
        """Set a person's password and end all their sessions."""


@dataclass(frozen=True)
class AdminServices:
    """Services of the admin pages.

    Attributes:
        database: the store.
        clock: function that returns the present time in UTC.
        accounts: creates invitations.
        renderer: renders text to safe HTML.
        mint: function that returns a token that nobody can guess.
    """

    database: Database
    clock: Callable[[], datetime]
    accounts: Inviter
    renderer: Renderer
    mint: Callable[[], str]

    @contextmanager
    def changing(self, visitor: "Visitor") -> Iterator[Session]:
        """A writing session; the audit log names the visitor as the author of its changes."""
        with self.database.writing() as session:
            sign(session, visitor.author(self.clock()))
            yield session


@dataclass(frozen=True)
class Visitor:
    """The person who makes a call.

    Attributes:
        rater_id: the person's rater id.
        name: the sign-in name.
        role: current role in the store.
        language: language of all replies.
        site: address of the site in the browser, with the path below which a proxy serves it.
    """

    rater_id: int
    name: str
    role: Role
    language: Language
    site: str

    def author(self, now: datetime) -> Author:
        """Return this person as the author of changes at a time, for the audit log."""
        return Author(self.rater_id, Via.page, now)

    def may(self, role: Role) -> bool:
        """Return whether this person's role includes another."""
        return includes(self.role, role)

    def say(self, key: str, /, **values: object) -> str:
        """Return a text in this person's language."""
        return say(self.language, key, **values)


class RefusedForm(EvenhandError):
    """A form that was refused; the message is already in the reader's language.

    Attributes:
        field: name of the field that is wrong; "" for the whole form.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        """Keep the field for the page."""
        super().__init__(message)
        self.field = field


class Page:
    """Base class of the tabs: holds the services, never a session."""

    def __init__(self, services: AdminServices) -> None:
        """Keep the services for the handlers."""
        self.services = services


def requires(role: Role) -> Callable[[Handler], Handler]:
    """Run a handler only for people whose role includes `role`.

    The handler is called with a `Visitor` in place of the request. Without permission the call ends with an error and
    changes nothing; any other expected error is shown as a warning and leaves all outputs unchanged.
    """

    def decorate(handler: Handler) -> Handler:
        def checked(page: Page, request: gr.Request, *values: Any) -> Any:  # noqa: ANN401  Gradio's own values
            visitor = _let_in(page.services, request, role)
            try:
                return handler(page, visitor, *values)
            except EvenhandError as error:
                message = sentence_of(error, visitor.language)
                gr.Warning(message, duration=_TOAST_SECONDS)
                return gr.skip()

        checked.__name__, checked.__doc__ = handler.__name__, handler.__doc__
        checked.needs = role  # type: ignore[attr-defined]
        return checked

    return decorate


def visitor_of(services: AdminServices, request: gr.Request, role: Role) -> Visitor:
    """Return the person who makes a request, from the store.

    Raises:
        NotAllowed: not signed in, account disabled, or insufficient role; the message is in the reader's
            language.
    """
    with services.database.reading() as session:
        person = find_person(session, request.username or "")
    if person is None or not person.active:
        raise NotAllowed(say(_language_of(request), "admin_error_signed_out"))
    if not includes(person.role, role):
        raise NotAllowed(say(person.language, "admin_error_not_allowed"))
    url = request.url
    site = f"{url.scheme}://{url.netloc}{url.path.partition('/admin/')[0]}"
    return Visitor(person.rater_id, person.username, person.role, person.language, site)


def sentence_of(error: EvenhandError, language: Language) -> str:
    """Return the HTML of an error toast: a general sentence, followed in English by the error's own message."""
    if isinstance(error, RefusedForm):
        return html.escape(str(error))
    key = next((key for kind, key in _KEYS.items() if isinstance(error, kind)), "bad_input")
    general = say(language, f"admin_error_{key}")
    return html.escape(general if language == "zh" or key == "store" else f"{general} ({error})")


def _let_in(services: AdminServices, request: gr.Request, role: Role) -> Visitor:
    """Return the visitor, or raise a Gradio error if they may not act in this role."""
    try:
        return visitor_of(services, request, role)
    except NotAllowed as error:
        raise gr.Error(str(error), duration=_TOAST_SECONDS, print_exception=False) from None
    except StoreError as error:
        message = sentence_of(error, _language_of(request))
        raise gr.Error(message, duration=_TOAST_SECONDS, print_exception=False) from error


def _language_of(request: gr.Request) -> Language:
    """Return the language for an unknown visitor."""
    return language_of(list(request.request.headers.raw)) if request.request is not None else "en"


def tell(visitor: Visitor, key: str, /, **values: object) -> None:
    """Show a success toast."""
    gr.Success(html.escape(visitor.say(key, **values)), duration=_TOAST_SECONDS)
