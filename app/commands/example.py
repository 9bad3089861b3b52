"""Make the file of the example in a process of its own, while this one loads the pages: both take seconds."""

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import EvenhandError, StoreError

if TYPE_CHECKING:
    from app.demo.store import DemoLogin
    from storage.database.engine import Database


class DemoInWork:
    """The example that is being made."""

    def __init__(self, answers: Connection) -> None:
        """Wrap the end of the pipe that the other process answers to."""
        self._answers = answers

    def wait_for_store(self) -> None:
        """Return as soon as the store exists, which the other process then fills.

        Raises:
            EvenhandError: it could not be made; the reason of the other process.
        """
        self._answer()

    def wait_for_logins(self) -> "list[DemoLogin]":
        """Return the logins as soon as the example is complete.

        Raises:
            EvenhandError: it could not be made; the reason of the other process.
        """
        return self._answer()

    def _answer(self) -> "list[DemoLogin]":
        try:
            found: list[DemoLogin] | EvenhandError = self._answers.recv()
        except EOFError:
            raise StoreError(
                "expected the example to be created, but the process that creates it ended; start again, with more "
                "free memory if the machine has little"
            ) from None
        if isinstance(found, EvenhandError):
            raise found
        return found


@contextmanager
def making_demo(path: Path, *, readable_passwords: bool) -> Iterator[DemoInWork]:
    """Start to make the example; the other process has ended when this ends.

    Args:
        path: the file, which does not exist.
        readable_passwords: as in `fill_demo`.
    """
    context = get_context("spawn")  # a fork would copy threads of this process in the middle of their work
    answers, sending = context.Pipe(duplex=False)
    process = context.Process(target=_make, args=(sending, str(path), readable_passwords), daemon=True)
    process.start()
    sending.close()  # so that the pipe ends when the other process does
    try:
        yield DemoInWork(answers)
    finally:
        answers.close()
        process.join()


def _make(answers: Connection, path: str, readable_passwords: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to both; the parent tells what happened
    gc.disable()
    from storage.database.engine import open_database

    with suppress(BrokenPipeError):  # the parent was ended
        try:
            database = open_database(path, create=True, durable=False)
            answers.send([])
            answers.send(_filled(database, readable_passwords=readable_passwords))
        except EvenhandError as error:
            answers.send(error)


def _filled(database: "Database", *, readable_passwords: bool) -> "list[DemoLogin]":
    from app.demo.store import fill_demo
    from app.wiring import clock, make_accounts

    try:
        return fill_demo(database, make_accounts(database), now=clock(), readable_passwords=readable_passwords)
    finally:
        database.close()
