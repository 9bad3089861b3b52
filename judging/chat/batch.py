"""Batches of requests with adaptive concurrency, rate limits, retries and a budget.

A job sends one request, or a conversation of several. It stores its results as they arrive, so that a killed process
loses none of them, and stored results are not requested again.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice

from judging.chat.gate import ConcurrencyGate
from judging.chat.model import (
    IMAGE_DETAIL,
    SHARED_CAUSES,
    ChatModel,
    ChatRequest,
    ChatSettings,
    Reply,
    RequestCause,
    RequestError,
)
from judging.chat.pace import RateLimiter, RateLimits
from judging.chat.retrying import RetryPolicy, ask_with_retries
from judging.prompts.messages import text_length

CHARACTERS_PER_TOKEN = 2.0
"""Cautious estimate for prompts whose tokens nobody has counted yet; Chinese text has about 1.5."""
IMAGE_TOKENS = 1445
"""Prompt tokens that an image counts as at most, by the formula that OpenAI publishes for GPT-4o and GPT-4.1 ("Images
and vision", https://platform.openai.com/docs/guides/images-vision, section "Calculating costs"): scaled to at most
2,048 × 2,048 pixels and then to a short side of at most 768, it is cut into tiles of 512 × 512, of which each counts as
170 tokens, with 85 for the image as a whole; two times four tiles are the most. Other models count otherwise."""
LOW_DETAIL_TOKENS = 85
"""Prompt tokens that an image counts as when it is sent in low detail, by the same formula."""
_IN_VAIN = 3
"""Attempts in a row without a connection after which a request that ran out of attempts ends the batch."""
_IN_VAIN_AT_FIRST = 2
"""Attempts in a row without a connection, or with another kind of reply, that end a batch without any answer yet."""


@dataclass(frozen=True)
class Price:
    """Price per million tokens, in any currency; 0 for a model of your own.

    Attributes:
        prompt: Price per million prompt tokens.
        completion: Price per million reply tokens.
        image_tokens: Prompt tokens that one image counts as in estimates.
    """

    prompt: float = 0.0
    completion: float = 0.0
    image_tokens: int = IMAGE_TOKENS

    def cost(self, reply: Reply) -> float | None:
        """Cost of a reply; None if tokens cost money and the endpoint did not report their number."""
        if self.prompt == self.completion == 0.0:
            return 0.0
        if reply.prompt_tokens is None or reply.completion_tokens is None:
            return None
        return self.cost_of((reply.prompt_tokens, reply.completion_tokens))

    def cost_of(self, usage: tuple[int, int]) -> float:
        """Cost of some prompt and reply tokens."""
        return self.mean_cost(*usage)

    def mean_cost(self, prompt: float, completion: float) -> float:
        """Cost of a mean number of prompt and reply tokens."""
        return (self.prompt * prompt + self.completion * completion) / 1e6

    def max_cost(self, request: ChatRequest) -> float:
        """Highest cost of a request: its estimated prompt tokens and a reply of the maximum length."""
        if self.prompt == self.completion == 0.0:
            return 0.0
        tokens = estimate_prompt_tokens(request, self.image_tokens)
        return (self.prompt * tokens + self.completion * request.settings.longest) / 1e6


def estimate_prompt_tokens(request: ChatRequest, image_tokens: int = IMAGE_TOKENS) -> float:
    """Cautious estimate of the number of prompt tokens of a request.

    Args:
        request: The request.
        image_tokens: Tokens that one image counts as, unless it is sent in low detail.
    """
    texts = sum(map(text_length, request.messages)) / CHARACTERS_PER_TOKEN
    return texts + len(request.images) * tokens_of_image(request.settings, image_tokens)


def tokens_of_image(settings: ChatSettings, image_tokens: int) -> int:
    """Tokens that one image counts as with these settings."""
    is_low = settings.body.get(IMAGE_DETAIL) == "low"
    return min(LOW_DETAIL_TOKENS, image_tokens) if is_low else image_tokens


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
        spent: Cost so far; a reply of unknown cost, and a failed attempt that may have been answered, count at the
            highest cost of their request.
        unanswered: Part of `spent` for failed attempts that the endpoint may charge for.
        attempts: Number of requests sent, including retries.
        prompt_tokens: Prompt tokens reported by the endpoint.
        completion_tokens: Reply tokens reported by the endpoint.
        stopped: Whether the budget ended the batch.
        outage: Failure that every later request would share, which ended the batch; None without one.
        interrupted: Whether the user ended the batch.
        last_failure: Message of the last failure, empty without one.
    """

    replies: int = 0
    failures: dict[RequestCause, int] = field(default_factory=dict)
    spent: float = 0.0
    unanswered: float = 0.0
    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    stopped: bool = False
    outage: RequestError | None = None
    interrupted: bool = False
    last_failure: str = ""

    @property
    def ended(self) -> int:
        """Number of finished requests, with or without a reply."""
        return self.replies + sum(self.failures.values())

    @property
    def has_ended(self) -> bool:
        """Whether no further request is sent: by the budget, an outage or the user."""
        return self.stopped or self.interrupted or self.outage is not None


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


class LeftOpen(Exception):
    """A request has no result: it was not sent, or nobody answered it; it may be sent by a later run."""


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
        self._in_vain = 0
        self.totals = BatchTotals()

    async def ask(self, request: ChatRequest, *, retry: RetryPolicy | None = None) -> RequestOutcome:
        """Send one request, with retries.

        Args:
            request: The request.
            retry: Retry policy, instead of the batch's.

        Raises:
            LeftOpen: The request has no result: it could cost more than is left of the budget, an outage or the user
                ended the batch, or no connection to the endpoint was made.
        """
        retry, totals, attempts = retry or self.limits.retry, self.totals, _Attempts(self)
        try:
            reply = await ask_with_retries(
                attempts,
                request,
                retry,
                sleep=self._world.sleep,
                rng=self._world.rng,
                goes_on=lambda: not totals.has_ended,
            )
        except RequestError as failure:
            if failure.is_unsent and self._in_vain >= _IN_VAIN:
                totals.outage = totals.outage or failure
            if totals.has_ended and (failure.is_transient or failure is totals.outage):
                raise LeftOpen from failure
            totals.failures[failure.cause] = totals.failures.get(failure.cause, 0) + 1
            totals.last_failure = str(failure)
            if failure.is_unsent or failure.cause in SHARED_CAUSES:
                raise LeftOpen from failure
            return RequestOutcome(request, None, failure, None, attempts.made)
        totals.replies += 1
        totals.prompt_tokens += reply.prompt_tokens or 0
        totals.completion_tokens += reply.completion_tokens or 0
        return RequestOutcome(request, reply, None, self._price.cost(reply), attempts.made)

    def stop(self) -> None:
        """Send no further request; those under way still end."""
        self.totals.interrupted = True

    async def attempt(self, request: ChatRequest) -> Reply:
        """Make one attempt within the budget, the limits per minute and the limit of concurrent requests.

        Raises:
            RequestError: The attempt failed.
            LeftOpen: It was not made.
        """
        most = self._price.max_cost(request)
        if self.limits.budget is None:
            return await self._attempt(request, most)
        async with self._within_budget(most, self.limits.budget):
            return await self._attempt(request, most)

    async def _attempt(self, request: ChatRequest, most: float) -> Reply:
        estimated = 0.0
        if self._pace.limits_tokens:
            estimated = estimate_prompt_tokens(request, self._price.image_tokens) + request.settings.longest
        await self._pace.wait(estimated)
        entered = await self._gate.enter()
        try:
            if self.totals.has_ended:
                raise LeftOpen
            self.totals.attempts += 1
            reply = await self._model.ask(request)
        except RequestError as failure:
            self._record_failure(failure, entered, most)
            raise
        finally:
            self._gate.leave()
        self._record_reply(reply, estimated, most)
        return reply

    def _record_reply(self, reply: Reply, estimated: float, most: float) -> None:
        self._in_vain = 0
        cost = self._price.cost(reply)
        self.totals.spent += most if cost is None else cost
        self._gate.record_success(reply.latency_seconds)
        if reply.prompt_tokens is not None and reply.completion_tokens is not None:
            self._pace.correct(estimated, reply.prompt_tokens + reply.completion_tokens)

    def _record_failure(self, failure: RequestError, entered: int, most: float) -> None:
        """Count a failed attempt, and note whether every later request would share its cause."""
        totals = self.totals
        if failure.may_cost:
            cost = most if failure.usage is None else self._price.cost_of(failure.usage)
            totals.spent += cost
            totals.unanswered += cost
        if failure.cause is RequestCause.rate_limited:
            self._gate.record_rate_limit(entered)
        nothing_yet = totals.replies == 0
        is_in_vain = failure.is_unsent or (nothing_yet and failure.cause is RequestCause.wrong_schema)
        self._in_vain = self._in_vain + 1 if is_in_vain else 0
        if failure.cause in SHARED_CAUSES or (nothing_yet and self._in_vain >= _IN_VAIN_AT_FIRST):
            totals.outage = totals.outage or failure

    @asynccontextmanager
    async def _within_budget(self, most: float, budget: float) -> AsyncIterator[None]:
        """Reserve money, waiting while running requests may still turn out cheaper.

        Raises:
            LeftOpen: The request could cost more than is left of the budget.
        """
        async with self._freed:
            await self._freed.wait_for(
                lambda: self.totals.spent + self._reserved + most <= budget or self._reserved == 0.0
            )
            if self.totals.spent + self._reserved + most > budget:
                self.totals.stopped = True
                raise LeftOpen
            self._reserved += most
            self._under_way += 1
        try:
            yield
        finally:
            async with self._freed:
                self._under_way -= 1
                # exactly zero once no request is running, whatever rounding left over
                self._reserved = self._reserved - most if self._under_way else 0.0
                self._freed.notify_all()


class _Attempts:
    """The attempts of one request, counted."""

    def __init__(self, client: BatchClient) -> None:
        self._client, self.made = client, 0

    async def ask(self, request: ChatRequest) -> Reply:
        """Make one attempt; see `ChatModel`."""
        self.made += 1
        return await self._client.attempt(request)


Job = Callable[[BatchClient], Awaitable[None]]
"""Sends its requests and stores the results; it must not catch `LeftOpen`."""


async def run_jobs(jobs: Iterable[Job], client: BatchClient) -> BatchTotals:
    """Run the first job alone, and then all others, at most as many at once as concurrent requests are allowed.

    Args:
        jobs: Jobs, taken one at a time as slots become free.
        client: Client that the jobs send their requests with.

    Returns:
        The totals. Once the budget is reached, an outage is found or the user ends the batch, no further job is
        started.

    Raises:
        RequestError: Nothing was answered, and every request would fail for the same reason.
        Exception: The error of the first job that failed; the other jobs are cancelled.
    """
    waiting = iter(jobs)
    try:
        await _work(islice(waiting, 1), client)
        async with asyncio.TaskGroup() as group:
            for _ in range(client.limits.concurrency[1]):
                group.create_task(_work(waiting, client))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    if client.totals.outage is not None and not client.totals.replies:
        raise client.totals.outage
    return client.totals


async def _work(waiting: Iterator[Job], client: BatchClient) -> None:
    while not client.totals.has_ended:
        job = next(waiting, None)
        if job is None:
            return
        try:
            await job(client)
        except LeftOpen:
            continue
