"""The path below which a reverse proxy serves the site, such as `/arena`; empty without one.

Routes, links and cookies are written as if the site began at `/`. Here the prefix is added to what leaves the server:
redirects and cookies by the middleware of `proxies`, links in HTML by `with_prefix`. Scripts take it from their own
address.
"""

import re
from contextvars import ContextVar

from starlette.types import Scope

PREFIX: ContextVar[str] = ContextVar("PREFIX", default="")
"""The prefix of the request that is being answered, also in worker threads."""

OWN_NAMES = frozenset(
    "admin api assets config gradio_api healthz invite login logout media static svelte theme.css".split()
)
"""First steps of our own paths, which a prefix must not begin with."""

_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_LINK = re.compile(rb"""(\b(?:href|src|action)=\\?["'])/(?![/\\])""")


def normal_prefix(text: str) -> str | None:
    """Return a prefix without a slash at its end, empty for `/`; None if it is no path or hides paths of ours."""
    prefix = text.strip().rstrip("/")
    if not prefix:
        return ""
    return prefix if _PREFIX.fullmatch(prefix) and prefix.split("/")[1] not in OWN_NAMES else None


def route_path(scope: Scope) -> str:
    """Return the path of a request within the site, without the prefix."""
    path: str = scope["path"]
    prefix = PREFIX.get()
    return path.removeprefix(prefix) if prefix and path.startswith(f"{prefix}/") else path


def with_prefix(html: bytes) -> bytes:
    """Return HTML in which links to our own pages and files begin with the prefix."""
    prefix = PREFIX.get()
    return _LINK.sub(rb"\1" + prefix.encode() + b"/", html) if prefix else html
