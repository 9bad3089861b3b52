"""Retries: transient failures are retried with exponential backoff, other failures are reported at once.

Waits are drawn uniformly from zero to a limit that doubles ("full jitter", M. Brooker, 2015, "Exponential backoff and
jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that requests which failed
together are not retried together. A `Retry-After` of the endpoint is respected.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from judging.chat.model import ChatModel, ChatRequest, Reply, RequestError
from judging.chat.wire.dialect import MOST_LESSONS


@dataclass(frozen=True)
class RetryPolicy:
    """How often a request is sent, and how long to wait in between.

    Attributes:
        attempts: Maximum attempts per request, including the first.
        first_seconds: Upper limit of the first wait.
        longest_seconds: Upper limit of every wait, including one that an endpoint asks for.
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
    goes_on: Callable[[], bool] = lambda: True,
) -> Reply:
    """Send a request, retrying transient failures, and return the reply.

    A refusal that taught the endpoint's dialect is no attempt: the request is sent again at once.

    Args:
        model: Model to ask.
        request: The request.
        retry: Retry policy.
        sleep: Waits for a number of seconds.
        rng: Source of randomness for the waits.
        goes_on: Whether another attempt makes sense, asked before and after each wait.

    Raises:
        RequestError: The failure of the last attempt.
        ValueError: The policy allows no attempt.
    """
    attempt, lessons = 0, 0
    while attempt < retry.attempts:
        try:
            return await model.ask(request)
        except RequestError as failure:
            if failure.is_lesson and lessons < MOST_LESSONS:
                lessons += 1
                continue
            if not failure.is_transient or attempt + 1 == retry.attempts or not goes_on():
                raise
            await sleep(wait_seconds(failure, attempt, retry, rng))
            if not goes_on():
                raise
            attempt += 1
    raise ValueError(f"expected one attempt or more, got {retry.attempts}")


def wait_seconds(failure: RequestError, attempt: int, retry: RetryPolicy, rng: random.Random) -> float:
    """Seconds to wait after an attempt (from 0): at least what the endpoint asked for, at most the longest wait."""
    limit = min(retry.longest_seconds, retry.first_seconds * 2.0**attempt)
    drawn = rng.uniform(0.0, limit)
    if failure.retry_after is None:
        return drawn
    return min(retry.longest_seconds, failure.retry_after + drawn)
