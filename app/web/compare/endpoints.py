"""Endpoints of the JSON API: identify the rater, check the body, and turn errors into sentences."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import anyio
import orjson
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.accounts.sessions import SignIns, cookie_of
from app.web.compare.protocol import Skip
from app.web.compare.requests import BadRequest, Fields
from app.web.language import language_of
from app.web.refusals import error_json, error_of
from storage.accounts.sign_ins import SignedInPerson
from storage.errors import EvenhandError
from storage.values import FlagReason, SkipReason

MOST_WAITING = 64
"""Calls that wait for a server elsewhere at once; further ones queue. None of them holds a thread that votes need."""


@dataclass(frozen=True)
class IdentifiedRequest:
    """A request of an identified rater with a JSON object as body."""

    person: SignedInPerson
    fields: Fields
    request: Request


@dataclass(frozen=True)
class ApiCall:
    """One endpoint of the API.

    Attributes:
        fields: allowed fields of the body.
        answer: makes the reply, a response or a JSON value.
        codes: specific error codes by exception.
        waits: whether it may wait for a server elsewhere; such calls have threads of their own.
    """

    fields: frozenset[str]
    answer: Callable[[IdentifiedRequest], object]
    codes: Mapping[type[EvenhandError], str] = field(default_factory=dict)
    waits: bool = False


class JsonEndpoints:
    """Makes routes of calls; each runs in a worker thread and serves only the rater of the request's cookie."""

    def __init__(self, sign_ins: SignIns) -> None:
        """Identify raters by their browser sessions."""
        self._sign_ins = sign_ins
        self._waiting: anyio.CapacityLimiter | None = None  # belongs to the event loop of the first request

    def route(self, path: str, call: ApiCall) -> Route:
        """Return the route of a call, which takes a JSON object by POST."""
        return Route(path, self._endpoint(call), methods=["POST"])

    def _endpoint(self, call: ApiCall) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if not _is_json(request):
                return error_json(415, "not_json", language_of(request.scope["headers"]))
            body = await request.body()
            if not call.waits:
                return await run_in_threadpool(self._reply, call, request, body)
            self._waiting = self._waiting or anyio.CapacityLimiter(MOST_WAITING)
            return await run_sync(self._reply, call, request, body, limiter=self._waiting)

        return endpoint

    def _reply(self, call: ApiCall, request: Request, body: bytes) -> Response:
        headers = request.scope["headers"]
        language = language_of(headers)
        try:
            person = self._sign_ins.who(cookie_of(headers))
            if person is None:
                return error_json(401, "signed_out", language)
            language = person.language
            reply = call.answer(IdentifiedRequest(person, Fields(body, call.fields), request))
        except BadRequest as error:
            return error_json(400, error.code, language, field=error.field)
        except EvenhandError as error:
            status, code = error_of(error)
            special = (code for kind, code in call.codes.items() if isinstance(error, kind))
            return error_json(status, next(special, code), language)
        return reply if isinstance(reply, Response) else json_reply(reply)


def json_reply(reply: object) -> Response:
    """Return a reply as JSON."""
    return Response(orjson.dumps(reply), media_type="application/json")


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == "application/json"


def skip_of(fields: Fields) -> Skip:
    """Return a skip from the body of a request."""
    return Skip(
        token=fields.token(),
        reason=fields.word("reason", SkipReason),
        flag=fields.optional_word("flag", FlagReason),
        comment=fields.comment(),
        showing=fields.optional_token("showing"),
    )
