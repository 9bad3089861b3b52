"""Files that administrators send in pieces, kept in a private folder until they are imported.

Requests to the server are small, so a page cuts a file into pieces. A file belongs to the person who sends it, and
nobody can name a path: the folder gives each upload a name of its own.
"""

import atexit
import shutil
import tempfile
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from storage.errors import BadInput, NotFound

MOST_BYTES = 512 * 1024 * 1024
"""Largest file that a page takes; larger ones are imported from the command line."""

MOST_UPLOADS = 8
"""Files that are kept at the same time; the oldest gives way."""

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")


@dataclass(frozen=True)
class UploadedFile:
    """A file in the folder.

    Attributes:
        path: where it lies.
        name: its name on the sender's machine, for messages and as the source of its rows.
        rater_id: the sender.
    """

    path: Path
    name: str
    rater_id: int


class UploadFolder:
    """The files of one process; the folder is deleted when the process ends."""

    def __init__(self, mint: Callable[[], str]) -> None:
        """Start without a folder.

        Args:
            mint: makes names that nobody can guess.
        """
        self._mint = mint
        self._lock = Lock()
        self._folder: Path | None = None
        self._files: dict[str, UploadedFile] = {}

    def append(self, upload: str, piece: str, *, start: int, name: str, rater_id: int) -> str:
        """Add a piece to a file and return the name of the upload.

        Args:
            upload: name of the upload; "" for the first piece.
            piece: the bytes in base64.
            start: number of bytes before the piece.
            name: name of the file on the sender's machine.
            rater_id: the sender.

        Raises:
            BadInput: the piece does not follow the one before, is no base64, or the file gets too large.
            NotFound: the upload is unknown or another person's.
        """
        try:
            content = b64decode(piece, validate=True)
        except ValueError:
            raise BadInput("expected a piece of a file in base64, got something else; choose the file again") from None
        with self._lock:
            if not upload:
                upload = self._begin(name, rater_id)
            file = self._find(upload, rater_id)
            size = file.path.stat().st_size
            if size != start:
                raise BadInput(f"expected the piece at byte {size}, got that at byte {start}; choose the file again")
            if size + len(content) > MOST_BYTES:
                self._drop(upload)
                raise BadInput(
                    f"expected a file of at most {MOST_BYTES // 2**20} MB, got a larger one; use `evenhand import`"
                )
            with file.path.open("ab") as target:
                target.write(content)
        return upload

    def find(self, upload: str, rater_id: int) -> UploadedFile:
        """Return a person's own file.

        Raises:
            NotFound: the upload is unknown, given up, or another person's.
        """
        with self._lock:
            return self._find(upload, rater_id)

    def drop(self, upload: str) -> None:
        """Delete a file that is done with; one that is not there is no error."""
        with self._lock:
            self._drop(upload)

    def _begin(self, name: str, rater_id: int) -> str:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="evenhand-uploads-"))
            atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        while len(self._files) >= MOST_UPLOADS:
            self._drop(next(iter(self._files)))
        upload = self._mint()
        path = self._folder / f"{len(upload)}-{upload[:32]}{_suffix(name)}"
        path.touch(mode=0o600, exist_ok=False)
        self._files[upload] = UploadedFile(path, name, rater_id)
        return upload

    def _find(self, upload: str, rater_id: int) -> UploadedFile:
        file = self._files.get(upload)
        if file is None or file.rater_id != rater_id or not file.path.is_file():
            raise NotFound("this file is no longer here; choose it again")
        return file

    def _drop(self, upload: str) -> None:
        file = self._files.pop(upload, None)
        if file is not None:
            file.path.unlink(missing_ok=True)


def _suffix(name: str) -> str:
    """Return the endings of a file's name that tell its format, and nothing else of the name."""
    low = name.lower()
    zipped = ".gz" if low.endswith(".gz") else ""
    plain = low.removesuffix(".gz")
    return next((suffix for suffix in SUFFIXES if plain.endswith(suffix)), "") + zipped
