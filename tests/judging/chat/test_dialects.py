"""An endpoint that refuses fields of a request gets another request, in the shapes of refusal that endpoints use."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from judging.chat.endpoint import Endpoint, EndpointAccess
from judging.chat.model import ChatRequest, ChatSettings, Reply, RequestCause, RequestError
from judging.chat.retrying import RetryPolicy, ask_with_retries
from judging.chat.wire.dialect import Dialect, DialectLearner, read_lesson
from judging.chat.wire.refusals import Refusal
from tests.judging.chat_server import ChatServer, chat_server, completion

MAX_TOKENS = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
)
TEMPERATURE = (
    "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported."
)
BOTH = "`temperature` and `top_p` cannot both be specified for this model. Please use only one."


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def openai(message: str, param: str | None = None) -> Any:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": "unsupported_value"}}


def openrouter(message: str, param: str | None = None) -> Any:
    raw = json.dumps(openai(message, param))
    return {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": raw}}, "user_id": "u"}


def anthropic(message: str, _param: str | None = None) -> Any:
    return {"type": "error", "error": {"type": "invalid_request_error", "message": message}, "request_id": "r"}


def vllm(message: str, param: str | None = None) -> Any:
    return {"object": "error", "message": message, "type": "BadRequestError", "param": param, "code": 400}


def ollama(message: str, _param: str | None = None) -> Any:
    return {"error": message}


def google(message: str, _param: str | None = None) -> Any:
    return [{"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}]


def fastapi(message: str, param: str | None = None) -> Any:
    return {"detail": [{"type": "extra_forbidden", "loc": ["body", param or "?"], "msg": message, "input": 1}]}


def litellm(message: str, _param: str | None = None) -> Any:
    return {"error": {"message": json.dumps({"message": message}), "type": "None", "param": "None", "code": "400"}}


SHAPES = [openai, openrouter, anthropic, vllm, ollama, google, fastapi, litellm]


def reasoning_model(shape: Callable[..., Any]) -> Callable[[dict[str, Any]], Response | None]:
    """Refuses `max_tokens`, and any temperature but 1."""

    def answer(body: dict[str, Any]) -> Response | None:
        if "max_tokens" in body:
            return JSONResponse(shape(MAX_TOKENS, "max_tokens"), status_code=400)
        if body.get("temperature", 1) != 1:
            return JSONResponse(shape(TEMPERATURE, "temperature"), status_code=400)
        return JSONResponse(completion("[[A]]"))

    return answer


def ask(
    server: ChatServer, settings: ChatSettings | None = None, *, times: int = 1, concurrent: bool = False
) -> tuple[list[Reply], list[str]]:
    told: list[str] = []

    async def no_wait(_seconds: float) -> None:
        await asyncio.sleep(0)

    async def run() -> list[Reply]:
        access = EndpointAccess(server.url, "a-secret-key", timeout_seconds=5.0)
        endpoint = Endpoint(access, seconds=time.monotonic, report=told.append)
        request = ChatRequest("tiny", [{"role": "user", "content": "?"}], settings or ChatSettings())

        async def one() -> Reply:
            return await ask_with_retries(
                endpoint, request, RetryPolicy(attempts=1), sleep=no_wait, rng=random.Random(1)
            )

        try:
            if concurrent:
                return list(await asyncio.gather(*(one() for _ in range(times))))
            return [await one() for _ in range(times)]
        finally:
            await endpoint.close()

    server.bodies.clear()
    return asyncio.run(run()), told


def sampling(body: Mapping[str, Any]) -> set[str]:
    return set(body) - {"model", "messages"}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_reasoning_model_gets_what_it_takes_and_is_asked_so_from_then_on(
    server: ChatServer, shape: Callable[..., Any]
) -> None:
    server.shape = reasoning_model(shape)
    replies, told = ask(server, times=3)
    assert [reply.text for reply in replies] == ["[[A]]"] * 3
    assert len(server.bodies) == 2 + 3, "two lessons, and three replies in one attempt each"
    assert sampling(server.bodies[-1]) == {"max_completion_tokens", "top_p"}
    assert server.bodies[-1]["max_completion_tokens"] == 2048
    assert replies[0].dialect == {"renamed": {"max_tokens": "max_completion_tokens"}, "left_out": ["temperature"]}
    assert len(told) == 1 and "max_completion_tokens in the place of max_tokens, no temperature" in told[0]


def test_requests_under_way_learn_from_each_other(server: ChatServer) -> None:
    server.shape = reasoning_model(openai)
    replies, told = ask(server, times=16, concurrent=True)
    assert len(replies) == 16 and len(told) == 1
    assert len(server.bodies) <= 3 * 16


@pytest.mark.parametrize("words", [BOTH, "cannot both be specified", "temperature, top_p: mutually exclusive"])
def test_of_two_fields_that_exclude_each_other_the_temperature_stays(server: ChatServer, words: str) -> None:
    def answer(body: dict[str, Any]) -> Response | None:
        if {"temperature", "top_p"} <= body.keys():
            return JSONResponse(anthropic(words), status_code=400)
        return JSONResponse(completion("[[A]]"))

    server.shape = answer
    (reply,), _ = ask(server)
    assert reply.dialect == {"left_out": ["top_p"]} and server.bodies[-1]["temperature"] == 0.0


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_without_a_word_is_answered_in_the_dialect_of_reasoning_models(
    server: ChatServer, status: int
) -> None:
    def answer(body: dict[str, Any]) -> Response | None:
        refused = "max_tokens" in body or body.get("temperature", 1) != 1
        return PlainTextResponse("", status_code=status) if refused else JSONResponse(completion("[[A]]"))

    server.shape = answer
    (reply,), told = ask(server)
    assert reply.text == "[[A]]" and len(told) == 1
    assert sampling(server.bodies[-1]) == {"max_completion_tokens"}


def test_when_nothing_helps_the_first_refusal_is_reported_and_the_dialect_stays_plain(server: ChatServer) -> None:
    server.shape = lambda body: JSONResponse(openai(f"No, with {len(body)} fields."), status_code=400)
    for _ in range(2):
        with pytest.raises(RequestError, match="No, with 5 fields") as caught:
            ask(server)
        assert caught.value.cause is RequestCause.rejected
        assert len(server.bodies) == 1 + 1


def test_after_a_reply_a_refusal_without_names_is_that_of_its_item(server: ChatServer) -> None:
    replies = iter([JSONResponse(completion("fine")), *[PlainTextResponse("", status_code=400)] * 9])
    server.shape = lambda _body: next(replies)
    with pytest.raises(RequestError):
        ask(server, times=2)
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 8192 tokens. However, you requested 9000 (2048 in max_tokens).",
        "max_tokens must be at least 1, got -186.",
        "max_tokens for `tiny` must be less than or equal to 1000",
        "'max_tokens' or 'max_completion_tokens' is too large: 2048.",
        "Invalid max_tokens value, the valid range of max_tokens is [1, 1024]",
    ],
)
def test_a_limit_that_is_too_high_is_said_and_never_removed(server: ChatServer, words: str) -> None:
    server.shape = lambda body: JSONResponse(vllm(words), status_code=400)
    with pytest.raises(RequestError, match="got 400"):
        ask(server)
    assert all("max_tokens" in body or "max_completion_tokens" in body for body in server.bodies)


def test_what_the_user_asked_for_is_never_left_out(server: ChatServer) -> None:
    server.shape = lambda body: JSONResponse(openai("Unknown parameter: 'temperature'"), status_code=400)
    with pytest.raises(RequestError, match="Unknown parameter"):
        ask(server, ChatSettings(body={"temperature": 0.7, "top_k": 5}))
    assert all(body["temperature"] == 0.7 and body["top_k"] == 5 for body in server.bodies)


def test_stop_strings_that_are_refused_end_the_text_here(server: ChatServer) -> None:
    def answer(body: dict[str, Any]) -> Response | None:
        if "stop" in body:
            return JSONResponse(openai("Unsupported parameter: 'stop'", "stop"), status_code=400)
        return JSONResponse(completion("one\n\ntwo###three", finish="length"))

    server.shape = answer
    (reply,), _ = ask(server, ChatSettings(stop=("###", "\n\n")))
    assert (reply.text, reply.finish) == ("one", "stop")


@pytest.mark.parametrize(
    "words",
    [
        "parameter.enable_thinking must be set to false for non-streaming calls",
        "This model only supports stream mode, please enable the stream parameter to access the model.",
        "enable thinking can not be support when `stream=False`.",
        "stream must be true",
    ],
)
def test_a_server_that_only_streams_is_asked_to_stream(server: ChatServer, words: str) -> None:
    server.shape = lambda body: None if body.get("stream") else JSONResponse(openai(words), status_code=400)
    (reply,), told = ask(server)
    assert reply.text == "echo ? " and reply.dialect == {"streams": True}
    assert server.bodies[-1]["stream_options"] == {"include_usage": True}
    assert "a request for a streamed reply" in told[0]


def test_a_field_is_left_out_once_and_the_learner_ends() -> None:
    body = {"model": "m", "messages": [], "temperature": 0.0, "top_p": 1.0, "max_tokens": 5, "seed": 1}
    refusal, learner, seen = Refusal(400, "seed temperature top_p max_tokens are extra"), DialectLearner(), []
    for _ in range(9):
        sent = learner.dialect.spoken(body)
        seen.append(set(sent))
        if not learner.learn(learner.dialect, sent, refusal, ()):
            break
    assert seen[0] - seen[-1] == {"seed", "temperature", "top_p", "max_tokens"}
    assert len(seen) == 5


def test_names_within_other_names_are_no_names() -> None:
    sent = {"stop": ["x"], "top_p": 1.0, "max_tokens": 4}
    assert read_lesson(Dialect(), sent, Refusal(400, "stop_token_ids is unknown; my_top_p, too"), ()) is None
