"""A request gets a reply or a failure with a cause; transient failures are retried, others are not."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from judging.chat.endpoint import Endpoint, EndpointAccess
from judging.chat.model import ChatRequest, ChatSettings, Reply, RequestCause, RequestError
from judging.chat.recorded import RecordedModel
from judging.chat.retrying import RetryPolicy, ask_with_retries, wait_seconds
from tests.judging.chat_server import ChatServer, chat_server

SECRET = "a-secret-key"


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def request(text: str) -> ChatRequest:
    return ChatRequest("tiny", [{"role": "user", "content": text}])


def ask(url: str, text: str, *, timeout: float = 5.0) -> Reply:
    async def once() -> Reply:
        endpoint = Endpoint(EndpointAccess(url, SECRET, timeout_seconds=timeout), seconds=time.monotonic)
        try:
            return await endpoint.ask(request(text))
        finally:
            await endpoint.close()

    return asyncio.run(once())


def failure(url: str, text: str, *, timeout: float = 5.0) -> RequestError:
    with pytest.raises(RequestError) as caught:
        ask(url, text, timeout=timeout)
    assert SECRET not in str(caught.value)
    return caught.value


def test_a_reply_comes_with_its_tokens_and_latency(server: ChatServer) -> None:
    reply = ask(server.url, "hello")
    assert (reply.text, reply.finish, reply.model) == ("echo hello", "stop", "tiny-2026-01-01")
    assert (reply.prompt_tokens, reply.completion_tokens) == (11, 3)
    assert reply.latency_seconds is not None and reply.latency_seconds > 0.0
    assert server.bodies[-1]["temperature"] == 0.0 and "seed" not in server.bodies[-1]
    assert server.keys[-1] == f"Bearer {SECRET}"


@pytest.mark.parametrize(("text", "finish"), [("filtered", "refused"), ("long", "length")])
def test_refused_and_truncated_replies_are_distinguished(server: ChatServer, text: str, finish: str) -> None:
    assert ask(server.url, text).finish == finish


def test_a_reply_without_text_is_an_empty_reply_and_no_failure(server: ChatServer) -> None:
    assert ask(server.url, "null content").text == ""


@pytest.mark.parametrize(
    ("text", "trouble", "is_transient"),
    [
        ("status 429", RequestCause.rate_limited, True),
        ("status 500", RequestCause.server_error, True),
        ("status 503", RequestCause.server_error, True),
        ("status 409", RequestCause.server_error, True),
        ("status 400", RequestCause.rejected, False),
        ("status 401", RequestCause.unauthorised, False),
        ("status 404", RequestCause.unknown_model, False),
        ("status 422", RequestCause.rejected, False),
        ("empty body", RequestCause.wrong_schema, True),
        ("no JSON", RequestCause.wrong_schema, True),
        ("broken JSON", RequestCause.wrong_schema, True),
        ("wrong schema", RequestCause.wrong_schema, True),
        ("no choices", RequestCause.empty_choices, True),
        ("cut", RequestCause.connection, True),
    ],
)
def test_every_fault_has_a_cause_that_is_transient_or_not(
    server: ChatServer, text: str, trouble: RequestCause, is_transient: bool
) -> None:
    found = failure(server.url, text)
    assert (found.cause, found.is_transient) == (trouble, is_transient)
    before = len(server.bodies)
    failure(server.url, text)
    assert len(server.bodies) == before + 1, "the client itself asks once"


@pytest.mark.parametrize("text", ["hang", "drip"])
def test_a_whole_request_has_one_time_limit(server: ChatServer, text: str) -> None:
    assert failure(server.url, text, timeout=0.4).cause == RequestCause.timeout


def test_a_reply_can_be_read_while_it_is_written(server: ChatServer) -> None:
    async def read(text: str) -> list[str]:
        endpoint = Endpoint(EndpointAccess(server.url, "k", timeout_seconds=5.0), seconds=time.monotonic)
        try:
            return [piece.text async for piece in endpoint.stream(request(text)) if piece.text]
        finally:
            await endpoint.close()

    assert asyncio.run(read("a b")) == ["echo ", "a ", "b "]
    with pytest.raises(RequestError) as caught:
        asyncio.run(read("status 401"))
    assert caught.value.cause is RequestCause.unauthorised


def test_an_unreachable_endpoint_is_named_in_one_sentence() -> None:
    found = failure("http://127.0.0.1:9/v1", "hello")
    assert found.cause == RequestCause.connection
    assert "check the address" in str(found)


def test_the_wait_that_an_endpoint_asks_for_is_read(server: ChatServer) -> None:
    assert failure(server.url, "status 429").retry_after == 7.0


def patiently(url: str, text: str, patience: RetryPolicy) -> tuple[Reply | RequestError, list[float]]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def run() -> Reply:
        endpoint = Endpoint(EndpointAccess(url, SECRET, timeout_seconds=5.0), seconds=time.monotonic)
        try:
            return await ask_with_retries(endpoint, request(text), patience, sleep=sleep, rng=random.Random(1))
        finally:
            await endpoint.close()

    try:
        return asyncio.run(run()), waits
    except RequestError as found:
        return found, waits


def test_transient_failures_are_retried_until_there_is_a_reply(server: ChatServer) -> None:
    server.failures_left = 3
    reply, waits = patiently(server.url, "flaky", RetryPolicy(attempts=5))
    assert isinstance(reply, Reply) and reply.text == "echo flaky"
    assert len(waits) == 3


def test_attempts_are_limited_and_other_failures_are_not_retried(server: ChatServer) -> None:
    before = len(server.bodies)
    found, waits = patiently(server.url, "status 503", RetryPolicy(attempts=3))
    assert isinstance(found, RequestError) and len(waits) == 2 and len(server.bodies) == before + 3
    found, waits = patiently(server.url, "status 401", RetryPolicy(attempts=3))
    assert isinstance(found, RequestError) and waits == [] and len(server.bodies) == before + 4


def test_waits_grow_by_doubling_limits_and_never_undercut_the_endpoint() -> None:
    patience, rng = RetryPolicy(first_seconds=1.0, longest_seconds=20.0), random.Random(0)
    plain = RequestError(RequestCause.server_error, "x")
    for attempt, limit in enumerate([1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0]):
        drawn = [wait_seconds(plain, attempt, patience, rng) for _ in range(300)]
        assert max(drawn) <= limit and max(drawn) > 0.9 * limit and min(drawn) < 0.1 * limit
    told = RequestError(RequestCause.rate_limited, "x", retry_after=7.0)
    assert all(7.0 <= wait_seconds(told, 0, patience, rng) <= 8.0 for _ in range(100))
    assert wait_seconds(RequestError(RequestCause.rate_limited, "x", retry_after=900.0), 0, patience, rng) == 20.0


def test_equal_requests_share_a_digest_and_anything_that_matters_changes_it() -> None:
    one = request("hello")
    assert one.digest == request("hello").digest
    changed = [
        request("hello!"),
        replace(one, model="other"),
        replace(one, sample=1),
        replace(one, settings=ChatSettings(temperature=0.1)),
    ]
    assert len({one.digest, *(other.digest for other in changed)}) == 5


def test_recorded_replies_answer_only_what_was_recorded() -> None:
    model = RecordedModel({request("hello").digest: Reply("hi", "stop")})
    assert asyncio.run(model.ask(request("hello"))).text == "hi"
    with pytest.raises(RequestError, match="expected a recorded reply") as caught:
        asyncio.run(model.ask(request("bye")))
    assert not caught.value.is_transient
