"""Find and read published files below the data folder: CSV and JSON lines in UTF-8, each also as `.gz`."""

import csv
import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from objective.task import digest_of
from storage.errors import BadInput, NotFound


@dataclass
class DataFolder:
    """A folder from which the files of one task are read; it keeps their bytes' digest.

    Attributes:
        path: where the files lie.
    """

    path: Path
    _contents: list[bytes] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """SHA-256 over all bytes read so far."""
        return digest_of(self._contents)

    def csv(self, name: str) -> list[dict[str, str]]:
        """The rows of a CSV file with a header.

        Raises:
            NotFound: there is no such file.
            BadInput: it is not CSV in UTF-8, or a row has more or fewer columns than its header.
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
        """The objects of a file with one JSON object per line.

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

    def has(self, name: str) -> bool:
        """Whether there is such a file, plain or compressed."""
        return any((self.path / f"{name}{ending}").is_file() for ending in ("", ".gz"))

    def _text(self, name: str) -> str:
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
            raise NotFound(f"expected the data file {str(plain)!r}, found none; check --data-dir and the split")
        self._contents.append(content)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInput(f"expected UTF-8 in {str(plain)!r}, got byte 0x{content[error.start]:02x}") from error


def find_folder(data_dir: Path, names: Sequence[str], *, needs: str, title: str) -> DataFolder:
    """The first of some folders that holds a file or folder.

    Args:
        data_dir: below which the folders are looked for; it may itself be the one.
        names: of the folders, `/` between levels.
        needs: a file (plain or `.gz`) or folder that tells the right one.
        title: of the data, for the message.

    Raises:
        NotFound: none holds it.
    """
    for folder in (*(data_dir / name for name in names), data_dir):
        if (folder / needs).exists() or (folder / f"{needs}.gz").exists():
            return DataFolder(folder)
    raise NotFound(
        f"expected the data of {title} in a folder {' or '.join(names)} below {str(data_dir)!r} with {needs} in it, "
        "found none; fetch it and name the folder with --data-dir"
    )
