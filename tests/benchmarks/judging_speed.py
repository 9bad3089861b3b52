"""Judging against a server on this machine: throughput, work of the client, memory; one mode for each.

    python -m tests.benchmarks.judging_speed throughput   # beside a bare aiohttp loop, 64 and 256 at once
    python -m tests.benchmarks.judging_speed work         # CPU beside the bare `openai` client, 64 and 256 at once
    python -m tests.benchmarks.judging_speed memory       # 1,000 and 50,000 pairs
    python -m tests.benchmarks.judging_speed parts        # CPU of the parts of one run, where to look next

The server is a process of its own and answers every request after 200 ms. A judge run is a whole one (plan, texts from
a store, prompts, requests, verdicts, rows in SQLite). Every round runs both sides one after the other, in the opposite
order each time; each figure is the median of the rounds with its range, and the load average stands beside it. Rounds
end at `--seconds`, so that a busy machine gives fewer of them and no endless run. Throughput is told twice: of the run
as a whole, and of asking and storing alone, which is what a longer run comes to, because the first request is sent
alone and the plan is made before it. Memory is the largest resident set of a process that judges so many pairs in one
order, with a server that answers at once.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple, TypeVar

import aiohttp
import openai

from app.models.asking import run_asking
from judging.chat.batch import BatchLimits, Environment, Price
from judging.chat.endpoint import Endpoint, EndpointAccess
from judging.prompts.prompt_file import bundled_prompt_folders, read_prompts
from judging.run.items import all_pairs, make_items
from judging.run.judge import Judge
from judging.run.judge_run import JudgeRun, make_plan, run_plan
from storage.database.engine import open_database
from storage.judges.judgeable import Scope, judgeable
from tests.judging.judged_store import fill

T = TypeVar("T")

DELAY = 0.2
THROUGHPUT_REQUESTS = {64: 3_000, 256: 8_000}
"""Requests of a round by requests at once: about ten and seven seconds of a server that nothing delays."""
WORK_REQUESTS = 2_000
OPENAI_REQUESTS = 500
"""Requests of the `openai` client in a round, which is an order of magnitude slower."""
COMMAND = (sys.executable, "-m", "tests.benchmarks.judging_speed")
REPLY = "Both do what was asked; the first is clearer. " * 8 + "\n[[A]]"
MESSAGES = [{"role": "user", "content": "word " * 500}]
BODY = json.dumps(
    {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": REPLY}}],
        "usage": {"prompt_tokens": 500, "completion_tokens": 90, "total_tokens": 590},
    }
).encode()


class JudgeTimes(NamedTuple):
    """What a judge run took.

    Attributes:
        wall: seconds of planning, asking and storing.
        cpu: CPU seconds of the same, all threads.
        asking: seconds of asking and storing after the first request, which is sent alone.
    """

    wall: float
    cpu: float
    asking: float


class Answering(asyncio.Protocol):
    """HTTP/1.1 just as far as a client of this benchmark needs it."""

    delay = DELAY

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.waiting = transport, b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0
            if len(self.waiting) < end + 4 + length:
                return
            self.waiting = self.waiting[end + 4 + length :]
            asyncio.get_running_loop().call_later(self.delay, self.answer)

    def answer(self) -> None:
        if not self.transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)
            self.transport.write(head + BODY)  # type: ignore[attr-defined]


def serve(delay: float) -> None:
    """Answer until killed; the port is printed first."""

    async def run() -> None:
        Answering.delay = delay
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=2_000)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def server(delay: float) -> Iterator[str]:
    """The address of a server in a process of its own."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--delay", str(delay)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()


def make_store(path: Path, pairs: int) -> None:
    """A store with so many pairs of responses, each of 600 characters."""
    database = open_database(str(path))
    long = "It depends on what is meant; take the first case. " * 12
    fill(database, questions=pairs, models=("m1", "m2"), text=lambda number, model: f"{model} {number}. {long}")
    database.close()


def judge_all(path: Path, url: str, pairs: int, at_once: int) -> JudgeTimes:
    """Judge all pairs of a store in one order."""
    database = open_database(str(path))
    began, worked = time.perf_counter(), time.process_time()
    with database.reading() as session:
        items = make_items(all_pairs(judgeable(session, Scope())))
    judge = Judge("m", [read_prompts([*bundled_prompt_folders()])["pair-3"]], "salt", orders="given")
    plan = make_plan(database, judge, items, price=Price())
    asked = time.perf_counter()
    tally = run_asking(
        lambda: Endpoint(EndpointAccess(url, "a key of the benchmark", timeout_seconds=60), seconds=time.monotonic),
        lambda client: run_plan(database, plan, client, clock=lambda: datetime.now(UTC)),
        limits=BatchLimits(concurrency=(at_once, at_once)),
        price=Price(),
        world=Environment(asyncio.sleep, random.Random(1), time.monotonic),
    )
    assert tally.outcomes == {"scored": pairs}, tally
    ended = time.perf_counter()
    taken = JudgeTimes(ended - began, time.process_time() - worked, ended - asked - DELAY)
    database.close()
    return taken


def bare(url: str, requests: int, at_once: int) -> tuple[float, float]:
    """The `openai` client in a loop, its replies thrown away; wall and CPU seconds."""

    async def run() -> tuple[float, float]:
        client = openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0)
        waiting = iter(range(requests))

        async def work() -> None:
            for _ in waiting:
                await client.chat.completions.create(model="m", messages=MESSAGES, max_tokens=2048)  # type: ignore[arg-type]

        began, worked = time.perf_counter(), time.process_time()
        await asyncio.gather(*(work() for _ in range(at_once)))
        taken = time.perf_counter() - began, time.process_time() - worked
        await client.close()
        return taken

    return asyncio.run(run())


def bare_aiohttp(url: str, requests: int, at_once: int) -> tuple[float, float]:
    """An aiohttp session in a loop, with prepared bytes, that parses the JSON of replies; wall and CPU seconds."""

    async def run() -> tuple[float, float]:
        sent = json.dumps({"model": "m", "messages": MESSAGES, "max_tokens": 2048}).encode()
        waiting = iter(range(requests))
        headers = {"content-type": "application/json"}
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def work() -> None:
                for _ in waiting:
                    async with session.post(f"{url}/chat/completions", data=sent, headers=headers) as response:
                        await response.json()

            began, worked = time.perf_counter(), time.process_time()
            await asyncio.gather(*(work() for _ in range(at_once)))
            return time.perf_counter() - began, time.process_time() - worked

    return asyncio.run(run())


def throughput(at_once: int, rounds: int, seconds: float) -> None:
    """Print requests a second beside a bare aiohttp loop."""
    requests = THROUGHPUT_REQUESTS[at_once]
    whole, asking = [], []
    with tempfile.TemporaryDirectory() as name, server(DELAY) as url:
        stores = stores_of(Path(name), requests)
        ours = partial(judge_next, stores, url, requests, at_once)
        for own, (wall, _) in in_turns(rounds, seconds, ours, partial(bare_aiohttp, url, requests, at_once)):
            whole.append(100 * wall / own.wall)
            asking.append(100 * wall / own.asking)
            print(
                f"  {at_once} at once, {requests:,} requests: judge run {requests / own.wall:.0f} a second "
                f"({requests / own.asking:.0f} while asking), aiohttp {requests / wall:.0f}; {load()}",
                flush=True,
            )
    print(f"{at_once} at once: {told(whole)} % of the throughput of bare aiohttp, {told(asking)} % while asking")


def work(at_once: int, rounds: int, seconds: float) -> None:
    """Print CPU time beside the bare `openai` client and a bare aiohttp loop."""
    shares, multiples = [], []
    with tempfile.TemporaryDirectory() as name, server(DELAY) as url:

        def both() -> tuple[float, float]:
            by_openai, by_aiohttp = bare(url, OPENAI_REQUESTS, at_once), bare_aiohttp(url, WORK_REQUESTS, at_once)
            return 1000 * by_openai[1] / OPENAI_REQUESTS, 1000 * by_aiohttp[1] / WORK_REQUESTS

        ours = partial(judge_next, stores_of(Path(name), WORK_REQUESTS), url, WORK_REQUESTS, at_once)
        for own, (by_openai, by_aiohttp) in in_turns(rounds, seconds, ours, both):
            each = 1000 * own.cpu / WORK_REQUESTS
            shares.append(each / by_openai)
            multiples.append(each / by_aiohttp)
            print(
                f"  {at_once} at once: CPU of a judgment {each:.2f} ms, of a request by openai {by_openai:.2f} ms, "
                f"by aiohttp {by_aiohttp:.2f} ms; {load()}",
                flush=True,
            )
    print(f"{at_once} at once: {told(shares)} of the CPU of bare openai, {told(multiples)} times bare aiohttp's")


def in_turns(
    rounds: int, seconds: float, ours: Callable[[], JudgeTimes], theirs: Callable[[], T]
) -> Iterator[tuple[JudgeTimes, T]]:
    """Run both sides so many times, in the opposite order each time, until the time is up; one round at least."""
    began = time.perf_counter()
    for number in range(rounds):
        if number % 2:
            other = theirs()
            yield ours(), other
        else:
            own = ours()
            yield own, theirs()
        if time.perf_counter() - began > seconds:
            print(f"  stopped after {number + 1} of {rounds} rounds, because {seconds:.0f} seconds are over")
            return


def stores_of(folder: Path, pairs: int) -> Iterator[Path]:
    """Yield copies of one filled store."""
    make_store(folder / "filled.db", pairs)
    for number in count():
        yield Path(shutil.copy(folder / "filled.db", folder / f"{number}.db"))


def judge_next(stores: Iterator[Path], url: str, pairs: int, at_once: int) -> JudgeTimes:
    """Judge all pairs of the next store."""
    return judge_all(next(stores), url, pairs, at_once)


def told(values: Sequence[float]) -> str:
    """Median and range."""
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g}, n = {len(values)})"


def load() -> str:
    """The load average of the last minute, where the system tells it."""
    return f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"


def parts(pairs: int, at_once: int) -> None:
    """Print CPU milliseconds a judgment of the plan, of reading replies, of writing rows and of all else."""
    taken: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name, server(DELAY) as url:
        path = next(stores_of(Path(name), pairs))
        with timed(JudgeRun, "_write", taken), timed(JudgeRun, "_distribute", taken):
            cpu = judge_all(path, url, pairs, at_once).cpu
        plain = bare_aiohttp(url, pairs, at_once)[1]
    print(f"{at_once} at once, {pairs:,} pairs, ms of CPU each: all {1000 * cpu / pairs:.3f}; {load()}")
    for what, seconds in {**taken, "bare aiohttp": plain}.items():
        print(f"  {what}: {1000 * seconds / pairs:.3f}")


@contextmanager
def timed(owner: type, name: str, taken: dict[str, float]) -> Iterator[None]:
    """Add up the CPU seconds that a method takes in its thread."""
    plain = getattr(owner, name)

    def counted(*given: object) -> object:
        began = time.thread_time()
        try:
            return plain(*given)
        finally:
            taken[name] = taken.get(name, 0.0) + time.thread_time() - began

    setattr(owner, name, counted)
    try:
        yield
    finally:
        setattr(owner, name, plain)


def memory(pairs: int) -> None:
    """Judge in this process and print the largest resident set in MiB."""
    with tempfile.TemporaryDirectory() as name, server(0.0) as url:
        path = Path(name) / "judged.db"
        subprocess.run([*COMMAND, "fill", "--store", str(path), "--pairs", str(pairs)], check=True)
        judge_all(path, url, pairs, 64)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")


def main() -> None:
    """See the module."""
    options = argparse.ArgumentParser()
    options.add_argument("mode", choices=("throughput", "work", "memory", "parts", "serve", "fill", "resident"))
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=150.0, help="for each number of requests at once")
    options.add_argument("--delay", type=float, default=DELAY)
    options.add_argument("--pairs", type=int, default=2_000)
    options.add_argument("--at-once", type=int, default=256)
    options.add_argument("--store", type=Path)
    chosen = options.parse_args()
    if chosen.mode == "serve":
        serve(chosen.delay)
    elif chosen.mode == "fill":
        make_store(chosen.store, chosen.pairs)
    elif chosen.mode == "resident":
        memory(chosen.pairs)
    elif chosen.mode == "memory":
        for pairs in (1_000, 50_000):
            ended = subprocess.run([*COMMAND, "resident", "--pairs", str(pairs)], stdout=subprocess.PIPE, check=True)
            print(f"{pairs:,} judgments: {ended.stdout.decode().strip()} MiB; {load()}")
    elif chosen.mode == "parts":
        parts(chosen.pairs, chosen.at_once)
    else:
        for at_once in THROUGHPUT_REQUESTS:
            {"throughput": throughput, "work": work}[chosen.mode](at_once, chosen.rounds, chosen.seconds)


if __name__ == "__main__":
    main()
