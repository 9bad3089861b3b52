"""A check at an endpoint that fails once, or takes requests in a form of its own."""

import asyncio
from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.models.moderation_asking import open_moderation
from app.models.moderation_settings import ModerationSettings
from judging.chat.endpoint import Endpoint, EndpointAccess
from tests.judging.chat_server import serving

FLAGGED = {"results": [{"flagged": True}]}


class Dropped(Response):
    """A response whose connection ends before it is whole."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Promise more than is sent."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"500")]})


def error(status: int, message: str, **headers: str) -> Response:
    return JSONResponse({"error": {"message": message}}, status_code=status, headers=headers)


Answers = dict[str, Callable[[int], Response]]
ONCE: Answers = {
    "busy": lambda number: error(429, "slow down") if number == 1 else JSONResponse(FLAGGED),
    "broken": lambda number: error(500, "down") if number == 1 else JSONResponse(FLAGGED),
    "dialect": lambda number: error(400, "set stream to true") if number == 1 else JSONResponse(FLAGGED),
    "dropped": lambda number: Dropped() if number == 1 else JSONResponse(FLAGGED),
}
NEVER: Answers = {
    "down": lambda _number: error(503, "down"),
    "refused": lambda _number: error(401, "wrong key"),
    "later": lambda _number: error(429, "slow down", **{"retry-after": "3600"}),
}


@pytest.fixture(scope="module")
def asked() -> dict[str, int]:
    """Number of requests by their text."""
    return {}


@pytest.fixture(scope="module")
def url(asked: dict[str, int]) -> Iterator[str]:
    async def answer(request: Request) -> Response:
        body = await request.json()
        text = body["input"]
        asked[text] = asked.get(text, 0) + 1
        return (ONCE | NEVER)[text](asked[text])

    with serving(Starlette(routes=[Route("/v1/moderations", answer, methods=["POST"])])) as address:
        yield f"{address}/v1"


def cause(url: str, text: str) -> str | None:
    """What speaks against a text."""

    async def find() -> str | None:
        settings = ModerationSettings(base_url=url, key="none")
        access = EndpointAccess(url, "none")
        checks, close = open_moderation(settings, lambda _settings: Endpoint(access, seconds=monotonic))
        finding = await checks.find(text)
        await close()
        return None if finding is None else finding.cause.value

    return asyncio.run(find())


@pytest.mark.parametrize("text", ONCE)
def test_one_passing_failure_does_not_end_a_check(url: str, asked: dict[str, int], text: str) -> None:
    assert (cause(url, text), asked[text]) == ("endpoint", 2)


@pytest.mark.parametrize(("text", "n_asked"), [("down", 2), ("refused", 1), ("later", 1)])
def test_other_failures_do(url: str, asked: dict[str, int], text: str, n_asked: int) -> None:
    assert (cause(url, text), asked[text]) == ("unavailable", n_asked)
