"""Import a file: all of its rows, or nothing.

The whole file is one writing transaction. Rows are read in chunks, so memory does not grow with the file. On SQLite
no other process can write in the meantime.
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
"""SQLite's page cache during an import: row keys are digests, so their index is written in random order."""


@dataclass(frozen=True)
class ImportOptions:
    """Options of an import.

    Attributes:
        now: time of rows without one.
        salt: random text, new for each import and stored nowhere, which hides network addresses of raters.
        rater_kind: kind of the raters, where the file does not say it.
        source: source of rows without one; None for the name of the file without suffixes.
        dry_run: check everything and store nothing.
    """

    now: datetime
    salt: str
    rater_kind: RaterKind | None = None
    source: str | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class ImportReport:
    """The result of an import, or with `dry_run` the result that it would have.

    Attributes:
        kind: kind of the rows.
        format: title of the recognised format.
        dry_run: whether nothing was stored.
        rows: number of rows in the file.
        added: number of new rows of this kind; one MT-bench row may hold several responses.
        duplicates: number of rows that are already in the store or earlier in the file.
        filled: number of placeholders that got a text.
        placeholders: number of new questions without a text, created because rows name their keys.
        questions: number of new questions with a text that came with rows of another kind.
        responses: number of new responses that came with battles.
        models: names of new models, in order of appearance.
        raters: number of new raters.
        addresses: number of raters whose label was a network address; a digest with a salt that is not stored replaces
            it, so the same address in another file is another rater.
        without_rater: number of new rows that name no rater.
        without_question: number of new rows that name no question.
        unmatched: number of responses that rows name and that are not in the store.
        unused: columns of the file that are not read.
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
    without_rater: int
    without_question: int
    unmatched: int
    unused: tuple[str, ...]


def import_file(
    database: Database, kind: RowKind, path: Path, options: ImportOptions, *, progress: Progress | None = None
) -> ImportReport:
    """Import the rows of a JSONL, JSON, CSV or Parquet file (each also `.gz`).

    Raises:
        BadRows: some rows are wrong; each is listed with file, line, what was expected and what was found.
        BadInput: the file cannot be read, is empty, or has columns of no known format.
        Conflict: another process stored the same rows in the meantime.
        StoreError: the database cannot be written.
        In each case the store is unchanged.
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
                "expected to be the only import, but another process stored the same rows in the meantime; import again"
            ) from error
    return _report(reading, tally, addresses, options)


def default_source(path: Path) -> str:
    """The name of a file without folder and suffixes."""
    name = path.name
    for suffix in (".gz", *SUFFIXES):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return name or path.name


class _Reading:
    """The canonical rows of one file, counted; wrong rows are noted and skipped."""

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
    questions = QuestionImport(session, reading.problems, options.now)
    targets = ImportTargets(session, questions, options.now)
    ledger = LedgerImport(session, reading.problems, targets, salt=options.salt, now=options.now)
    add: dict[RowKind, Callable[[Any], object]] = {
        RowKind.questions: questions.add_questions,
        RowKind.responses: questions.add_responses,
        RowKind.preferences: ledger.add_preferences,
        RowKind.satisfaction: ledger.add_satisfaction,
    }
    rows = iter(reading)
    while chunk := list(islice(rows, ROWS_PER_CHUNK)):
        add[reading.kind](chunk)
        if progress is not None:
            progress(reading.count, reading.file.bytes_done(), reading.file.bytes_total)
    questions.tally.added += ledger.added
    questions.tally.duplicates += ledger.keys.duplicates
    return questions.tally, ledger.pseudonyms.count


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
        without_rater=tally.without_rater,
        without_question=tally.without_question,
        unmatched=tally.unmatched,
        unused=reading.unused,
    )


def _unguarded(row: RawRow) -> RawRow:
    return {column: unguarded(cell) for column, cell in row.items()}


@contextmanager
def _room(session: Session) -> Iterator[None]:
    """A larger page cache for SQLite, and no garbage collection, while the import runs.

    Rows contain no reference cycles, and searching a million new objects for them takes a third of the time.
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
