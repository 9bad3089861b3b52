"""Money: failed attempts that may have been answered count, prices come from tables, outages leave requests open."""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from judging.chat.batch import BatchClient, BatchLimits, BatchTotals, Environment, Price, RequestOutcome, run_jobs
from judging.chat.model import ChatRequest, ChatSettings, Reply, RequestCause, RequestError
from judging.chat.prices import BUNDLED, ModelPrice, find_price, read_prices
from judging.chat.retrying import RetryPolicy
from storage.errors import BadInput

PRICE = Price(1.0, 2.0)
MOST = (2 + 100 * 2) / 1e6
"""Highest cost of a request of four characters and a hundred tokens at `PRICE`."""


class ScriptedModel:
    """Fails by a function of the number of the attempt, or replies."""

    def __init__(self, failure: Callable[[int], RequestError | None]) -> None:
        self.failure, self.attempts = failure, 0

    async def ask(self, _request: ChatRequest) -> Reply:
        self.attempts += 1
        await asyncio.sleep(0)
        failure = self.failure(self.attempts)
        if failure is not None:
            raise failure
        return Reply("fine", "stop", prompt_tokens=2, completion_tokens=4)


def unsent() -> RequestError:
    found = RequestError(RequestCause.connection, "nobody is there")
    found.is_unsent = True
    return found


async def no_wait(_seconds: float) -> None:
    await asyncio.sleep(0)


def run(
    model: ScriptedModel, count: int, *, attempts: int = 3, budget: float | None = None, at_once: int = 1
) -> tuple[BatchTotals, list[RequestOutcome]]:
    kept: list[RequestOutcome] = []
    limits = BatchLimits((at_once, at_once), budget, RetryPolicy(attempts=attempts))
    client = BatchClient(
        model, limits=limits, price=PRICE, environment=Environment(no_wait, random.Random(1), time.monotonic)
    )

    async def job(client: BatchClient) -> None:
        request = ChatRequest("m", [{"role": "user", "content": "abcd"}], ChatSettings(max_tokens=100))
        kept.append(await client.ask(request))

    return asyncio.run(run_jobs([job] * count, client)), kept


@pytest.mark.parametrize(
    ("failure", "cost"),
    [
        (RequestError(RequestCause.timeout, "x", may_cost=True), MOST),
        (RequestError(RequestCause.empty_choices, "x", may_cost=True, usage=(50, 0)), 50e-6),
        (RequestError(RequestCause.rate_limited, "x"), 0.0),
    ],
)
def test_a_failed_attempt_costs_what_it_may_have_cost(failure: RequestError, cost: float) -> None:
    totals, kept = run(ScriptedModel(lambda number: failure if number < 3 else None), 1)
    assert kept[0].cost == pytest.approx(10e-6) and totals.attempts == 3
    assert totals.unanswered == pytest.approx(2 * cost)
    assert totals.spent == pytest.approx(10e-6 + 2 * cost)


def test_attempts_that_may_have_been_answered_end_at_the_budget() -> None:
    model = ScriptedModel(lambda _: RequestError(RequestCause.timeout, "x", may_cost=True))
    totals, kept = run(model, 10, attempts=6, budget=4.5 * MOST, at_once=4)
    assert (model.attempts, totals.stopped, kept) == (4, True, [])
    assert totals.spent == pytest.approx(4 * MOST)


def test_refused_connections_in_a_row_end_the_batch_and_fail_nothing() -> None:
    model = ScriptedModel(lambda number: unsent() if number > 5 else None)
    totals, kept = run(model, 20, attempts=3)
    assert len(kept) == 5 and all(outcome.reply is not None for outcome in kept)
    assert totals.outage is not None and totals.replies == 5 and model.attempts == 5 + 3


def test_one_attempt_each_takes_three_requests_in_a_row() -> None:
    model = ScriptedModel(lambda number: unsent() if number > 5 else None)
    totals, kept = run(model, 20, attempts=1)
    assert (len(kept), model.attempts) == (5, 5 + 3) and totals.outage is not None


def test_a_single_refused_connection_leaves_its_request_open_and_the_batch_goes_on() -> None:
    totals, kept = run(ScriptedModel(lambda number: unsent() if number == 3 else None), 10, attempts=1)
    assert len(kept) == 9 and totals.outage is None and totals.failures == {RequestCause.connection: 1}


def test_an_endpoint_that_is_not_there_is_an_error_after_two_attempts() -> None:
    model = ScriptedModel(lambda _: unsent())
    with pytest.raises(RequestError, match="nobody is there"):
        run(model, 20, attempts=6)
    assert model.attempts == 2


def test_a_shared_cause_stops_the_retries_of_other_requests() -> None:
    def failure(number: int) -> RequestError | None:
        if number == 1:
            return None
        return (
            RequestError(RequestCause.no_credit, "no money") if number == 9 else RequestError(RequestCause.timeout, "x")
        )

    model = ScriptedModel(failure)
    totals, kept = run(model, 50, attempts=50, at_once=4)
    assert totals.outage is not None and totals.outage.cause is RequestCause.no_credit
    assert len(kept) == 1 and model.attempts <= 9 + 4


def test_prices_are_found_by_name_provider_and_date(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text('["house"]\nin = 1\nout = 2\n["gpt-4.1"]\nin = 3\nout = 4\nbatch = 0.25\n')
    prices = read_prices(BUNDLED, own)
    assert find_price(prices, "house") == ModelPrice(Price(1.0, 2.0), 1.0)
    assert find_price(prices, "gpt-4.1-2025-04-14") == ModelPrice(Price(3.0, 4.0), 0.25)
    assert find_price(prices, "openai/gpt-4o-mini") == ModelPrice(Price(0.15, 0.6), 0.5)
    assert find_price(prices, "gpt-4.1-unheard-of") is None


@pytest.mark.parametrize(
    "row", ["a = 1", '["m"]\nin = 1', '["m"]\nin = -1\nout = 1', '["m"]\nin = 1\nout = 1\nbatch = 0', "["]
)
def test_a_wrong_table_of_prices_is_one_sentence(tmp_path: Path, row: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(row)
    with pytest.raises(BadInput, match=r"prices\.toml: expected"):
        read_prices(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_prices(tmp_path / "none.toml")
