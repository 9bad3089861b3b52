"""`GET /media/<sha256>`: a picture for those who hold a ballot, a conversation or a role for it.

Everybody else gets the answer for a picture that does not exist. Nothing in a response depends on anything but the
picture itself, and browsers ask again before they show what they kept.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.accounts.sessions import SignIns, cookie_of, includes
from app.web.refusals import error_of, refusal
from storage.conversations.picture_rights import may_see_picture
from storage.database.engine import Database
from storage.errors import EvenhandError
from storage.media.stored_pictures import find_picture, find_pictures
from storage.values import Role

_DIGEST = re.compile("[0-9a-f]{64}")
_HEADERS = {
    "cache-control": "private, no-cache",
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; sandbox",
}


class PictureRoute:
    """Serves the pictures of a store."""

    def __init__(self, database: Database, *, sign_ins: SignIns, clock: Callable[[], datetime]) -> None:
        """Serve a store.

        Args:
            database: the store.
            sign_ins: finds the person of a cookie.
            clock: the present time in UTC, by which ballots expire.
        """
        self._database, self._sign_ins, self._clock = database, sign_ins, clock

    def routes(self) -> list[Route]:
        """Return the route for a mount at `/media`; it also answers HEAD."""
        return [Route("/{sha256}", self._serve, methods=["GET"])]

    async def _serve(self, request: Request) -> Response:
        return await run_in_threadpool(self._answer, request)

    def _answer(self, request: Request) -> Response:
        digest: str = request.path_params["sha256"]
        try:
            if not _DIGEST.fullmatch(digest) or not self._may_see(request, digest):
                return refusal(request.scope, 404, "no_picture")
            return self._picture(request, digest)
        except EvenhandError as error:
            return refusal(request.scope, *error_of(error))

    def _may_see(self, request: Request, digest: str) -> bool:
        person = self._sign_ins.who(cookie_of(request.scope["headers"]))
        if person is None:
            return False
        if includes(person.role, Role.reviewer):
            return True
        with self._database.reading() as session:
            return may_see_picture(session, person.rater_id, digest, now=self._clock())

    def _picture(self, request: Request, digest: str) -> Response:
        with self._database.reading() as session:
            facts = find_pictures(session, [digest]).get(digest)
            if facts is None:
                return refusal(request.scope, 404, "no_picture")
            if facts.erased_at is not None:
                return refusal(request.scope, 410, "picture_gone")
            headers: Mapping[str, str] = {**_HEADERS, "etag": f'"{digest}"'}
            if request.headers.get("if-none-match") == headers["etag"]:
                return Response(status_code=304, headers=headers)
            if request.method == "HEAD":
                length = {"content-length": str(facts.size)}
                return Response(headers={**headers, **length}, media_type=facts.type)
            picture = find_picture(session, digest)
        data = None if picture is None else picture.data
        return Response(data or b"", headers=headers, media_type=facts.type)
