"""Request checks as plain ASGI: known methods, POST only from our own pages, limited bodies, no file values.

Nothing here builds a request object, because every vote passes through, and bodies are read for Gradio's functions
only. Bodies with a missing or wrong length are counted.
"""

import asyncio
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.connections.sub_path import route_path
from app.web.gate import is_own_path
from app.web.language import Headers
from app.web.refusals import refusal

ALLOWED_METHODS = ("GET", "HEAD", "POST")
FILE_TYPE = "gradio.FileData"
"""Type of `{"path": …, "meta": {"_type": …}}`, which makes Gradio copy that file, whatever a function takes."""

BODY_SECONDS = 60.0
"""Seconds from the headers of a request to the end of its body."""


class RequestGuard:
    """Allows only GET, HEAD and POST, and POST only from our own pages or from a script without a cookie."""

    def __init__(
        self, app: ASGIApp, *, max_body_bytes: int, files: Mapping[str, tuple[int, str]] = MappingProxyType({})
    ) -> None:
        """Wrap an application.

        Args:
            app: the application behind the guard.
            max_body_bytes: largest announced body; larger requests are refused.
            files: paths that take files, each with its own largest body and the code of the refusal.
        """
        self.app = app
        self._usual, self._files = (max_body_bytes, "too_large"), files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 405, 403 or 413, or pass the request on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["method"] not in ALLOWED_METHODS:
            response = refusal(scope, 405, "wrong_method")
            MutableHeaders(raw=response.raw_headers)["allow"] = ", ".join(ALLOWED_METHODS)
            await response(scope, receive, send)
        elif scope["method"] == "POST" and not comes_from_here(scope["headers"]):
            await refusal(scope, 403, "other_origin")(scope, receive, send)
        else:
            most, code = self._files.get(route_path(scope), self._usual)
            is_larger = announced_bytes(scope["headers"]) > most
            await (refusal(scope, 413, code) if is_larger else self.app)(scope, receive, send)


class BodyLimit:
    """Starlette's limit of bodies, which counts them; larger on the paths that take files."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, files: Mapping[str, tuple[int, str]]) -> None:
        """Wrap an application; arguments as of `RequestGuard`."""
        self._usual = RequestBodyLimitMiddleware(app, max_body_size=max_body_bytes)
        self._files = {path: RequestBodyLimitMiddleware(app, most) for path, (most, _) in files.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 413, or pass the request on."""
        path = route_path(scope) if scope["type"] == "http" else ""
        await self._files.get(path, self._usual)(scope, receive, send)


class _BodyTooSlow(Exception):
    """The body did not arrive in time."""


class BodyDeadline:
    """Answers 408 to a request whose body does not arrive in time."""

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        """Wrap an application."""
        self.app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; once its body is whole there is no limit."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        end = asyncio.get_running_loop().time() + self._seconds
        is_whole = has_answer = False

        async def receive_in_time() -> Message:
            nonlocal is_whole
            if is_whole:
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                raise _BodyTooSlow from None
            is_whole = not message.get("more_body", False)
            return message

        async def send_on(message: Message) -> None:
            nonlocal has_answer
            has_answer = True
            await send(message)

        try:
            await self.app(scope, receive_in_time, send_on)
        except _BodyTooSlow:
            if not has_answer:
                response = refusal(scope, 408, "too_slow")
                response.headers["connection"] = "close"
                await response(scope, receive, send)


def comes_from_here(raw_headers: Headers) -> bool:
    """Return whether a POST came from one of our pages, or from a program that is certainly no browser.

    Browsers send `Origin` with every POST; without it, `Sec-Fetch-Site` or `Referer` decides. A request with none of
    the three passes only as JSON and without a cookie: a foreign page cannot send that.
    """
    headers = dict(raw_headers)
    host = headers.get(b"host", b"").decode("latin-1").lower()
    origin = headers.get(b"origin")
    if origin is not None:
        return _host_of(origin) == host
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    referer = headers.get(b"referer")
    if referer is not None:
        return _host_of(referer) == host
    is_json = headers.get(b"content-type", b"").split(b";")[0].strip().lower() == b"application/json"
    return is_json and b"cookie" not in headers


def announced_bytes(headers: Headers) -> int:
    """Return the announced length of the body, 0 if there is none."""
    for key, value in headers:
        if key == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _host_of(address: bytes) -> str | None:
    """Return host and port of an address, None if it has none (for example `null`)."""
    try:
        return urlsplit(address.decode("latin-1")).netloc.lower().rpartition("@")[2] or None
    except ValueError:
        return None


class NoFileValues:
    """Reads the body of each POST to a Gradio mount and refuses one with a file value."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application; the bodies that arrive here are limited in length."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403, or pass the request on with its body."""
        if scope["type"] != "http" or scope["method"] != "POST" or is_own_path(route_path(scope)):
            await self.app(scope, receive, send)
            return
        messages = await _whole_body(receive)
        if holds_file_value(b"".join(message.get("body", b"") for message in messages)):
            await refusal(scope, 403, "file_value")(scope, receive, send)
            return
        unread = iter(messages)

        async def receive_again() -> Message:
            return next(unread, None) or await receive()

        await self.app(scope, receive_again, send)


def holds_file_value(body: bytes) -> bool:
    """Return whether a JSON body holds a file value, or is nested too deeply to tell; other bodies hold none.

    The body is parsed as Gradio's framework parses it, because escapes and other encodings can hide a name.
    """
    try:
        parsed = json.loads(body)
        return _holds(parsed)
    except RecursionError:
        return True
    except ValueError:
        return False


def _holds(value: Any) -> bool:  # noqa: ANN401  any JSON value
    if isinstance(value, dict):
        return value.get("_type") == FILE_TYPE or any(map(_holds, value.values()))
    return isinstance(value, list) and any(map(_holds, value))


async def _whole_body(receive: Receive) -> list[Message]:
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages
