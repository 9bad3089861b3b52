"""The schema: what is declared is what is migrated, once, by whoever comes first, and never backwards."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from storage.database import migrating
from storage.database.engine import open_database
from storage.errors import StoreError, StoreVersionError

STARTERS = 4


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrating.FOLDER))
    return ScriptDirectory.from_config(config)


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
    """What makes up each table and index, without regard to order and layout."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
        )
        return {
            name: sorted(line.strip().rstrip(",") for line in sql.replace(" \n", "\n").splitlines())
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
    command = "import sys; from storage.database.engine import open_database; open_database(sys.argv[1]).close()"
    root = Path(migrating.__file__).parents[2]
    starters = [
        subprocess.Popen([sys.executable, "-c", command, unmade_url], cwd=root, stderr=subprocess.PIPE, text=True)
        for _ in range(STARTERS)
    ]
    assert [(one.wait(), one.communicate()[1]) for one in starters] == [(0, "")] * STARTERS
    database = open_database(unmade_url)
    with database.reading() as session:
        versions = session.connection().exec_driver_sql("SELECT version_num FROM alembic_version").all()
    assert versions == [(migrating.HEAD,)]
    database.close()
