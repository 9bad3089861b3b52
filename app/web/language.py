"""The language of a page or message: the person's choice, else the browser's preference.

The choice is kept in a cookie, because the sign-in page and Gradio's page head need it before sign-in.
"""

from starlette.requests import Request
from starlette.responses import Response

from app.web.accounts.sessions import cookie_of
from storage.values import LANGUAGES, Language

COOKIE = "evenhand_language"
_YEAR_SECONDS = 365 * 24 * 3600

Headers = list[tuple[bytes, bytes]]


def language_of(headers: Headers) -> Language:
    """Return the language for a request with these raw headers; English by default."""
    return as_language(cookie_of(headers, COOKIE)) or _preferred(headers)


def as_language(text: str | None) -> Language | None:
    """Return the language with this code, None if it is not supported."""
    return text if text in LANGUAGES else None


def set_language_cookie(response: Response, request: Request, language: Language) -> None:
    """Store the choice in the browser."""
    response.set_cookie(
        COOKIE,
        language,
        max_age=_YEAR_SECONDS,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def _preferred(headers: Headers) -> Language:
    """Return the first supported language of the browser's list, which is in order of preference."""
    for key, value in headers:
        if key == b"accept-language":
            for item in value.decode("latin-1").split(","):
                found = as_language(item.split(";")[0].strip().lower().split("-")[0])
                if found is not None:
                    return found
    return "en"
