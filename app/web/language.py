"""Which language a page or a sentence is in: the person's choice, else what the browser asks for.

The choice travels in a cookie, because the sign-in page and Gradio's page head need it before anybody is known.
"""

from starlette.requests import Request
from starlette.responses import Response

from app.web.accounts.sessions import cookie_of
from storage.values import LANGUAGES, Language

COOKIE = "evenhand_language"
_YEAR_SECONDS = 365 * 24 * 3600

Headers = list[tuple[bytes, bytes]]


def language_of(headers: Headers) -> Language:
    """The language for a request with these raw headers; English when nothing is said."""
    return as_language(cookie_of(headers, COOKIE)) or _preferred(headers)


def as_language(text: str | None) -> Language | None:
    """The language with this code, None when it is not offered."""
    return text if text in LANGUAGES else None


def set_language_cookie(response: Response, request: Request, language: Language) -> None:
    """Remember the choice in the browser."""
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
    """The first offered language in the browser's list; browsers send the list in order of preference."""
    for key, value in headers:
        if key == b"accept-language":
            for item in value.decode("latin-1").split(","):
                found = as_language(item.split(";")[0].strip().lower().split("-")[0])
                if found is not None:
                    return found
    return "en"
