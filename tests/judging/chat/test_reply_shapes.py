"""Replies in the shapes that endpoints use: each becomes a text, reasoning apart, or a failure with its cause."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from judging.chat.batch import Price
from judging.chat.endpoint import Endpoint, EndpointAccess
from judging.chat.model import ChatRequest, Reply, RequestCause, RequestError
from tests.judging.chat_server import ChatServer, chat_server, completion


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def ask(server: ChatServer, response: Response) -> Reply:
    server.shape = lambda _body: response

    async def once() -> Reply:
        endpoint = Endpoint(EndpointAccess(server.url, "k", timeout_seconds=5.0), seconds=time.monotonic)
        try:
            return await endpoint.ask(ChatRequest("tiny", [{"role": "user", "content": "?"}]))
        finally:
            await endpoint.close()

    return asyncio.run(once())


def failure(server: ChatServer, response: Response) -> RequestError:
    with pytest.raises(RequestError) as caught:
        ask(server, response)
    return caught.value


def message(finish: str | None = "stop", **fields: Any) -> JSONResponse:
    body = completion(None) | {"choices": [{"index": 0, "message": {"role": "assistant", **fields}}]}
    body["choices"][0]["finish_reason"] = finish
    return JSONResponse(body)


@pytest.mark.parametrize(
    ("response", "text", "reasoning"),
    [
        pytest.param(message(content="[[A]]", reasoning_content="B?"), "[[A]]", "B?", id="DeepSeek, vLLM, SGLang"),
        pytest.param(message(content="[[A]]", reasoning="B?"), "[[A]]", "B?", id="OpenRouter, Ollama"),
        pytest.param(message(content=None, reasoning_content="[[A]]"), "", "[[A]]", id="reasoning only"),
        pytest.param(
            message(content="", reasoning_details=[{"type": "reasoning.text", "text": "[[A]]"}]), "", "[[A]]",
            id="OpenRouter, details only",
        ),
        pytest.param(
            message(content=[{"type": "text", "text": "So "}, {"type": "output_text", "text": "[[A]]"}]),
            "So [[A]]", "", id="parts",
        ),
        pytest.param(
            message(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "B?"}]},
                             {"type": "text", "text": "[[A]]"}]), "[[A]]", "B?",
            id="Mistral, thinking parts",
        ),
        pytest.param(
            message("tool_calls", content=None, tool_calls=[
                {"id": "1", "type": "function", "function": {"name": "verdict", "arguments": '{"verdict": "A"}'}}
            ]), '{"verdict": "A"}', "",
            id="tool call",
        ),
        pytest.param(
            message("function_call", content=None, function_call={"name": "v", "arguments": '{"verdict": "A"}'}),
            '{"verdict": "A"}', "",
            id="function call",
        ),
        pytest.param(message("eos_token", content="[[A]]"), "[[A]]", "", id="TGI"),
    ],
)  # fmt: skip
def test_the_answer_is_found_and_reasoning_is_kept_apart(
    server: ChatServer, response: Response, text: str, reasoning: str
) -> None:
    reply = ask(server, response)
    assert (reply.text, reply.reasoning, reply.finish) == (text, reasoning, "stop")


@pytest.mark.parametrize(
    ("finish", "found"),
    [("length", "length"), ("max_tokens", "length"), ("content_filter", "refused"), (None, "other"), ("odd", "other")],
)
def test_every_reason_to_finish_is_known_or_other(server: ChatServer, finish: str | None, found: str) -> None:
    assert ask(server, message(finish, content="x")).finish == found


@pytest.mark.parametrize("reason", ["insufficient_system_resource", "abort", "error"])
def test_a_reply_that_the_endpoint_broke_off_is_no_reply(server: ChatServer, reason: str) -> None:
    found = failure(server, message(reason, content="The better one is [[A]]"))
    assert found.cause is RequestCause.server_error and found.is_transient and found.usage == (11, 3)


@pytest.mark.parametrize(
    ("body", "cause", "words"),
    [
        ({"choices": None, "error": {"message": "Provider returned error", "code": 429}}, "rate_limited", "Provider"),
        ({"error": {"message": "quota exceeded", "code": 402}}, "no_credit", "quota exceeded"),
        ({"error": {"message": "x", "code": "insufficient_quota", "type": "insufficient_quota"}}, "no_credit", "x"),
        ({"error": {"message": "Provider returned error", "code": 502, "metadata": {"raw": "upstream gone"}}},
         "server_error", "upstream gone"),
        ({"error": {"message": "No auth credentials found", "code": 401}}, "unauthorised", "No auth"),
        ({"error": {"message": "x is not a valid model ID", "code": 400}}, "unknown_model", "not a valid model"),
        ({"error": "model is overloaded"}, "server_error", "overloaded"),
        ({"object": "error", "message": "too many", "code": 429}, "rate_limited", "too many"),
        ({"detail": "Internal trouble"}, "server_error", "Internal trouble"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Too busy"}}, "server_error", "Too busy"),
        ({"error": {"type": "invalid_request_error", "message": "no such field"}}, "rejected", "no such field"),
        ({"error": {"message": "flagged", "code": 403, "metadata": {"flagged_input": ""}}}, "filtered", "flagged"),
    ],
)  # fmt: skip
def test_an_error_in_a_body_with_status_200_is_that_error(
    server: ChatServer, body: dict[str, Any], cause: str, words: str
) -> None:
    found = failure(server, JSONResponse(body))
    assert found.cause == cause and words in str(found)


def test_an_error_beside_an_empty_choice_is_that_error(server: ChatServer) -> None:
    body = completion(None) | {"error": {"message": "Provider returned error", "code": 429}}
    assert failure(server, JSONResponse(body)).cause is RequestCause.rate_limited
    inner = completion(None)
    inner["choices"][0]["error"] = {"message": "broken", "code": 502}
    assert failure(server, JSONResponse(inner)).cause is RequestCause.server_error


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (429, {"error": {"message": "You exceeded your current quota, please check your plan and billing details.",
                         "type": "insufficient_quota", "code": "insufficient_quota"}}, "no_credit"),
        (429, {"error": "insufficient_quota"}, "no_credit"),
        (429, [{"error": {"code": 429, "message": "You exceeded your current quota, please check your plan",
                          "status": "RESOURCE_EXHAUSTED"}}], "rate_limited"),
        (429, {"error": {"message": "Requests have exceeded call rate limit", "code": "429"}}, "rate_limited"),
        (402, {"error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid_request_error"}},
         "no_credit"),
        (400, {"type": "error", "error": {"type": "invalid_request_error",
                                          "message": "Your credit balance is too low for this API."}}, "no_credit"),
        (404, {"error": {"code": "DeploymentNotFound", "message": "The deployment does not exist."}}, "unknown_model"),
        (404, {"error": {"message": "model 'x' not found, try pulling it", "type": "api_error"}}, "unknown_model"),
        (400, {"error": {"message": "Model Not Exist", "type": "invalid_request_error"}}, "unknown_model"),
        (400, {"error": {"code": "content_filter", "message": "The response was filtered"}}, "filtered"),
        (403, {"error": {"message": "Access denied", "code": 403}}, "unauthorised"),
        (503, {"error": {"message": "Server overloaded"}}, "server_error"),
        (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "server_error"),
    ],
)  # fmt: skip
def test_a_refusal_has_the_cause_that_its_codes_and_words_give(
    server: ChatServer, status: int, body: object, cause: str
) -> None:
    assert failure(server, JSONResponse(body, status_code=status)).cause == cause


def test_a_lack_of_credit_that_passes_is_waited_for(server: ChatServer) -> None:
    body = {"error": {"message": "in flight budget exhausted", "code": 402}}
    found = failure(server, JSONResponse(body, status_code=402, headers={"retry-after": "5"}))
    assert (found.cause, found.retry_after) == (RequestCause.rate_limited, 5.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_in_seconds_and_as_a_date(
    server: ChatServer, headers: dict[str, str], seconds: float | None
) -> None:
    assert failure(server, JSONResponse({}, status_code=429, headers=headers)).retry_after == seconds


def events(*pieces: object, end: str = "data: [DONE]\n\n") -> PlainTextResponse:
    lines = "".join(f"data: {json.dumps(piece)}\n\n" for piece in pieces)
    return PlainTextResponse(f": keep-alive\n\n{lines}{end}", media_type="text/event-stream")


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"id": "1", "model": "tiny-1", "choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def test_a_streamed_reply_is_put_together_with_its_usage(server: ChatServer) -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 8, "completion_tokens": 2}}
    pieces = [delta(role="assistant", content=""), delta(reasoning_content="B"), delta(reasoning_content="?"),
              delta(content="[["), delta(content="A]]"), delta("stop"), usage]  # fmt: skip
    reply = ask(server, events(*pieces))
    assert (reply.text, reply.reasoning, reply.finish, reply.model) == ("[[A]]", "B?", "stop", "tiny-1")
    assert (reply.prompt_tokens, reply.completion_tokens) == (8, 2)


def test_a_streamed_tool_call_is_put_together(server: ChatServer) -> None:
    def call(text: str) -> dict[str, Any]:
        return delta(tool_calls=[{"index": 0, "function": {"arguments": text}}])

    assert ask(server, events(call('{"verdict":'), call(' "A"}'), delta("tool_calls"))).text == '{"verdict": "A"}'


def test_a_stream_without_an_end_is_no_reply_and_an_error_in_it_is_that_error(server: ChatServer) -> None:
    broken = failure(server, events(delta(content="[[A"), end=""))
    assert broken.cause is RequestCause.connection and broken.may_cost and broken.is_transient
    told = failure(server, events(delta(content="["), {"error": {"message": "gone", "code": 402}}))
    assert told.cause is RequestCause.no_credit
    assert failure(server, events(end="data: {broken\n\n")).cause is RequestCause.wrong_schema


def test_usage_is_read_by_both_names_and_an_unknown_one_is_unknown(server: ChatServer) -> None:
    reply = ask(server, JSONResponse(completion("x") | {"usage": {"input_tokens": 5, "output_tokens": 2}}))
    assert (reply.prompt_tokens, reply.completion_tokens) == (5, 2)
    for usage in (None, {}, "many", {"prompt_tokens": True, "completion_tokens": -1}):
        reply = ask(server, JSONResponse(completion("x") | {"usage": usage}))
        assert (reply.prompt_tokens, Price(1.0, 1.0).cost(reply)) == (None, None)


def test_the_recorded_cases_have_the_causes_that_they_should(server: ChatServer, shared_cases: Path) -> None:
    found: dict[str, str] = {}
    for line in (shared_cases / "endpoint_replies.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        status, body = case.get("status", 200), case.get("body", {"error": {"message": case.get("error", "")}})
        try:
            reply = ask(server, JSONResponse(body, status_code=status))
        except RequestError as error:
            found[case["case"]] = error.cause.value
        else:
            found[case["case"]] = f"{reply.text!r} after {reply.reasoning!r}"
    assert found == {
        "reasoning_only": "'' after 'A.\\n[[A]]'",
        "error_in_200": "no_credit",
        "empty_choices": "empty_choices",
        "max_tokens_refused": "rejected",
        "temperature_and_top_p_refused": "rejected",
        "key_revoked_in_the_middle": "unauthorised",
        "quota_gone_in_the_middle": "no_credit",
    }
