"""Many talks at once in a served live arena: how evenly it writes, how soon, how long a vote takes, what it keeps.

    python -m tests.benchmarks.live_served load       # 50 talks at once: stalls, first words, votes beside Compare
    python -m tests.benchmarks.live_served memory     # 1,000 talks: memory of the server
    python -m tests.benchmarks.live_served names      # 200 talks: bytes sent before the vote, searched for names

What it measures by the wall clock needs a quiet machine; processor time and memory do not.
"""

import argparse
import asyncio
import os
import sys
import time
from contextlib import suppress
from itertools import pairwise

import aiohttp
import numpy as np

from tests.benchmarks.live_talks import (
    FAST_MODEL,
    SLOW_MODEL,
    ReceivedEvents,
    ServedArena,
    Talker,
    first_tokens,
    make_client,
    served_arena,
    talk_together,
)

STALL_SECONDS = 0.3
TELLING = (FAST_MODEL, SLOW_MODEL, "wren", "finch", "latency", "completion_tokens", "model_id", "finish_reason")
PAGES = ("/arena", "/static/live.js", "/static/live_view.js")


async def compare(arena: ServedArena, client: aiohttp.ClientSession, every: float) -> list[float]:
    """Seconds of the votes of the raters of stored pairs, who vote until they are cancelled."""
    took: list[float] = []

    async def vote(number: int, cookie: str) -> None:
        talker = Talker(arena, client, 60_000 + number, cookie)
        ballots, _ = await talker.post("/api/compare", campaign=None)
        while ballots["next"] is not None:
            await asyncio.sleep(every)
            body = {"token": ballots["current"]["token"], "choice": "model_a", "seconds": 2.0}
            began = time.perf_counter()
            reply, _ = await talker.post("/api/vote", **body, showing=ballots["next"]["token"])
            took.append(time.perf_counter() - began)
            ballots = {"current": ballots["next"], "next": reply["next"]}

    with suppress(asyncio.CancelledError):
        await asyncio.gather(*(vote(number, cookie) for number, cookie in enumerate(arena.comparing)))
    return took


def stalls(talk: ReceivedEvents) -> float:
    """The longest time between two pieces of text."""
    return max((later[0] - earlier[0] for earlier, later in pairwise(talk.shown)), default=0.0)


async def measure_load(arena: ServedArena, n_talks: int, spread: float) -> None:
    """Talk at once, and print what the raters saw."""
    async with make_client() as client:
        await talk_together(arena, client, len(arena.cookies), first=100_000)  # fills caches and connections
        voting = asyncio.create_task(compare(arena, client, every=2.0))
        cpu, began = arena.cpu_seconds(), time.monotonic()
        talks = await talk_together(arena, client, n_talks, spread=spread)
        seconds = time.monotonic() - began
        cpu = arena.cpu_seconds() - cpu
        voting.cancel()
        compared = await voting
        times = await first_tokens(arena, client)
    delays = [one.shown[0][0] - max(times[prompt_of(one)].values()) for one in talks]
    gaps = np.array([stalls(one) for one in talks])
    events = sum(len(one.shown) for one in talks)
    print(f"{n_talks} talks of {len(arena.cookies)} raters in {seconds:.0f} s, load average {os.getloadavg()[0]:.1f}")
    print(f"processor of the server: {cpu / n_talks:.3f} s a talk, {1000 * cpu / events:.2f} ms an event, "
          f"{cpu / seconds:.2f} cores")  # fmt: skip
    print(f"longest time between two pieces: {_quantiles(gaps)}; {(gaps > STALL_SECONDS).sum()} talks above 300 ms")
    print(f"first words after the slower model's first text: {_quantiles(delays)}")
    print(f"votes on talks: {_quantiles([one.vote_seconds for one in talks])}")
    print(f"votes on Compare beside them: {_quantiles(compared)}, {len(compared)} votes")


def prompt_of(talk: ReceivedEvents) -> str:
    """The prompt of a talk, from its rendered form."""
    html: str = talk.settled["turns"][0]["prompt"]
    return html[html.index("Prompt number") : html.index("?") + 1]


async def measure_memory(arena: ServedArena, n_talks: int, _spread: float) -> None:
    """Talk, and print the memory of the server every tenth part of the talks."""
    step, sizes = max(n_talks // 10, 1), list[float]()
    async with make_client() as client:
        for first in range(0, n_talks, step):
            await talk_together(arena, client, step, first=first)
            sizes.append(arena.resident_bytes() / 2**20)
            print(f"after {first + step} talks: {sizes[-1]:.1f} MiB", flush=True)
    late = sizes[len(sizes) // 2 :]
    growth = 1024 * float(np.polyfit(np.arange(len(late)) * step, late, 1)[0])
    print(f"growth in the second half: {growth:.2f} KiB a talk")


async def search_names(arena: ServedArena, n_talks: int, _spread: float) -> None:
    """Talk, and search everything that was sent before each vote for names and numbers of models."""
    found, n_bytes = dict.fromkeys(TELLING, 0), 0
    async with make_client() as client:
        pages = [await Talker(arena, client, 1, arena.cookies[0]).get(page) for page in PAGES]
        talks = await talk_together(arena, client, n_talks)
    for content in [*pages, *(one.content for one in talks)]:
        n_bytes += len(content)
        for name in TELLING:
            found[name] += content.lower().count(name.encode())
    revealed = sum(set(one.names) == {FAST_MODEL, SLOW_MODEL} for one in talks)
    print(f"{n_talks} talks, {n_bytes} bytes before the votes: {sum(found.values())} places {found}")
    print(f"after the vote: names in {revealed} of {n_talks} replies")


def _quantiles(seconds: "list[float] | np.ndarray") -> str:
    p50, p95, most = (1000 * value for value in np.percentile(seconds, [50, 95, 100])) if len(seconds) else [0.0] * 3
    return f"p50 {p50:.0f}, p95 {p95:.0f}, most {most:.0f} ms"


def main() -> None:
    """Measure one of three things."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", choices=["load", "memory", "names"])
    parser.add_argument("--talks", type=int, help="number of talks; 100, 1,000 and 200 without it")
    parser.add_argument("--raters", type=int, default=50, help="number of talks at once")
    parser.add_argument("--spread", type=float, default=5.0, help="seconds within which the first talks begin")
    given = parser.parse_args()
    talks = given.talks or {"load": 100, "memory": 1000, "names": 200}[given.what]
    speeds = {"load": (400.0, 40.0), "memory": (0.0, 0.0), "names": (2000.0, 1000.0)}[given.what]
    measure = {"load": measure_load, "memory": measure_memory, "names": search_names}[given.what]
    with served_arena(given.raters, dict(zip((FAST_MODEL, SLOW_MODEL), speeds, strict=True))) as arena:
        print(f"the server listens at {arena.url}", file=sys.stderr, flush=True)
        asyncio.run(measure(arena, talks, given.spread))


if __name__ == "__main__":
    main()
