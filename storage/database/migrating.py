"""Migrate a store to the current schema with Alembic, also when several processes start at once.

A SQLite file that already holds data is copied before it is changed. A store whose migration is unknown here
was written by a newer version and is refused untouched. Alembic is only loaded when there is something to do.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from storage.errors import StoreDamaged, StoreError, StoreFull, StoreVersionError

HEAD = "0017"
"""The newest migration of this version; a test holds it equal to what Alembic finds."""

REVISIONS = tuple(f"{number:04}" for number in range(1, int(HEAD) + 1))
MIGRATION_LOCK = 0x4576656E6D696772
FOLDER = Path(__file__).parents[1] / "migrations"


def migrate(engine: Engine) -> None:
    """Upgrade the store to `HEAD`; several processes may call this at once.

    Raises:
        StoreVersionError: the store is newer than this version.
        StoreError: the database belongs to another program.
    """
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with _exclusively(engine) as connection:
        found = _revision(connection)
        if found == HEAD:
            return
        if found is not None and engine.dialect.name == "sqlite":
            _copy_before_change(Path(str(engine.url.database)))
        _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    """The migration of the store, None for an empty database."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            raise StoreError(
                f"expected an Evenhand database, but {connection.engine.url.render_as_string()} holds other tables "
                f"({', '.join(sorted(tables)[:3])}…); choose another file or database"
            )
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is not None and revision not in REVISIONS:
        raise StoreVersionError(
            f"the database was written by a newer Evenhand (migration {revision!r}, this one knows up to {HEAD!r}); "
            "upgrade Evenhand, or open another database"
        )
    return None if revision is None else str(revision)


@contextmanager
def _exclusively(engine: Engine) -> Iterator[Connection]:
    """A connection for one migrating process at a time, committed at the end."""
    with engine.execution_options(evenhand_write=True).connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
                yield connection
            return
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise StoreError(f"expected Python's own SQLite driver, got {type(driver).__name__}")
        driver.execute("PRAGMA journal_mode=WAL").close()
        driver.execute("PRAGMA foreign_keys=OFF").close()  # a batch migration rebuilds tables that others refer to
        try:
            with connection.begin():
                yield connection
                # One row for each reference that leads nowhere: table, row, the table that it names, and a number.
                orphans = {tuple(row[:2]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
                if orphans:
                    raise StoreError(
                        f"the migration would leave {len(orphans)} rows without a row that they belong to; "
                        "nothing was changed"
                    )
        finally:
            driver.execute("PRAGMA foreign_keys=ON").close()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  0.3 s that most starts do not need
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _copy_before_change(path: Path) -> None:
    """Copy a SQLite store to `FILE.before-HEAD`; called with the write lock held, by one process at a time.

    The copy is written aside and then renamed, so that a file of that name is always complete. A file of that name
    that is no store was left by a version that did not do so.
    """
    copy = path.with_name(f"{path.name}.before-{HEAD}")
    if copy.exists() and is_complete(copy):
        return
    copy_store(path, copy)


def copy_store(source: Path, target: Path) -> None:
    """Copy a SQLite store, also while it is in use, to a file that only its owner can read; replaces the target.

    Raises:
        StoreFull: the disk of the target is full.
        StoreDamaged: the source cannot be read.
        StoreError: the target's folder cannot be written.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(part)) as written:
            read.backup(written)
            written.execute("PRAGMA journal_mode=DELETE").close()  # a copy is one file, without a log beside it
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except sqlite3.Error as error:
        if "disk is full" in str(error):
            raise StoreFull(f"the disk of {str(target)!r} is full; free some space, nothing was changed") from error
        raise StoreDamaged(
            f"expected to copy the database {str(source)!r}, but it cannot be read ({error}); restore a backup"
        ) from error
    except OSError as error:
        raise StoreError(
            f"expected to copy the database to {str(target)!r}, but that failed ({error.strerror}); "
            "check the folder and its permissions"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def is_complete(path: Path) -> bool:
    """Whether a file is an undamaged SQLite store with a schema of Evenhand."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            checked = connection.execute("PRAGMA quick_check(1)").fetchone()
            return checked == ("ok",) and bool(connection.execute("SELECT 1 FROM alembic_version").fetchall())
    except sqlite3.DatabaseError:
        return False
