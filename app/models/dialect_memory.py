"""Dialects of an endpoint, kept in the store: the next command starts with the one that was found."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from judging.chat.wire.dialect import Dialect
from storage.database.engine import Database
from storage.dialects import store_dialect, stored_dialect
from storage.errors import StoreError


class StoredDialects:
    """The dialects of one endpoint in a store; see `DialectMemory`."""

    def __init__(self, database: Database, address: str, *, clock: Callable[[], datetime]) -> None:
        """Read nothing yet.

        Args:
            database: the store.
            address: address of the endpoint.
            clock: current time.
        """
        self._database, self._address, self._clock = database, address, clock
        self._known: dict[tuple[str, str], Dialect] = {}

    def recall(self, path: str, model: str) -> Dialect | None:
        """The stored dialect, None for the plain one or an unknown one."""
        with self._database.reading() as session:
            found = stored_dialect(session, self._address, path, model)
        known = self._known[path, model] = Dialect.from_json(found)
        return known if found else None

    def keep(self, path: str, model: str, dialect: Dialect) -> None:
        """Store a dialect that differs from the stored one; where the store is busy, the next command finds it anew."""
        if dialect != self._known.get((path, model), Dialect()):
            with suppress(StoreError), self._database.writing() as session:
                store_dialect(session, self._address, path, model, dialect.as_json(), now=self._clock())
