"""Groups of options that several commands share, and the decorator that unfolds them.

A command takes a group as one argument; `grouped` shows each of its fields to Typer as an option of its own.
"""

import functools
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from app.settings import DEFAULT_DATABASE, Settings, read_settings

if TYPE_CHECKING:
    from storage.database.engine import Database


Category = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only questions of this category.", show_default="all")
]
Language = Annotated[
    str | None, typer.Option(metavar="CODE", help="Only questions in this language, en or zh.", show_default="all")
]
Source = Annotated[str | None, typer.Option(metavar="NAME", help="Only questions of this source.", show_default="all")]


@dataclass(frozen=True)
class StoreOptions:
    """Which store a command works on.

    Attributes:
        database: path or URL; None for the environment's or the default.
    """

    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            show_default=False,
            help=f"Store: a SQLite file or postgresql://… [default: $EVENHAND_DATABASE, else {DEFAULT_DATABASE}]",
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
        """The store; one that is not there yet is made beside its place, and put there only if it is worth keeping.

        Args:
            is_worth_keeping: asked at the end, whatever happened.

        Raises:
            StoreError: it cannot be opened, or another process made it in the meantime.
        """
        file = self.file
        if file is None or file.exists() or not file.parent.is_dir():
            with self.opened(create=True) as database:
                yield database
            return
        made = file.with_name(f"{file.name}.new-{os.getpid()}")
        try:
            with StoreOptions(str(made)).opened(create=True) as database:
                yield database
        finally:
            try:
                if is_worth_keeping():
                    _put_in_place(made, file)
            finally:
                for ending in ("", "-wal", "-shm"):
                    made.with_name(made.name + ending).unlink(missing_ok=True)

    @contextmanager
    def opened(self, *, create: bool = False, durable: bool = True) -> Iterator["Database"]:
        """The store, migrated, and closed at the end.

        Args:
            create: whether a SQLite file that does not exist is made.
            durable: as in `open_database`.

        Raises:
            StoreError: it cannot be opened.
        """
        from storage.database.engine import open_database

        database = open_database(self.settings.database, create=create, durable=durable)
        try:
            yield database
        finally:
            database.close()


def _put_in_place(made: Path, file: Path) -> None:
    """Give a closed store its name, never over another one."""
    from storage.errors import StoreError

    try:
        os.link(made, file)
    except FileExistsError:
        raise StoreError(f"another process made {str(file)!r} in the meantime; run the same command again") from None


@dataclass(frozen=True)
class TableOptions:
    """How a table leaves a command.

    Attributes:
        json: as JSON instead of a table.
    """

    json: Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")] = False


@dataclass(frozen=True)
class FilterOptions:
    """Which verdicts count.

    Attributes:
        category: only questions of this category.
        language: only questions in this language.
        rater: only this rater.
        source: only questions of this source.
    """

    category: Category = None
    language: Language = None
    rater: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only verdicts of this rater.", show_default="all")
    ] = None
    source: Source = None


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Show a command to Typer with each field of its dataclass arguments as a parameter of its own.

    The command's own parameters come first, then the fields of its groups; no two may have one name.
    """
    hints = get_type_hints(command, include_extras=True)
    signature = inspect.signature(command)
    groups = {name: hints[name] for name in signature.parameters if is_dataclass(hints[name])}
    flat = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in signature.parameters.items()
        if name not in groups
    ]
    for group in groups.values():
        flat += _unfold(group)

    @functools.wraps(command)
    def run(**values: Any) -> None:  # noqa: ANN401  Typer hands over what the options hold
        for name, group in groups.items():
            values[name] = group(**{field.name: values.pop(field.name) for field in fields(group)})
        command(**values)

    run.__signature__ = signature.replace(parameters=flat)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in flat} | {"return": None}
    return run


def _unfold(group: Any) -> list[inspect.Parameter]:  # noqa: ANN401  a dataclass, which has no type of its own
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields(group)
    ]
