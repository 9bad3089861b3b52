"""Write the rows that an import skips to a file, each with its line and the reason."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson

from storage.errors import BadInput


class BadRowFile:
    """A JSONL file with one object for each skipped row: `line`, `reason`, and `row` or `text`.

    Its methods raise `BadInput` if the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        """Write to a temporary file beside the path; nothing is created before the first row."""
        self._path, self._aside = path, path.with_name(f".{path.name}.part")
        self._file: IO[bytes] | None = None

    def put(self, line: int, reason: str, row: Mapping[str, Any] | str | None) -> None:
        """Write one row; text is a line that could not be read as a row."""
        content = {"text": row} if isinstance(row, str) else {"row": row}
        values = {"line": line, "reason": reason} | content
        option = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
        try:
            written = orjson.dumps(values, default=str, option=option)
        except (TypeError, ValueError):  # half of a surrogate pair, or a number beyond 64 bits
            written = orjson.dumps(values | {"row": ascii(row)}, option=option)
        with self._writing():
            if self._file is None:
                self._file = self._aside.open("wb")
            self._file.write(written)

    def finish(self, *, keep: bool) -> None:
        """Close the file, and put it in place or delete it."""
        if self._file is None:
            return
        with self._writing():
            self._file.close()
            if keep:
                self._aside.replace(self._path)
            else:
                self._aside.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = str(self._path)
            raise BadInput(f"{where!r} cannot be written: {error.strerror}; name another file") from error


@contextmanager
def bad_row_file(path: Path | None, *, keep: bool) -> Iterator[BadRowFile | None]:
    """A file for skipped rows, None where no path is given; after a failure it is deleted."""
    if path is None:
        yield None
        return
    file = BadRowFile(path)
    whole = False
    try:
        yield file
        whole = True
    finally:
        file.finish(keep=keep and whole)
