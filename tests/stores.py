"""Empty stores for tests: migrated once in a run, and copied from then on.

Most tests begin with an empty store, and making one from nothing takes longer than what they do with it.
`storage/test_migrations.py` runs every migration on files and databases that are not there yet.
"""

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect
from sqlmodel import Session

from storage.database import migrating
from storage.database.engine import Database, open_database
from storage.ledger import chain
from tests.shared_files import made_once

UPGRADE = migrating._upgrade
"""Runs the migrations, also while `migrated_once` spares others from it."""


def make_store(path: Path) -> Path:
    """Put an empty SQLite store at a path."""
    path.write_bytes(_empty_store())
    return path


def open_store(path: Path) -> Database:
    """Open a new, empty SQLite store at a path."""
    return open_database(str(make_store(path)))


def void_row(session: Session, position: int, *, now: datetime) -> int:
    """Leave one ledgered row out from now on; returns the position of the void."""
    return chain.append(session, "void", [{"voids": position, "reason": "test", "created_at": now}], now=now)[0]


@contextmanager
def migrated_once(factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let whoever makes a store in a new SQLite file get what the migrations made of the first file of the run."""
    content = made_once(factory, "empty.db", _make_empty).read_bytes()  # by the real migrations
    schema = _statements_of(content)

    def fill(connection: Connection) -> None:
        if connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
            UPGRADE(connection)
            return
        for statement in schema:
            connection.exec_driver_sql(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrating, "_upgrade", fill)
        patch.setattr(sys.modules[__name__], "_empty_store", lambda: content)
        yield


def _statements_of(store: bytes) -> tuple[str, ...]:
    """The statements that make an empty store."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        path.write_bytes(store)
        with closing(sqlite3.connect(path)) as made:
            return tuple(made.iterdump())[1:-1]  # without BEGIN and COMMIT


@cache
def _empty_store() -> bytes:
    """A store as the first opening leaves it, without its closed write-ahead log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evenhand.db"
        _make_empty(path)
        return path.read_bytes()


def _make_empty(path: Path) -> None:
    open_database(str(path)).close()
