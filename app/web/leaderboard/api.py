"""The JSON API of the Leaderboard page: identify the person, check the role, call `BoardSource`, reply.

GET only, and nothing is changed; access is that of the admin pages, checked anew on every request.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.accounts.sessions import SignIns, cookie_of, includes
from app.web.gate import ADMIN_ROLE
from app.web.language import language_of
from app.web.refusals import error_json, error_of
from storage.errors import EvenhandError
from storage.values import Language

LONGEST_VALUE = 500
"""Characters of a filter value; longer ones are no name in any store."""


class BoardSource(Protocol):
    """The leaderboards that the page shows."""

    def board(self, wanted: Mapping[str, str], language: Language, seen: int | None) -> object | None:
        """Return the page for these filters; None if the ledger still ends at position `seen`."""

    def closer(self, wanted: Mapping[str, str], language: Language) -> object:
        """Return the rating history and the ranks by category."""

    def file(self, wanted: Mapping[str, str]) -> str:
        """Return the leaderboard as a CSV file."""

    def now(self) -> datetime:
        """Return the present time in UTC."""


class BoardApi:
    """The endpoints under `/api/board`."""

    def __init__(self, source: BoardSource, *, sign_ins: SignIns) -> None:
        """Serve leaderboards to the people whom `sign_ins` finds."""
        self._source = source
        self._sign_ins = sign_ins

    def routes(self) -> list[Route]:
        """Return the routes for a mount at `/api`."""
        answers = {"/board": self._board, "/board/closer": self._closer, "/board.csv": self._file}
        return [Route(path, self._endpoint(answer), methods=["GET"]) for path, answer in answers.items()]

    def _endpoint(
        self, answer: Callable[[Mapping[str, str], Language], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(self._reply, answer, request)

        return endpoint

    def _reply(self, answer: Callable[[Mapping[str, str], Language], Response], request: Request) -> Response:
        headers = request.scope["headers"]
        language = language_of(headers)
        try:
            person = self._sign_ins.who(cookie_of(headers))
            if person is None:
                return error_json(401, "signed_out", language)
            if not includes(person.role, ADMIN_ROLE):
                return error_json(403, "not_allowed", person.language)
            language = person.language
            wanted = {name: value for name, value in request.query_params.items() if len(value) <= LONGEST_VALUE}
            return answer(wanted, language)
        except EvenhandError as error:
            return error_json(*error_of(error), language)

    def _board(self, wanted: Mapping[str, str], language: Language) -> Response:
        seen = wanted.get("seen", "")
        found = self._source.board(wanted, language, int(seen) if seen.isascii() and seen.isdigit() else None)
        return Response(status_code=204) if found is None else _json(found)

    def _closer(self, wanted: Mapping[str, str], language: Language) -> Response:
        return _json(self._source.closer(wanted, language))

    def _file(self, wanted: Mapping[str, str], _language: Language) -> Response:
        name = f"leaderboard-{self._source.now():%Y-%m-%d}.csv"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(self._source.file(wanted), media_type="text/csv; charset=utf-8", headers=headers)


def _json(reply: object) -> Response:
    return Response(orjson.dumps(reply), media_type="application/json")
