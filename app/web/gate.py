"""Access control in front of the Gradio mounts: closed by default.

Gradio serves some routes without authentication and offers others that we do not use (file and proxy access, uploads,
run history, code editing). The gate refuses both kinds, and stores the person in the ASGI scope for the mounts'
`auth_dependency`.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.accounts.sessions import SignIns, cookie_of, includes
from app.web.connections.sub_path import route_path
from app.web.refusals import error_of, refusal, sign_in_first, wants_page
from storage.accounts.sign_ins import SignedInPerson
from storage.errors import EvenhandError
from storage.values import Role

PERSON = "evenhand.person"
"""Key of the ASGI scope under which the gate stores the `SignedInPerson`."""

ADMIN = "/admin"
ADMIN_ROLE = Role.reviewer
"""Role required for the admin pages; handlers that change data require more."""

OWN_PATHS = ("/login", "/logout", "/admin/logout", "/healthz")
OWN_FOLDERS = ("/api/", "/invite/", "/join/", "/media/", "/static/")
"""Paths that are public or check access themselves, in a worker thread."""

PUBLIC_FILES = ("/favicon.ico", "/robots.txt", "/manifest.json", "/theme.css")
PUBLIC_FOLDERS = ("/assets/", "/static/", "/svelte/")
"""Gradio's own program files, the same in every installation."""

GRADIO_API = ("app_id", "cancel", "heartbeat", "queue", "reset", "run", "startup-events", "theme.css")
"""API paths that Gradio's pages need. Everything else under `/gradio_api/` answers 404, even for admins."""

NOT_OFFERED = ("docs", "dev", "login", "logout", "monitoring", "openapi.json", "redoc")


class PageGate:
    """Identifies the person behind a Gradio request and checks access."""

    def __init__(self, app: ASGIApp, *, sign_ins: SignIns) -> None:
        """Wrap an application.

        Args:
            app: the application behind the gate.
            sign_ins: finds the person of a cookie.
        """
        self.app = app
        self._sign_ins = sign_ins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 404, 401 (or redirect to the sign-in page), 403 or 503, or pass the request on."""
        if scope["type"] != "http" or is_own_path(route_path(scope)):
            await self.app(scope, receive, send)
        elif not is_offered(route_path(scope)):
            await refusal(scope, 404, "not_found")(scope, receive, send)
        elif is_public(route_path(scope)):
            await self._pass_on(scope, receive, send)
        else:
            await self._admit(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            person = await run_in_threadpool(self._sign_ins.who, cookie_of(scope["headers"]))
        except EvenhandError as error:
            await refusal(scope, *error_of(error))(scope, receive, send)
        else:
            if person is None:
                await sign_in_first(scope)(scope, receive, send)
            elif is_admin_path(route_path(scope)) and not includes(person.role, ADMIN_ROLE):
                await refusal(scope, 403, "not_allowed")(scope, receive, send)
            else:
                scope[PERSON] = person
                await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Gradio answer, but give a browser a page where Gradio's answer to an unknown address is raw JSON."""
        is_unknown = False

        async def answer(message: Message) -> None:
            nonlocal is_unknown
            if message["type"] == "http.response.start" and message["status"] == 404 and wants_page(scope):
                is_unknown = True
            if not is_unknown:
                await send(message)

        await self.app(scope, receive, answer)
        if is_unknown:
            await refusal(scope, 404, "not_found")(scope, receive, send)


def is_own_path(path: str) -> bool:
    """Return whether a path belongs to one of our routes, outside the Gradio mounts."""
    return path in OWN_PATHS or path.startswith(OWN_FOLDERS)


def is_admin_path(path: str) -> bool:
    """Return whether a path belongs to the admin mount."""
    return path == ADMIN or path.startswith(f"{ADMIN}/")


def is_offered(path: str) -> bool:
    """Return whether the pages use this path of a Gradio mount."""
    steps = _inside_mount(path).split("/")[1:]
    if steps[0] == "gradio_api":
        return len(steps) > 1 and steps[1] in GRADIO_API
    return steps[0] not in NOT_OFFERED


def is_public(path: str) -> bool:
    """Return whether a path of a Gradio mount serves only Gradio's program files."""
    inside = _inside_mount(path)
    return inside in PUBLIC_FILES or inside.startswith(PUBLIC_FOLDERS)


def annotator_name(request: Request) -> str | None:
    """`auth_dependency` of the root mount: the name of the person admitted by the gate."""
    person: SignedInPerson | None = request.scope.get(PERSON)
    return None if person is None else person.username


def reviewer_name(request: Request) -> str | None:
    """`auth_dependency` of the admin mount: the name of an admin or reviewer."""
    person: SignedInPerson | None = request.scope.get(PERSON)
    return person.username if person is not None and includes(person.role, ADMIN_ROLE) else None


def _inside_mount(path: str) -> str:
    return path.removeprefix(ADMIN) if is_admin_path(path) and path != ADMIN else path
