"""A PostgreSQL server for one test run, and a database of its own for each test that asks.

The server is the one of `EVENHAND_TEST_PG_URL` if that is set; otherwise one is started from this machine's
PostgreSQL on a Unix socket in a temporary folder, without fsync, as user `postgres` when the tests run as root
(PostgreSQL refuses root).
"""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, make_url

from storage.database.engine import open_database
from tests.memory_folder import memory_folder

SUPERUSER = "postgres"
MOMENT_SECONDS = 0.05
MOST_MOMENTS = 400
SETTINGS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class PostgresServer:
    """A running server that makes and drops databases."""

    def __init__(self, home: URL) -> None:
        """Speak to the server through the database `home`, which is never touched itself."""
        self._home = home.set(drivername="postgresql+psycopg")
        self._engine = sqlalchemy.create_engine(self._home, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
        self._made: str | None = None

    def answers(self) -> bool:
        """Whether the server takes connections yet."""
        try:
            self._engine.connect().close()
        except sqlalchemy.exc.OperationalError:
            return False
        return True

    def fresh(self) -> str:
        """Make a database without a table and return its SQLAlchemy URL."""
        return self._create("")

    def store(self) -> str:
        """Make an empty store and return its SQLAlchemy URL; the first is migrated, the others are copies of it."""
        if self._made is None:
            made = self.fresh()
            open_database(made).close()
            self._made = made
        return self._create(f'TEMPLATE "{make_url(self._made).database}"')

    def forget(self) -> None:
        """Drop what `store` copies."""
        if self._made is not None:
            self.drop(self._made)
            self._made = None

    def drop(self, url: str) -> None:
        """Drop a database that `fresh` made, whoever is still connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _create(self, like: str) -> str:
        name = f"evenhand_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}" {like}')
        return self._home.set(database=name).render_as_string(hide_password=False)

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
    given = os.environ.get("EVENHAND_TEST_PG_URL")
    if given:
        running = PostgresServer(make_url(given))
        yield running
        running.forget()
        return
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("expected PostgreSQL's initdb and postgres on this machine, found none")
    # A socket's path may have about 100 characters, so the folder is not pytest's own.
    home = Path(tempfile.mkdtemp(prefix="evpg", dir=memory_folder()))
    try:
        with _started(folder, home) as running:
            yield running
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _started(folder: Path, home: Path) -> Iterator[PostgresServer]:
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
        running = PostgresServer(
            URL.create("postgresql+psycopg", username=SUPERUSER, database=SUPERUSER, query={"host": str(home)})
        )
        if not _becomes_ready(running, process):
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text(encoding='utf-8', errors='replace')}")
        yield running
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
