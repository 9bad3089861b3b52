"""The pages outside Gradio: sign-in, sign-out and invitations; and the health check.

Rendered on the server without scripts. GET shows, POST acts. Database access and password hashing run in worker
threads.
"""

import ipaddress
from collections.abc import Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from app.web import wording
from app.web.accounts import passwords
from app.web.accounts.accounts import Accounts, Credentials, TooManyAttempts, WrongCredentials
from app.web.accounts.sessions import SignIns, clear_session_cookie, cookie_of, set_session_cookie
from app.web.language import as_language, language_of, set_language_cookie
from app.web.refusals import error_of
from app.web.templates import message_page, page
from storage.accounts.raters import LONGEST_USERNAME, normal_username
from storage.database.engine import Database
from storage.errors import BadInput, Conflict, NotFound, StoreError
from storage.ledger import chain
from storage.values import Language, Role

_MOST_FIELDS = 10
_FIELD_OF = {
    "bad_username": "username",
    "name_taken": "username",
    "bad_password": "password",
    "passwords_differ": "password_again",
}
"""Field at which a problem is shown; any other problem is shown above the form."""


class Pages:
    """The routes of the sign-in pages over one store."""

    def __init__(self, database: Database, *, accounts: Accounts, sign_ins: SignIns) -> None:
        """Serve pages.

        Args:
            database: the store, for the health check.
            accounts: checks passwords and creates accounts.
            sign_ins: opens and closes sessions.
        """
        self._database = database
        self._accounts = accounts
        self._sign_ins = sign_ins

    def routes(self) -> list[Route]:
        """Return the routes; they come before the Gradio mounts and shadow Gradio's own sign-in routes."""
        leaving = self._by_method(_show_sign_out, self._sign_out)
        return [
            Route("/healthz", self._health, methods=["GET"]),
            Route("/login", self._by_method(_show_sign_in, self._sign_in), methods=["GET", "POST"]),
            Route("/logout", leaving, methods=["GET", "POST"]),
            Route("/admin/logout", leaving, methods=["GET", "POST"]),
            Route(
                "/invite/{token}",
                self._by_method(self._show_invitation, self._accept),
                methods=["GET", "POST"],
            ),
        ]

    def _by_method(
        self, show: Callable[[Request], Response], act: Callable[[Request, FormData], Response]
    ) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            if request.method != "POST":
                return await run_in_threadpool(show, request)
            async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
                return await run_in_threadpool(act, request, form)

        return endpoint

    def _health(self, _request: Request) -> Response:
        try:
            with self._database.reading() as session:
                position, _ = chain.head(session)
        except StoreError as error:
            return JSONResponse({"status": "unavailable", "code": error_of(error)[1]}, 503)
        return JSONResponse({"status": "ok", "position": position})

    def _sign_in(self, request: Request, form: FormData) -> Response:
        given = Credentials(_text(form, "username"), _text(form, "password"))
        try:
            person = self._accounts.sign_in(given, address=_address(request))
        except WrongCredentials:
            return _sign_in_page(request, form, "wrong_credentials", status=401)
        except TooManyAttempts as error:
            seconds = max(1, round(error.wait_seconds))
            response = _sign_in_page(request, form, "too_many_attempts", status=429, seconds=seconds)
            response.headers["retry-after"] = str(seconds)
            return response
        language = as_language(_text(form, "language"))
        if language is None:
            language = person.language if person.has_language else _language(request, form)
        if language != person.language or not person.has_language:
            self._accounts.set_language(person.rater_id, language)
        to = own_path(_text(form, "next"))
        if to == "/":
            to = home_of(person.role)
        return self._welcome(request, person.rater_id, language, to=to)

    def _sign_out(self, request: Request, _form: FormData) -> Response:
        self._sign_ins.close(cookie_of(request.scope["headers"]))
        response = RedirectResponse("/login", 303)
        clear_session_cookie(response, request)
        return response

    def _show_invitation(self, request: Request) -> Response:
        return self._invitation_page(request, FormData())

    def _accept(self, request: Request, form: FormData) -> Response:
        token = request.path_params["token"]
        given = Credentials(_text(form, "username"), _text(form, "password"))
        language = self._language_of_invitation(request, form)
        problem = _problem_of(given, again=_text(form, "password_again"))
        if problem:
            return self._invitation_page(request, form, problem, status=400)
        try:
            role = self._accounts.invitation(token).role
            rater_id = self._accounts.accept(token, given, language=language)
        except Conflict:
            return self._invitation_page(request, form, "name_taken", status=409)
        except NotFound:
            return _dead_invitation(language)
        return self._welcome(request, rater_id, language, to=home_of(role))

    def _invitation_page(
        self, request: Request, form: FormData, problem: str | None = None, *, status: int = 200
    ) -> Response:
        language = self._language_of_invitation(request, form)
        try:
            invitation = self._accounts.invitation(request.path_params["token"])
        except NotFound:
            return _dead_invitation(language)
        role = wording.text(language, f"role_{invitation.role.value}")
        return page(
            "invite.html",
            language,
            status=status,
            problem=None if problem is None else _sentence(language, problem),
            at=_FIELD_OF.get(problem or "", ""),
            username=_text(form, "username"),
            lead=wording.text(language, "join_role", role=role),
            rule=wording.text(language, "password_rule", shortest=passwords.SHORTEST),
            shortest=passwords.SHORTEST,
            **_switch(request, language),
        )

    def _language_of_invitation(self, request: Request, form: FormData) -> Language:
        """Return the language chosen on the page, else that of the invitation, else that of the browser."""
        chosen = as_language(_text(form, "language")) or as_language(request.query_params.get("language"))
        if chosen is not None:
            return chosen
        with suppress(NotFound):
            invited = self._accounts.invitation(request.path_params["token"]).language
            if invited is not None:
                return invited
        return _language(request, form)

    def _welcome(self, request: Request, rater_id: int, language: Language, *, to: str) -> Response:
        """Open a new session, whatever cookie the browser sent, and redirect."""
        token = self._sign_ins.open(rater_id, replaces=cookie_of(request.scope["headers"]))
        response = RedirectResponse(to, 303)
        set_session_cookie(response, request, token)
        set_language_cookie(response, request, language)
        return response


def home_of(role: Role) -> str:
    """Return the page on which a person of this role begins: annotators vote, the others watch and decide."""
    return "/" if role is Role.annotator else "/admin/"


def own_path(text: str) -> str:
    """Return a path of this site; the start page for anything that could lead elsewhere."""
    is_path = text.startswith("/") and not text.startswith("//")
    return text if is_path and "\\" not in text and text.isprintable() else "/"


def _show_sign_in(request: Request) -> Response:
    return _sign_in_page(request, FormData(next=request.query_params.get("next", "/")))


def _sign_in_page(
    request: Request, form: FormData, problem: str | None = None, *, status: int = 200, seconds: int = 0
) -> Response:
    language = _language(request, form)
    return page(
        "login.html",
        language,
        status=status,
        problem=None if problem is None else _sentence(language, problem, seconds=seconds),
        username=_text(form, "username"),
        next=own_path(_text(form, "next")),
        **_switch(request, language),
    )


def _show_sign_out(request: Request) -> Response:
    return page("logout.html", language_of(request.scope["headers"]))


def _dead_invitation(language: Language) -> Response:
    return message_page(wording.error_text(language, "dead_invite"), language, status=404)


def _problem_of(given: Credentials, *, again: str) -> str | None:
    """Return the error code for a new name and password, None if they are valid."""
    try:
        normal_username(given.username)
    except BadInput:
        return "bad_username"
    if not passwords.is_long_enough(given.password):
        return "bad_password"
    return None if given.password == again else "passwords_differ"


def _sentence(language: Language, code: str, *, seconds: int = 0) -> str:
    longest = LONGEST_USERNAME if code == "bad_username" else passwords.LONGEST
    return wording.error_text(language, code, seconds=seconds, shortest=passwords.SHORTEST, longest=longest)


def _switch(request: Request, language: Language) -> dict[str, str]:
    """Return template values for the language switch: a link without side effects, and the current choice."""
    other = "en" if language == "zh" else "zh"
    chosen = as_language(request.query_params.get("language", ""))
    return {"other": str(request.url.include_query_params(language=other).query), "chosen": chosen or ""}


def _language(request: Request, form: FormData) -> Language:
    chosen = as_language(_text(form, "language")) or as_language(request.query_params.get("language"))
    return chosen or language_of(request.scope["headers"])


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _address(request: Request) -> str:
    """Return the network address that failures are counted under: one per IPv6 subnet, since it has one owner."""
    host = "" if request.client is None else request.client.host
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network(f"{host}/64", strict=False)) if address.version == 6 else host
