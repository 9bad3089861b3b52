"""Empty stores for tests: migrated once in a process, and copied from then on.

Most tests begin with an empty store, and making one from nothing takes longer than what they do with it.
`storage/test_migrations.py` runs every migration on files and databases that are not there yet.
"""

import sqlite3
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
def migrated_once() -> Iterator[None]:
    """Let whoever opens a SQLite file that is not there yet get the tables which the migrations made in the first."""
    _empty_schema()  # by the real migrations

    def fill(connection: Connection) -> None:
        if connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
            UPGRADE(connection)
            return
        for statement in _empty_schema():
            connection.exec_driver_sql(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrating, "_upgrade", fill)
        yield


@cache
def _empty_schema() -> tuple[str, ...]:
    """The statements that make an empty store."""
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(make_store(Path(folder) / "x.db"))) as made:
        return tuple(made.iterdump())[1:-1]  # without BEGIN and COMMIT


@cache
def _empty_store() -> bytes:
    """A store as the first opening leaves it, without its closed write-ahead log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evenhand.db"
        open_database(str(path)).close()
        return path.read_bytes()
