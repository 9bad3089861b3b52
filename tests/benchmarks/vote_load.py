"""Many raters who vote every few seconds: latency, errors, and one row for each acknowledged vote.

python -m tests.benchmarks.vote_load --raters 500 --every 10 --seconds 60

The server is a process of its own over a SQLite store, the raters are one asyncio loop over loopback. Thinking times
are drawn uniformly from half to one and a half times the mean. The raters speak through aiohttp: the pool of httpx
looks at every connection for every request, and at 500 connections takes longer than the server.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import numpy as np

from app.web.accounts.sessions import COOKIE
from storage.accounts.sign_ins import open_sign_in
from storage.database.engine import Database, open_database
from storage.database.tables import Account
from storage.ledger import chain
from storage.values import digest
from tests.app.running import running
from tests.arena.small_campaign import make_arena
from tests.stores import open_store


@dataclass
class LoadFigures:
    """What the raters saw: start and seconds of each acknowledged vote, and the errors."""

    votes: list[tuple[float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def sign_everybody_in(database: Database, n_raters: int) -> list[str]:
    """A campaign with signed-in raters; returns their cookies."""
    arena = make_arena(database, n_models=4, n_questions=40, n_raters=n_raters, overlap=n_raters)
    now = datetime.now(UTC)
    with database.writing() as session:
        for rater in arena.raters:
            session.add(Account(rater_id=rater, username=f"rater{rater}", password_hash="-", created_at=now))
            open_sign_in(session, digest(f"cookie-{rater}"), rater, now=now)
    return [f"cookie-{rater}" for rater in arena.raters]


async def post(client: aiohttp.ClientSession, path: str, cookie: str, body: dict[str, Any]) -> dict[str, Any]:
    """The reply of the server to one rater; raises for every status but 200."""
    async with client.post(path, json=body, cookies={COOKIE: cookie}) as reply:
        reply.raise_for_status()
        return cast("dict[str, Any]", await reply.json())


async def vote(client: aiohttp.ClientSession, cookie: str, every: float, end: float, figures: LoadFigures) -> None:
    """One rater until the end: think, vote, think."""
    spread = random.Random(cookie)
    await asyncio.sleep(spread.uniform(0, every))
    try:
        current = (await post(client, "/api/compare", cookie, {}))["current"]
        while current is not None and time.perf_counter() < end:
            began = time.perf_counter()
            current = (await post(client, "/api/vote", cookie, {"token": current["token"], "choice": "tie"}))["current"]
            figures.votes.append((began, time.perf_counter() - began))
            await asyncio.sleep(spread.uniform(0.5, 1.5) * every)
    except (aiohttp.ClientError, TimeoutError) as error:
        figures.errors.append(repr(error))


async def vote_together(url: str, cookies: list[str], every: float, seconds: float) -> LoadFigures:
    """All raters at once, each with room for a connection of its own."""
    figures = LoadFigures()
    async with aiohttp.ClientSession(
        base_url=url,
        headers={"origin": url},
        timeout=aiohttp.ClientTimeout(total=60),
        connector=aiohttp.TCPConnector(limit=len(cookies)),
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as client:
        end = time.perf_counter() + seconds
        await asyncio.gather(*(vote(client, cookie, every, end, figures) for cookie in cookies))
    return figures


def main() -> None:
    """Measure once and print two lines: all votes, and those after everybody has come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raters", type=int, default=500, help="number of raters")
    parser.add_argument("--every", type=float, default=10.0, help="mean seconds between two votes of a rater")
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds of load")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evenhand.db"
        database = open_store(path)
        cookies = sign_everybody_in(database, given.raters)
        database.close()
        with running(str(path)) as server:
            load_before = os.getloadavg()[0]
            figures = asyncio.run(vote_together(server.url, cookies, given.every, given.seconds))
        database = open_database(str(path))
        with database.reading() as session:
            rows, broken = chain.head(session)[0], list(chain.broken_batches(session))
        database.close()
    print(
        f"{given.raters} raters, {given.seconds:.0f} s: {_percentiles(figures.votes)}; {len(figures.errors)} errors; "
        f"{rows} rows; ledger {'intact' if not broken else 'broken'}; load average before {load_before:.1f}"
    )
    everybody_there = min(began for began, _seconds in figures.votes) + 1.5 * given.every
    print(f"after everybody has come: {_percentiles([vote for vote in figures.votes if vote[0] >= everybody_there])}")


def _percentiles(votes: list[tuple[float, float]]) -> str:
    p50, p95, p99 = np.percentile([seconds for _began, seconds in votes], [50, 95, 99]) * 1000
    return f"{len(votes)} votes, p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms"


if __name__ == "__main__":
    main()
