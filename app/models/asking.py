"""Run what asks models from a command: the client, the clock, chance, and an orderly end by Ctrl-C."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
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
) -> T:
    """Do work that asks a model, and close the model at the end.

    Args:
        make_model: called inside the event loop.
        work: gets the way to ask.
        limits: of the batch.
        price: of tokens.

    Raises:
        KeyboardInterrupt: it was stopped; what had come was stored.
    """

    async def run() -> T:
        model = make_model()
        world = Environment(asyncio.sleep, random.Random(), time.monotonic)  # noqa: S311  spreads waiting times
        try:
            return await work(BatchClient(model, limits=limits, price=price, environment=world))
        finally:
            close = getattr(model, "close", None)
            if close is not None:
                await close()

    return asyncio.run(run())
