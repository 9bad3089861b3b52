"""Many requests: each asked once, every outcome handed over as it comes, and never more money than allowed.

Outcomes go to `keep` one by one, in the order in which they end, so whoever stores them loses nothing when the
process dies: what was kept is not asked again, because the caller leaves it out next time.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field

from judging.chat.gate import Gate
from judging.chat.model import ChatModel, ChatRequest, NoReply, Reply, Trouble
from judging.chat.retrying import Patience, ask_patiently

_CHARACTERS_PER_TOKEN = 2.0
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
        characters = sum(len(message["content"]) for message in request.messages)
        tokens = characters / _CHARACTERS_PER_TOKEN
        return (self.prompt * tokens + self.completion * request.settings.max_tokens) / 1e6


@dataclass(frozen=True)
class Limits:
    """What a batch may do.

    Attributes:
        at_once: requests under way, at the start and at most, adapted in between.
        ceiling: money after which nothing more is asked; None for no limit.
        patience: with one request.
    """

    at_once: tuple[int, int] = (8, 64)
    ceiling: float | None = None
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class Outcome:
    """How a request ended; exactly one of `reply` and `failure` is there.

    Attributes:
        keys: everything that the request was asked for; several when equal requests were asked once.
        request: as asked.
        reply: the answer.
        failure: why there is none.
        cost: of the reply, None when it is unknown.
        attempts: how often it was asked.
    """

    keys: tuple[str, ...]
    request: ChatRequest
    reply: Reply | None
    failure: NoReply | None
    cost: float | None
    attempts: int


@dataclass
class Totals:
    """Where a batch stands.

    Attributes:
        replies: requests that were answered.
        failures: requests without a reply, by trouble.
        not_asked: requests that the ceiling kept back.
        spent: money, as far as it is known; a reply that was not counted is taken at its most.
        attempts: requests sent, repeated ones included.
    """

    replies: int = 0
    failures: dict[Trouble, int] = field(default_factory=dict)
    not_asked: int = 0
    spent: float = 0.0
    attempts: int = 0


@dataclass(frozen=True)
class Surroundings:
    """What a batch needs of the world: a way to wait, and chance."""

    sleep: Callable[[float], Awaitable[None]]
    rng: random.Random


async def run_batch(
    model: ChatModel,
    requests: Iterable[tuple[str, ChatRequest]],
    keep: Callable[[Outcome], None],
    *,
    limits: Limits,
    price: Price,
    world: Surroundings,
) -> Totals:
    """Ask all requests, equal ones once.

    Args:
        model: whom to ask.
        requests: each with what it is for.
        keep: called with every outcome as it comes, one at a time; what it raises ends the batch.
        limits: of concurrency, money and patience.
        price: of tokens.
        world: how to wait.

    Returns:
        The totals. Requests that the ceiling kept back are counted and have no outcome.
    """
    batch = _Batch(model, keep, limits, price, world)
    waiting = iter(_grouped(requests))
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(limits.at_once[1]):
                group.create_task(batch.work(waiting))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return batch.totals


def _grouped(requests: Iterable[tuple[str, ChatRequest]]) -> list[tuple[tuple[str, ...], ChatRequest]]:
    """Equal requests together, in the order of the first of each."""
    keys: dict[str, list[str]] = {}
    first: dict[str, ChatRequest] = {}
    for key, request in requests:
        digest = request.digest
        keys.setdefault(digest, []).append(key)
        first.setdefault(digest, request)
    return [(tuple(keys[digest]), request) for digest, request in first.items()]


class _Batch:
    """What the workers of one batch share."""

    def __init__(
        self,
        model: ChatModel,
        keep: Callable[[Outcome], None],
        limits: Limits,
        price: Price,
        world: Surroundings,
    ) -> None:
        self._model, self._keep, self._limits, self._price, self._world = model, keep, limits, price, world
        self._gate = Gate(start=limits.at_once[0], most=limits.at_once[1])
        self._reserved, self._under_way = 0.0, 0
        self._freed = asyncio.Condition()
        self.totals = Totals()

    async def work(self, waiting: Iterator[tuple[tuple[str, ...], ChatRequest]]) -> None:
        """Ask one request after another until none is left."""
        for keys, request in waiting:
            most = self._price.at_most(request)
            ceiling = self._limits.ceiling
            if ceiling is not None and not await self._reserve(most, ceiling):
                self.totals.not_asked += 1
                continue
            try:
                outcome = await self._ask(keys, request)
                self._count(outcome, most)
            finally:
                if ceiling is not None:
                    await self._release(most)
            self._keep(outcome)

    async def _reserve(self, most: float, ceiling: float) -> bool:
        """Set money aside, waiting while requests under way may turn out cheaper; False when it will never be there."""
        async with self._freed:
            await self._freed.wait_for(
                lambda: self.totals.spent + self._reserved + most <= ceiling or self._reserved == 0.0
            )
            if self.totals.spent + self._reserved + most > ceiling:
                return False
            self._reserved += most
            self._under_way += 1
            return True

    async def _release(self, most: float) -> None:
        async with self._freed:
            self._under_way -= 1
            # zero exactly when nobody is left, whatever rounding has left over
            self._reserved = self._reserved - most if self._under_way else 0.0
            self._freed.notify_all()

    async def _ask(self, keys: tuple[str, ...], request: ChatRequest) -> Outcome:
        tries = _Tries(self._model, self._gate)
        try:
            reply = await ask_patiently(
                tries, request, self._limits.patience, sleep=self._world.sleep, rng=self._world.rng
            )
        except NoReply as failure:
            return Outcome(keys, request, None, failure, None, tries.count)
        finally:
            self.totals.attempts += tries.count
        return Outcome(keys, request, reply, None, self._price.of(reply), tries.count)

    def _count(self, outcome: Outcome, most: float) -> None:
        totals = self.totals
        if outcome.failure is not None:
            trouble = outcome.failure.trouble
            totals.failures[trouble] = totals.failures.get(trouble, 0) + 1
            return
        totals.replies += 1
        totals.spent += most if outcome.cost is None else outcome.cost


class _Tries:
    """A model behind the gate: a place is held while a request is under way, not while waiting to repeat it."""

    def __init__(self, model: ChatModel, gate: Gate) -> None:
        self._model, self._gate = model, gate
        self.count = 0

    async def ask(self, request: ChatRequest) -> Reply:
        """See `ChatModel`."""
        async with self._gate.passing() as entered:
            self.count += 1
            try:
                reply = await self._model.ask(request)
            except NoReply as failure:
                if failure.trouble is Trouble.rate_limited:
                    self._gate.refused(entered)
                raise
        await self._gate.answered()
        return reply
