"""A store that tests use one after the other begins each time as a new one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import make_url

from storage.database.engine import open_database
from storage.errors import StoreError
from tests.kept_store import KeptStore
from tests.postgres import PostgresServer
from tests.storage.files import SCORE, VOTE, bring, jsonl


@pytest.fixture(scope="module")
def url(postgres_server: PostgresServer) -> Iterator[str]:
    """A store for all tests of this file."""
    made = postgres_server.copy()
    yield made
    postgres_server.drop(made)


@pytest.fixture
def kept(url: str) -> Iterator[KeptStore]:
    store = KeptStore(url)
    yield store
    store.close()


def run(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with engine.connect() as sql:
        sql.exec_driver_sql(statement)


def content(url: str) -> dict[str, list[Any]]:
    """All rows of each table, and where each sequence stands."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as sql:
        names = sqlalchemy.inspect(sql).get_table_names()
        sequences = sql.exec_driver_sql("SELECT seqrelid::regclass::text FROM pg_sequence").scalars()
        queries = {f'"{name}"': "*" for name in names} | dict.fromkeys(sequences, "last_value, is_called")
        return {name: [*sql.exec_driver_sql(f"SELECT {what} FROM {name}")] for name, what in queries.items()}


def test_a_used_store_comes_back_like_a_new_one_and_closed_to_its_last_user(
    kept: KeptStore, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    votes = jsonl(tmp_path / "v.jsonl", [VOTE, VOTE | {"row_key": "v2"}])
    with kept.lent() as lent:
        first = open_database(lent)
        bring(first, "preferences", votes)
        bring(first, "satisfaction", jsonl(tmp_path / "s.jsonl", [SCORE]))
        filled = content(lent)
    fresh = postgres_server.copy()
    new = content(fresh)
    postgres_server.drop(fresh)
    assert (content(kept.url), kept.is_empty) == (new, True)
    assert sum(rows != new[name] for name, rows in filled.items()) >= 9, "tables and sequences"
    with pytest.raises(StoreError), first.writing() as session:
        session.connection()
    first.close()
    with kept.lent() as lent:
        second = open_database(lent)
        assert bring(second, "preferences", votes).added == 2
        second.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE TABLE more (id INTEGER)",
        "DROP INDEX ix_response_model_id",
        "ALTER TABLE model RENAME COLUMN name TO title",
        "ALTER TABLE model ADD CONSTRAINT named CHECK (id > 0)",
        "CREATE SCHEMA another",
        "CREATE VIEW seen AS SELECT 1",
    ],
)
def test_a_store_with_another_schema_is_used_no_more(kept: KeptStore, change: str) -> None:
    with kept.lent() as lent:
        run(lent, change)
    assert not kept.is_empty


def test_a_server_lends_a_new_store_after_a_changed_one(postgres_server: PostgresServer) -> None:
    names = []
    for change in ("CREATE TABLE more (id INTEGER)", "SELECT 1", "SELECT 1"):
        with postgres_server.store() as lent:
            names.append(make_url(lent).database)
            run(lent, change)
    assert names[0] != names[1] == names[2]
