"""The store that a command works on, and the form of its output."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.settings import DEFAULT_DATABASE, Settings, read_settings

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.audit import Author
    from storage.database.engine import Database


@dataclass(frozen=True)
class StoreOptions:
    """The store that a command works on.

    Attributes:
        database: path or URL of the store; None for the one that the environment names, else the default.
    """

    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            show_default=False,
            help=f"Store: a SQLite file or a postgresql:// URL. [default: $EVENHAND_DATABASE, else {DEFAULT_DATABASE}]",
        ),
    ] = None

    @property
    def settings(self) -> Settings:
        """The settings of this run."""
        return read_settings(database=self.database)

    @property
    def file(self) -> Path | None:
        """The SQLite file of the store; None for a database server."""
        from storage.database.engine import parse_url

        url = parse_url(self.settings.database)
        return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None

    @contextmanager
    def opened_for_import(self, is_worth_keeping: Callable[[], bool]) -> Iterator["Database"]:
        """The store; a new SQLite file is written beside its final path and moved there only if it is worth keeping.

        Args:
            is_worth_keeping: function that decides at the end, even after a failure, whether a new file is kept.

        Raises:
            StoreError: the store cannot be opened, or another process created the file in the meantime.
        """
        file = self.file
        if file is None or file.exists() or not file.parent.is_dir():
            with self.opened(create=True) as database:
                yield database
            return
        new_file = file.with_name(f"{file.name}.new-{os.getpid()}")
        try:
            with StoreOptions(str(new_file)).opened(create=True) as database:
                yield database
        finally:
            try:
                if is_worth_keeping():
                    _put_in_place(new_file, file)
            finally:
                for ending in ("", "-wal", "-shm"):
                    new_file.with_name(new_file.name + ending).unlink(missing_ok=True)

    @contextmanager
    def opened(self, *, create: bool = False, durable: bool = True) -> Iterator["Database"]:
        """The store, migrated, and closed at the end.

        Args:
            create: whether to create a SQLite file that does not exist.
            durable: as in `open_database`.

        Raises:
            StoreError: the store cannot be opened.
        """
        from storage.database.engine import open_database

        database = open_database(self.settings.database, create=create, durable=durable)
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def changing(self, *, create: bool = False) -> Iterator["Session"]:
        """A writing session on the store; the audit log names the command line as the author of its changes.

        Args:
            create: whether to create a SQLite file that does not exist.

        Raises:
            StoreError: the store cannot be opened or written.
        """
        from storage.audit import sign

        with self.opened(create=create) as database, database.writing() as session:
            sign(session, command_line_author())
            yield session


def command_line_author() -> "Author":
    """Somebody at the command line, now, as the author of changes in the audit log."""
    from app.wiring import clock
    from storage.audit import Author, Via

    return Author(None, Via.command, clock())


def _put_in_place(new_file: Path, file: Path) -> None:
    """Move a closed store to its final path, never over an existing file."""
    from storage.errors import StoreError

    try:
        os.link(new_file, file)
    except FileExistsError:
        raise StoreError(f"another process created {str(file)!r} in the meantime; run the same command again") from None


@dataclass(frozen=True)
class TableOptions:
    """The form of a command's output.

    Attributes:
        json: whether to print JSON instead of a table.
    """

    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False
