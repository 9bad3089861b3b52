"""The file of a SQLite store: private from the start, known by its inode, and honest about a full or damaged disk."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import event, func, insert, select

from storage.database import migrating
from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.tables import Model
from storage.errors import StoreDamaged, StoreError, StoreFull, StoreGone
from tests.storage.test_migrations import configuration, revision
from tests.stores import make_store, open_store

ROOT = Path(migrating.__file__).parents[2]
KILLED_WHILE_COPYING = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
from storage.database.migrating import migrate
from storage.database.engine import open_database
open_database(sys.argv[1])
"""
"""The kernel kills the process when a file that it writes grows beyond the limit: in the middle of the copy."""

FULL_DISK = """
import os, sys
from sqlalchemy import insert
from storage.database.columns import table_of
from storage.database.engine import open_database
from storage.database.tables import Model
from storage.errors import StoreFull
database = open_database(sys.argv[1] + "/evenhand.db")
with open(sys.argv[1] + "/rest", "wb", buffering=0) as rest:
    try:
        while True:
            rest.write(b"x" * 4096)
    except OSError:
        pass
    try:
        while True:
            with database.writing() as session:
                session.execute(insert(table_of(Model)), [{"name": os.urandom(4000).hex()}])
    except StoreFull as error:
        print(error)
os.unlink(sys.argv[1] + "/rest")
with database.writing() as session:
    session.execute(insert(table_of(Model)), [{"name": "after"}])
print("saved again")
"""


def add_model(database: Database, name: str) -> None:
    with database.writing() as session:
        session.execute(insert(table_of(Model)), {"name": name})


def n_models(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(select(func.count()).select_from(Model)).scalar_one())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_store_and_its_copies_can_be_read_by_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "evenhand.db"
    before = os.umask(0)
    try:
        with closing(open_database(str(path))) as database:
            add_model(database, "a")
            found = {file.name: mode(file) for file in tmp_path.iterdir()}
        migrating.copy_store(path, tmp_path / "copy.db")
    finally:
        os.umask(before)
    assert found == {"evenhand.db": 0o600, "evenhand.db-wal": 0o600, "evenhand.db-shm": 0o600}
    assert mode(tmp_path / "copy.db") == 0o600


def test_the_permissions_of_an_existing_store_are_its_owners_choice(tmp_path: Path) -> None:
    path = make_store(tmp_path / "evenhand.db")
    path.chmod(0o640)
    open_database(str(path)).close()
    assert mode(path) == 0o640


@pytest.mark.parametrize(("change", "words"), [("delete", "was deleted or moved"), ("replace", "was replaced")])
def test_nothing_is_written_to_a_file_that_is_no_longer_the_store(tmp_path: Path, change: str, words: str) -> None:
    path = tmp_path / "evenhand.db"
    with closing(open_store(path)) as database:
        add_model(database, "before")
        path.rename(tmp_path / "moved.db")
        if change == "replace":
            make_store(path)
        with pytest.raises(StoreGone, match=words):
            add_model(database, "lost")
        with pytest.raises(StoreGone, match="nothing was saved"):
            n_models(database)
        path.unlink(missing_ok=True)
        (tmp_path / "moved.db").rename(path)
        add_model(database, "after")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM model ORDER BY id").fetchall() == [("before",), ("after",)]


def test_a_file_that_goes_during_a_transaction_stops_its_commit(tmp_path: Path) -> None:
    path = tmp_path / "evenhand.db"
    with closing(open_store(path)) as database:
        with database.engine.connect() as connection:
            connection.execute(insert(table_of(Model)), {"name": "lost"})
            path.rename(tmp_path / "moved.db")
            with pytest.raises(StoreGone):
                connection.commit()
        (tmp_path / "moved.db").rename(path)
        assert n_models(database) == 0


def test_a_connection_made_later_does_not_open_another_file(tmp_path: Path) -> None:
    path = tmp_path / "evenhand.db"
    with closing(open_store(path)) as database:
        path.rename(tmp_path / "moved.db")
        make_store(path)
        database.engine.dispose()
        with pytest.raises(StoreGone):
            add_model(database, "elsewhere")


def test_a_full_database_says_so_and_loses_nothing(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "evenhand.db")) as database:
        with database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        event.listen(database.engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages}"))
        database.engine.dispose()
        n_stored = 0
        with pytest.raises(StoreFull, match="is full; free some space, nothing was changed"):  # noqa: PT012  one fits
            while n_stored < 1000:
                add_model(database, f"{n_stored:0180}")
                n_stored += 1
        assert 0 < n_stored == n_models(database)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare on this machine")
def test_a_disk_that_is_full_in_earnest_is_reported_and_recovered_from(tmp_path: Path) -> None:
    mounted = 'mount -t tmpfs -o size=2m none "$0" || exit 77; exec "$1" -c "$2" "$0"'
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", mounted, str(tmp_path), sys.executable, FULL_DISK],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("no file system of its own for this process")
    assert "is full; free some space, nothing was changed\nsaved again\n" in done.stdout, done.stderr


def test_a_damaged_store_is_reported_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "evenhand.db"
    with closing(open_store(path)) as database:
        add_model(database, "a")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    with pytest.raises(StoreDamaged, match=r"is damaged .*evenhand store verify.*evenhand store restore"):
        open_database(str(path))


def test_a_kill_during_the_copy_leaves_no_copy_that_is_not_whole(unmade_sqlite_url: str, tmp_path: Path) -> None:
    command.upgrade(configuration(unmade_sqlite_url), "0001")
    path, copy = tmp_path / "evenhand.db", tmp_path / f"evenhand.db.before-{migrating.HEAD}"
    half = path.stat().st_size // 2
    program = [sys.executable, "-c", KILLED_WHILE_COPYING, str(path), str(half)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGXFSZ, done.stderr
    assert not copy.exists()
    assert revision(path) == "0001"
    open_database(str(path)).close()
    assert (revision(path), revision(copy)) == (migrating.HEAD, "0001")
    assert not list(tmp_path.glob("*.part*"))


@pytest.mark.parametrize("rest", [b"", b"SQLite format 3\x00"], ids=["empty", "header only"])
def test_what_a_kill_left_in_an_earlier_version_is_not_taken_for_the_copy(
    unmade_sqlite_url: str, tmp_path: Path, rest: bytes
) -> None:
    command.upgrade(configuration(unmade_sqlite_url), "0001")
    copy = tmp_path / f"evenhand.db.before-{migrating.HEAD}"
    copy.write_bytes(rest)
    open_database(unmade_sqlite_url).close()
    assert revision(copy) == "0001"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no folder in which nobody can make a file")
def test_a_folder_in_which_no_store_can_be_made_is_reported() -> None:
    with pytest.raises(StoreError, match=r"expected to create the database .*; check the permissions"):
        open_database("/proc/evenhand.db")
