"""Clients that send nothing, half of a request, or a body drop by drop do not hold a connection for ever."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.web.security import BodyDeadline
from app.web.serving import serving

SECONDS = 0.15
LONG = 60.0
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HALF_A_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"got {len(await request.body())}")


@contextmanager
def served(*, headers: float, body: float) -> Iterator[str]:
    """A server with these time limits."""
    limit = Middleware(BodyDeadline, seconds=body)
    site = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])], middleware=[limit])
    with serving(site, header_seconds=headers) as address:
        yield address


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(headers=SECONDS, body=LONG) as address:
        yield address


def connect(url: str) -> socket.socket:
    place = urlsplit(url)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=30)


def read_all(connection: socket.socket) -> bytes:
    """What arrives until the server closes the connection; the test hangs if it does not."""
    found = b""
    while piece := connection.recv(4096):
        found += piece
    return found


@pytest.mark.parametrize("sent", [b"", b"G", WHOLE[:-2]], ids=["nothing", "a byte", "all but the end of the headers"])
def test_headers_that_do_not_come_end_the_connection(url: str, sent: bytes) -> None:
    with connect(url) as connection:
        connection.sendall(sent)
        assert read_all(connection) == b""


def test_a_second_request_of_a_connection_must_come_whole_too(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(WHOLE)
        received = b""
        while not received.endswith(b"got 0"):
            received += connection.recv(4096)
        connection.sendall(WHOLE[:10])
        assert read_all(connection) == b""


def test_a_body_that_does_not_come_is_answered_and_others_are_served_meanwhile() -> None:
    with served(headers=LONG, body=SECONDS) as url, connect(url) as slow, httpx.Client(base_url=url) as quick:
        slow.sendall(HALF_A_BODY)
        assert quick.get("/").text == "got 0"
        received = read_all(slow)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"took too long to arrive" in received
