"""Read rows from streams of JSON lines, a JSON list, CSV or Parquet.

Each reader yields line numbers and rows one by one, so that a file never has to fit into memory. Rows that cannot be
read are noted with their line; if reading cannot continue after one, the rows end there and the file is refused.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

import orjson

from storage.errors import BadInput
from storage.exchange.rows.canonical import RawRow
from storage.exchange.rows.problems import Problems, shown

MAX_ROW_BYTES = 32 * 2**20
MAX_DOCUMENT_BYTES = 256 * 2**20
"""Maximum size of a file that is one JSON object over several lines."""

MAX_COLUMNS = 2_000
CHUNK_CHARACTERS = 2**20
PARQUET_ROWS = 10_000
PARQUET_ROWS_WITH_BYTES = 50
"""Rows that are read at once from a file with pictures, each of which may take megabytes."""
BOM = b"\xef\xbb\xbf"
_Line = tuple[int, bytes]
_MARK_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SPACE = re.compile(r"[ \t\n\r]*")


def read_lines(stream: BinaryIO, problems: Problems) -> Iterator[tuple[int, RawRow]]:
    """Rows of a file with one JSON object per line, or with one object over several lines; blank lines are skipped."""
    lines = _lines(stream, problems)
    first = next((item for item in lines if not item[1].isspace()), None)
    if first is None:
        return
    if first[1].lstrip().startswith(b"{") and not _is_json(first[1]):
        head, is_document = _read_document(first, lines)
        if is_document:
            yield 1, orjson.loads(b"".join(line for _, line in head))
            return
        lines = chain(head, lines)
    else:
        lines = chain([first], lines)
    for number, line in lines:
        if line.isspace():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            problems.add(number, _why_not_json(line, error), _start(line))
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            sentence = f"expected one JSON object per line, got {shown(row)}; write one row as {{…}}"
            problems.add(number, sentence, _start(line))


def _read_document(
    first: tuple[int, bytes], lines: Iterator[tuple[int, bytes]]
) -> tuple[list[tuple[int, bytes]], bool]:
    """The lines read to find out whether a file is one JSON object over several lines, and whether it is one."""
    head, size = [first], len(first[1])
    if first[1].rstrip().endswith(b"}"):
        return head, False
    for item in lines:
        head.append(item)
        size += len(item[1])
        if size > MAX_DOCUMENT_BYTES or (len(head) == 2 and _is_json(item[1])):
            return head, False
    return head, _is_json(b"".join(line for _, line in head))


def _is_json(text: bytes) -> bool:
    """Whether a text is one JSON object."""
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def read_array(stream: BinaryIO, problems: Problems) -> Iterator[tuple[int, RawRow]]:
    """Rows of a file with one JSON list of objects, without holding the list in memory."""
    with io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
        yield from _read_elements(_Elements(text), problems)


def _read_elements(elements: "_Elements", problems: Problems) -> Iterator[tuple[int, RawRow]]:
    try:
        for number, text in elements:
            try:
                row = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                problems.add(number, _why_not_json(text.encode(errors="replace"), error), text)
                continue
            if isinstance(row, dict):
                yield number, row
            else:
                problems.add(number, f"expected a list of JSON objects, got the element {shown(row)}", text)
    except UnicodeDecodeError as error:
        problems.end(elements.line, f"expected UTF-8, got byte 0x{error.object[error.start]:02x}; save it as UTF-8")
    except BadInput as error:
        problems.end(elements.line, str(error))


def read_csv(stream: BinaryIO, problems: Problems) -> Iterator[tuple[int, RawRow]]:
    """Rows of a file with a header, quoted with `"`; a row has the number of its first line.

    Cells are separated by commas, or by tabs or semicolons where the header is. A first column without a name, as
    pandas writes for its row numbers, is left out.

    Raises:
        BadInput: the header has too many columns, or a name is missing or used twice.
    """
    csv.field_size_limit(MAX_ROW_BYTES)
    lines = _decoded(stream, problems)
    head = next((line for line in lines if line.strip()), "")
    mark = _delimiter(head)
    reader = csv.reader(chain([head], lines), strict=True, delimiter=mark)
    header: list[str] | None = None
    first = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            note = problems.end if "end of data" in str(error) else problems.add
            note(first, f'expected CSV with cells quoted by ", got {error}; quote cells and double the quotes')
            first = reader.line_num + 1
            continue
        if not cells:
            pass
        elif header is None:
            header = _header(cells)
        elif len(cells) == len(header):
            row = dict(zip(header, cells, strict=True))
            row.pop("", None)
            yield first, row
        else:
            inside = _MARK_NAMES[mark]
            sentence = f"expected {len(header)} cells as in the header, got {len(cells)}; quote cells with {inside}"
            problems.add(first, sentence, mark.join(cells))
        first = reader.line_num + 1


def read_parquet(stream: BinaryIO, problems: Problems) -> Iterator[tuple[int, RawRow]]:
    """Rows of a Parquet file, numbered from 1.

    Raises:
        BadInput: pyarrow is not installed, or the file is damaged.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  only files of this kind need it
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        raise BadInput("reading Parquet needs pyarrow: pip install pyarrow, or convert the file to JSONL") from None
    number = 0
    try:
        file = pq.ParquetFile(stream)
        _check_width(file.schema_arrow.names)
        has_bytes = any("binary" in str(field.type) for field in file.schema_arrow)
        for batch in file.iter_batches(PARQUET_ROWS_WITH_BYTES if has_bytes else PARQUET_ROWS):
            for row in _parquet_rows(batch):
                number += 1
                if isinstance(row, str):
                    problems.add(number, row)
                else:
                    yield number, row
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        problems.end(number + 1, f"expected Parquet, but the file is damaged ({reason}); fetch or copy it again")


def _parquet_rows(batch: Any) -> Iterator[RawRow | str]:  # noqa: ANN401  pyarrow has no types
    """The rows of a batch; for a row with a value that Python cannot represent, a sentence about it."""
    names = batch.schema.names
    try:
        columns = [column.to_pylist() for column in batch.columns]
    except (ValueError, OverflowError):
        for at in range(batch.num_rows):
            yield _parquet_row(names, [column[at] for column in batch.columns])
        return
    for values in zip(*columns, strict=True):
        yield dict(zip(names, values, strict=True))


def _parquet_row(names: list[str], cells: list[Any]) -> RawRow | str:
    row = {}
    for name, cell in zip(names, cells, strict=True):
        try:
            row[name] = cell.as_py()
        except (ValueError, OverflowError) as error:
            return f"expected a value in column {name!r} that can be read, got one that cannot ({error}); correct it"
    return row


class _Elements:
    """The elements of a JSON list as text, each with the number of its first line."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.line = 1
        self._text, self._buffer, self._at = text, "", 0
        self._decoder = json.JSONDecoder()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        self._expect("[")
        if self._next_character() == "]":
            self._advance(self._at + 1)
        else:
            while True:
                self._next_character()
                end = self._end_of_element()
                yield self.line, self._buffer[self._at : end]
                self._advance(end)
                if self._expect(",]") == "]":
                    break
        rest = self._next_character()
        if rest:
            raise BadInput(f"expected the end of the file after the list, got {rest!r}; write one list per file")

    def _end_of_element(self) -> int:
        while True:
            try:
                return self._decoder.raw_decode(self._buffer, self._at)[1]
            except RecursionError:
                raise BadInput("expected rows of JSON, got lists or objects nested too deeply; flatten them") from None
            except json.JSONDecodeError as error:
                if len(self._buffer) - self._at > MAX_ROW_BYTES:
                    raise BadInput(f"expected rows of at most {MAX_ROW_BYTES // 2**20} MiB, got more") from None
                if not self._fill():
                    self.line += self._buffer.count("\n", self._at, error.pos)
                    raise BadInput(f"expected a list of JSON objects, got invalid JSON ({error.msg})") from None

    def _expect(self, allowed: str) -> str:
        character = self._next_character()
        if not character or character not in allowed:
            wanted = " or ".join(repr(one) for one in allowed)
            raise BadInput(f"expected {wanted} in a list of JSON objects, got {character or 'the end of the file'!r}")
        self._advance(self._at + 1)
        return character

    def _next_character(self) -> str:
        """The next character that is not a space, without consuming it; empty at the end."""
        while True:
            match = _SPACE.match(self._buffer, self._at)
            if match:
                self._advance(match.end())
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._fill():
                return ""

    def _advance(self, end: int) -> None:
        self.line += self._buffer.count("\n", self._at, end)
        self._at = end

    def _fill(self) -> bool:
        # Doubling keeps a long element, or a mistake in the middle of a long file, linear in its length.
        more = self._text.read(max(CHUNK_CHARACTERS, len(self._buffer) - self._at))
        self._buffer, self._at = self._buffer[self._at :] + more, 0
        return bool(more)


def _lines(stream: BinaryIO, problems: Problems) -> Iterator[tuple[int, bytes]]:
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(MAX_ROW_BYTES + 1)
        except BadInput as error:
            problems.end(number, str(error))
            return
        if not line:
            return
        if len(line) > MAX_ROW_BYTES:
            problems.end(number, f"expected lines of at most {MAX_ROW_BYTES // 2**20} MiB, got a longer one; split it")
            return
        yield number, line.removeprefix(BOM) if number == 1 else line


def _decoded(stream: BinaryIO, problems: Problems) -> Iterator[str]:
    for number, line in _lines(stream, problems):
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            problems.add(number, _not_utf8(error))
            yield line.decode(errors="replace")


def _delimiter(head: str) -> str:
    """The mark between the cells of a header: a tab if it has any, a semicolon if it has no comma, else a comma."""
    plain = re.sub(r'"[^"]*"', "", head)
    if "\t" in plain.strip():
        return "\t"
    return ";" if ";" in plain and "," not in plain else ","


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    _check_width(names)
    twice = [name for name, number in Counter(names).items() if number > 1]
    if twice or "" in names[1:] or names == [""]:
        raise BadInput(f"expected a CSV header with one name for each column, got {shown(names)}; correct line 1")
    return names


def _check_width(names: list[str]) -> None:
    if len(names) > MAX_COLUMNS:
        raise BadInput(
            f"expected at most {MAX_COLUMNS:,} columns, got {len(names):,}; a table of votes has one row per vote, "
            "so turn it round or leave the other columns out"
        )


def _why_not_json(line: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as wrong:
        return _not_utf8(wrong)
    if b"\x00" in line:
        return "expected one JSON object, got a NUL character; remove it"
    if b"NaN" in line or b"Infinity" in line:
        return "expected one JSON object, got NaN or Infinity, which JSON does not have; write null"
    if "recursion" in str(error):
        return "expected one JSON object, got lists or objects nested too deeply; flatten them"
    return f"expected one JSON object, got invalid JSON ({error.msg} at column {error.colno}): {shown(_start(line))}"


def _not_utf8(error: UnicodeDecodeError) -> str:
    return f"expected UTF-8, got byte 0x{error.object[error.start]:02x} at byte {error.start + 1}; save it as UTF-8"


def _start(line: bytes) -> Any:  # noqa: ANN401  text for people
    return line.decode(errors="replace").strip()
