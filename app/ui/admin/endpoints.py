"""The JSON endpoints of the pages for admins, under `/api/staff`: who calls, may they, and the reply.

Every call looks the person up in the store and checks the role; expected errors become a sentence in the person's
language, at the field that is wrong where the error names one.
"""

import html
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.ui.admin.calls import StaffCall, StaffForm, StaffPart
from app.ui.admin.exports import export_response
from app.ui.visitor import AdminServices, RefusedForm, Visitor, sentence_of
from app.web.accounts.sessions import SignIns, cookie_of, includes
from app.web.language import language_of
from app.web.refusals import error_json, error_of, refusal, sign_in_first
from storage.accounts.sign_ins import SignedInPerson
from storage.errors import BadInput, EvenhandError
from storage.values import Role


class StaffEndpoints:
    """The routes of all parts."""

    def __init__(self, services: AdminServices, parts: Sequence[StaffPart], *, sign_ins: SignIns) -> None:
        """Serve parts.

        Args:
            services: services of the pages.
            parts: the pages.
            sign_ins: finds the person of a cookie.
        """
        self._services = services
        self._sign_ins = sign_ins
        self.calls: dict[str, StaffCall] = {}
        for part in parts:
            self.calls |= part.calls()

    def routes(self) -> list[Route]:
        """Return one POST route per call, for a mount at `/api/staff`."""
        routes = [Route(f"/{name}", self._endpoint(call), methods=["POST"]) for name, call in self.calls.items()]
        return [*routes, Route("/export", self._export, methods=["POST"])]

    def _endpoint(self, call: StaffCall) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
                return error_json(415, "not_json", language_of(request.scope["headers"]))
            return await run_in_threadpool(self._reply, call, request, await request.body())

        return endpoint

    async def _export(self, request: Request) -> Response:
        async with request.form(max_files=0, max_fields=10) as form:
            chosen = str(form.get("kind", "")), str(form.get("format", ""))
            return await run_in_threadpool(self._send_file, request, *chosen)

    def _send_file(self, request: Request, kind: str, suffix: str) -> Response:
        try:
            person = self._sign_ins.who(cookie_of(request.scope["headers"]))
            if person is None:
                return sign_in_first(request.scope)
            if not includes(person.role, Role.admin):
                return refusal(request.scope, 403, "not_allowed")
            return export_response(self._services, _visitor(person, request), kind, suffix)
        except EvenhandError as error:
            return refusal(request.scope, *error_of(error))

    def _reply(self, call: StaffCall, request: Request, body: bytes) -> Response:
        headers = request.scope["headers"]
        language = language_of(headers)
        try:
            person = self._sign_ins.who(cookie_of(headers))
            if person is None:
                return error_json(401, "signed_out", language)
            language = person.language
            if not includes(person.role, call.needs):
                return error_json(403, "not_allowed", language)
            reply = call.answer(StaffForm(_visitor(person, request), _values(body))).to_json()
        except RefusedForm as error:
            return _json({"problem": str(error), "field": error.field}, 400)
        except EvenhandError as error:
            status, _ = error_of(error)
            return _json({"problem": html.unescape(sentence_of(error, language)), "field": ""}, status)
        return _json(reply, 200)


def _visitor(person: SignedInPerson, request: Request) -> Visitor:
    site = str(request.base_url).rstrip("/").removesuffix("/api/staff")
    return Visitor(person.rater_id, person.username, person.role, person.language, site)


def _values(body: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise BadInput("expected a JSON object, got something else; reload the page")
    return parsed


def _json(reply: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(reply), status, media_type="application/json")
