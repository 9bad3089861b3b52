"""Streams of events for one person: what is shown of answers while they are written, and the whole at the end.

Server-sent events (WHATWG HTML, section 9.2): `shown` with the next text of both answers, and at the end `settled`
with the whole conversation. A browser that connects again gets all that is shown so far in the first event.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.web.accounts.sessions import SignIns, cookie_of
from app.web.language import language_of
from app.web.live.pair_run import PairNews
from app.web.refusals import error_json, error_of
from storage.accounts.sign_ins import SignedInPerson
from storage.errors import EvenhandError, NotFound

_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_LONGEST_TOKEN = 200


async def answer_with_stream(
    request: Request, sign_ins: SignIns, opened: Callable[[SignedInPerson, str], Awaitable[AsyncIterator[bytes]]]
) -> Response:
    """The stream of the conversation that a request names by its token, or a refusal.

    Args:
        request: the request, with the token in its query.
        sign_ins: finds the person of a cookie.
        opened: makes the stream of a person's own conversation; raises `NotFound` for any other.
    """
    headers = request.scope["headers"]
    language = language_of(headers)
    try:
        person = await run_in_threadpool(sign_ins.who, cookie_of(headers))
        if person is None:
            return error_json(401, "signed_out", language)
        events = await opened(person, request.query_params.get("token", "")[:_LONGEST_TOKEN])
    except NotFound:
        return error_json(404, "unknown_conversation", language)
    except EvenhandError as error:
        return error_json(*error_of(error), language)
    return StreamingResponse(events, headers=_HEADERS, media_type="text/event-stream")


async def follow_to_end(
    news: AsyncIterator[PairNews | None] | None, settled: Callable[[], object]
) -> AsyncIterator[bytes]:
    """Events with what is shown, None being a sign of life, and then one with what `settled` reads in a thread."""
    if news is not None:
        async for shown in news:
            yield b": still here\n\n" if shown is None else _event("shown", shown._asdict())
    yield _event("settled", await run_in_threadpool(settled))


def _event(name: str, content: object) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(content) + b"\n\n"
