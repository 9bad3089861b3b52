"""A PostgreSQL server for one test run, and an empty store for each test that asks.

The server is the one of `EVENHAND_TEST_PG_URL`, the URL of a superuser, if that is set; otherwise one is started from
this machine's PostgreSQL on a Unix socket in a temporary folder, without fsync, as user `postgres` when the tests run
as root (PostgreSQL refuses root). With workers of pytest-xdist, the controlling process starts it for all of them.

To make a database and to drop it takes the server 0.1 s, so each process of a run has one store, which is emptied after
each test (`tests/kept_store.py`).
"""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import URL, make_url

from storage.database.engine import open_database
from tests.kept_store import KeptStore
from tests.memory_folder import memory_folder

SUPERUSER = "postgres"
MOMENT_SECONDS = 0.05
MOST_MOMENTS = 400
SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=200",
)
FOLDER_FOR_WORKERS = "EVENHAND_TEST_PG_FOLDER"
"""Tells workers the folder of the server that the controlling process started."""


class PostgresServer:
    """A running server that makes and drops databases.

    Attributes:
        template: the store that all others begin as.
    """

    def __init__(self, home: URL, *, is_foreign: bool = False) -> None:
        """Speak to the server through the database `home`, which is never touched itself."""
        self._home = home.set(drivername="postgresql+psycopg")
        self._engine = sqlalchemy.create_engine(self._home, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
        self._is_foreign = is_foreign
        self._kept: list[KeptStore] = []
        self.template = f"evenhand_{uuid.uuid4().hex[:12]}" if is_foreign else "evenhand_template"

    def answers(self) -> bool:
        """Whether the server takes connections yet."""
        try:
            self._engine.connect().close()
        except sqlalchemy.exc.OperationalError:
            return False
        return True

    def fresh(self, *, like: str | None = None) -> str:
        """Make a database, without a table or like another one, and return its SQLAlchemy URL."""
        name = f"evenhand_{uuid.uuid4().hex[:12]}"
        # The strategy takes half of the time of the other one.
        how = "" if like is None else f'TEMPLATE "{like}" STRATEGY FILE_COPY'
        self._run(f'CREATE DATABASE "{name}" {how}')
        return self._home.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def store(self) -> Iterator[str]:
        """The SQLAlchemy URL of an empty store, which is gone after the block."""
        kept = self._kept.pop() if self._kept else KeptStore(self.copy())
        with kept.lent() as url:
            yield url
        if kept.is_empty:
            self._kept.append(kept)
        else:
            self._give_up(kept)

    def copy(self) -> str:
        """Make a database with an empty store and return its SQLAlchemy URL; one process makes the template."""
        with self._engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(0)"))
            names = connection.scalars(sqlalchemy.text("SELECT datname FROM pg_database")).all()
            if self.template not in names:
                made = self.fresh()
                open_database(made).close()
                self._run(f'ALTER DATABASE "{make_url(made).database}" RENAME TO "{self.template}"')
        return self.fresh(like=self.template)

    def close(self) -> None:
        """Drop what was kept for further tests, and on a foreign server what it would keep."""
        for kept in self._kept:
            self._give_up(kept)
        if self._is_foreign:
            self._run(f'DROP DATABASE IF EXISTS "{self.template}" WITH (FORCE)')

    def _give_up(self, kept: KeptStore) -> None:
        kept.close()
        self.drop(kept.url)

    def drop(self, url: str) -> None:
        """Drop a database that `fresh` made, whoever is still connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(sqlalchemy.text(statement))


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, None when there is no server on this machine."""
    folders = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    if shutil.which("pg_config"):
        asked = subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True, text=True)
        folders.append(Path(asked.stdout.strip()))
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next(
        (folder for folder in folders if all((folder / name).exists() for name in ("initdb", "postgres"))), None
    )


@contextmanager
def server() -> Iterator[PostgresServer]:
    """A server for the length of a test run."""
    given, started = os.environ.get("EVENHAND_TEST_PG_URL"), os.environ.get(FOLDER_FOR_WORKERS)
    with ExitStack() as stack:
        if given:
            running = PostgresServer(make_url(given), is_foreign=True)
        else:
            running = PostgresServer(_address(Path(started or stack.enter_context(_started()))))
        stack.callback(running.close)
        yield running


@contextmanager
def server_for_workers() -> Iterator[None]:
    """Start a server that processes started meanwhile find; nothing where one is given or none can be had."""
    if os.environ.get("EVENHAND_TEST_PG_URL") or binaries() is None:
        yield
        return
    with _started() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_FOR_WORKERS, str(home))
        yield


def _address(home: Path) -> URL:
    return URL.create("postgresql+psycopg", username=SUPERUSER, database=SUPERUSER, query={"host": str(home)})


@contextmanager
def _started() -> Iterator[Path]:
    """Serve a new cluster from this machine's PostgreSQL; yields the folder of its socket."""
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("expected PostgreSQL's initdb and postgres on this machine, found none")
    # A socket's path may have about 100 characters, so the folder is not pytest's own.
    home = Path(tempfile.mkdtemp(prefix="evpg", dir=memory_folder()))
    try:
        with _serving(folder, home):
            yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _serving(folder: Path, home: Path) -> Iterator[None]:
    """Make a cluster below `home`, serve it, and stop it at the end."""
    user = SUPERUSER if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(home, user)
    cluster = home / "cluster"
    made = subprocess.run(
        [folder / "initdb", "--no-sync", "-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--locale=C", "-D", cluster],
        user=user,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed: {made.stderr.strip()}")
    log = home / "log"
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [folder / "postgres", "-D", cluster, "-k", home, *settings],
            user=user,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        if not _becomes_ready(PostgresServer(_address(home)), process):
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text(encoding='utf-8', errors='replace')}")
        yield
    finally:
        # SIGTERM would wait for every connection that a failed test left open; SIGQUIT does not.
        process.send_signal(signal.SIGQUIT)
        process.wait(20)


def _becomes_ready(running: PostgresServer, process: "subprocess.Popen[bytes]") -> bool:
    """Wait for the first answer; False if the server ends instead."""
    for _ in range(MOST_MOMENTS):
        if running.answers():
            return True
        try:
            process.wait(MOMENT_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return False
    return False
