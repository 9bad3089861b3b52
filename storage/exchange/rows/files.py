"""Open a file of rows: recognise its format, report progress, and refuse decompression bombs.

The first bytes of a file tell its format; where they cannot (CSV), its name does. The size of the decompressed content
is limited in proportion to the compressed size.
"""

import gzip
import io
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from storage.errors import BadInput
from storage.exchange.rows.canonical import RawRow
from storage.exchange.rows.problems import Problems
from storage.exchange.rows.reading import read_array, read_csv, read_lines, read_parquet

MAX_RATIO = 250
"""Maximum number of bytes from one compressed byte; real rows of text stay under 50."""

BYTES_BEFORE_RATIO = 64 * 2**20
BUFFER = 2**20
HEAD = 4096

SUFFIXES = {
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".json": "lines",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
_ARCHIVES = {
    b"PK\x03\x04": "a zip archive or a workbook",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"SQLite format 3": "a SQLite database",
    b"%PDF": "a PDF",
}
_READERS: dict[str, Callable[[BinaryIO, Problems], Iterator[tuple[int, RawRow]]]] = {
    "lines": read_lines,
    "array": read_array,
    "csv": read_csv,
    "parquet": read_parquet,
}


@dataclass
class RowFile:
    """An open file of rows.

    Attributes:
        format: `lines` (JSONL), `array` (a JSON list), `csv` or `parquet`.
        bytes_total: size of the file on disk.
        bytes_done: function that returns the number of bytes read so far.
        rows: pairs of line number (from 1; for Parquet the row number) and row, read one by one. Rows that cannot be
            read are added to the problems.
    """

    format: str
    bytes_total: int
    bytes_done: Callable[[], int]
    rows: Iterator[tuple[int, RawRow]]


@contextmanager
def open_rows(path: Path, problems: Problems) -> Iterator[RowFile]:
    """Open JSONL, JSON, CSV or Parquet, each also as `.gz`.

    Raises:
        BadInput: the file does not exist, is empty, or has no rows.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise BadInput(f"expected a file, got the folder {str(path)!r}; name one file in it")
        raw = path.open("rb")
    except FileNotFoundError:
        raise BadInput(f"expected a file, but there is none at {str(path)!r}; check the path") from None
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {error.strerror}") from error
    with raw:
        stream: Any = raw
        if raw.peek(2)[:2] == b"\x1f\x8b":
            stream = io.BufferedReader(_Inflated(raw, path, size), BUFFER)
        found = _format(path, _head(stream, path))
        if found == "parquet" and stream is not raw:
            stream = _unpacked(stream)
        with stream:
            yield RowFile(found, size, lambda: size if raw.closed else raw.tell(), _READERS[found](stream, problems))


class _Inflated(io.RawIOBase):
    """The content of a gzip file, refused if it is damaged or grows too large."""

    def __init__(self, raw: BinaryIO, path: Path, size: int) -> None:
        self._content = gzip.GzipFile(fileobj=raw, mode="rb")
        self._raw, self._path, self._size, self._out = raw, path, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  any writable buffer
        try:
            data = self._content.read(len(buffer))
        except EOFError:
            raise BadInput(
                f"expected a whole gzip file, but {str(self._path)!r} ends in the middle; fetch or copy it again"
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise BadInput(
                f"expected a gzip file, but {str(self._path)!r} is damaged ({error}); fetch or copy it again"
            ) from error
        self._out += len(data)
        if self._out > BYTES_BEFORE_RATIO and self._out > MAX_RATIO * self._size:
            raise BadInput(
                f"expected at most {MAX_RATIO} bytes out of each compressed byte, but {str(self._path)!r} grows "
                f"beyond {self._out // 2**20} MiB; unpack it yourself if you trust it"
            )
        buffer[: len(data)] = data
        return len(data)


def _head(stream: Any, path: Path) -> bytes:  # noqa: ANN401  any buffered reader
    head: bytes = stream.peek(HEAD)[:HEAD]
    if not head:
        raise BadInput(f"expected rows, but {str(path)!r} is empty; check that it was written completely")
    return head


def _format(path: Path, head: bytes) -> str:
    if head.startswith(b"PAR1"):
        return "parquet"
    for magic, name in _ARCHIVES.items():
        if head.startswith(magic):
            raise BadInput(
                f"expected JSONL, JSON, CSV or Parquet, but {str(path)!r} is {name}; unpack it or save it as one"
            )
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:2]:
        raise BadInput(f"expected text in UTF-8, but {str(path)!r} is in UTF-16 or UTF-32; save it as UTF-8")
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    named = SUFFIXES.get(suffixes[-1]) if suffixes else None
    if named == "parquet":
        raise BadInput(f"expected Parquet, but {str(path)!r} does not begin like one; fetch or copy it again")
    if named == "csv":
        return "csv"
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first == b"[":
        return "array"
    if first == b"{" or named == "lines":
        return "lines"
    return "csv"


def _unpacked(stream: BinaryIO) -> BinaryIO:
    """The whole content in a temporary file, because Parquet is read from its end."""
    content = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    while data := stream.read(BUFFER):
        content.write(data)
    content.seek(0)
    return content
