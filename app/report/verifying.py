"""Verify a report: check digests, compute every number again, and name what differs. Only the folder is needed."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from app.report.computing import compute_document
from app.report.differences import ReportDifference, compare_documents, compare_lines
from app.report.document import Document
from app.report.files import csv_of, parquet_rows, texts_of, vector_plots, write_data
from app.report.inputs import PartListener, digest_of
from app.report.pages.layout import MANIFEST, NUMBERS
from app.report.parts.about import DATA, TABLES
from storage.errors import BadInput, BadRows
from storage.exchange.publication.columns import PublishedKind
from storage.exchange.publication.loading import rows_as_written


@dataclass(frozen=True)
class ReportCheck:
    """What a verification found.

    Attributes:
        files: number of files that the report lists.
        numbers: number of values that were computed again.
        digest: SHA-256 of the list of files.
        versions: versions with which the report was made.
        differences: what differs; empty for a report that is as it was made.
    """

    files: int
    numbers: int
    digest: str
    versions: Mapping[str, str]
    differences: tuple[ReportDifference, ...]


def verify_report(folder: Path, *, now: datetime, listener: PartListener | None = None) -> ReportCheck:
    """Check every file and every number of a report.

    Args:
        folder: folder of the report.
        now: the present time.
        listener: is told after each part of the numbers that is computed again; None for nobody.

    Raises:
        BadInput: the folder holds no report, or its list of files or its numbers cannot be read.
    """
    listed = _json(folder / MANIFEST, f"expected a report in {str(folder)!r}, which has a file {MANIFEST}, got none")
    if not isinstance(listed.get("files"), dict):
        raise BadInput(f"expected a list of files in {MANIFEST}, got something else; take a whole copy of the report")
    found = list(_check_digests(folder, listed["files"]))
    value = _json(folder / NUMBERS, f"expected the numbers of the report in {NUMBERS}, found no such file")
    try:
        stored = Document.from_json(value)
        exact = compute_document(folder, stored.facts, now=now, listener=listener)
    except (BadRows, BadInput) as error:
        rows = getattr(error, "rows", ())
        found.append(ReportDifference(DATA, "", "; ".join([str(error), *map(str, rows)])))
        return ReportCheck(len(listed["files"]), 0, digest_of(folder / MANIFEST), {}, tuple(found))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"expected a document of a report in {NUMBERS}, got one that lacks {error}") from error
    truth, own = compare_documents(stored, exact, NUMBERS)
    found += own
    found += _check_files(folder, Document.from_json(truth.as_json()), list(listed["files"]))
    found += _check_data(folder)
    numbers = sum(len(table.rows) * len(table.columns) for table in exact.tables.values())
    unique = tuple(dict.fromkeys(found))
    return ReportCheck(len(listed["files"]), numbers, digest_of(folder / MANIFEST), stored.facts["versions"], unique)


def _json(path: Path, missing: str) -> dict[str, Any]:
    try:
        value = orjson.loads(path.read_bytes())
    except OSError:
        raise BadInput(missing) from None
    except orjson.JSONDecodeError as error:
        raise BadInput(f"expected JSON in {path.name}, got a file that cannot be read ({error})") from error
    if not isinstance(value, dict):
        raise BadInput(f"expected an object in {path.name}, got {type(value).__name__}")
    return value


def _check_digests(folder: Path, listed: Mapping[str, Any]) -> Iterator[ReportDifference]:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    for name in sorted(listed.keys() | there):
        if name not in there:
            yield ReportDifference(name, "", "is missing")
        elif name not in listed:
            yield ReportDifference(name, "", "is no part of the report")
        elif digest_of(folder / name) != listed[name].get("sha256"):
            yield ReportDifference(name, "", "was changed after the report was made (its SHA-256 differs)")


def _check_files(folder: Path, document: Document, listed: list[str]) -> Iterator[ReportDifference]:
    """The text files that differ from what the true document gives, line by line, and the tables in other forms."""
    pictures = [name for name in listed if name.startswith("plots/")]
    expected = texts_of(document, pictures) | vector_plots(document)
    del expected[NUMBERS]  # compared number by number already
    for name, content in expected.items():
        yield from _compared(folder / name, name, content)
    with tempfile.TemporaryDirectory() as scratch:
        for name, table in document.tables.items():
            file = f"{TABLES}/{name}.csv"
            yield from _compared(folder / file, file, csv_of(table, Path(scratch)))
            yield from _check_parquet(folder, f"{TABLES}/{name}.parquet", list(table.records()))


def _compared(path: Path, name: str, content: bytes) -> list[ReportDifference]:
    return (
        compare_lines(name, content, path.read_bytes())
        if path.is_file()
        else [ReportDifference(name, "", "is missing")]
    )


def _check_data(folder: Path) -> Iterator[ReportDifference]:
    """The data in other forms than JSONL, compared with it."""
    with tempfile.TemporaryDirectory() as scratch:
        rows = {kind: own for kind in PublishedKind if (own := rows_as_written(folder / DATA, kind))}
        write_data(Path(scratch), rows)
        for kind in rows:
            csv, parquet = f"{DATA}/{kind}.csv", f"{DATA}/{kind}.parquet"
            yield from _compared(folder / csv, csv, (Path(scratch) / csv).read_bytes())
            yield from _check_parquet(folder, parquet, parquet_rows((Path(scratch) / parquet).read_bytes()))


def _check_parquet(folder: Path, name: str, expected: list[dict[str, Any]]) -> Iterator[ReportDifference]:
    path = folder / name
    if not path.is_file():
        return
    try:
        found = parquet_rows(path.read_bytes())
    except (OSError, ValueError):
        yield ReportDifference(name, "", "is no Parquet file that can be read")
        return
    if len(found) != len(expected):
        yield ReportDifference(name, "", f"expected {len(expected)} rows, found {len(found)}")
        return
    for number, (one, other) in enumerate(zip(found, expected, strict=True), 1):
        for column, value in other.items():
            if one.get(column) != value:
                yield ReportDifference(
                    name, f"row {number}, {column}", f"expected {value!r}, found {one.get(column)!r}"
                )
