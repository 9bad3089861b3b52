"""Empty stores for tests: migrated once in a process, and copied from then on.

Most tests begin with an empty store, and making one from nothing takes longer than what they do with it.
`storage/test_migrations.py` and the commands' tests open files and databases that are not there yet.
"""

import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlmodel import Session

from storage.database.engine import Database, open_database
from storage.ledger import chain


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


@cache
def _empty_store() -> bytes:
    """A store as the first opening leaves it, without its closed write-ahead log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evenhand.db"
        open_database(str(path)).close()
        return path.read_bytes()
