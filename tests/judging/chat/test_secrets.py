"""The key of an endpoint reaches the endpoint, and nothing else: no message, no reply, no other host or port."""

import asyncio
import base64
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from judging.chat.endpoint import Endpoint, EndpointAccess
from judging.chat.model import ChatRequest, Reply, RequestCause, RequestError
from judging.chat.wire.redaction import REDACTED, Redactor
from tests.judging.chat_server import ChatServer, chat_server, completion, serving

KEY, OTHER = "sk-very/secret+key", "another-secret"


class EchoServer:
    """Echoes the headers of each request, in a reply or in an error."""

    def __init__(self) -> None:
        self.url, self.status, self.got = "", 200, list[dict[str, str]]()

    async def answer(self, request: Request) -> Response:
        headers = dict(request.headers)
        self.got.append(headers)
        said = " ".join(headers.values()) + base64.b64encode(KEY.encode()).decode()
        if self.status != 200:
            return JSONResponse({"error": {"message": said, "headers": headers}}, status_code=self.status)
        body = completion(said) | {"model": said}
        body["choices"][0]["message"]["reasoning_content"] = said
        body["choices"][0]["logprobs"] = {"content": [{"token": KEY[:5], "logprob": -1.0}]}
        return JSONResponse(body)


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    state = EchoServer()
    with serving(Starlette(routes=[Route("/v1/chat/completions", state.answer, methods=["POST"])])) as address:
        state.url = f"{address}/v1"
        yield state


def ask(url: str) -> Reply:
    async def once() -> Reply:
        access = EndpointAccess(url, KEY, {"api-key": OTHER, "x-auth": f"Basic {OTHER}"}, 5.0)
        endpoint = Endpoint(access, seconds=time.monotonic)
        try:
            return await endpoint.ask(ChatRequest("tiny", [{"role": "user", "content": "?"}]))
        finally:
            await endpoint.close()

    return asyncio.run(once())


def test_a_reply_that_echoes_the_headers_holds_no_secret(echo: EchoServer) -> None:
    reply = ask(f"{echo.url}?api_key=in-the-address")
    assert echo.got[0]["authorization"] == f"Bearer {KEY}" and echo.got[0]["api-key"] == OTHER
    held = repr(reply)
    assert REDACTED in reply.text and reply.tokens == ()
    for secret in (KEY, OTHER, base64.b64encode(KEY.encode()).decode(), "in-the-address"):
        assert secret not in held


@pytest.mark.parametrize("status", [400, 401, 402, 404, 429, 500])
def test_an_error_that_echoes_the_headers_says_no_secret(echo: EchoServer, status: int) -> None:
    echo.status = status
    with pytest.raises(RequestError) as caught:
        ask(f"{echo.url}?api_key=in-the-address")
    said = str(caught.value) + repr(caught.value.args)
    assert KEY not in said and OTHER not in said and "in-the-address" not in said


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_to_another_port_is_followed(server: ChatServer, echo: EchoServer, status: int) -> None:
    server.shape = lambda _body: RedirectResponse(f"{echo.url}/chat/completions?token={KEY}", status_code=status)
    with pytest.raises(RequestError, match="a redirect elsewhere") as caught:
        ask(server.url)
    assert caught.value.cause is RequestCause.redirected and KEY not in str(caught.value)
    assert echo.got == [] and len(server.bodies) == 1


def test_a_redirect_on_the_same_host_and_port_is_followed_with_the_request(server: ChatServer) -> None:
    left, here = [2], f"{urlsplit(server.url).path}/chat/completions"

    def answer(_body: dict[str, object]) -> Response | None:
        left[0] -= 1
        return RedirectResponse(here, status_code=308) if left[0] > 0 else None

    server.shape = answer
    assert ask(server.url).text == "echo ?"
    assert len(server.bodies) == 2 and server.bodies[0] == server.bodies[1]
    server.shape = lambda _body: RedirectResponse(here, status_code=308)
    with pytest.raises(RequestError, match="too many redirects"):
        ask(server.url)


def test_a_representation_shows_no_secret() -> None:
    assert KEY not in repr(EndpointAccess("http://127.0.0.1/v1", KEY, {"api-key": OTHER}, proxy=f"http://me:{KEY}@p"))


def test_words_that_only_describe_the_request_stay_in_replies() -> None:
    headers = {"X-Title": "evaluation of answers", "Accept": "application/json", "x-team-pass": "open-sesame"}
    access = EndpointAccess("http://127.0.0.1/v1?api-version=2024-06-01&code=hidden-code", KEY, headers)
    said = "an evaluation of answers by application/json on 2024-06-01"
    assert access.redactor().text(said) == said
    assert access.redactor().text("open-sesame hidden-code") == f"{REDACTED} {REDACTED}"


def test_short_words_and_placeholders_are_no_secrets() -> None:
    redactor = Redactor(["k", "none", "EMPTY", "long-enough"])
    assert redactor.text("none of k is EMPTY; long-enough") == f"none of k is EMPTY; {REDACTED}"
    assert redactor.content(b"x long-enough") == b"x [key]"
