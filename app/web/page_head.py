"""Write the reader's language into the head of Gradio's pages, which offer no other way.

Gradio chooses its texts by `navigator.language` and always writes `lang="en"`. This middleware sits inside each
mount, before compression. If a new Gradio has a different head, its pages stay unchanged.
"""

import logging
from importlib.metadata import version

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.accounts.sessions import cookie_of
from app.web.connections.sub_path import with_prefix
from app.web.gate import PERSON
from app.web.language import COOKIE, language_of, set_language_cookie
from app.web.static_files import GRADIO_FRONTEND
from storage.accounts.sign_ins import SignedInPerson
from storage.values import Language

_HEAD = b"<head>"
_LANG = b'lang="en"'
_GRADIO_CODES: dict[Language, str] = {"en": "en", "zh": "zh-CN"}

_log = logging.getLogger(__name__)


def can_set_language() -> bool:
    """Return whether this Gradio's page has both places to replace; log a warning if not."""
    page = (GRADIO_FRONTEND / "index.html").read_bytes()
    fits = page.count(_HEAD) == 1 and _LANG in page[: page.find(_HEAD)]
    if not fits:
        _log.warning("Gradio %s has another page head; its pages follow the browser's language", version("gradio"))
    return fits


def with_language(page: bytes, language: Language) -> bytes:
    """Return a Gradio page with `lang` and `navigator.language` set to this language."""
    code = _GRADIO_CODES[language]
    quoted = orjson.dumps(code)
    script = (
        b'<script>Object.defineProperty(navigator,"language",{get:()=>%b});'
        b'Object.defineProperty(navigator,"languages",{get:()=>[%b]})</script>' % (quoted, quoted)
    )
    return page.replace(_LANG, b'lang="%b"' % code.encode(), 1).replace(_HEAD, _HEAD + script, 1)


class PageHead:
    """Rewrites HTML responses and passes everything else through."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the page in the reader's language."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        chunks: list[bytes] = []

        async def send_rewritten(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_html(message):
                start = message
            elif start is None:
                await send(message)
            else:
                chunks.append(message.get("body", b""))
                if not message.get("more_body", False):
                    language = _language(scope)
                    body = with_prefix(with_language(b"".join(chunks), language))
                    await send(_with_headers(start, scope, language, len(body)))
                    await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, send_rewritten)


def _is_html(message: Message) -> bool:
    return any(key == b"content-type" and value.startswith(b"text/html") for key, value in message["headers"])


def _language(scope: Scope) -> Language:
    """Return the account's language, which may have been chosen in another browser."""
    person: SignedInPerson | None = scope.get(PERSON)
    return language_of(scope["headers"]) if person is None else person.language


def _with_headers(message: Message, scope: Scope, language: Language, length: int) -> Message:
    """Return the response start with the new length, and with the cookie if the browser's is outdated."""
    headers = [pair for pair in message["headers"] if pair[0] != b"content-length"]
    headers.append((b"content-length", b"%d" % length))
    if cookie_of(scope["headers"], COOKIE) != language:
        carrier = Response()
        set_language_cookie(carrier, Request(scope), language)
        headers.extend(pair for pair in carrier.raw_headers if pair[0] == b"set-cookie")
    return {**message, "headers": headers}
