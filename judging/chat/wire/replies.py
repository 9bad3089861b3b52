"""Replies: from the body of a completion, in the shapes that endpoints use, to text, reasoning and numbers of tokens.

The answer is `content`, as a text or as a list of parts, or the arguments of a tool call where there is no content.
Reasoning (`reasoning_content` of DeepSeek, vLLM and SGLang; `reasoning` of OpenRouter, Ollama and newer vLLM; parts of
the type `thinking`) is kept apart: it is no answer.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from judging.chat.model import Finish, Reply, RequestCause, RequestError
from judging.chat.wire.redaction import Redactor
from judging.verdicts.token_scores import TokenProbabilities, read_tokens
from storage.errors import BadInput

_FINISHES: Mapping[str, Finish] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "tool_calls": "stop",
    "function_call": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "refused",
    "refusal": "refused",
    "safety": "refused",
    "sensitive": "refused",
}
_BROKEN_OFF = frozenset({"insufficient_system_resource", "abort", "error", "network_error"})
"""Finish reasons of replies that the endpoint broke off: DeepSeek, vLLM and SGLang, OpenRouter, GLM."""
_THINKING_PARTS = frozenset({"thinking", "reasoning", "reasoning_text"})


class WrongShape(ValueError):
    """A body that is no completion; the text says what is missing."""


def read_completion(found: object, *, url: str, latency: float | None) -> Reply:
    """The reply in the body of a chat completion.

    Args:
        found: The body.
        url: Address of the endpoint, for messages.
        latency: Seconds that the request took, None if unknown.

    Raises:
        WrongShape: The body is no completion.
        RequestError: The completion has no choice, or the endpoint broke it off.
    """
    choice = _first_choice(found, url)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise WrongShape("no message")
    body: Mapping[str, Any] = found  # type: ignore[assignment]
    text, thought = _split_content(message.get("content"))
    refusal = message.get("refusal")
    if not isinstance(refusal, str | None):
        raise WrongShape("no text")
    reason = str(choice.get("finish_reason") or "").lower()
    if reason in _BROKEN_OFF:
        raise RequestError(
            RequestCause.server_error,
            f"expected a whole reply from {url}, got one that it broke off ({reason}); try again later",
            may_cost=True,
            usage=_known_usage(body.get("usage")),
        )
    finish: Finish = "refused" if refusal else _FINISHES.get(reason, "other")
    model = body.get("model")
    return Reply(
        text=text or _tool_arguments(message) or refusal or "",
        finish=finish,
        model=model if isinstance(model, str) else None,
        prompt_tokens=usage_count(body.get("usage"), "prompt_tokens"),
        completion_tokens=usage_count(body.get("usage"), "completion_tokens"),
        latency_seconds=latency,
        tokens=_tokens(choice.get("logprobs")),
        reasoning=thought or _reasoning(message),
    )


def finish_of(reason: str) -> Finish:
    """Why a reply ended, from the reason as an endpoint gives it."""
    return _FINISHES.get(reason.lower(), "other")


def clean_reply(reply: Reply, redactor: Redactor) -> Reply:
    """The reply without secrets, also without those that only its whole text spells."""
    text, reasoning = redactor.text(reply.text), redactor.text(reply.reasoning)
    model = None if reply.model is None else redactor.text(reply.model)
    if (text, reasoning, model) == (reply.text, reply.reasoning, reply.model):
        return reply
    return replace(reply, text=text, reasoning=reasoning, model=model)


def cut_at(reply: Reply, stop: tuple[str, ...]) -> Reply:
    """The reply up to the first of some stop strings, for an endpoint that takes none."""
    places = [place for place in (reply.text.find(one) for one in stop) if place >= 0]
    return replace(reply, text=reply.text[: min(places)], finish="stop") if places else reply


def _first_choice(found: object, url: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping) or "choices" not in found:
        raise WrongShape("no message")
    choices = found["choices"]
    if choices is None or choices == []:
        raise RequestError(
            RequestCause.empty_choices,
            f"expected a reply from {url}, got a completion without any choice; try again later",
            may_cost=True,
            usage=_known_usage(found.get("usage")),
        )
    choice = choices[0] if isinstance(choices, list) else None
    if not isinstance(choice, Mapping):
        raise WrongShape("no message")
    return choice


def _split_content(content: object) -> tuple[str, str]:
    """Text and reasoning of a message's content.

    Raises:
        WrongShape: The content is neither a text nor a list of parts.
    """
    if content is None:
        return "", ""
    if isinstance(content, str):
        return content, ""
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        raise WrongShape("no text")
    texts: list[str] = []
    thoughts: list[str] = []
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        (thoughts if kind in _THINKING_PARTS else texts).append(_part_text(part))
    return "".join(texts), "".join(thoughts)


def _part_text(part: object) -> str:
    """The text of a part, or of the parts that it is made of; "" for an image and the like."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(map(_part_text, part))
    if isinstance(part, Mapping):
        return next(
            (_part_text(part[name]) for name in ("text", "thinking", "reasoning", "refusal") if name in part), ""
        )
    return ""


def _tool_arguments(message: Mapping[str, Any]) -> str:
    """The arguments of all tool calls, a line each: where a tool was called, they are the answer."""
    calls = message.get("tool_calls")
    functions = [call.get("function") for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []
    functions.append(message.get("function_call"))
    found = [own.get("arguments") for own in functions if isinstance(own, Mapping)]
    return "\n".join(one for one in found if isinstance(one, str) and one)


def _reasoning(message: Mapping[str, Any]) -> str:
    for name in ("reasoning_content", "reasoning", "reasoning_details", "thinking"):
        if text := _part_text(message.get(name)):
            return text
    return ""


def usage_count(usage: object, name: str) -> int | None:
    """One number of an endpoint's `usage`, also by Anthropic's names; None if the endpoint does not report it."""
    other = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens"}[name]
    counts = usage if isinstance(usage, dict) else {}
    number = counts.get(name, counts.get(other))
    return number if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else None


def _known_usage(usage: object) -> tuple[int, int] | None:
    prompt, completion = usage_count(usage, "prompt_tokens"), usage_count(usage, "completion_tokens")
    return None if prompt is None or completion is None else (prompt, completion)


def _tokens(logprobs: object) -> tuple[TokenProbabilities, ...]:
    """Log-probabilities if they can be read, else none; scoring refuses tokens without them later."""
    if logprobs is None:
        return ()
    try:
        return read_tokens(logprobs)
    except BadInput:
        return ()
