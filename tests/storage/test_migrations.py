"""The schema: what is declared is what is migrated, once, by whoever comes first, and never backwards."""

import re
import sqlite3
import subprocess
import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from storage.database import migrating
from storage.database.engine import open_database
from storage.errors import StoreError, StoreVersionError
from tests.stores import UPGRADE

STARTERS = 4
OPEN_AT_ONCE = """
import os, sys
import alembic.command
from storage.database.engine import open_database
children = []
for _ in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        open_database(sys.argv[1]).close()
        os._exit(0)
    children.append(child)
sys.exit(any([os.waitpid(child, 0)[1] for child in children]))
"""
"""Libraries are loaded once, so that the processes meet at the database and not on their way to it."""


@pytest.fixture(autouse=True)
def every_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the migrations on every store that is not there yet."""
    monkeypatch.setattr(migrating, "_upgrade", UPGRADE)


def configuration(url: str = "") -> Config:
    """Alembic's configuration, with a database as a developer names it: `alembic -x url=URL`."""
    config = Config(cmd_opts=Namespace(x=[f"url={url}"]))
    config.set_main_option("script_location", str(migrating.FOLDER))
    return config


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration())


def test_the_migrated_schema_is_the_declared_one(unmade_url: str) -> None:
    database = open_database(unmade_url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_constraints_that_no_comparison_sees_are_migrated_too(unmade_sqlite_url: str, tmp_path: Path) -> None:
    """Alembic compares neither CHECK constraints nor the conditions of partial indexes."""
    open_database(unmade_sqlite_url).close()
    declared = tmp_path / "declared.db"
    engine = open_database(str(declared)).engine
    with engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        SQLModel.metadata.create_all(connection)
    engine.dispose()
    assert pieces(tmp_path / "evenhand.db") == pieces(declared)


def pieces(path: Path) -> dict[str, list[str]]:
    """What makes up each table and index, without regard to order and layout.

    A column that a migration adds stands on the line of the last column before it.
    """
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
        )
        return {
            name: sorted(
                line.strip().rstrip(",")
                for line in re.sub(r"([A-Z)]), (\w+ [A-Z])", r"\1\n\2", sql.replace(" \n", "\n")).splitlines()
            )
            for name, sql in rows
        }


def test_the_newest_migration_is_the_one_that_opening_looks_for() -> None:
    assert scripts().get_current_head() == migrating.HEAD
    assert [script.revision for script in reversed(list(scripts().walk_revisions()))] == list(migrating.REVISIONS)


def test_a_store_of_a_newer_version_is_refused_untouched(database_url: str) -> None:
    database = open_database(database_url)
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(StoreVersionError, match=r"newer Evenhand.*'9999'"):
        open_database(database_url)


def test_a_database_of_something_else_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="recipes"):
        open_database(str(path))
    assert path.read_bytes() == before


def test_several_processes_may_open_a_new_store_at_once(unmade_url: str) -> None:
    root = Path(migrating.__file__).parents[2]
    started = [sys.executable, "-c", OPEN_AT_ONCE, unmade_url, str(STARTERS)]
    done = subprocess.run(started, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    database = open_database(unmade_url)
    with database.reading() as session:
        versions = session.connection().exec_driver_sql("SELECT version_num FROM alembic_version").all()
    assert versions == [(migrating.HEAD,)]
    database.close()


def test_a_developer_migrates_and_compares_a_store_with_alembic_itself(unmade_sqlite_url: str) -> None:
    command.upgrade(configuration(unmade_sqlite_url), "head")
    command.check(configuration(unmade_sqlite_url))


def test_a_store_is_copied_before_it_is_migrated_and_the_copy_stays(unmade_sqlite_url: str, tmp_path: Path) -> None:
    command.upgrade(configuration(unmade_sqlite_url), "0001")
    path, copy = tmp_path / "evenhand.db", tmp_path / f"evenhand.db.before-{migrating.HEAD}"
    before = path.read_bytes()
    open_database(str(path)).close()
    assert (revision(path), revision(copy)) == (migrating.HEAD, "0001")
    path.write_bytes(before)  # as after an interrupted attempt
    kept = copy.read_bytes()
    open_database(str(path)).close()
    assert revision(path) == migrating.HEAD
    assert copy.read_bytes() == kept


def test_a_migration_that_would_lose_parents_changes_nothing(unmade_sqlite_url: str, tmp_path: Path) -> None:
    command.upgrade(configuration(unmade_sqlite_url), "0001")
    path = tmp_path / "evenhand.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO rating (run_id, model_id, rating, battles) VALUES (7, 7, 1000, 1)")
    with pytest.raises(StoreError, match="leave 1 rows without a row that they belong to; nothing was changed"):
        open_database(str(path))
    assert revision(path) == "0001"


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
