"""Refuse file values in requests to Gradio's functions, before Gradio reads them.

A value of the form `{"path": …, "meta": {"_type": "gradio.FileData"}}` makes Gradio copy the file at that path, or at
that address, into its folder of temporary files, whatever the function takes. Our pages send no files.
"""

import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.connections.sub_path import route_path
from app.web.gate import is_own_path
from app.web.refusals import refusal

_FILE_TYPE = "gradio.FileData"


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
        return value.get("_type") == _FILE_TYPE or any(map(_holds, value.values()))
    return isinstance(value, list) and any(map(_holds, value))


async def _whole_body(receive: Receive) -> list[Message]:
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages
