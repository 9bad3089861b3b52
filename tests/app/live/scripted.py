"""Scripted endpoints that stream, and a site of the live arena over them."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from app.models.moderation_settings import ModerationSettings
from app.models.offered import OfferedModel
from app.models.references import EndpointReference
from app.site_wiring import make_web
from app.web.accounts.accounts import Credentials
from app.web.accounts.sessions import COOKIE, SignIns
from app.web.serving import serving
from app.wiring import clock, make_accounts
from arena.live.creation import LivePlan, create_live_campaign
from judging.chat.batch import Price
from storage.campaigns.campaigns import invite_raters
from storage.conversations.live_campaigns import LiveSettings
from storage.database.engine import Database
from storage.values import Role
from tests.app.running import ApiClient
from tests.judging.chat_server import ChatServer, chat_server

MODELS = ("wren-2b", "finch-7b", "robin-1b")


@dataclass
class Script:
    """What a scripted model does.

    Attributes:
        words: pieces of its answer, for the number of the request.
        gap: seconds between two pieces.
        first: seconds before the first piece.
        fault: a kind of failure, empty for none.
        fails_after: number of pieces after which the fault happens.
    """

    words: Callable[[int], list[str]] = lambda _number: ["It ", "scatters ", "blue ", "light."]
    gap: float = 0.0
    first: float = 0.0
    fault: str = ""
    fails_after: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    held: asyncio.Event | None = None


def respond(scripts: dict[str, Script]) -> Callable[[dict[str, Any]], Response]:
    """The behaviour of one endpoint that serves several models."""

    def answer(body: dict[str, Any]) -> Response:
        script = scripts[body["model"]]
        script.requests.append(body)
        if script.fault == "html":
            return PlainTextResponse("<html><script>alert(1)</script>not found</html>", media_type="text/html")
        if script.fault == "500":
            return JSONResponse({"error": {"message": "overloaded"}}, status_code=500)
        return StreamingResponse(_stream(script, len(script.requests)), media_type="text/event-stream")

    return answer


async def _stream(script: Script, number: int) -> AsyncIterator[str]:
    await asyncio.sleep(script.first)
    words = script.words(number)
    for place, word in enumerate(words):
        if script.fault and place == script.fails_after:
            if script.fault == "hang":
                await asyncio.sleep(3600)
            if script.fault == "error":
                yield 'data: {"error": {"message": "broken"}}\n\n'
            return
        yield _event({"choices": [{"delta": {"content": word}}]})
        await asyncio.sleep(script.gap)
    if script.fault == "nothing":
        yield _event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    else:
        yield _event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        yield _event({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": len(words)}})
    yield "data: [DONE]\n\n"


def _event(content: object) -> str:
    return f"data: {json.dumps(content)}\n\n"


@dataclass
class LiveSite:
    """A served arena.

    Attributes:
        url: address of the site.
        database: the store.
        campaign: id of the live campaign.
        scripts: what each model does, by name.
        cookies: session cookies by rater.
    """

    url: str
    database: Database
    campaign: int
    scripts: dict[str, Script]
    cookies: dict[str, str]
    raters: dict[str, int]

    def client(self, name: str = "ann") -> ApiClient:
        """The calls of a rater's browser."""
        return ApiClient(self.url, self.cookies[name])

    def begin(self, name: str = "ann", prompt: str = "Why is the sky blue?") -> dict[str, Any]:
        """Begin a conversation."""
        return self.post("/api/live/begin", name, campaign=self.campaign, prompt=prompt)

    def post(self, path: str, name: str = "ann", **body: Any) -> dict[str, Any]:
        """One call on a connection of its own."""
        client = self.client(name)
        try:
            return client.post(path, **body)
        finally:
            client.close()

    def events(
        self, token: str, name: str = "ann", stream: str = "/api/live/stream"
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The events of a conversation's stream until it ends."""
        for line in self.lines(token, name, stream):
            if line.startswith(b"event: "):
                kind = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                yield kind, json.loads(line[6:])

    def lines(self, token: str, name: str = "ann", stream: str = "/api/live/stream") -> Iterator[bytes]:
        """The raw lines of a conversation's stream."""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        connection.request("GET", f"{stream}?token={token}", headers={"Cookie": f"{COOKIE}={self.cookies[name]}"})
        try:
            answer = connection.getresponse()
            assert answer.status == http.client.OK, answer.read()
            yield from answer
        finally:
            connection.close()

    def talked(self, name: str = "ann", prompt: str = "Why is the sky blue?") -> dict[str, Any]:
        """A conversation whose answers are settled."""
        return self.settled(self.begin(name, prompt)["token"], name)

    def settled(self, token: str, name: str = "ann") -> dict[str, Any]:
        """The conversation at the end of its stream."""
        *_, (kind, talk) = self.events(token, name)
        assert kind == "settled"
        return talk


def prepare(database: Database, settings: LiveSettings | None = None) -> tuple[int, dict[str, int], dict[str, str]]:
    """A live campaign and two raters with sessions: the campaign, the raters and their cookies."""
    accounts, sign_ins = make_accounts(database), SignIns(database, clock=clock)
    roles = {"ann": Role.annotator, "bob": Role.annotator, "rita": Role.reviewer, "ada": Role.admin}
    raters = {name: accounts.add(Credentials(name, "correct horse"), role=role) for name, role in roles.items()}
    with database.writing() as session:
        plan = LivePlan("Live", MODELS, settings or LiveSettings(most_turns=3))
        campaign = create_live_campaign(session, plan, now=clock())
        invite_raters(session, campaign, [raters[name] for name in ("ann", "bob")])
    return campaign, raters, {name: sign_ins.open(number) for name, number in raters.items()}


def offers(server: ChatServer, *, seeing: Collection[str] = (), **changes: Any) -> list[OfferedModel]:
    """The models of `MODELS` at a scripted endpoint; those of `seeing` read images."""
    price = Price(1.0, 2.0)
    return [
        OfferedModel(name, EndpointReference(name), server.url, "none", price=price, vision=name in seeing, **changes)
        for name in MODELS
    ]


@contextmanager
def live_site(
    database: Database,
    settings: LiveSettings | None = None,
    moderation: ModerationSettings | None = None,
    **changes: Any,
) -> Iterator[LiveSite]:
    """A served arena over scripted models."""
    scripts = {name: Script() for name in MODELS}
    campaign, raters, cookies = prepare(database, settings)
    with chat_server() as server:
        server.shape = respond(scripts)
        with serving(make_web(database, offers(server, **changes), moderation)) as url:
            yield LiveSite(url, database, campaign, scripts, cookies, raters)
