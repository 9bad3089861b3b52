"""Open a store from its URL and hand out sessions.

SQLite in WAL mode with `synchronous=FULL` by default, PostgreSQL through the same code. Reading sessions see
one snapshot; writing sessions hold SQLite's write lock from their first statement, so that none can fail
half-way with "database is locked". What the drivers raise becomes a `StoreError` with a sentence.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from storage.database.migrating import migrate
from storage.database.shared_commits import SharedCommits
from storage.database.turns import Turns
from storage.errors import BadInput, StoreBusy, StoreDamaged, StoreError, StoreFull, StoreGone

BUSY_TIMEOUT_SECONDS = 15.0


class Database:
    """A store that was opened and migrated; safe to use from several threads."""

    def __init__(self, engine: Engine, *, busy_timeout: float = BUSY_TIMEOUT_SECONDS) -> None:
        """Wrap an engine made by `open_database`."""
        self.engine = engine
        self._writer = engine.execution_options(evenhand_write=True)
        # SQLite reads one snapshot as it is; PostgreSQL must be asked to.
        is_server = engine.dialect.name == "postgresql"
        self._turns = None if is_server else Turns()
        self._commits = None if self._turns is None else SharedCommits(self._writer, self._turns)
        self._busy_timeout = busy_timeout
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ") if is_server else engine

    @property
    def name(self) -> str:
        """The URL without the password, for messages."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one snapshot that is rolled back at the end.

        Raises:
            StoreError: the database cannot be read.
        """
        with _translated(self.name), Session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits at the end, or leaves no trace if anything is raised.

        Raises:
            StoreBusy: another process held the write lock for longer than the busy timeout.
            StoreError: the database cannot be written.
        """
        with (
            self._turn(),
            _translated(self.name),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A bare connection for a single read on the path of every request; errors as in `reading`."""
        with _translated(self.name), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A bare connection in a transaction, for the path of every vote; otherwise like `writing`.

        On SQLite, operations of threads that wait for each other are committed together.
        """
        if self._commits is None:
            with _translated(self.name), self._writer.begin() as connection:
                yield connection
            return
        with _translated(self.name), self._commits.operation(self._busy_timeout) as shared:
            if shared is None:
                raise _busy(self.name)
            yield shared

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """The turn to write; a server gives turns itself."""
        if self._turns is None:
            yield
            return
        with self._turns.turn(self._busy_timeout) as came:
            if not came:
                raise _busy(self.name)
            yield

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_database(
    url: str, *, create: bool = True, durable: bool = True, busy_timeout: float = BUSY_TIMEOUT_SECONDS
) -> Database:
    """Open the store, create it if necessary, and migrate it to the current schema.

    Args:
        url: a SQLAlchemy URL (`sqlite:///file.db`, `postgresql://…`) or the path of a SQLite file.
        create: whether a SQLite file that does not exist is made.
        durable: whether each commit to SQLite reaches the disk before it returns. Without it a power failure may take
            the last commits, never the consistency of the store; for stores that can be made again.
        busy_timeout: seconds to wait for another writer.

    Raises:
        StoreError: the store cannot be opened: wrong URL, no such file, not a database, locked, read-only, no driver.
        StoreVersionError: the store was written by a newer version.
    """
    address = parse_url(url)
    if address.get_backend_name() == "sqlite":
        _check_file(address, create=create)
    name = address.render_as_string(hide_password=True)
    with _translated(name):
        engine = _engine(address, busy_timeout, durable=durable)
        try:
            migrate(engine)
        except BaseException:
            engine.dispose()  # nobody else can close its connections
            raise
    return Database(engine, busy_timeout=busy_timeout)


def parse_url(url: str) -> URL:
    """The URL of a store; a bare path means SQLite, `postgresql://` means the psycopg driver.

    Raises:
        StoreError: the text is neither, or names another kind of database.
    """
    try:
        address = make_url(url if "://" in url else f"sqlite:///{url}")
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise StoreError(
            f"expected a database as a file path or a URL like sqlite:///evenhand.db, got {url!r}"
        ) from None
    backend = address.get_backend_name()
    if backend == "sqlite":
        if address.database in (None, "", ":memory:"):
            raise StoreError(f"expected a SQLite file, got {url!r} (in memory); name a file, for example evenhand.db")
        return address
    if backend in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    raise StoreError(f"expected a SQLite or PostgreSQL database, got {backend!r}; use sqlite:///FILE or postgresql://…")


def _check_file(address: URL, *, create: bool) -> None:
    path = Path(str(address.database))
    if path.is_dir():
        raise StoreError(f"expected a database file, got the folder {str(path)!r}; name a file in it")
    if not path.exists():
        if not create:
            raise StoreError(
                f"no database at {str(path)!r}; `evenhand import` or `evenhand demo` makes one, or give --database"
            )
        if not path.parent.is_dir():
            raise StoreError(f"no folder {str(path.parent)!r} for the database {path.name!r}; make it first")
        _create_private(path)
    elif not create and path.stat().st_size == 0:
        raise StoreError(f"expected an Evenhand database, but {str(path)!r} is an empty file; check the path")


def _create_private(path: Path) -> None:
    """Create an empty file that only its owner can read; SQLite gives its other files the same permissions."""
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreError(
            f"expected to create the database {str(path)!r}, but that failed ({error.strerror}); "
            "check the permissions of its folder"
        ) from error


class StoreFile:
    """The file that a SQLite store was opened from, known by device and inode.

    A deleted or replaced file stays open, and what is written to it is lost without an error.
    """

    def __init__(self, path: Path) -> None:
        """Remember the file that is at the path now."""
        self._path = path
        self._identity = self._now()

    def check(self) -> None:
        """Check that the path still names the file that was opened.

        Raises:
            StoreGone: the file was deleted, moved or replaced.
        """
        found = self._now()
        if found != self._identity:
            what = "was deleted or moved" if found is None else "was replaced by another file"
            raise StoreGone(
                f"the database {str(self._path)!r} {what} while it was in use, so nothing was saved; "
                "put the file back or restore a backup, then start again"
            )

    def _now(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino


def _engine(address: URL, busy_timeout: float, *, durable: bool) -> Engine:
    if address.get_backend_name() != "sqlite":
        try:
            waits = {"options": f"-c lock_timeout={int(busy_timeout * 1000)}"}
            return create_engine(
                address, pool_pre_ping=True, pool_size=10, pool_timeout=busy_timeout, connect_args=waits
            )
        except (ModuleNotFoundError, NoSuchModuleError):
            raise StoreError("PostgreSQL needs the extra `postgres`: pip install 'evenhand[postgres]'") from None
    engine = create_engine(address, connect_args={"check_same_thread": False, "timeout": busy_timeout}, pool_size=10)
    file = StoreFile(Path(str(address.database)))
    event.listen(engine, "do_connect", lambda *_connection: file.check())
    event.listen(engine, "connect", partial(_prepare_sqlite, "FULL" if durable else "NORMAL"))
    event.listen(engine, "begin", partial(_begin_sqlite, file))
    event.listen(engine, "commit", partial(_before_commit, file))
    return engine


def _prepare_sqlite(synchronous: str, connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401  the pool's own type
    connection.isolation_level = None  # the driver's own BEGIN would come too late for a write lock
    for pragma in (f"synchronous={synchronous}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(file: StoreFile, connection: Connection) -> None:
    file.check()
    writes = connection.get_execution_options().get("evenhand_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _before_commit(file: StoreFile, connection: Connection) -> None:
    try:
        file.check()
    except StoreGone:
        connection.connection.rollback()  # SQLAlchemy takes a transaction that fails here for ended
        raise


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn errors of the driver about the database as a whole into errors with a sentence."""
    try:
        yield
    except PoolTimeout as error:
        raise _busy(name) from error
    except DataError as error:
        first_line = str(error.orig).splitlines()[0]
        raise BadInput(f"expected values that the database can hold, but it refused one: {first_line}") from error
    except OperationalError as error:
        raise _sentence(name, str(error.orig)) from error
    except DatabaseError as error:
        if "file is not a database" in str(error.orig):
            raise StoreError(
                f"expected an Evenhand database, but {name} is not a SQLite file; check the path"
            ) from error
        if "malformed" in str(error.orig):
            raise StoreDamaged(
                f"{name} is damaged ({error.orig}); stop what uses it, check it with `evenhand store verify` "
                "and restore a backup with `evenhand store restore`"
            ) from error
        raise


def _busy(name: str) -> StoreBusy:
    return StoreBusy(f"{name} is locked by another process; wait until it is done or stop it, then try again")


def _sentence(name: str, reason: str) -> StoreError:
    if "locked" in reason or "busy" in reason or "lock timeout" in reason:
        return _busy(name)
    if "readonly" in reason or "read-only" in reason:
        return StoreError(f"{name} is read-only; give yourself write permission or copy it elsewhere")
    if "unable to open" in reason:
        return StoreError(f"{name} cannot be opened; check that the file and its folder exist and are writable")
    if "disk is full" in reason or "No space left" in reason:
        return StoreFull(f"the disk of {name} is full; free some space, nothing was changed")
    first_line = reason.strip().splitlines()[0] if reason.strip() else "no reason given"
    return StoreError(f"{name} cannot be used: {first_line}")


Sql = Session | Connection


def connection_of(sql: Sql) -> Connection:
    """The connection of a session, or the connection itself."""
    return sql if isinstance(sql, Connection) else sql.connection()


def is_postgres(sql: Sql) -> bool:
    """Whether the database is PostgreSQL, where locks must be requested."""
    return connection_of(sql).dialect.name == "postgresql"
