"""Judging against a server on this machine: throughput, work of the client, memory.

    python -m tests.benchmarks.judging_speed [--requests 2000] [--rounds 3] [--memory]

The server is a process of its own and answers every request after 200 ms. Each round runs, one after the other, a
whole judge run (plan, texts from a store, prompts, requests, verdicts, rows in SQLite), a bare aiohttp loop and the
bare `openai` client, at 64 and at 256 requests at once; the ideal is that many answers every 200 ms. Memory is the
largest resident set of a process that judges 1,000 pairs in one order, and of one that judges 50,000, with a server
that answers at once.
"""

import argparse
import asyncio
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import openai

from app.models.asking import run_asking
from judging.chat.batch import BatchLimits, Environment, Price
from judging.chat.endpoint import Endpoint, EndpointAccess
from judging.prompts.prompt_file import bundled_prompt_folders, read_prompts
from judging.run.items import all_pairs, make_items
from judging.run.judge import Judge
from judging.run.judge_run import make_plan, run_plan
from storage.database.engine import open_database
from storage.judges.judgeable import Scope, judgeable
from tests.judging.judged_store import fill

DELAY = 0.2
OPENAI_REQUESTS = 1_000
"""Requests of the `openai` client in a round, which is an order of magnitude slower."""
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
        [sys.executable, "-m", "tests.benchmarks.judging_speed", "--serve", str(delay)],
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


def judge_all(path: Path, url: str, pairs: int, at_once: int) -> tuple[float, float]:
    """Judge all pairs of a store in one order; wall and CPU seconds of planning, asking and storing."""
    database = open_database(str(path))
    with database.reading() as session:
        items = make_items(all_pairs(judgeable(session, Scope())))
    judge = Judge("m", [read_prompts([*bundled_prompt_folders()])["pair-3"]], "salt", orders="given")
    began, worked = time.perf_counter(), time.process_time()
    plan = make_plan(database, judge, items, price=Price())

    tally = run_asking(
        lambda: Endpoint(EndpointAccess(url, "a key of the benchmark", timeout_seconds=60), seconds=time.monotonic),
        lambda client: run_plan(database, plan, client, clock=lambda: datetime.now(UTC)),
        limits=BatchLimits(concurrency=(at_once, at_once)),
        price=Price(),
        world=Environment(asyncio.sleep, random.Random(1), time.monotonic),
    )
    assert tally.outcomes == {"scored": pairs}, tally
    taken = time.perf_counter() - began, time.process_time() - worked
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


def speed(requests: int, rounds: int) -> None:
    """Print throughput and CPU time, interleaved, medians."""
    with tempfile.TemporaryDirectory() as name, server(DELAY) as url:
        for at_once in (64, 256):
            taken: dict[str, list[tuple[float, float]]] = {"judge run": [], "bare aiohttp": [], "bare openai": []}
            for number in range(rounds):
                path = Path(name) / f"{at_once}-{number}.db"
                make_store(path, requests)
                taken["judge run"].append(judge_all(path, url, requests, at_once))
                taken["bare aiohttp"].append(bare_aiohttp(url, requests, at_once))
                taken["bare openai"].append(bare(url, OPENAI_REQUESTS, at_once))
            report(taken, requests, at_once)


def report(taken: Mapping[str, Sequence[tuple[float, float]]], requests: int, at_once: int) -> None:
    """Print what each client took, and the two ratios that count."""
    counts = dict.fromkeys(taken, requests) | {"bare openai": OPENAI_REQUESTS}
    ideal = at_once / DELAY
    for who, rounds in taken.items():
        rate = statistics.median(counts[who] / wall for wall, _ in rounds)
        cpu = statistics.median(1000 * cpu / counts[who] for _, cpu in rounds)
        share = 100 * rate / ideal
        print(f"{at_once} at once, {who}: {rate:.0f} a second, {share:.0f} % of the ideal, {cpu:.2f} ms CPU each")
    ours, plain, openai_ = (taken[who] for who in taken)
    rates = [100 * b[0] / a[0] for a, b in zip(ours, plain, strict=True)]
    work = [a[1] / requests / (b[1] / OPENAI_REQUESTS) for a, b in zip(ours, openai_, strict=True)]
    for what, values in (("% of the throughput of bare aiohttp", rates), ("of the CPU of bare openai", work)):
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{at_once} at once, judge run: {middle:.3g} ({low:.3g} to {high:.3g}) {what}")


def memory(pairs: int) -> None:
    """Judge in this process and print the largest resident set in MiB."""
    with tempfile.TemporaryDirectory() as name, server(0.0) as url:
        path = Path(name) / "judged.db"
        made = [sys.executable, "-m", "tests.benchmarks.judging_speed", "--fill", str(path), "--requests", str(pairs)]
        subprocess.run(made, check=True)
        judge_all(path, url, pairs, 64)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")


def main() -> None:
    """See the module."""
    options = argparse.ArgumentParser()
    options.add_argument("--requests", type=int, default=2_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--memory", action="store_true")
    options.add_argument("--serve", type=float)
    options.add_argument("--resident", type=int)
    options.add_argument("--fill", type=Path)
    chosen = options.parse_args()
    if chosen.serve is not None:
        serve(chosen.serve)
    elif chosen.fill is not None:
        make_store(chosen.fill, chosen.requests)
    elif chosen.resident is not None:
        memory(chosen.resident)
    elif chosen.memory:
        for pairs in (1_000, 50_000):
            command = [sys.executable, "-m", "tests.benchmarks.judging_speed", "--resident", str(pairs)]
            ended = subprocess.run(command, capture_output=True, text=True, check=True)
            print(f"{pairs:,} judgements: {ended.stdout.strip()} MiB")
    else:
        speed(chosen.requests, chosen.rounds)


if __name__ == "__main__":
    main()
