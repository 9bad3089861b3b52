"""Read a file into canonical rows of one format; wrong rows are noted and left out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from storage.errors import BadInput, BadRows
from storage.exchange.formats.catalog import recognise
from storage.exchange.row_pictures import RowPictures, is_picture_column, without_bytes
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import ImportContext, LabelMeanings, RawRow, RowKind, check_model_names
from storage.exchange.rows.files import SUFFIXES, RowFile
from storage.exchange.rows.problems import Problems
from storage.exchange.rows.spreadsheet import unguarded
from storage.values import RaterKind

ROWS_TRIED = 20
"""Number of rows whose columns tell the format of a file; rows may leave out empty columns."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
TOLERANCE = timedelta(days=1)
"""How far clocks and time zones may be wrong; a later time is impossible."""

_CONVERSATION = "conversation_a"
"""Column of the texts in formats of preferences that may also name questions by key alone."""

Line = tuple[int, RawRow]


@dataclass(frozen=True)
class Layout:
    """What the caller says about the layout of a file; None and empty values are found out.

    Attributes:
        now: time of the import, after which no row was given.
        kind: kind of the rows.
        format: name of the format.
        rater_kind: kind of the raters, where the file does not say it.
        source: source of rows without one; None for the name of the file without suffixes.
        columns: name of the file's column for a column of a format.
        labels: meaning of labels of winners.
    """

    now: datetime
    kind: RowKind | None = None
    format: str | None = None
    rater_kind: RaterKind | None = None
    source: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: LabelMeanings = field(default_factory=LabelMeanings)


class RowReading:
    """The canonical rows of one file, each with its line number.

    Attributes:
        file: the open file.
        form: the format of the file.
        kind: kind of its rows.
        count: number of rows of the file read so far.
        unused: columns of the file that are not read.
        model_names: names of models read so far, as they are spelled.
        problems: wrong rows.
    """

    def __init__(self, file: RowFile, path: Path, layout: Layout, problems: Problems) -> None:
        """Read the first rows and recognise the format.

        Raises:
            BadRows: no row can be read.
            BadInput: the file holds no row, or has columns of no known format.
        """
        self.file, self.problems, self.count = file, problems, 0
        self.model_names: set[str] = set()
        lines = _renamed(file.rows, layout.columns)
        try:
            first = list(islice(lines, ROWS_TRIED))
            _expect_rows(first, problems)
            _check_columns(dict.fromkeys(column for _, row in first for column in row), layout.columns)
            self.form, first = _recognised([row for _, row in first], first, layout)
            columns = dict.fromkeys(column for _, row in first for column in row)
            source = fields.optional_name({"--source": layout.source}, "--source") or self.form.source
        except BadRows:
            raise
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from error
        self.kind = self.form.kind
        self.unused = self.form.unused(columns)
        if self._takes_pictures(columns):
            self.unused = tuple(column for column in self.unused if not is_picture_column(column))
        if source is None and self.kind is not RowKind.responses:
            source = _source_of(path)
        labels = LabelMeanings(layout.labels)
        self._context = ImportContext(source, layout.rater_kind, labels, default_source(path))
        self._latest = layout.now + TOLERANCE
        self._guarded = self.form.own and file.format == "csv"
        self._lines = chain(first, () if self.form.split else lines)

    def _takes_pictures(self, columns: Iterable[str]) -> bool:
        """Whether rows have texts that columns of pictures belong to; preferences may name them by key alone."""
        if self.kind is RowKind.preferences and (self.form.own or _CONVERSATION in self.form.also):
            return not self.form.own and _CONVERSATION in columns
        return self.kind is not RowKind.satisfaction

    def chunks(self, size: int, pictures: RowPictures) -> Iterator[list[tuple[int, Any]]]:
        """Canonical rows in lists of about `size`; rows of one line are never in two lists."""
        chunk: list[tuple[int, Any]] = []
        for canonical in self._rows(pictures):
            chunk += canonical
            if len(chunk) >= size:
                yield chunk
                chunk = []
                self.problems.rows.clear()
        if chunk:
            yield chunk
        self._check_numbers()

    def _rows(self, pictures: RowPictures) -> Iterator[list[tuple[int, Any]]]:
        form, context, guarded, problems = self.form, self._context, self._guarded, self.problems
        latest = self._latest
        for line, row in self._lines:
            self.count += 1
            if problems.skips:
                problems.rows[line] = without_bytes(row)
            try:
                found: list[tuple[int, Any]] = []
                for canonical in form.read(pictures.placed(_unguarded(row) if guarded else row, form), context):
                    check_model_names(canonical, self.model_names)
                    moment = canonical.created_at
                    if moment is not None and not EARLIEST <= moment <= latest:
                        _refuse_time(moment)
                    found.append((line, pictures.attached(canonical)))
            except BadInput as error:
                problems.add(line, str(error))
            else:
                yield found

    def _check_numbers(self) -> None:
        """Refuse to skip a number as a label where other numbers were read as sides."""
        labels = self._context.labels
        if self.problems.skips and labels.numbers_guessed and labels.numbers_unknown:
            raise BadInput(
                f"{self.problems.path}: expected only 1 and 2 as numbers of sides, got others; say what each number "
                "means with --label, for example --label 0=model_a --label 1=model_b --label 2=tie"
            )


def _refuse_time(moment: datetime) -> None:
    raise BadInput(
        f"expected a time between {EARLIEST.year} and the import, got {moment:%Y-%m-%d %H:%M} UTC; correct it, or "
        "leave it empty if it is unknown"
    )


def default_source(path: Path) -> str:
    """The name of a file without folder and suffixes."""
    name = path.name
    for suffix in (".gz", *SUFFIXES):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return name or path.name


def _expect_rows(first: list[Line], problems: Problems) -> None:
    if not first:
        problems.raise_any()
        raise BadInput("expected rows, but the file holds none; check that it was written completely")


def _recognised(rows: list[RawRow], lines: list[Line], layout: Layout) -> tuple[Any, list[Line]]:
    """The format of a file, and its first lines; all of them where the file is one JSON object."""
    form = recognise(rows, kind=layout.kind, name=layout.format, rater_kind=layout.rater_kind)
    if form.split is None:
        return form, lines
    return form, list(enumerate(form.split(rows[0]), 1))


def _renamed(lines: Iterable[Line], columns: Mapping[str, str]) -> Iterator[Line]:
    """Rows whose columns have the names of a format."""
    if not columns:
        yield from lines
        return
    taken = frozenset(columns.values())
    for line, row in lines:
        named = {ours: row[theirs] for ours, theirs in columns.items() if theirs in row}
        yield line, {column: value for column, value in row.items() if column not in taken} | named


def _check_columns(columns: Iterable[str], named: Mapping[str, str]) -> None:
    for ours, theirs in named.items():
        if ours not in columns:
            raise BadInput(
                f"expected a column {theirs!r} in the file, as --map {ours}={theirs} says, got only "
                f"{', '.join(list(columns)[:20])}; check its name"
            )


def _source_of(path: Path) -> str:
    try:
        source = fields.optional_name({"the file's name": default_source(path)}, "the file's name")
    except BadInput as error:
        raise BadInput(f"{path}: {error}, or name the source with --source") from error
    return source or path.name


def _unguarded(row: RawRow) -> RawRow:
    return {column: unguarded(cell) for column, cell in row.items()}
