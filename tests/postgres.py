"""A PostgreSQL server for one test run, and a fresh database for each test that asks.

The server is `EVENHAND_TEST_POSTGRES` if that is set; otherwise one is started from this machine's PostgreSQL
on a Unix socket in a temporary folder, without fsync, as user `postgres` when the tests run as root.
"""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUPERUSER = "postgres"


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, None when there is no server on this machine."""
    found = shutil.which("initdb")
    if found and shutil.which("postgres", path=str(Path(found).parent)):
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class PostgresServer:
    """A running server; `url(name)` is the address of one of its databases."""

    def __init__(self, base: str) -> None:
        self._base = base

    def url(self, name: str) -> str:
        return self._base.format(name=name)

    def fresh(self) -> str:
        """Make an empty database and return its URL."""
        import psycopg

        name = f"evenhand_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url(SUPERUSER), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        import psycopg
        from sqlalchemy import make_url

        with psycopg.connect(self.url(SUPERUSER), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')


@contextmanager
def server() -> Iterator[PostgresServer]:
    """A server for the length of a test run."""
    given = os.environ.get("EVENHAND_TEST_POSTGRES")
    if given:
        yield PostgresServer(given.rsplit("/", 1)[0] + "/{name}")
        return
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("no PostgreSQL on this machine")
    home = Path(tempfile.mkdtemp(prefix="evpg"))
    user = SUPERUSER if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(home, user)
    data = home / "d"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [folder / "initdb", "--no-sync", "-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--locale=C", "-D", data],
        check=True,
        user=user,
        **quiet,
    )
    process = subprocess.Popen(
        [
            folder / "postgres",
            "-D",
            data,
            "-k",
            home,
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "max_connections=200",
        ],
        user=user,
        **quiet,
    )
    try:
        running = PostgresServer(f"postgresql://{SUPERUSER}@/{{name}}?host={home}")
        _wait(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _wait(running: PostgresServer, process: "subprocess.Popen[bytes]") -> None:
    """Return when the server answers; its own start-up is the only thing waited for."""
    import psycopg

    for _ in range(400):
        if process.poll() is not None:
            raise RuntimeError("PostgreSQL ended while starting")
        try:
            psycopg.connect(running.url(SUPERUSER), connect_timeout=5).close()
        except psycopg.OperationalError:
            process_wait_briefly(process)
        else:
            return
    raise RuntimeError("PostgreSQL did not answer")


def process_wait_briefly(process: "subprocess.Popen[bytes]") -> None:
    """Give the server a moment, and notice at once if it ends."""
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return
