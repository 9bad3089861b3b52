"""One commit for the operations of several threads that wait for the disk at the same time.

Each commit to SQLite waits until the disk has the data, for 5 to 15 ms on the disks of virtual machines, which limits
a server to about a hundred commits a second however short they are. So operations that queue up behind one another
share a transaction, each within a savepoint of its own: an operation that fails leaves no trace and does not disturb
the others, and every operation returns only after the commit that holds it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event

from sqlalchemy import Connection, Engine, NestedTransaction
from sqlalchemy.exc import SQLAlchemyError

from storage.database.turns import Turns

LARGEST_COMMIT = 8
"""Operations in one commit: enough to make the disk's part small, few enough that the first does not wait long."""


@dataclass(eq=False)
class _Shared:
    """A transaction that is open: its connection, number of operations so far, and how it ended."""

    connection: Connection
    n_operations: int = 1
    ended: Event = field(default_factory=Event)
    error: BaseException | None = None


class SharedCommits:
    """Runs operations one after the other, in the order in which they came, with as few commits as that takes."""

    def __init__(self, writer: Engine, turns: Turns) -> None:
        """Open transactions with this engine, in these turns."""
        self._writer = writer
        self._turns = turns
        self._open: _Shared | None = None

    @contextmanager
    def operation(self, seconds: float) -> Iterator[Connection | None]:
        """Run one operation on the connection and wait until it is on the disk.

        Args:
            seconds: longest time to wait for the turn.

        Yields:
            The connection; None if the turn did not come.

        Raises:
            Exception: what was raised inside, or by the commit.
        """
        if not self._turns.take(seconds, shares=True):
            yield None
            return
        shared, savepoint = self._begin()
        try:
            yield shared.connection
            if savepoint is not None:
                savepoint.commit()
        except BaseException as error:
            self._undo(shared, savepoint, error)
            raise
        if self._leave(shared):
            shared.ended.wait()
        if shared.error is not None:
            raise shared.error

    def _begin(self) -> tuple[_Shared, NestedTransaction | None]:
        """The open transaction with a savepoint in it, or a new one, whose first operation needs no savepoint."""
        shared = self._open
        if shared is None:
            try:
                shared = _begin(self._writer)
            except BaseException:
                self._turns.pass_on()
                raise
            self._open = shared
            return shared, None
        shared.n_operations += 1
        try:
            return shared, shared.connection.begin_nested()
        except BaseException as error:
            self._fail(shared, error)
            raise

    def _undo(self, shared: _Shared, savepoint: NestedTransaction | None, error: BaseException) -> None:
        """Remove one operation; the others that are done stay, and are committed."""
        if savepoint is None:
            self._fail(shared, error)
            return
        try:
            savepoint.rollback()
        except SQLAlchemyError:  # SQLite has ended the whole transaction, as it does when the disk is full
            self._fail(shared, error)
            return
        self._leave(shared)

    def _leave(self, shared: _Shared) -> bool:
        """Leave the commit to the next operation in the queue, or commit for all; returns whether it was left."""
        if shared.n_operations < LARGEST_COMMIT and self._turns.share():
            return True
        try:
            shared.connection.commit()
        except BaseException as error:  # noqa: BLE001  every operation in it raises the error itself
            self._fail(shared, error)
        else:
            self._end(shared)
        return False

    def _fail(self, shared: _Shared, error: BaseException) -> None:
        """Roll everything back and tell all whose operations were done."""
        shared.error = error
        with suppress(SQLAlchemyError):  # what failed first is what the raters are told
            shared.connection.rollback()
        self._end(shared)

    def _end(self, shared: _Shared) -> None:
        self._open = None
        try:
            shared.connection.close()
        finally:
            shared.ended.set()
            self._turns.pass_on()


def _begin(writer: Engine) -> _Shared:
    connection = writer.connect()
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return _Shared(connection)
