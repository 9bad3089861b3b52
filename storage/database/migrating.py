"""Migrate a store to the current schema with Alembic, also when several processes start at once.

A SQLite file that already holds data is copied before it is changed. A store whose migration is unknown here
was written by a newer version and is refused untouched. Alembic is only loaded when there is something to do.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from storage.errors import StoreError, StoreVersionError

HEAD = "0008"
"""The newest migration of this version; a test holds it equal to what Alembic finds."""

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
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
    if engine.dialect.name == "sqlite":
        _copy_before_change(engine)
    with _exclusively(engine) as connection:
        if _revision(connection) != HEAD:
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


def _copy_before_change(engine: Engine) -> None:
    """Copy a SQLite store that has a schema to `FILE.before-HEAD`, by the backup API, which includes a live WAL."""
    path = Path(str(engine.url.database))
    if not path.exists() or path.stat().st_size == 0:
        return
    with engine.connect() as connection:
        if _revision(connection) is None:
            return
    copy = path.with_name(f"{path.name}.before-{HEAD}")
    if copy.exists():
        return
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
