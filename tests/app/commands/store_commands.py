"""Commands on the store of the current folder, and what it holds after them."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import app
from storage.database.engine import open_database
from tests.judging.judged_store import fill
from tests.stores import open_store


def make_filled_store(folder: Path) -> Path:
    """A store with questions and responses, `evenhand.db` of a folder."""
    path = folder / "evenhand.db"
    database = open_store(path)
    fill(database)
    database.close()
    return path


def run(*arguments: str, code: int = 0) -> dict[str, Any]:
    """What a command prints as JSON; it must end with an exit code."""
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == code, result.output + repr(result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def rows(statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    database = open_database("evenhand.db")
    with database.reading() as session:
        found = [tuple(row) for row in session.connection().execute(text(statement))]
    database.close()
    return found
