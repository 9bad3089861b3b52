"""Ask a model from a command: one event loop, in which the model is made, asked and closed."""

import asyncio
import gc
import signal
import sys
import threading
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
_SWITCH_SECONDS = 0.0005
"""Seconds after which a thread gives way to another while models are asked: the event loop gives up the interpreter's
lock with each message it sends, and would wait ten times as long for it while another thread stores replies."""


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
            with _stopped_by_signals(client), _tuned_interpreter():
                return await work(client)
        finally:
            close = getattr(model, "close", None)
            if close is not None:
                await close()

    return asyncio.run(run())


class InterpreterSettings:
    """Settings that all threads of a process share, changed for runs; the last run to end puts them back."""

    def __init__(self) -> None:
        """Start without a run."""
        self._lock = threading.Lock()
        self._runs = 0
        self._before = (0, 0, 0)
        self._freezes = False
        self._others_freeze = False
        self._switched = 0.0

    def begin(self) -> None:
        """Change the settings for a run; objects that somebody else has frozen stay so at the end."""
        with self._lock:
            self._runs += 1
            if self._runs == 1:
                self._before = gc.get_threshold()
                # counting goes through every frozen object, so it is not done again once there were any
                self._others_freeze = self._others_freeze or gc.get_freeze_count() > 0
                self._freezes = not self._others_freeze
                if self._freezes:
                    gc.freeze()
                gc.set_threshold(*_THRESHOLDS)
                self._switched = sys.getswitchinterval()
                sys.setswitchinterval(min(_SWITCH_SECONDS, self._switched))

    def end(self) -> None:
        """Put the settings back after the last run."""
        with self._lock:
            self._runs -= 1
            if self._runs == 0:
                gc.set_threshold(*self._before)
                sys.setswitchinterval(self._switched)
                if self._freezes:
                    gc.unfreeze()


_INTERPRETER = InterpreterSettings()


@contextmanager
def _tuned_interpreter() -> Iterator[None]:
    """Let threads give way sooner, and the collector of cyclic garbage run less often and pass over what exists.

    A run makes thousands of short-lived objects a second, few of them in cycles; looking through all objects each time
    took a tenth of its time.
    """
    _INTERPRETER.begin()
    try:
        yield
    finally:
        _INTERPRETER.end()


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
