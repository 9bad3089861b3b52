"""A batch finishes every request once, in the right state, within its budget and the limits of the endpoint."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from judging.chat.batch import BatchClient, BatchLimits, BatchTotals, Environment, Job, Price, RequestOutcome, run_jobs
from judging.chat.endpoint import Endpoint, EndpointAccess
from judging.chat.gate import ConcurrencyGate
from judging.chat.model import ChatModel, ChatRequest, ChatSettings, Reply, RequestCause, RequestError
from judging.chat.pace import RateLimiter, RateLimits
from judging.chat.retrying import RetryPolicy
from judging.prompts.messages import message_text
from tests.judging.chat_server import ChatServer, chat_server

WORDS = [
    "status 429", "status 500", "hang", "cut", "empty body", "broken JSON", "wrong schema", "drip", "status 400",
]  # fmt: skip


async def no_wait(_seconds: float) -> None:
    await asyncio.sleep(0)


def world() -> Environment:
    return Environment(no_wait, random.Random(1), time.monotonic)


def request(text: str, *, max_tokens: int = 100) -> ChatRequest:
    return ChatRequest("tiny", [{"role": "user", "content": text}], ChatSettings(max_tokens=max_tokens))


class ScriptedEndpoint:
    """Answers at once, and remembers how many were under way."""

    def __init__(self, *, bears: int = 10**9, tokens: int | None = 50) -> None:
        self.bears, self.tokens = bears, tokens
        self.inside, self.most, self.refusals = 0, 0, 0
        self.asked: Counter[str] = Counter()

    async def ask(self, request: ChatRequest) -> Reply:
        self.asked[request.digest] += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            if self.inside > self.bears:
                self.refusals += 1
                raise RequestError(RequestCause.rate_limited, "too many")
            for _ in range(3):
                await asyncio.sleep(0)
        finally:
            self.inside -= 1
        return Reply("[[7]]", "stop", prompt_tokens=self.tokens, completion_tokens=self.tokens)


def job(asked: ChatRequest, keep: Callable[[RequestOutcome], None]) -> Job:
    async def ask(client: BatchClient) -> None:
        keep(await client.ask(asked))

    return ask


async def ask_all(
    model: ChatModel,
    texts: list[str],
    keep: Callable[[RequestOutcome], None],
    limits: BatchLimits,
    price: Price | None = None,
) -> BatchTotals:
    client = BatchClient(model, limits=limits, price=price or Price(), environment=world())
    return await run_jobs((job(request(text), keep) for text in texts), client)


def run(
    model: ChatModel, texts: list[str], *, limits: BatchLimits, price: Price | None = None
) -> tuple[BatchTotals, list[RequestOutcome]]:
    kept: list[RequestOutcome] = []
    return asyncio.run(ask_all(model, texts, kept.append, limits, price)), kept


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def test_concurrent_requests_stay_within_the_limit_and_use_all_slots() -> None:
    model = ScriptedEndpoint()
    run(model, [str(number) for number in range(300)], limits=BatchLimits(concurrency=(16, 16)))
    assert model.most == 16


def test_the_limit_of_an_endpoint_is_found_and_no_request_is_lost() -> None:
    model = ScriptedEndpoint(bears=5)
    limits = BatchLimits(concurrency=(32, 32), retry=RetryPolicy(attempts=50))
    totals, kept = run(model, [str(number) for number in range(400)], limits=limits)
    assert totals.replies == len(kept) == 400 and not totals.failures
    assert model.refusals < 200, "half of the requests at most were refused on the way"


def test_the_limit_is_halved_once_for_simultaneous_refusals_and_grows_again() -> None:
    async def play() -> list[int]:
        gate, seen = ConcurrencyGate(start=8, most=8), []
        async with gate.slot() as first, gate.slot() as second:
            gate.record_rate_limit(first)
            gate.record_rate_limit(second)
            seen.append(gate.allowed)
        for _ in range(4):
            gate.record_success()
        seen.append(gate.allowed)
        for _ in range(200):
            gate.record_success()
        return [*seen, gate.allowed]

    assert asyncio.run(play()) == [4, 5, 8]


def test_the_budget_is_never_exceeded_and_stops_the_batch() -> None:
    # Each reply costs (50 * 1 + 50 * 2) / 1e6 = 150e-6, and at most (1 * 1/2 * 1 + 100 * 2) / 1e6 is reserved for it.
    price = Price(prompt=1.0, completion=2.0)
    totals, kept = run(
        ScriptedEndpoint(), [f"{number:03d}" for number in range(200)], limits=BatchLimits(budget=0.01), price=price
    )
    assert totals.spent == pytest.approx(150e-6 * totals.replies)
    assert totals.spent <= 0.01
    assert totals.stopped and len(kept) == totals.replies < 200
    assert totals.spent > 0.009, "the money that was allowed was used"


def test_a_budget_of_zero_sends_nothing() -> None:
    model = ScriptedEndpoint()
    totals, kept = run(model, ["a", "b"], limits=BatchLimits(budget=0.0), price=Price(1.0, 1.0))
    assert (totals.stopped, kept, len(model.asked)) == (True, [], 0)


def test_a_reply_of_unknown_cost_counts_at_its_highest_cost() -> None:
    totals, kept = run(ScriptedEndpoint(tokens=None), ["abcd"], limits=BatchLimits(), price=Price(1.0, 1.0))
    assert kept[0].cost is None
    assert totals.spent == pytest.approx((2 + 100) / 1e6)


def test_an_error_of_a_job_ends_the_batch() -> None:
    def full(_outcome: RequestOutcome) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        asyncio.run(ask_all(ScriptedEndpoint(), [str(number) for number in range(50)], full, BatchLimits()))


def test_with_a_third_of_faults_every_request_ends_in_the_right_state(server: ChatServer) -> None:
    texts = [f"fine {number}" for number in range(60)] + WORDS * 3
    kept: list[RequestOutcome] = []

    async def all_of_them() -> BatchTotals:
        endpoint = Endpoint(EndpointAccess(server.url, "k", timeout_seconds=1.0), seconds=time.monotonic)
        quick = RetryPolicy(attempts=2, first_seconds=0.1, longest_seconds=0.2)
        limits = BatchLimits(concurrency=(8, 16), retry=quick)
        try:
            return await ask_all(endpoint, texts, kept.append, limits)
        finally:
            await endpoint.close()

    totals = asyncio.run(all_of_them())
    asked = Counter(message_text(outcome.request.messages[-1]) for outcome in kept)
    assert asked == Counter(texts), "every request ended exactly once"
    for outcome in kept:
        said = message_text(outcome.request.messages[-1])
        if said.startswith("fine"):
            assert outcome.reply is not None and outcome.reply.text == f"echo {said}"
        else:
            assert outcome.failure is not None
            assert outcome.attempts == (1 if said == "status 400" else 2)
    assert totals.replies == 60
    assert sum(totals.failures.values()) == 3 * len(WORDS)
    assert totals.failures[RequestCause.timeout] == 6  # hangs and slow drips


def test_the_limit_does_not_grow_while_replies_are_slow() -> None:
    gate = ConcurrencyGate(start=2, most=64)
    for _ in range(40):
        gate.record_success(0.1)
    grown = gate.allowed
    for _ in range(400):
        gate.record_success(1.0)
    assert grown > 4
    assert gate.allowed < grown + 12


def test_requests_and_tokens_stay_within_their_limits_per_minute() -> None:
    # 60 requests a minute are one a second; 600 tokens a minute are ten a second, so thirty tokens take three.
    now, waits = [0.0], []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def play(rates: RateLimits, tokens: float) -> list[float]:
        waits.clear()
        pace = RateLimiter(rates, seconds=lambda: now[0], sleep=sleep)
        for _ in range(3):
            await pace.wait(tokens)
        pace.correct(tokens, 0.0)
        await pace.wait(tokens)
        return list(waits)

    assert asyncio.run(play(RateLimits(requests=60.0), 30.0)) == [1.0, 2.0, 3.0]
    assert asyncio.run(play(RateLimits(tokens=600.0), 30.0)) == [3.0, 6.0, 6.0]
    assert asyncio.run(play(RateLimits(), 30.0)) == []
