"""SQL that is compiled once in a process instead of once for each store.

SQLAlchemy keeps compiled statements beside the engine and the dialect that compiled them. A test has a store of its
own, and so both, and would compile every statement anew: a fifth of the time of tests that work on stores.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from storage.database import engine as opening

MOST = 5000
"""Statements that are kept; all tests together have fewer."""


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let all stores that are opened meanwhile share the statements that they compile."""
    shared: LRUCache[Any, Any] = LRUCache(MOST)

    def create(address: URL, **options: Any) -> Engine:
        made = create_engine(address, **options)
        made._compiled_cache = shared
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "create_engine", create)
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            # All are made with the same settings, for servers of one version.
            patch.setattr(dialect, "__eq__", lambda self, other: type(self) is type(other))
            patch.setattr(dialect, "__hash__", lambda self: hash(type(self)))
        yield
