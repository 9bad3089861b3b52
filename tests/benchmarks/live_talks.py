"""Talks of many raters in a live arena that is served as `evenhand serve` does it, over scripted endpoints.

Endpoints, server and raters are three processes on 127.0.0.1, so that none waits for another's Python. The monotonic
clock is the same in all processes of a machine, so times of the endpoints can be compared with those of the raters.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from app.web.accounts.sessions import COOKIE
from arena.live.creation import LivePlan, create_live_campaign
from storage.accounts.raters import NewPerson, add_person
from storage.accounts.sign_ins import open_sign_in
from storage.campaigns.campaigns import invite_raters
from storage.conversations.live_campaigns import LiveSettings
from storage.database.engine import open_database
from storage.values import Role, digest
from tests.benchmarks.vote_path import cpu_seconds, fill

FAST_MODEL, SLOW_MODEL = "wren-2b", "finch-7b"
START = "import sys; from app.cli import main; sys.exit(main())"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass
class ReceivedEvents:
    """What a browser received of one talk before the vote.

    Attributes:
        began: time at which the prompt was sent.
        shown: time, bytes, and new characters of both sides, for each event with text.
        content: all bytes, headers included.
        settled: the conversation at the end.
        settled_at: time at which it arrived.
        vote_seconds: duration of the vote's request.
        names: names of both models, as the vote revealed them.
    """

    began: float = 0.0
    shown: list[tuple[float, int, int, int]] = field(default_factory=list)
    content: bytes = b""
    settled: dict[str, Any] = field(default_factory=dict)
    settled_at: float = 0.0
    vote_seconds: float = 0.0
    names: tuple[str, ...] = ()


@dataclass
class ServedArena:
    """A served arena, and the process that serves it.

    Attributes:
        url: address of the site.
        endpoint: address of the scripted endpoints.
        process: the server.
        cookies: cookies of the raters; the first `n_comparing` vote on stored pairs.
        campaign: id of the live campaign.
    """

    url: str
    endpoint: str
    process: "subprocess.Popen[bytes]"
    cookies: list[str]
    comparing: list[str]
    campaign: int

    def cpu_seconds(self) -> float:
        """Processor time of the server so far."""
        return cpu_seconds(self.process)

    def resident_bytes(self) -> int:
        """Memory of the server."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def served_arena(n_raters: int, speeds: Mapping[str, float], *, length: float = 1.0) -> Iterator[ServedArena]:
    """A served arena with two scripted models.

    Args:
        n_raters: number of raters who talk.
        speeds: characters a second by model; 0 for whole answers at once.
        length: factor on the length of answers.
    """
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/live.db"
        comparing = fill(url)
        campaign, cookies = _add_live_campaign(url, n_raters)
        script = json.dumps({"speeds": speeds, "length": length})
        with _process("-m", "tests.benchmarks.live_talks", script) as (_, endpoint):
            models = Path(folder) / "models.toml"
            models.write_text(
                "".join(f'[{name}]\nbase_url = "{endpoint}/v1"\nconcurrent = 500\n' for name in speeds), "utf-8"
            )
            serve = ("-c", START, "serve", "--database", url, "--models", str(models), "--port", "0")
            with _process(*serve, "--trusted-proxy", "127.0.0.1") as (process, address):
                yield ServedArena(address, endpoint, process, cookies, comparing, campaign)


@contextmanager
def _process(*arguments: str) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A Python process that prints an address."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE) as process:
        try:
            for line in process.stdout or ():
                if found := ADDRESS.search(line.decode()):
                    break
            else:
                raise SystemExit(f"a process ended while starting: {arguments}")
            yield process, found[0]
        finally:
            process.terminate()
            process.wait(20)


def _add_live_campaign(url: str, n_raters: int) -> tuple[int, list[str]]:
    database, now = open_database(url), datetime.now(UTC)
    with database.writing() as session:
        plan = LivePlan("Talks", (FAST_MODEL, SLOW_MODEL), LiveSettings(most_turns=50))
        campaign = create_live_campaign(session, plan, now=now)
        talkers = [NewPerson(f"talker{i}", "-", f"talker{i}", role=Role.reviewer) for i in range(n_raters)]
        raters = [add_person(session, one, now=now) for one in talkers]
        invite_raters(session, campaign, raters)
        cookies = [f"talker-{i}" for i in range(n_raters)]
        for cookie, rater in zip(cookies, raters, strict=True):
            open_sign_in(session, digest(cookie), rater, now=now)
    database.close()
    return campaign, cookies


class Talker:
    """One rater's browser, with an address of its own."""

    def __init__(self, arena: ServedArena, client: aiohttp.ClientSession, number: int, cookie: str) -> None:
        self._arena, self._client = arena, client
        self._headers = {
            "Cookie": f"{COOKIE}={cookie}",
            "Origin": arena.url,
            "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        }

    async def post(self, path: str, **body: Any) -> tuple[dict[str, Any], bytes]:
        """A reply as JSON, and with its headers as bytes."""
        async with self._client.post(f"{self._arena.url}{path}", json=body, headers=self._headers) as reply:
            content = await reply.read()
            if reply.status != 200:
                raise SystemExit(f"{path} answered {reply.status}: {content[:300]!r}")
            found: dict[str, Any] = json.loads(content)
            return found, _headers(reply) + content

    async def get(self, path: str) -> bytes:
        """A page, with its headers."""
        async with self._client.get(f"{self._arena.url}{path}", headers=self._headers) as reply:
            return _headers(reply) + await reply.read()

    async def talk(self, prompt: str) -> ReceivedEvents:
        """One prompt, both answers and a vote."""
        received = ReceivedEvents(began=time.monotonic())
        begun, received.content = await self.post("/api/live/begin", campaign=self._arena.campaign, prompt=prompt)
        while received.settled.get("state", "writing") == "writing":  # as the page does after an interruption
            await self._follow(f"/api/live/stream?token={begun['token']}", received)
        if received.settled["state"] == "ended":
            return received
        before = time.perf_counter()
        voted, _ = await self.post("/api/live/vote", token=begun["token"], choice="tie", seconds=2.0)
        received.vote_seconds = time.perf_counter() - before
        received.names = tuple(voted["names"])
        return received

    async def talk_unpaced(self, prompt: str, *, is_left_fast: bool) -> ReceivedEvents:
        """One prompt on the page that shows names, where each answer appears at its own speed."""
        state, _ = await self.post("/api/try/state")
        ids = {one["name"]: one["id"] for one in state["models"]}
        received = ReceivedEvents(began=time.monotonic())
        received.names = (FAST_MODEL, SLOW_MODEL) if is_left_fast else (SLOW_MODEL, FAST_MODEL)
        chosen = dict(zip(("model_a", "model_b"), (ids[name] for name in received.names), strict=True))
        begun, received.content = await self.post("/api/try/begin", **chosen, prompt=prompt)
        await self._follow(f"/api/try/stream?token={begun['token']}", received)
        return received

    async def _follow(self, path: str, received: ReceivedEvents) -> None:
        async for at, kind, raw in self._events(path, received):
            told = json.loads(raw.partition(b"\ndata: ")[2])
            if kind == "shown" and (told["a"] or told["b"]):
                received.shown.append((at, len(raw), len(told["a"]), len(told["b"])))
            elif kind == "settled":
                received.settled, received.settled_at = told, at

    async def _events(self, path: str, received: ReceivedEvents) -> AsyncIterator[tuple[float, str, bytes]]:
        async with self._client.get(f"{self._arena.url}{path}", headers=self._headers) as reply:
            received.content += _headers(reply)
            buffer = b""
            async for chunk in reply.content.iter_any():
                at = time.monotonic()
                received.content += chunk
                *whole, buffer = (buffer + chunk).split(b"\n\n")
                for event in whole:
                    if event.startswith(b"event: "):
                        yield at, event[7:].partition(b"\n")[0].decode(), event


def _headers(reply: aiohttp.ClientResponse) -> bytes:
    return b"".join(name + b": " + value + b"\n" for name, value in reply.raw_headers)


def make_client() -> aiohttp.ClientSession:
    """A client for any number of browsers."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=600),
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


Talk = Callable[[Talker, int], Awaitable[ReceivedEvents]]


async def talk_once(talker: Talker, number: int) -> ReceivedEvents:
    """A talk of the Arena page."""
    return await talker.talk(f"Prompt number {number}?")


async def talk_together(
    arena: ServedArena,
    client: aiohttp.ClientSession,
    n_talks: int,
    *,
    first: int = 0,
    spread: float = 0.0,
    make: Talk = talk_once,
) -> list[ReceivedEvents]:
    """Many talks, of all raters at once; the first talks begin one after another within `spread` seconds."""
    numbers, done = iter(range(first, first + n_talks)), list[ReceivedEvents]()

    async def talk(wait: float, cookie: str) -> None:
        await asyncio.sleep(wait)
        for number in numbers:
            done.append(await make(Talker(arena, client, number // 100, cookie), number))

    step = spread / len(arena.cookies)
    await asyncio.gather(*(talk(place * step, cookie) for place, cookie in enumerate(arena.cookies)))
    causes = Counter(one.settled["cause"] for one in done if not one.names)
    if causes:
        print(f"{causes.total()} of {n_talks} talks ended without a vote, which is left out: {dict(causes)}")
    return [one for one in done if one.names]


async def first_tokens(arena: ServedArena, client: aiohttp.ClientSession) -> dict[str, dict[str, float]]:
    """The times at which each model sent the first text to each prompt."""
    async with client.get(f"{arena.endpoint}/first") as reply:
        found: dict[str, dict[str, float]] = await reply.json()
        return found


def serve_endpoints(script: Mapping[str, Any]) -> None:
    """Serve scripted models whose answers are drawn from one set of texts, however fast they write."""
    import random
    import socket

    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response, StreamingResponse
    from starlette.routing import Route

    words = "the a of to and light air water small large each because then more wave colour path slowly often".split()
    first: dict[str, dict[str, float]] = {}

    async def pieces(model: str, prompt: str) -> AsyncIterator[bytes]:
        rng, speed = random.Random(f"{model} {prompt}"), script["speeds"][model]
        wanted = min(1200, 40 + int(rng.lognormvariate(5.6, 0.6))) * script["length"]
        text = ""
        while len(text) < wanted:
            text += rng.choice(words) + " "
        text = text[: int(wanted)]
        if speed:
            await asyncio.sleep(rng.expovariate(speed / 60.0))
        first.setdefault(prompt, {})[model] = time.monotonic()
        place, due = 0, time.monotonic()
        while place < len(text):
            step = rng.randint(2, 8) if speed else len(text)
            yield b"data: " + json.dumps({"choices": [{"delta": {"content": text[place : place + step]}}]}).encode()
            yield b"\n\n"
            place += step
            if speed:
                due += rng.gammavariate(2.0, 5.0 / speed / 2.0)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        yield b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'

    async def answer(request: Request) -> Response:
        body = await request.json()
        prompt = body["messages"][-1]["content"]
        return StreamingResponse(pieces(body["model"], prompt), media_type="text/event-stream")

    async def show_first(_request: Request) -> Response:
        return JSONResponse(first)

    routes = [Route("/v1/chat/completions", answer, methods=["POST"]), Route("/first", show_first)]
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(2048)
    sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="critical", lifespan="off"))
    server.run(sockets=[listening])


if __name__ == "__main__":
    serve_endpoints(json.loads(sys.argv[1]))
