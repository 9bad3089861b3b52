"""Stores and files of votes as the rows to publish."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain as chained
from pathlib import Path
from typing import Any

import orjson

from storage.database.engine import Database, open_database
from storage.errors import BadInput
from storage.exchange.importing import ImportOptions, import_file
from storage.exchange.publication.rows import Publication, publish
from storage.exchange.rows.canonical import RowKind
from storage.exchange.rows.files import open_rows
from storage.exchange.rows.problems import Problems
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.values import RaterKind

_NAMES = ("judge", "annotator", "rater")
_PLAIN = {"model_a", "model_b", "winner"}


@dataclass(frozen=True)
class RatedFile:
    """A file of votes or judgments, as `evenhand import` takes it.

    Attributes:
        path: the file.
        kind: kind of its raters.
    """

    path: Path
    kind: RaterKind


@dataclass(frozen=True)
class ReportRows:
    """Rows to publish, and where they are from.

    Attributes:
        publication: the rows.
        inputs: name, kind (`store` or `battles`) and SHA-256 of each input; that of a store is its ledger's head.
        ledger_head: head of the store's ledger; None for files.
    """

    publication: Publication
    inputs: Sequence[Mapping[str, Any]]
    ledger_head: str | None


PartListener = Callable[[int, int], None]
"""Is told the number of parts that are computed, and of all."""


@dataclass(frozen=True)
class ReportEnvironment:
    """What enters a report from outside, and who is told how far it is.

    Attributes:
        now: the present time.
        shuffle: random order of the numbers below a given one.
        salt: text that nobody can guess.
        versions: versions of Evenhand, Python and the libraries behind the numbers, by name.
        listener: is told after each part of the numbers; None for nobody.
    """

    now: datetime
    shuffle: Callable[[int], Sequence[int]]
    salt: str
    versions: Mapping[str, str]
    listener: PartListener | None = None


def rows_of_store(
    database: Database, selection: Selection, environment: ReportEnvironment, *, texts: bool
) -> ReportRows:
    """The rows of a store that may be published."""
    with database.reading() as session:
        publication = publish(session, selection, shuffle=environment.shuffle, texts=texts)
        head = chain.head_text(session)
    return ReportRows(publication, [{"name": "evenhand store", "kind": "store", "sha256": None}], head)


def rows_of_files(files: Sequence[RatedFile], environment: ReportEnvironment, *, texts: bool) -> ReportRows:
    """The rows of files of votes; questions of the same key are the same question in all of them.

    Judgments that name no judge are those of a judge with the name of the file.

    Raises:
        BadInput: a file cannot be read, or holds no votes.
        BadRows: some rows of a file are wrong.
    """
    source = files[0].path.name.split(".")[0]
    with temporary_store() as (database, folder):
        for number, file in enumerate(files):
            path = _named_judge(file, folder / f"{number}") or file.path
            options = ImportOptions(now=environment.now, salt=environment.salt, rater_kind=file.kind, source=source)
            found = import_file(database, None, path, options)
            if found.kind not in (RowKind.preferences, RowKind.satisfaction):
                raise BadInput(f"expected votes or judgments in {str(file.path)!r}, got {found.kind.value}")
        rows = rows_of_store(database, Selection(), environment, texts=texts)
    inputs = [{"name": file.path.name, "kind": "battles", "sha256": digest_of(file.path)} for file in files]
    return ReportRows(rows.publication, inputs, None)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def temporary_store() -> Iterator[tuple[Database, Path]]:
    """An empty store in a folder that is removed at the end, and that folder."""
    with tempfile.TemporaryDirectory(prefix="evenhand-report-") as name:
        folder = Path(name)
        database = open_database(str(folder / "report.db"), create=True, durable=False)
        try:
            yield database, folder
        finally:
            database.close()


def _named_judge(file: RatedFile, target: Path) -> Path | None:
    """A copy of plain judgments without a judge that names the file as their judge; None where there is no need."""
    if file.kind is not RaterKind.judge:
        return None
    with open_rows(file.path, Problems(str(file.path))) as opened:
        rows = (row for _, row in opened.rows)
        first = next(rows, None)
        if first is None or not first.keys() >= _PLAIN or any(name in first for name in _NAMES):
            return None
        judge = file.path.name.split(".")[0]
        path = target.with_suffix(".jsonl")
        with path.open("wb") as copy:
            for row in chained([first], rows):
                copy.write(orjson.dumps({**row, "judge": judge}, option=orjson.OPT_APPEND_NEWLINE))
    return path
