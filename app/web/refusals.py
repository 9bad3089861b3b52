"""Error responses: JSON for programs and scripts, a small page for browsers.

Both contain one sentence in the reader's language.
"""

from urllib.parse import quote

import orjson
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from app.web import wording
from app.web.connections.sub_path import route_path
from app.web.language import Headers, language_of
from app.web.templates import message_page
from arena.live.records import (
    ModerationDown,
    PromptRefused,
    TooFewModelsSee,
    TooManyConversations,
    TooManyPictures,
    WrongPictures,
)
from storage.errors import (
    BadInput,
    Conflict,
    EvenhandError,
    NotAllowed,
    NotFound,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreGone,
)
from storage.values import Language

_STATUS: dict[type[EvenhandError], tuple[int, str]] = {
    NotAllowed: (403, "not_allowed"),
    NotFound: (404, "unknown_ballot"),
    Conflict: (409, "conflict"),
    TooFewModelsSee: (400, "too_few_see"),
    WrongPictures: (400, "wrong_pictures"),
    BadInput: (400, "bad_input"),
    TooManyConversations: (429, "too_many_conversations"),
    TooManyPictures: (429, "too_many_pictures"),
    PromptRefused: (400, "prompt_refused"),
    ModerationDown: (503, "moderation_down"),
    StoreBusy: (503, "busy"),
    StoreDamaged: (503, "store_damaged"),
    StoreFull: (503, "store_full"),
    StoreGone: (503, "store_gone"),
    StoreError: (503, "store_failed"),
}


def refusal(scope: Scope, status: int, code: str) -> Response:
    """Return the error response as a page or as JSON, whichever was requested."""
    language = language_of(scope["headers"])
    if wants_page(scope):
        return message_page(wording.error_text(language, code), language, status=status)
    return error_json(status, code, language)


def error_json(status: int, code: str, language: Language, **values: object) -> Response:
    """Return `{"error": sentence, "code": word}`, the form of all errors of the JSON API."""
    body = orjson.dumps({"error": wording.error_text(language, code, **values), "code": code})
    return Response(body, status, media_type="application/json")


def error_of(error: Exception) -> tuple[int, str]:
    """Return the HTTP status and the error code of an expected error."""
    for kind, answer in _STATUS.items():
        if isinstance(error, kind):
            return answer
    return (400, "bad_input")


def sign_in_first(scope: Scope) -> Response:
    """Redirect a browser to the sign-in page and back afterwards; answer 401 to a program."""
    if wants_page(scope):
        path = route_path(scope)
        if scope["query_string"]:
            path += "?" + scope["query_string"].decode("latin-1")
        return RedirectResponse(f"/login?next={quote(path, safe='')}", status_code=303)
    return error_json(401, "signed_out", language_of(scope["headers"]))


def wants_page(scope: Scope) -> bool:
    """Return whether the request is for a page, not for data."""
    if route_path(scope).startswith("/api/"):
        return False
    return any(key == b"accept" and b"text/html" in value for key, value in _headers(scope))


def _headers(scope: Scope) -> Headers:
    headers: Headers = scope["headers"]
    return headers
