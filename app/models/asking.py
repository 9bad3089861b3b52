"""Ask a model from a command: one event loop, in which the model is made, asked and closed."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from judging.chat.batch import BatchClient, BatchLimits, Environment, Price

if TYPE_CHECKING:
    from judging.chat.model import ChatModel

T = TypeVar("T")


def run_asking(
    make_model: Callable[[], "ChatModel"],
    work: Callable[[BatchClient], Awaitable[T]],
    *,
    limits: BatchLimits,
    price: Price,
    world: Environment,
) -> T:
    """Do work that asks a model, and close the model at the end.

    Args:
        make_model: makes the model; called inside the event loop.
        work: asks the model through the batch that it is given.
        limits: limits of the batch.
        price: price of tokens.
        world: waiting, randomness and the clock.

    Raises:
        KeyboardInterrupt: the user interrupted the work; the replies that had arrived are stored.
    """

    async def run() -> T:
        model = make_model()
        try:
            return await work(BatchClient(model, limits=limits, price=price, environment=world))
        finally:
            close = getattr(model, "close", None)
            if close is not None:
                await close()

    return asyncio.run(run())


def outside_event_loop(work: Callable[[], T]) -> T:
    """Do work that runs an event loop of its own, also within a notebook, which runs one already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()
