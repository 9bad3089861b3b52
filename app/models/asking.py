"""Ask a model from a command: one event loop, in which the model is made, asked and closed."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from judging.chat.batch import BatchClient, BatchLimits, Environment, Price

if TYPE_CHECKING:
    from judging.chat.model import ChatModel

T = TypeVar("T")

_THRESHOLDS = (20_000, 20, 20)
"""Thresholds of `gc.set_threshold` while models are asked."""


def run_asking(
    make_model: Callable[[], "ChatModel"],
    work: Callable[[BatchClient], Awaitable[T]],
    *,
    limits: BatchLimits,
    price: Price,
    world: Environment,
) -> T:
    """Do work that asks a model, and close the model at the end.

    The first Ctrl-C, or the signal to terminate, sends no further request and waits for the replies under way, so that
    none is paid for in vain; the second ends the work at once.

    Args:
        make_model: makes the model; called inside the event loop.
        work: asks the model through the batch that it is given.
        limits: limits of the batch.
        price: price of tokens.
        world: waiting, randomness and the clock.

    Raises:
        KeyboardInterrupt: the user interrupted the work twice; the replies that had arrived are stored.
    """

    async def run() -> T:
        model = make_model()
        client = BatchClient(model, limits=limits, price=price, environment=world)
        try:
            with _stopped_by_signals(client), _few_collections():
                return await work(client)
        finally:
            close = getattr(model, "close", None)
            if close is not None:
                await close()

    return asyncio.run(run())


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let the collector of cyclic garbage pass over what exists already, such as the plan, and run less often.

    A run makes thousands of short-lived objects a second, few of them in cycles; looking through all objects each time
    took a tenth of its time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _stopped_by_signals(client: BatchClient) -> Iterator[None]:
    """Let the first signal stop the batch; where no handler can be set, such as in another thread, signals stay."""
    loop = asyncio.get_running_loop()
    handled: list[signal.Signals] = []

    def stop() -> None:
        client.stop()
        release()
        sys.stderr.write("\nStopping: waiting for the replies under way. Press Ctrl-C again to stop at once.\n")

    def release() -> None:
        while handled:
            loop.remove_signal_handler(handled.pop())

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, RuntimeError):  # on Windows, and outside of the main thread
            loop.add_signal_handler(number, stop)
            handled.append(number)
    try:
        yield
    finally:
        release()


def outside_event_loop(work: Callable[[], T]) -> T:
    """Do work that runs an event loop of its own, also within a notebook, which runs one already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()
