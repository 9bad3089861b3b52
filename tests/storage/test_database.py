"""Opening a store, and what goes wrong with one as a whole: always a sentence, never a driver's error."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event, text

from storage.database.engine import Database, open_database, parse_url
from storage.errors import BadInput, StoreBusy, StoreError
from tests.storage.files import BATTLE, bring, counts, jsonl


def test_a_path_is_a_sqlite_file_and_postgres_gets_its_driver() -> None:
    assert parse_url("some/file.db").database == "some/file.db"
    assert parse_url("postgresql://me@host/db").drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("url", "expected"), [("mysql://x/y", "mysql"), ("sqlite://", "in memory"), ("a://:b:c", "URL")]
)
def test_other_databases_are_refused(url: str, expected: str) -> None:
    with pytest.raises(StoreError, match=expected):
        parse_url(url)


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("not a database, but long enough to have a header of one hundred bytes\n" * 9)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a SQLite file"):
        open_database(str(path))
    assert path.read_bytes() == before


def test_a_missing_file_is_only_made_when_that_is_meant(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database at"):
        open_database(str(tmp_path / "none.db"), create=False)
    with pytest.raises(StoreError, match="no folder"):
        open_database(str(tmp_path / "none" / "none.db"))
    with pytest.raises(StoreError, match="the folder"):
        open_database(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("durable", "synchronous"), [(True, 2), (False, 1)])
def test_sqlite_is_durable_unless_asked_otherwise_and_checks_references(
    durable: bool, synchronous: int, unmade_sqlite_url: str
) -> None:
    database = open_database(unmade_sqlite_url, durable=durable)
    with database.reading() as session:
        found = [
            session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    database.close()
    assert found == ["wal", synchronous, 1]


def test_a_locked_store_is_named_as_locked_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "evenhand.db"
    database = open_database(str(path), busy_timeout=0.05)
    before = counts(database)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="locked by another process"):
        bring(database, "preferences", jsonl(tmp_path / "a.jsonl", [BATTLE]))
    holder.execute("ROLLBACK")
    holder.close()
    assert counts(database) == before
    assert bring(database, "preferences", tmp_path / "a.jsonl").added == 1
    database.close()


def test_a_read_only_store_is_named_as_read_only(tmp_path: Path) -> None:
    path = tmp_path / "evenhand.db"
    database = open_database(str(path))
    before = counts(database)

    @event.listens_for(database.engine, "connect")
    def forbid_writing(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON").close()

    database.close()
    with pytest.raises(StoreError, match="read-only"):
        bring(database, "preferences", jsonl(tmp_path / "a.jsonl", [BATTLE]))
    assert counts(database) == before
    database.close()


def test_a_store_whose_server_does_not_answer_is_refused() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match=r"cannot be used|refused"):
        open_database("postgresql://nobody:secret@127.0.0.1:1/none")


def test_no_sentence_shows_the_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as refused:
        open_database("postgresql://nobody:secret@127.0.0.1:1/none")
    assert "secret" not in str(refused.value)


def test_a_failed_transaction_leaves_no_trace(database_url: str, tmp_path: Path) -> None:
    database = open_database(database_url)
    before = counts(database)
    with pytest.raises(BadInput):
        bring(database, "preferences", jsonl(tmp_path / "a.jsonl", [BATTLE, BATTLE | {"winner": "?"}]))
    assert counts(database) == before
    database.close()


def test_an_import_that_is_killed_leaves_no_trace(sqlite_url: str, tmp_path: Path) -> None:
    database = open_database(sqlite_url)
    before = counts(database)
    path = jsonl(tmp_path / "a.jsonl", [BATTLE | {"turn": n} for n in range(6000)])
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom storage.database.engine import open_database\n"
        "from storage.exchange.importing import ImportOptions, import_file\n"
        "from storage.exchange.rows.canonical import RowKind\n"
        "from tests.storage.files import NOW\n"
        "def die(rows, done, total): os.kill(os.getpid(), 9)\n"
        "import_file(open_database(sys.argv[1]), RowKind.preferences, Path(sys.argv[2]), "
        "ImportOptions(now=NOW, salt='s'), progress=die)\n"
    )
    root = Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", script, sqlite_url, str(path)], cwd=root, check=False)
    assert killed.returncode == -9
    assert counts(database) == before
    assert bring(database, "preferences", path).added == 6000
    database.close()


def test_the_name_of_a_store_hides_its_password() -> None:
    pytest.importorskip("psycopg")
    from sqlalchemy import create_engine

    assert "secret" not in Database(create_engine("postgresql+psycopg://me:secret@127.0.0.1/db")).name
