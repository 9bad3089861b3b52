"""Many requests: at the pace that an endpoint bears, patiently, and never for more money than allowed.

A job is whatever asks: one request, or a conversation of several. It stores its outcome as it comes, so that nothing
is lost when the process dies, and what was stored is not asked again.
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
"""A cautious guess for prompts before the endpoint has counted them: Chinese has about one and a half."""


@dataclass(frozen=True)
class Price:
    """What tokens cost, in any currency, per million; 0 for a model of one's own."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, reply: Reply) -> float | None:
        """What a reply cost; None where the endpoint did not count and tokens are not free."""
        if self.prompt == self.completion == 0.0:
            return 0.0
        if reply.prompt_tokens is None or reply.completion_tokens is None:
            return None
        return (self.prompt * reply.prompt_tokens + self.completion * reply.completion_tokens) / 1e6

    def at_most(self, request: ChatRequest) -> float:
        """What a request may cost: its characters as tokens, and the longest reply."""
        return (self.prompt * estimate_prompt_tokens(request) + self.completion * request.settings.max_tokens) / 1e6


def estimate_prompt_tokens(request: ChatRequest) -> float:
    """A cautious guess of the tokens of a prompt."""
    return sum(len(message["content"]) for message in request.messages) / CHARACTERS_PER_TOKEN


@dataclass(frozen=True)
class BatchLimits:
    """What a batch may do.

    Attributes:
        concurrency: requests under way, at the start and at most, adapted in between.
        budget: money after which nothing more is asked; None for no limit.
        retry: with one request.
        rates: requests and tokens in a minute.
    """

    concurrency: tuple[int, int] = (8, 64)
    budget: float | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    rates: RateLimits = field(default_factory=RateLimits)


@dataclass(frozen=True)
class RequestOutcome:
    """How a request ended; exactly one of `reply` and `failure` is there.

    Attributes:
        request: as asked.
        reply: the answer.
        failure: why there is none.
        cost: of the reply, None when it is unknown.
        attempts: how often it was asked.
    """

    request: ChatRequest
    reply: Reply | None
    failure: RequestError | None
    cost: float | None
    attempts: int


@dataclass
class BatchTotals:
    """Where a batch stands.

    Attributes:
        replies: requests that were answered.
        failures: requests without a reply, by trouble.
        spent: money, as far as it is known; a reply that was not counted is taken at its most.
        attempts: requests sent, repeated ones included.
        prompt_tokens: read by the model, as far as it counted.
        completion_tokens: written by it, likewise.
        stopped: whether the ceiling ended the batch.
        last_failure: in words, empty without one.
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
        """Requests that ended, well or not."""
        return self.replies + sum(self.failures.values())


@dataclass(frozen=True)
class Environment:
    """What a batch needs of the world: a way to wait, chance, and a clock that never goes back."""

    sleep: Callable[[float], Awaitable[None]]
    rng: random.Random
    seconds: Callable[[], float]


class BudgetReached(Exception):
    """A request could cost more than is left."""


class BatchClient:
    """One batch's way to a model; shared by all its jobs."""

    def __init__(self, model: ChatModel, *, limits: BatchLimits, price: Price, environment: Environment) -> None:
        """Begin with nothing spent."""
        self._model, self.limits, self._price, self._world = model, limits, price, environment
        self._gate = ConcurrencyGate(start=limits.concurrency[0], most=limits.concurrency[1])
        self._pace = RateLimiter(limits.rates, seconds=environment.seconds, sleep=environment.sleep)
        self._reserved, self._under_way = 0.0, 0
        self._freed = asyncio.Condition()
        self.totals = BatchTotals()

    async def ask(self, request: ChatRequest, *, retry: RetryPolicy | None = None) -> RequestOutcome:
        """How a request ended.

        Args:
            request: to ask.
            retry: another one than the batch's.

        Raises:
            CeilingReached: it was not asked, because it could cost more than is left.
        """
        most, ceiling = self._price.at_most(request), self.limits.budget
        if ceiling is not None:
            await self._reserve(most, ceiling)
        try:
            outcome = await self._ask(request, retry or self.limits.retry)
            self._count(outcome, most)
        finally:
            if ceiling is not None:
                await self._release(most)
        return outcome

    async def _reserve(self, most: float, ceiling: float) -> None:
        """Set money aside, waiting while requests under way may turn out cheaper."""
        async with self._freed:
            await self._freed.wait_for(
                lambda: self.totals.spent + self._reserved + most <= ceiling or self._reserved == 0.0
            )
            if self.totals.spent + self._reserved + most > ceiling:
                self.totals.stopped = True
                raise BudgetReached
            self._reserved += most
            self._under_way += 1

    async def _release(self, most: float) -> None:
        async with self._freed:
            self._under_way -= 1
            # zero exactly when nobody is left, whatever rounding has left over
            self._reserved = self._reserved - most if self._under_way else 0.0
            self._freed.notify_all()

    async def _ask(self, request: ChatRequest, retry: RetryPolicy) -> RequestOutcome:
        tries = _GatedModel(self._model, self._gate, self._pace)
        try:
            reply = await ask_with_retries(tries, request, retry, sleep=self._world.sleep, rng=self._world.rng)
        except RequestError as failure:
            return RequestOutcome(request, None, failure, None, tries.count)
        finally:
            self.totals.attempts += tries.count
        return RequestOutcome(request, reply, None, self._price.of(reply), tries.count)

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
"""Asks what it has to, and stores what came; it lets `BudgetReached` pass."""


async def run_jobs(jobs: Iterable[Job], client: BatchClient) -> BatchTotals:
    """Do all jobs, as many at once as requests may be under way.

    Args:
        jobs: taken one at a time, as places become free.
        client: their way to the model.

    Returns:
        The totals. Once the ceiling is reached no further job is begun.

    Raises:
        Exception: what a job raised; the others are cancelled.
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
    """A model behind the gate: a place is held while a request is under way, not while waiting to repeat it."""

    def __init__(self, model: ChatModel, gate: ConcurrencyGate, pace: RateLimiter) -> None:
        self._model, self._gate, self._pace = model, gate, pace
        self.count = 0

    async def ask(self, request: ChatRequest) -> Reply:
        """See `ChatModel`."""
        guessed = estimate_prompt_tokens(request) + request.settings.max_tokens
        await self._pace.wait(guessed)
        async with self._gate.passing() as entered:
            self.count += 1
            try:
                reply = await self._model.ask(request)
            except RequestError as failure:
                if failure.cause is RequestCause.rate_limited:
                    self._gate.refused(entered)
                raise
        self._gate.answered(reply.latency_seconds)
        if reply.prompt_tokens is not None and reply.completion_tokens is not None:
            self._pace.correct(guessed, reply.prompt_tokens + reply.completion_tokens)
        return reply
