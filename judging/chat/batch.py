"""Batches of requests with adaptive concurrency, rate limits, retries and a budget.

A job sends one request, or a conversation of several. It stores its results as they arrive, so that a killed process
loses none of them, and stored results are not requested again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field

from judging.chat.gate import ConcurrencyGate
from judging.chat.model import ChatModel, ChatRequest, Reply, RequestCause, RequestError
from judging.chat.pace import RateLimiter, RateLimits
from judging.chat.retrying import RetryPolicy, ask_with_retries

CHARACTERS_PER_TOKEN = 2.0
"""Cautious estimate for prompts whose tokens nobody has counted yet; Chinese text has about 1.5."""


@dataclass(frozen=True)
class Price:
    """Price per million tokens, in any currency; 0 for a model of your own.

    Attributes:
        prompt: Price per million prompt tokens.
        completion: Price per million reply tokens.
    """

    prompt: float = 0.0
    completion: float = 0.0

    def cost(self, reply: Reply) -> float | None:
        """Cost of a reply; None if tokens cost money and the endpoint did not report their number."""
        if self.prompt == self.completion == 0.0:
            return 0.0
        if reply.prompt_tokens is None or reply.completion_tokens is None:
            return None
        return (self.prompt * reply.prompt_tokens + self.completion * reply.completion_tokens) / 1e6

    def max_cost(self, request: ChatRequest) -> float:
        """Highest cost of a request: its estimated prompt tokens and a reply of the maximum length."""
        return (self.prompt * estimate_prompt_tokens(request) + self.completion * request.settings.max_tokens) / 1e6


def estimate_prompt_tokens(request: ChatRequest) -> float:
    """Cautious estimate of the number of prompt tokens of a request."""
    return sum(len(message["content"]) for message in request.messages) / CHARACTERS_PER_TOKEN


@dataclass(frozen=True)
class BatchLimits:
    """Limits of a batch.

    Attributes:
        concurrency: Concurrent requests at the start and at most; adapted in between.
        budget: Money the batch may cost, None for no limit.
        retry: Retry policy of each request.
        rates: Limits per minute.
    """

    concurrency: tuple[int, int] = (8, 64)
    budget: float | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    rates: RateLimits = field(default_factory=RateLimits)


@dataclass(frozen=True)
class RequestOutcome:
    """Result of a request; exactly one of `reply` and `failure` is set.

    Attributes:
        request: The request.
        reply: The reply, None if the request failed.
        failure: The failure of the last attempt, None if there is a reply.
        cost: Cost of the reply, None if unknown.
        attempts: Number of attempts.
    """

    request: ChatRequest
    reply: Reply | None
    failure: RequestError | None
    cost: float | None
    attempts: int


@dataclass
class BatchTotals:
    """Progress of a batch.

    Attributes:
        replies: Number of requests with a reply.
        failures: Number of failed requests by cause.
        spent: Cost so far; a reply of unknown cost counts at the highest cost of its request.
        attempts: Number of requests sent, including retries.
        prompt_tokens: Prompt tokens reported by the endpoint.
        completion_tokens: Reply tokens reported by the endpoint.
        stopped: Whether the budget ended the batch.
        last_failure: Message of the last failure, empty without one.
    """

    replies: int = 0
    failures: dict[RequestCause, int] = field(default_factory=dict)
    spent: float = 0.0
    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    stopped: bool = False
    last_failure: str = ""

    @property
    def ended(self) -> int:
        """Number of finished requests, with or without a reply."""
        return self.replies + sum(self.failures.values())


@dataclass(frozen=True)
class Environment:
    """What a batch takes from outside.

    Attributes:
        sleep: Waits for a number of seconds.
        rng: Source of randomness for retry waits.
        seconds: Monotonic clock.
    """

    sleep: Callable[[float], Awaitable[None]]
    rng: random.Random
    seconds: Callable[[], float]


class BudgetReached(Exception):
    """A request was not sent because it could cost more than is left of the budget."""


class BatchClient:
    """Sends the requests of one batch to a model; shared by all its jobs.

    Attributes:
        limits: Limits of the batch.
        totals: Progress of the batch.
    """

    def __init__(self, model: ChatModel, *, limits: BatchLimits, price: Price, environment: Environment) -> None:
        """Start with an unspent budget."""
        self._model, self.limits, self._price, self._world = model, limits, price, environment
        self._gate = ConcurrencyGate(start=limits.concurrency[0], most=limits.concurrency[1])
        self._pace = RateLimiter(limits.rates, seconds=environment.seconds, sleep=environment.sleep)
        self._reserved, self._under_way = 0.0, 0
        self._freed = asyncio.Condition()
        self.totals = BatchTotals()

    async def ask(self, request: ChatRequest, *, retry: RetryPolicy | None = None) -> RequestOutcome:
        """Send one request, with retries.

        Args:
            request: The request.
            retry: Retry policy, instead of the batch's.

        Raises:
            BudgetReached: The request was not sent, because it could cost more than is left of the budget.
        """
        most, budget = self._price.max_cost(request), self.limits.budget
        if budget is not None:
            await self._reserve(most, budget)
        try:
            outcome = await self._ask(request, retry or self.limits.retry)
            self._count(outcome, most)
        finally:
            if budget is not None:
                await self._release(most)
        return outcome

    async def _reserve(self, most: float, budget: float) -> None:
        """Reserve money, waiting while running requests may still turn out cheaper."""
        async with self._freed:
            await self._freed.wait_for(
                lambda: self.totals.spent + self._reserved + most <= budget or self._reserved == 0.0
            )
            if self.totals.spent + self._reserved + most > budget:
                self.totals.stopped = True
                raise BudgetReached
            self._reserved += most
            self._under_way += 1

    async def _release(self, most: float) -> None:
        async with self._freed:
            self._under_way -= 1
            # exactly zero once no request is running, whatever rounding left over
            self._reserved = self._reserved - most if self._under_way else 0.0
            self._freed.notify_all()

    async def _ask(self, request: ChatRequest, retry: RetryPolicy) -> RequestOutcome:
        model = _GatedModel(self._model, self._gate, self._pace)
        try:
            reply = await ask_with_retries(model, request, retry, sleep=self._world.sleep, rng=self._world.rng)
        except RequestError as failure:
            return RequestOutcome(request, None, failure, None, model.attempts)
        finally:
            self.totals.attempts += model.attempts
        return RequestOutcome(request, reply, None, self._price.cost(reply), model.attempts)

    def _count(self, outcome: RequestOutcome, most: float) -> None:
        totals = self.totals
        if outcome.failure is not None:
            trouble = outcome.failure.cause
            totals.failures[trouble] = totals.failures.get(trouble, 0) + 1
            totals.last_failure = str(outcome.failure)
        if outcome.reply is not None:
            totals.replies += 1
            totals.spent += most if outcome.cost is None else outcome.cost
            totals.prompt_tokens += outcome.reply.prompt_tokens or 0
            totals.completion_tokens += outcome.reply.completion_tokens or 0


Job = Callable[[BatchClient], Awaitable[None]]
"""Sends its requests and stores the results; it must not catch `BudgetReached`."""


async def run_jobs(jobs: Iterable[Job], client: BatchClient) -> BatchTotals:
    """Run all jobs, at most as many at once as concurrent requests are allowed.

    Args:
        jobs: Jobs, taken one at a time as slots become free.
        client: Client that the jobs send their requests with.

    Returns:
        The totals. Once the budget is reached, no further job is started.

    Raises:
        Exception: The error of the first job that failed; the other jobs are cancelled.
    """
    waiting = iter(jobs)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(client.limits.concurrency[1]):
                group.create_task(_work(waiting, client))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return client.totals


async def _work(waiting: Iterator[Job], client: BatchClient) -> None:
    while not client.totals.stopped:
        job = next(waiting, None)
        if job is None:
            return
        try:
            await job(client)
        except BudgetReached:
            return


class _GatedModel:
    """A model behind the gate and the rate limiter; a slot is held during an attempt, not between attempts."""

    def __init__(self, model: ChatModel, gate: ConcurrencyGate, pace: RateLimiter) -> None:
        self._model, self._gate, self._pace = model, gate, pace
        self.attempts = 0

    async def ask(self, request: ChatRequest) -> Reply:
        """Make one attempt; see `ChatModel`."""
        estimated = estimate_prompt_tokens(request) + request.settings.max_tokens
        await self._pace.wait(estimated)
        async with self._gate.slot() as entered:
            self.attempts += 1
            try:
                reply = await self._model.ask(request)
            except RequestError as failure:
                if failure.cause is RequestCause.rate_limited:
                    self._gate.record_rate_limit(entered)
                raise
        self._gate.record_success(reply.latency_seconds)
        if reply.prompt_tokens is not None and reply.completion_tokens is not None:
            self._pace.correct(estimated, reply.prompt_tokens + reply.completion_tokens)
        return reply
