"""The file of the example's store: some hundred votes, judgments and runs, which take seconds to make."""

from pathlib import Path

import pytest

from app.demo.store import fill_demo
from app.wiring import clock, make_accounts
from tests.shared_files import made_once
from tests.stores import open_store


def make_demo(path: Path) -> Path:
    """Put the example's store at a path, filled as `evenhand demo` does it."""
    database = open_store(path)
    fill_demo(database, make_accounts(database), now=clock(), readable_passwords=True)
    database.close()
    return path


def shared_demo(factory: pytest.TempPathFactory) -> Path:
    """The example's store, made once a run for all its processes, and never changed: tests get copies."""
    return made_once(factory, "example.db", make_demo)
