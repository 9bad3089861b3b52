"""A batch ends every request once, in the right way, within its money, at the pace that the endpoint bears."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from judging.chat.batch import Limits, Outcome, Price, Surroundings, Totals, run_batch
from judging.chat.endpoint import Endpoint
from judging.chat.gate import Gate
from judging.chat.model import ChatRequest, ChatSettings, NoReply, Reply, Trouble
from judging.chat.retrying import Patience
from tests.judging.chat_server import ChatServer, chat_server

WORDS = [
    "status 429", "status 500", "hang", "cut", "empty body", "broken JSON", "wrong schema", "drip", "status 400",
]  # fmt: skip


async def no_wait(_seconds: float) -> None:
    await asyncio.sleep(0)


def world() -> Surroundings:
    return Surroundings(no_wait, random.Random(1))


def request(text: str, *, max_tokens: int = 100) -> ChatRequest:
    return ChatRequest("tiny", [{"role": "user", "content": text}], ChatSettings(max_tokens=max_tokens))


class Scripted:
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
                raise NoReply(Trouble.rate_limited, "too many")
            for _ in range(3):
                await asyncio.sleep(0)
        finally:
            self.inside -= 1
        return Reply("[[7]]", "stop", prompt_tokens=self.tokens, completion_tokens=self.tokens)


def run(model: object, texts: list[str], *, limits: Limits, price: Price | None = None) -> tuple[Totals, list[Outcome]]:
    kept: list[Outcome] = []
    items = [(f"k{number}", request(text)) for number, text in enumerate(texts)]
    totals = asyncio.run(
        run_batch(model, items, kept.append, limits=limits, price=price or Price(), world=world())  # type: ignore[arg-type]
    )
    return totals, kept


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def test_equal_requests_are_asked_once_and_answer_for_all() -> None:
    model = Scripted()
    totals, kept = run(model, ["a", "b", "a", "a"], limits=Limits())
    assert totals.replies == 2 and totals.attempts == 2
    assert sorted(outcome.keys for outcome in kept) == [("k0", "k2", "k3"), ("k1",)]
    assert set(model.asked.values()) == {1}


def test_no_more_are_under_way_than_allowed_and_all_places_are_used() -> None:
    model = Scripted()
    run(model, [str(number) for number in range(300)], limits=Limits(at_once=(16, 16)))
    assert model.most == 16


def test_an_endpoint_that_bears_few_is_found_out_and_loses_nothing() -> None:
    model = Scripted(bears=5)
    limits = Limits(at_once=(32, 32), patience=Patience(attempts=50))
    totals, kept = run(model, [str(number) for number in range(400)], limits=limits)
    assert totals.replies == len(kept) == 400 and not totals.failures
    assert model.refusals < 200, "half of the requests at most were refused on the way"


def test_a_gate_halves_once_for_refusals_of_one_moment_and_grows_again() -> None:
    async def play() -> list[int]:
        gate, seen = Gate(start=8, most=8), []
        async with gate.passing() as first, gate.passing() as second:
            gate.refused(first)
            gate.refused(second)
            seen.append(gate.allowed)
        for _ in range(4):
            await gate.answered()
        seen.append(gate.allowed)
        for _ in range(200):
            await gate.answered()
        return [*seen, gate.allowed]

    assert asyncio.run(play()) == [4, 5, 8]


def test_the_ceiling_is_never_passed_and_what_it_kept_back_is_counted() -> None:
    # Each reply costs (50 * 1 + 50 * 2) / 1e6 = 150e-6, and at most (1 * 1/2 * 1 + 100 * 2) / 1e6 is reserved for it.
    price = Price(prompt=1.0, completion=2.0)
    totals, kept = run(Scripted(), [f"{number:03d}" for number in range(200)], limits=Limits(ceiling=0.01), price=price)
    assert totals.spent == pytest.approx(150e-6 * totals.replies)
    assert totals.spent <= 0.01
    assert totals.replies + totals.not_asked == 200 and totals.not_asked > 0
    assert len(kept) == totals.replies
    assert totals.spent > 0.009, "the money that was allowed was used"


def test_a_budget_of_zero_asks_nothing() -> None:
    model = Scripted()
    totals, kept = run(model, ["a", "b"], limits=Limits(ceiling=0.0), price=Price(1.0, 1.0))
    assert (totals.not_asked, kept, len(model.asked)) == (2, [], 0)


def test_a_reply_that_was_not_counted_is_taken_at_its_most() -> None:
    totals, kept = run(Scripted(tokens=None), ["abcd"], limits=Limits(), price=Price(1.0, 1.0))
    assert kept[0].cost is None
    assert totals.spent == pytest.approx((2 + 100) / 1e6)


def test_what_the_keeper_raises_ends_the_batch() -> None:
    def full(_outcome: Outcome) -> None:
        raise OSError("disk full")

    items = [(str(number), request(str(number))) for number in range(50)]
    with pytest.raises(OSError, match="disk full"):
        asyncio.run(run_batch(Scripted(), items, full, limits=Limits(), price=Price(), world=world()))


def test_a_third_of_faults_ends_every_request_in_the_right_state(server: ChatServer) -> None:
    texts = [f"fine {number}" for number in range(60)] + WORDS * 3
    texts = [f"{text}" for text in texts]
    kept: list[Outcome] = []

    async def all_of_them() -> Totals:
        endpoint = Endpoint(server.url, key="k", timeout_seconds=0.5, seconds=time.monotonic)
        items = [(f"{number}", request(text)) for number, text in enumerate(texts)]
        limits = Limits(at_once=(8, 16), patience=Patience(attempts=2))
        try:
            return await run_batch(endpoint, items, kept.append, limits=limits, price=Price(), world=world())
        finally:
            await endpoint.close()

    totals = asyncio.run(all_of_them())
    keys = sorted(int(key) for outcome in kept for key in outcome.keys)
    assert keys == list(range(len(texts))), "every key ended exactly once"
    for outcome in kept:
        said = outcome.request.messages[-1]["content"]
        if said.startswith("fine"):
            assert outcome.reply is not None and outcome.reply.text == f"echo {said}"
        else:
            assert outcome.failure is not None
            assert outcome.attempts == (1 if said == "status 400" else 2)
    assert totals.replies == 60
    assert sum(totals.failures.values()) == len(WORDS)
    assert totals.failures[Trouble.timeout] == 2
