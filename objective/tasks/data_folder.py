"""Finds and reads published data files: CSV and JSON Lines in UTF-8, optionally as `.gz`."""

import csv
import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from objective.causes import Cause, CauseCode, MissingData
from objective.task import hash_contents
from storage.errors import BadInput


@dataclass
class DataFolder:
    """A folder with the files of one task; it computes the digest of the files read.

    Attributes:
        path: path of the folder.
    """

    path: Path
    _contents: list[bytes] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """SHA-256 of all bytes read so far."""
        return hash_contents(self._contents)

    def csv(self, name: str) -> list[dict[str, str]]:
        """Read the rows of a CSV file with a header.

        Raises:
            NotFound: there is no such file.
            BadInput: the file is not CSV in UTF-8, or a row does not have as many columns as the header.
        """
        text = self._text(name)
        rows: list[dict[str, str]] = []
        try:
            reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            for row in reader:
                extra = row.pop(None, [])
                if any(extra) or None in row.values():
                    raise BadInput(
                        f"expected {len(reader.fieldnames or ())} columns in each row, but "
                        f"{self.path / name}:{reader.line_num} has another number; fetch the file again"
                    )
                rows.append(row)
        except csv.Error as error:
            raise BadInput(f"expected CSV in {str(self.path / name)!r}, but {error}; fetch the file again") from error
        return rows

    def lines(self, name: str) -> list[dict[str, Any]]:
        """Read the objects of a file with one JSON object per line.

        Raises:
            NotFound: there is no such file.
            BadInput: a line is not a JSON object, or the file is not UTF-8.
        """
        rows = []
        for number, line in enumerate(self._text(name).split("\n"), start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise BadInput(
                    f"expected one JSON object per line, but {self.path / name}:{number} is not ({error})"
                ) from error
            if not isinstance(row, dict):
                raise BadInput(f"expected one JSON object per line, but {self.path / name}:{number} is not one")
            rows.append(row)
        return rows

    def content(self, name: str) -> bytes:
        """The bytes of a file, unpacked, which then count in the digest.

        Raises:
            NotFound: there is no such file.
            BadInput: the file is damaged.
        """
        return self._read(name)[1]

    def has(self, name: str) -> bool:
        """Whether the folder contains a file, plain or compressed."""
        return any((self.path / f"{name}{ending}").is_file() for ending in ("", ".gz"))

    def _text(self, name: str) -> str:
        plain, content = self._read(name)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInput(f"expected UTF-8 in {str(plain)!r}, got byte 0x{content[error.start]:02x}") from error

    def _read(self, name: str) -> tuple[Path, bytes]:
        plain = self.path / name
        packed = plain.with_name(f"{plain.name}.gz")
        if plain.is_file():
            content = plain.read_bytes()
        elif packed.is_file():
            try:
                content = gzip.decompress(packed.read_bytes())
            except (EOFError, OSError) as error:
                raise BadInput(f"expected a whole gzip file, but {str(packed)!r} is damaged; fetch it again") from error
        else:
            raise MissingData(
                f"expected the data file {str(plain)!r}, found none; check --data-dir and the split",
                Cause(CauseCode.no_file, name=str(plain)),
            )
        self._contents.append(content)
        return plain, content


def find_folder(data_dir: Path, names: Sequence[str], *, needs: str, title: str) -> DataFolder:
    """Find the first folder that contains a given file or folder.

    Args:
        data_dir: folder to search in; it is itself tried last.
        names: relative paths of the candidate folders, with `/` between levels.
        needs: file (plain or `.gz`) or folder that the folder must contain.
        title: title of the data, for the error message.

    Raises:
        NotFound: no candidate contains it.
    """
    for folder in (*(data_dir / name for name in names), data_dir):
        if (folder / needs).exists() or (folder / f"{needs}.gz").exists():
            return DataFolder(folder)
    raise MissingData(
        f"expected the data of {title} in a folder {' or '.join(names)} below {str(data_dir)!r} with {needs} in it, "
        "found none; fetch it and name the folder with --data-dir",
        Cause(CauseCode.no_folder, name=title, text=needs),
    )
