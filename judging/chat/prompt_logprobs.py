"""Log-probabilities of prompt tokens, from completions that echo their prompt, as vLLM and similar servers offer.

Chat completions return log-probabilities of generated tokens only, so this uses `/completions`. A reply holds the
tokens of the prompt; the one token that has to be generated after them is discarded.
"""

from collections.abc import Mapping
from typing import Any

from judging.chat.endpoint import Endpoint
from judging.chat.model import ChatRequest, Reply, RequestCause, RequestError
from judging.chat.wire.replies import usage_count
from judging.verdicts.token_scores import TokenProbabilities


class PromptScorer:
    """Scores prompts at an endpoint: the one message of a request is its prompt, sent without a chat template."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Wrap an endpoint; nothing is sent yet.

        Args:
            endpoint: Endpoint to use; closed together with this object.
        """
        self._endpoint = endpoint

    async def ask(self, request: ChatRequest) -> Reply:
        """Score one prompt; the reply's `tokens` are those of the prompt, the first without log-probabilities.

        Raises:
            RequestError: The request failed; with `RequestCause.rejected` if the endpoint does not echo the prompt with
                log-probabilities.
        """
        (message,) = request.messages
        body = {
            "model": request.model,
            "prompt": message["content"],
            "max_tokens": 1,
            "temperature": 0,
            "echo": True,
            "logprobs": 1,
        }
        # one token is written only to be thrown away, so it needs no other name for its limit
        answer = await self._endpoint.post("completions", body, request.model, fixed=("max_tokens",))
        found: Any = answer.body
        try:
            choice: Mapping[str, Any] = found["choices"][0]
            count = usage_count(found["usage"], "prompt_tokens")
            tokens = _tokens(choice["logprobs"], count or 0)
        except (TypeError, KeyError, IndexError, AttributeError, ValueError):
            tokens = None
        if tokens is None:
            raise RequestError(
                RequestCause.rejected,
                "expected a completion that echoes its prompt with log-probabilities, got one without; use an endpoint "
                "that supports `echo` and `logprobs`, such as vLLM, or load the model locally",
            )
        return Reply("", "length", request.model, len(tokens), 1, answer.seconds, tokens)

    async def close(self) -> None:
        """Close the endpoint's connections."""
        await self._endpoint.close()


def _tokens(logprobs: Mapping[str, Any], count: int) -> tuple[TokenProbabilities, ...] | None:
    """The first `count` tokens; None if any but the first lacks a log-probability."""
    texts, own = logprobs["tokens"][:count], logprobs["token_logprobs"][:count]
    best = (logprobs.get("top_logprobs") or [None] * count)[:count]
    if not count or len(own) < count or any(nats is None for nats in own[1:]):
        return None
    return tuple(
        TokenProbabilities(str(text), {} if nats is None else {**(likely or {}), str(text): float(nats)})
        for text, nats, likely in zip(texts, own, best, strict=True)
    )
