"""The headers of every response, and the middleware that adds them.

Two content security policies: Gradio's pages need scripts, our own pages and JSON do not. The middleware is
outermost, so that refusals have the headers too.
"""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRADIO_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self' blob:; form-action 'self'; frame-ancestors 'self'; base-uri 'self'; object-src 'none'"
)
"""The strictest policy under which Gradio's pages work: they compile templates and write inline styles."""

OWN_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""Policy of our own pages and of JSON: no scripts."""

_IMMUTABLE = b"public, max-age=31536000, immutable"
_NAMED_BY_CONTENT = re.compile(r"(/[\w.~-]+)*/assets/[\w.-]+-[\w-]{8,}\.(css|js|ttf|woff2?|svg|png)")
"""Gradio's own scripts and styles: their names hold a digest of their content. It sets no cache header itself."""

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


class SecurityHeaders:
    """Adds the security headers that a response does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the headers of its response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                complete_headers(message, scope["path"])
            await send(message)

        await self.app(scope, receive, send_with_headers)


def complete_headers(message: Message, path: str = "") -> None:
    """Add missing headers to an `http.response.start` message that answers a request for a path."""
    headers = list(message.get("headers", ()))
    present = {key for key, _ in headers}
    headers.extend(pair for pair in _ALWAYS if pair[0] not in present)
    if b"content-security-policy" not in present:
        headers.append((b"content-security-policy", GRADIO_POLICY.encode()))
    if b"cache-control" not in present:
        stays = message["status"] == 200 and _NAMED_BY_CONTENT.fullmatch(path)
        headers.append((b"cache-control", _IMMUTABLE if stays else b"no-store"))
    message["headers"] = headers
