"""Log-probabilities of what a model reads: completions that echo their prompt, as vLLM and kindred servers give them.

Chat completions tell those of written tokens only, so this goes to `/completions`. A reply holds the tokens of the
prompt; the one token that must be written after them is thrown away.
"""

from collections.abc import Mapping
from typing import Any

from judging.chat.endpoint import Endpoint, usage_count
from judging.chat.model import ChatRequest, Reply, RequestCause, RequestError
from judging.verdicts.token_scores import TokenProbabilities


class PromptScorer:
    """Reads prompts at an endpoint: the one message of a request is its prompt, sent without a chat template."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Ask nothing yet.

        Args:
            endpoint: that is asked, and closed with this.
        """
        self._endpoint = endpoint

    async def ask(self, request: ChatRequest) -> Reply:
        """See `ChatModel`: the reply's `tokens` are those of the prompt, the first without log-probabilities.

        Raises:
            RequestError: there is none; of `RequestCause.rejected` where the endpoint does not tell what was asked for.
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
        found, latency = await self._endpoint.post("completions", body, request.model)
        try:
            choice: Mapping[str, Any] = found["choices"][0]  # type: ignore[index]
            count = usage_count(found["usage"], "prompt_tokens")  # type: ignore[index]
            tokens = _tokens(choice["logprobs"], count or 0)
        except (TypeError, KeyError, IndexError, AttributeError, ValueError):
            tokens = None
        if tokens is None:
            raise RequestError(
                RequestCause.rejected,
                "expected a completion that echoes its prompt with log-probabilities, got another; ask an endpoint "
                "that has `echo` and `logprobs` (vLLM has), or load the model here",
            )
        return Reply("", "length", request.model, len(tokens), 1, latency, tokens)

    async def close(self) -> None:
        """Close the endpoint."""
        await self._endpoint.close()


def _tokens(logprobs: Mapping[str, Any], count: int) -> tuple[TokenProbabilities, ...] | None:
    """The first `count` tokens, of which all but the first must have a log-probability; None if they do not."""
    texts, own = logprobs["tokens"][:count], logprobs["token_logprobs"][:count]
    best = (logprobs.get("top_logprobs") or [None] * count)[:count]
    if not count or len(own) < count or any(nats is None for nats in own[1:]):
        return None
    return tuple(
        TokenProbabilities(str(text), {} if nats is None else {**(likely or {}), str(text): float(nats)})
        for text, nats, likely in zip(texts, own, best, strict=True)
    )
