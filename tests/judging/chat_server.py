"""A chat endpoint on this machine that fails when it is told to: the last user message names the fault."""

import asyncio
import atexit
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route


@dataclass
class ChatServer:
    """A server of chat completions, and the requests that it got.

    Attributes:
        url: base address.
        bodies: bodies of the requests, in order.
        keys: authorisation headers.
        failures_left: how often a message "flaky" still fails.
        script: turns the last message into a reply or an HTTP status; None for an echo.
        delay_seconds: delay before a scripted reply, in seconds.
        logprobs: token probabilities of a scripted reply, as an endpoint sends them.
        shape: makes the whole response from the body of a request; None for the usual one.
        opened: while it is cleared, shaped replies are held back.
    """

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    failures_left: int = 0
    script: Callable[[str], str | int] | None = None
    delay_seconds: float = 0.0
    logprobs: list[dict[str, Any]] | None = None
    shape: Callable[[dict[str, Any]], Response | None] | None = None
    opened: threading.Event = field(default_factory=threading.Event)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        """Hold nothing back."""
        self.opened.set()

    def wait_for_requests(self, number: int) -> None:
        """Wait until this many requests have arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.bodies) >= number, timeout=60), "too few requests"

    async def answer(self, request: Request) -> Response:
        """One chat completion, or one fault."""
        body = await request.json()
        with self._arrived:
            self.bodies.append(body)
            self.keys.append(request.headers.get("authorization", ""))
            self._arrived.notify_all()
        if self.shape is not None:
            if not self.opened.is_set():
                await asyncio.to_thread(self.opened.wait)
            await asyncio.sleep(self.delay_seconds)
            shaped = self.shape(body)
            if shaped is not None:
                return shaped
        said = body["messages"][-1]["content"]
        if self.script is not None:
            await asyncio.sleep(self.delay_seconds)
            found = self.script(said)
            if isinstance(found, int):
                return JSONResponse({"error": {"message": "told to fail"}}, status_code=found)
            if not found.startswith("fault "):
                return JSONResponse(completion(found, logprobs=self.logprobs))
            said = found.removeprefix("fault ")
        if said == "flaky" and self.failures_left > 0:
            self.failures_left -= 1
            return JSONResponse({"error": {"message": "busy"}}, status_code=500)
        if said.startswith("status "):
            headers = {"retry-after": "7"} if said == "status 429" else {}
            status = int(said.split()[1])
            return JSONResponse({"error": {"message": f"told to say {status}"}}, status_code=status, headers=headers)
        if body.get("stream"):
            return StreamingResponse(_pieces(f"echo {said}"), media_type="text/event-stream")
        if said == "hang":
            await asyncio.sleep(30)
        faults: dict[str, Response] = {
            "empty body": Response(b"", media_type="application/json"),
            "no JSON": PlainTextResponse("<html>hello</html>", media_type="text/html"),
            "broken JSON": Response(b'{"choices": [', media_type="application/json"),
            "wrong schema": JSONResponse({"result": "fine"}),
            "no choices": JSONResponse(completion("x") | {"choices": []}),
            "null content": JSONResponse(completion(None)),
            "cut": StreamingResponse(_cut(), media_type="application/json", headers={"content-length": "500"}),
            "drip": StreamingResponse(_drip(), media_type="application/json"),
            "filtered": JSONResponse(completion("I will not.", finish="content_filter")),
            "long": JSONResponse(completion("and so on", finish="length")),
        }
        return faults.get(said) or JSONResponse(completion(f"echo {said}"))


def completion(
    text: str | None, *, finish: str = "stop", logprobs: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The body of a chat completion."""
    message = {"role": "assistant", "content": text}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "tiny-2026-01-01",
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": finish,
                "logprobs": None if logprobs is None else {"content": logprobs},
            }
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14},
    }


async def _pieces(text: str) -> Any:
    for word in text.split(" "):
        piece: dict[str, Any] = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "tiny"}
        piece["choices"] = [{"index": 0, "delta": {"content": word + " "}, "finish_reason": None}]
        yield f"data: {json.dumps(piece)}\n\n"
    yield "data: [DONE]\n\n"


async def _cut() -> Any:
    yield b'{"id": "1", '


async def _drip() -> Any:
    for _ in range(300):
        yield b" "
        await asyncio.sleep(0.1)


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """A server of its own address, gone at the end; all of a process share one port, since stopping takes a while."""
    shared = _shared_server()
    place = next(shared.numbers)
    state = shared.states[place] = ChatServer(f"{shared.address}/{place}/v1")
    try:
        yield state
    finally:
        del shared.states[place]


@dataclass
class _SharedServer:
    """Chat servers behind one port, each below a number of its own."""

    address: str = ""
    states: dict[int, ChatServer] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def answer(self, request: Request) -> Response:
        """The answer of the chat server that the address names."""
        state = self.states.get(request.path_params["place"])
        return PlainTextResponse("gone", 404) if state is None else await state.answer(request)


@cache
def _shared_server() -> _SharedServer:
    """Start the server of this process, which ends with it."""
    shared, end = _SharedServer(), ExitStack()
    route = Route("/{place:int}/v1/chat/completions", shared.answer, methods=["POST"])
    shared.address = end.enter_context(serving(Starlette(routes=[route])))
    atexit.register(end.close)
    return shared


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Any application on a free port of this machine: its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(256)  # connections wait until the server takes them
    config = uvicorn.Config(app, log_level="critical", lifespan="off", date_header=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
