"""When to ask again: what may pass is waited for, longer each time; what will not is reported at once.

Waits are drawn from zero to a limit that doubles ("full jitter", M. Brooker, 2015, "Exponential backoff and jitter",
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that requests which failed together
do not come back together; an endpoint that says how long to wait is believed.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from judging.chat.model import ChatModel, ChatRequest, Reply, RequestError


@dataclass(frozen=True)
class RetryPolicy:
    """How often, and how long.

    Attributes:
        attempts: of one request, the first included.
        first_seconds: limit of the first wait.
        longest_seconds: limit of any wait, also of one that an endpoint asks for.
    """

    attempts: int = 6
    first_seconds: float = 1.0
    longest_seconds: float = 60.0


async def ask_with_retries(
    model: ChatModel,
    request: ChatRequest,
    retry: RetryPolicy,
    *,
    sleep: Callable[[float], Awaitable[None]],
    rng: random.Random,
) -> Reply:
    """The reply to a request, asked again while its failures may pass.

    Raises:
        RequestError: the last failure.
    """
    for attempt in range(retry.attempts):
        try:
            return await model.ask(request)
        except RequestError as failure:
            if not failure.is_transient or attempt + 1 == retry.attempts:
                raise
            await sleep(wait_seconds(failure, attempt, retry, rng))
    raise ValueError(f"expected one attempt or more, got {retry.attempts}")


def wait_seconds(failure: RequestError, attempt: int, retry: RetryPolicy, rng: random.Random) -> float:
    """How long to wait after an attempt, counted from 0; no less than the endpoint asked for, up to the longest."""
    limit = min(retry.longest_seconds, retry.first_seconds * 2.0**attempt)
    drawn = rng.uniform(0.0, limit)
    if failure.retry_after is None:
        return drawn
    return min(retry.longest_seconds, failure.retry_after + drawn)
