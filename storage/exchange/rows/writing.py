"""Write rows as JSONL, CSV or Parquet, each also `.gz`, to a temporary file that replaces the target at the end.

JSONL and Parquet lose nothing. CSV cannot tell a missing text from an empty one, and guards its text cells against
being run as formulas.
"""

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson

from storage.errors import BadInput, Conflict
from storage.exchange.rows.spreadsheet import guarded
from storage.values import turn_images, turn_text, utc

Values = Mapping[str, Any]
Write = Callable[[Path, Mapping[str, str], Iterable[Values]], int]
ROWS_PER_GROUP = 50_000
ROWS_PER_GROUP_WITH_PICTURES = 100
LEDGER_HEAD = "evenhand.ledger_head"
"""Key of the ledger's head in the metadata of a Parquet file; JSON Lines and CSV have no room for one."""


def writer_of(path: Path) -> Write:
    """The writer for a file name.

    Raises:
        BadInput: the name has none of the known suffixes.
    """
    name = path.name.lower().removesuffix(".gz")
    for suffix, write in (
        (".jsonl", write_jsonl),
        (".ndjson", write_jsonl),
        (".csv", write_csv),
        (".parquet", write_parquet),
    ):
        if name.endswith(suffix):
            return write
    raise BadInput(f"expected a file name ending in .jsonl, .csv or .parquet (and .gz), got {path.name!r}")


@contextmanager
def written_aside(path: Path, *, force: bool) -> Iterator[Path]:
    """A temporary path to write to; it replaces the file at the end, and is deleted after a failure.

    Raises:
        Conflict: the file exists and `force` is off.
        BadInput: the folder is not there or cannot be written.
    """
    if path.is_dir():
        raise BadInput(f"expected a file name, got the folder {str(path)!r}; name a file in it")
    if path.exists() and not force:
        raise Conflict(f"expected a new file, but {str(path)!r} exists already; choose another name or add --force")
    aside = path.with_name(f".{path.name}.part")
    try:
        try:
            yield aside
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written: {error.strerror}; check the folder") from error


def write_jsonl(path: Path, columns: Mapping[str, str], rows: Iterable[Values]) -> int:
    """Write one JSON object per line, with all values if no columns are named, and return the number of rows."""
    count = 0
    with _opened(path) as file:
        for row in rows:
            chosen = {name: row[name] for name in columns} if columns else row
            file.write(orjson.dumps(chosen, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def write_csv(path: Path, columns: Mapping[str, str], rows: Iterable[Values]) -> int:
    """Write a header and one line per row, lists and objects as JSON, and return the number of rows."""
    count = 0
    with _opened(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row[name], kind) for name, kind in columns.items()])
            count += 1
        text.flush()
        text.detach()
    return count


def write_parquet(
    path: Path, columns: Mapping[str, str], rows: Iterable[Values], *, ledger_head: str | None = None
) -> int:
    """Write typed columns, and return the number of rows; turns of several parts are JSON in a column `parts`.

    The head of the ledger, where one is given, stands in the metadata of the file under `LEDGER_HEAD`.

    Raises:
        BadInput: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  only files of this kind need it
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        raise BadInput("writing Parquet needs pyarrow: pip install pyarrow, or write JSONL") from None
    types = {
        "text": pa.string(),
        "json": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "truth": pa.bool_(),
        "moment": pa.timestamp("us", "UTC"),
        "texts": pa.list_(pa.string()),
        "turns": pa.list_(pa.string()),
        "pictures": pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
    }
    kinds = dict(columns) | ({"parts": "json"} if "turns" in columns else {})
    about = None if ledger_head is None else {LEDGER_HEAD: ledger_head}
    schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()], about)
    count, source = 0, iter(rows)
    size = ROWS_PER_GROUP_WITH_PICTURES if "pictures" in kinds.values() else ROWS_PER_GROUP
    with _opened(path) as file, pq.ParquetWriter(file, schema) as writer:
        while group := [_plain(row, kinds) for row in islice(source, size)]:
            writer.write_table(pa.Table.from_pylist(group, schema))
            count += len(group)
    return count


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("wb") as raw:
        if not path.name.lower().removesuffix(".part").endswith(".gz"):
            yield raw
            return
        # Neither name nor time in the header, so that equal rows make equal files.
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as packed:
            yield packed  # type: ignore[misc]


def _cell(value: Any, kind: str) -> object:  # noqa: ANN401  any value of a row
    if value is None:
        return ""
    if kind == "text":
        return guarded(value)
    if kind == "turns":
        value = [turn_text(turn) if isinstance(turn, list) and turn_images(turn) else turn for turn in value]
    if kind in ("texts", "turns", "json"):
        return orjson.dumps(value).decode()
    if kind == "truth":
        return "true" if value else "false"
    return utc(value).isoformat() if isinstance(value, datetime) else value


def _plain(row: Values, kinds: Mapping[str, str]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, kind in kinds.items():
        value = row.get(name)
        if value is not None and kind == "json":
            value = orjson.dumps(value).decode()
        elif value is not None and kind == "turns":
            if any(not isinstance(turn, str) for turn in value):
                plain["parts"] = orjson.dumps(value).decode()
            value = [turn_text(turn) if isinstance(turn, list) else turn for turn in value]
        plain.setdefault(name, value)
    return plain
