"""Import a file: all of its rows, or nothing.

The whole file is one writing transaction. Rows are read in chunks, so memory does not grow with the file. On SQLite
no other process can write in the meantime.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from storage.database.engine import Database
from storage.errors import Conflict
from storage.exchange.import_targets import ImportTargets
from storage.exchange.ledger_import import LedgerImport
from storage.exchange.question_import import ImportTally, QuestionImport
from storage.exchange.row_pictures import RowPictures
from storage.exchange.row_reading import Layout, RowReading
from storage.exchange.rows.bad_rows import bad_row_file
from storage.exchange.rows.canonical import LabelMeanings, Progress, RowKind
from storage.exchange.rows.files import open_rows
from storage.exchange.rows.problems import Problems
from storage.questions.model_names import model_names, standing_names
from storage.spelling import look_alikes
from storage.values import RaterKind

ROWS_PER_CHUNK = 5_000
CACHE_KIBIBYTES = 256 * 1024
"""SQLite's page cache during an import: row keys are digests, so their index is written in random order."""


@dataclass(frozen=True)
class ImportOptions:
    """Options of an import.

    Attributes:
        now: time of the import; also of questions and responses without one, while votes without one have none.
        salt: random text, new for each import and stored nowhere, which hides network addresses of raters.
        rater_kind: kind of the raters, where the file does not say it.
        source: source of rows without one; None for the name of the file without suffixes.
        dry_run: check everything and store nothing.
        format: name of the format; None if it is to be found.
        columns: name of the file's column for a column of a format.
        labels: meaning of labels of winners.
        bad_rows: file for wrong rows, which are then skipped; None to refuse a file with a wrong row.
        reads_beside: whether pictures are read from files beside the imported one.
    """

    now: datetime
    salt: str
    rater_kind: RaterKind | None = None
    source: str | None = None
    dry_run: bool = False
    format: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: LabelMeanings = field(default_factory=LabelMeanings)
    bad_rows: Path | None = None
    reads_beside: bool = True


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
        placeholders: number of new questions without a text, created because rows name their keys or hold no text.
        elsewhere: other sources that hold questions with the keys of such questions: with a text, or most of them.
        questions: number of new questions with a text that came with rows of another kind.
        responses: number of new responses that came with battles.
        models: names of new models, in order of appearance.
        similar: groups of names of models in the store that look alike, where this import names one of them.
        raters: number of new raters.
        addresses: number of raters whose label was a network address; a digest with a salt that is not stored replaces
            it, so the same address in another file is another rater.
        without_rater: number of new rows that name no rater.
        without_question: number of new rows that name no question.
        unmatched: number of responses that rows name and that are not in the store.
        unused: columns of the file that are not read.
        format_name: name of the recognised format, for `--format`.
        skipped: number of wrong rows that were skipped.
        pictures: number of new pictures.
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
    similar: tuple[tuple[str, ...], ...]
    raters: int
    addresses: int
    without_rater: int
    without_question: int
    unmatched: int
    unused: tuple[str, ...]
    format_name: str = ""
    skipped: int = 0
    pictures: int = 0
    elsewhere: tuple[str, ...] = ()


def import_file(
    database: Database, kind: RowKind | None, path: Path, options: ImportOptions, *, progress: Progress | None = None
) -> ImportReport:
    """Import the rows of a JSONL, JSON, CSV or Parquet file (each also `.gz`).

    The kind of the rows is found by their columns where it is None. Wrong rows refuse the whole file, unless
    `options` names a file to write them to.

    Raises:
        BadRows: some rows are wrong; each is listed with file, line, what was expected and what was found.
        BadInput: the file cannot be read, is empty, or has columns of no known format.
        Conflict: another process stored the same rows in the meantime.
        StoreError: the database cannot be written.
        In each case the store is unchanged.
    """
    layout = Layout(
        options.now,
        kind,
        options.format,
        options.rater_kind,
        options.source,
        options.columns,
        options.labels,
    )
    with bad_row_file(options.bad_rows, keep=not options.dry_run) as sink:
        problems = Problems(str(path), sink)
        with open_rows(path, problems) as file:
            reading = RowReading(file, path, layout, problems)
            try:
                with database.writing() as session:
                    with _room(session):
                        pictures = RowPictures(session, path.parent if options.reads_beside else None, options.now)
                        tally, addresses = _store(session, reading, pictures, options, progress)
                    problems.raise_any(good=reading.count - problems.count)
                    if options.dry_run:
                        session.rollback()
            except IntegrityError as error:
                raise Conflict(
                    "expected to be the only import, but another process stored the same rows in the meantime; import "
                    "again"
                ) from error
    return _report(reading, tally, addresses, pictures.added, options)


def _store(
    session: Session,
    reading: RowReading,
    pictures: RowPictures,
    options: ImportOptions,
    progress: Progress | None,
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
    for chunk in reading.chunks(ROWS_PER_CHUNK, pictures):
        add[reading.kind](chunk)
        if progress is not None:
            progress(reading.count, reading.file.bytes_done(), reading.file.bytes_total)
    questions.tally.added += ledger.added
    questions.tally.duplicates += ledger.keys.duplicates
    questions.tally.similar = _similar(session, reading.model_names)
    return questions.tally, ledger.pseudonyms.count


def _similar(session: Session, given: set[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of names in the store that a reader would take for one, with a given name among them."""
    named = set(standing_names(session, given).values())
    return tuple(group for group in look_alikes(model_names(session).values()) if named & set(group))


def _report(
    reading: RowReading, tally: ImportTally, addresses: int, pictures: int, options: ImportOptions
) -> ImportReport:
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
        similar=tally.similar,
        raters=tally.raters,
        addresses=addresses,
        without_rater=tally.without_rater,
        without_question=tally.without_question,
        unmatched=tally.unmatched,
        unused=reading.unused,
        format_name=reading.form.name,
        skipped=reading.problems.count,
        pictures=pictures,
        elsewhere=tally.elsewhere or (),
    )


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
