"""Import a file: every row of it, or nothing.

One writing transaction around the whole file; the rows stream through it in chunks, so memory does not grow with
the file. On SQLite nobody else can write meanwhile.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from storage.database.engine import Database
from storage.errors import BadInput, BadRows, Conflict
from storage.exchange.formats.catalog import recognise
from storage.exchange.import_targets import ImportTargets
from storage.exchange.ledger_import import LedgerImport
from storage.exchange.question_import import ImportTally, QuestionImport
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ImportContext, Progress, RawRow, RowKind
from storage.exchange.rows.files import SUFFIXES, RowFile, open_rows
from storage.exchange.rows.problems import Problems
from storage.exchange.rows.spreadsheet import unguarded
from storage.values import RaterKind

ROWS_PER_CHUNK = 5_000
CACHE_KIBIBYTES = 256 * 1024
"""SQLite's page cache during an import: keys of rows are digests, so their index is written all over."""


@dataclass(frozen=True)
class ImportOptions:
    """What the caller says about a file.

    Attributes:
        now: the time of rows that do not say theirs.
        salt: random text, new for each import and kept nowhere; hides network addresses of raters.
        rater_kind: who gave the verdicts, where the file leaves it open.
        source: where the rows are from, where they do not say it; the name of the file without suffixes if None.
        dry_run: do everything and take it back.
    """

    now: datetime
    salt: str
    rater_kind: RaterKind | None = None
    source: str | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or with `dry_run` would have done.

    Attributes:
        kind: what the file holds.
        format: title of the format that its columns have.
        dry_run: whether all was taken back.
        rows: rows in the file.
        added: rows of this kind that are new in the store; one MT-bench row may hold several responses.
        duplicates: rows that the store, or the file above them, holds already.
        filled: placeholders that got their text.
        placeholders: questions of which only the key is known, made because rows speak of them.
        questions: questions with text that came along with rows of another kind.
        responses: responses that came along with battles.
        models: names of models that are new, in order of appearance.
        raters: raters that are new.
        addresses: raters whose label was a network address; a digest with a salt that nobody keeps stands instead,
            so the same address in another file is another rater.
        unmatched: responses that rows name and the store does not hold.
        unused: columns of the file that mean nothing here.
    """

    kind: RowKind
    format: str
    dry_run: bool
    rows: int
    added: int
    duplicates: int
    filled: int
    placeholders: int
    questions: int
    responses: int
    models: tuple[str, ...]
    raters: int
    addresses: int
    unmatched: int
    unused: tuple[str, ...]


def import_file(
    database: Database, kind: RowKind, path: Path, options: ImportOptions, *, progress: Progress | None = None
) -> ImportReport:
    """Bring the rows of a JSONL, JSON, CSV or Parquet file (each also `.gz`) into the store.

    Raises:
        BadRows: some rows are bad; each is named with file, line, what was expected and what came.
        BadInput: the file cannot be read, is empty, or has columns of no known format.
        Conflict: another process stored rows of the same names meanwhile.
        StoreError: the database cannot be written.
        In each case the store is as it was.
    """
    problems = Problems(str(path))
    with open_rows(path, problems) as file:
        reading = _Reading(file, kind, path, options, problems)
        try:
            with database.writing() as session:
                with _room(session):
                    tally, addresses = _store(session, reading, options, progress)
                problems.raise_any()
                if options.dry_run:
                    session.rollback()
        except IntegrityError as error:
            raise Conflict(
                "expected to be the only import, but another process stored the same rows meanwhile; import again"
            ) from error
    return _report(reading, tally, addresses, options)


def default_source(path: Path) -> str:
    """The name of a file without its folder and the suffixes of its format."""
    name = path.name
    for suffix in (".gz", *SUFFIXES):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return name or path.name


class _Reading:
    """The canonical rows of one file, counted; bad ones are noted and passed over."""

    def __init__(self, file: RowFile, kind: RowKind, path: Path, options: ImportOptions, problems: Problems) -> None:
        self.kind, self.file, self.problems, self.count = kind, file, problems, 0
        try:
            self._first = _first_row(file, problems)
            columns = list(self._first[1])
            self.form = recognise(kind, columns, options.rater_kind)
            source = fields.optional_name({"--source": options.source}, "--source") or self.form.source
        except BadRows:
            raise
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from error
        self.unused = self.form.unused(columns)
        if source is None and kind is not RowKind.responses:
            source = _source_of(path)
        self._context = ImportContext(source, options.rater_kind)
        self._guarded = self.form.own and file.format == "csv"

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        read, context, guarded, problems = self.form.read, self._context, self._guarded, self.problems
        for line, row in chain((self._first,), self.file.rows):
            self.count += 1
            try:
                for canonical in read(_unguarded(row) if guarded else row, context):
                    yield line, canonical
            except BadInput as error:
                problems.add(line, str(error))


def _source_of(path: Path) -> str:
    try:
        source = fields.optional_name({"the file's name": default_source(path)}, "the file's name")
    except BadInput as error:
        raise BadInput(f"{path}: {error}, or name the source with --source") from error
    return source or path.name


def _first_row(file: RowFile, problems: Problems) -> tuple[int, RawRow]:
    first = next(file.rows, None)
    if first is None:
        problems.raise_any()
        raise BadInput("expected rows, but the file holds none; check that it was written completely")
    return first


def _store(
    session: Session, reading: _Reading, options: ImportOptions, progress: Progress | None
) -> tuple[ImportTally, int]:
    material = QuestionImport(session, reading.problems, options.now)
    places = ImportTargets(session, material, options.now)
    verdicts = LedgerImport(session, reading.problems, places, salt=options.salt, now=options.now)
    add: dict[RowKind, Callable[[Any], object]] = {
        RowKind.questions: material.add_questions,
        RowKind.responses: material.add_responses,
        RowKind.preferences: verdicts.add_preferences,
        RowKind.satisfaction: verdicts.add_satisfaction,
    }
    rows = iter(reading)
    while chunk := list(islice(rows, ROWS_PER_CHUNK)):
        add[reading.kind](chunk)
        if progress is not None:
            progress(reading.count, reading.file.bytes_done(), reading.file.bytes_total)
    material.tally.added += verdicts.added
    material.tally.duplicates += verdicts.keys.duplicates
    return material.tally, verdicts.pseudonyms.count


def _report(reading: _Reading, tally: ImportTally, addresses: int, options: ImportOptions) -> ImportReport:
    return ImportReport(
        kind=reading.kind,
        format=reading.form.title,
        dry_run=options.dry_run,
        rows=reading.count,
        added=tally.added,
        duplicates=tally.duplicates,
        filled=tally.filled,
        placeholders=tally.placeholders,
        questions=tally.questions,
        responses=tally.responses,
        models=tuple(tally.models),
        raters=tally.raters,
        addresses=addresses,
        unmatched=tally.unmatched,
        unused=reading.unused,
    )


def _unguarded(row: RawRow) -> RawRow:
    return {column: unguarded(cell) for column, cell in row.items()}


@contextmanager
def _room(session: Session) -> Iterator[None]:
    """More page cache for SQLite, and no searches for reference cycles, while the import runs.

    Rows make no cycles, and looking for them among a million new objects takes a third of the time.
    """
    sqlite = session.get_bind().dialect.name == "sqlite"
    connection = session.connection()
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one() if sqlite else 0
    if sqlite:
        connection.exec_driver_sql(f"PRAGMA cache_size = {-CACHE_KIBIBYTES}")
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
    if sqlite:  # after a failure the connection may be beyond use, and a large cache does no harm
        connection.exec_driver_sql(f"PRAGMA cache_size = {int(before)}")
