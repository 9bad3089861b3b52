"""Pictures of exported rows: files in a folder `media` beside JSON Lines, or a column of structs in Parquet."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlmodel import Session

from storage.errors import BadInput
from storage.exchange.rows.picture_sources import FOLDER
from storage.media.pictures import EXTENSIONS, digest_of
from storage.media.stored_pictures import find_picture
from storage.values import turn_images

COLUMN = "images"
"""Column of a Parquet file with the pictures of each row: the struct of bytes and path that Hugging Face reads."""

Values = dict[str, Any]
PICTURES = {COLUMN: "pictures"}


class ExportedPictures:
    """The pictures of the rows of one export."""

    def __init__(self, session: Session, left_out: Counter[str]) -> None:
        """Count pictures that cannot be written in `left_out`."""
        self._session, self._left_out = session, left_out
        self._digests: dict[str, None] = {}

    def noted(self, rows: Iterable[Values]) -> Iterator[Values]:
        """The same rows, whose pictures `write_beside` writes at the end."""
        for row in rows:
            self._digests.update(dict.fromkeys(_digests(row)))
            yield row

    def within(self, rows: Iterable[Values]) -> Iterator[Values]:
        """The rows with their pictures in the column for them."""
        for row in rows:
            found = ((digest, self._file(digest)) for digest in _digests(row))
            pictures = [{"bytes": file[1], "path": file[0]} for _, file in found if file is not None]
            yield {**row, COLUMN: pictures or None}

    def write_beside(self, path: Path) -> None:
        """Write the noted pictures into the folder beside a file; after a failure, new files are deleted.

        Raises:
            BadInput: the folder cannot be written.
        """
        folder, made = path.parent / FOLDER, list[Path]()
        is_new = not folder.exists()
        try:
            self._write(folder, made)
        except BaseException as error:
            for file in made:
                file.unlink(missing_ok=True)
            if is_new and folder.is_dir():
                folder.rmdir()
            if isinstance(error, OSError):
                raise BadInput(f"{str(folder)!r} cannot be written: {error.strerror}; check the folder") from error
            raise

    def _write(self, folder: Path, made: list[Path]) -> None:
        for digest in self._digests:
            file = self._file(digest)
            if file is None:
                continue
            folder.mkdir(exist_ok=True)
            target = folder / file[0]
            if target.is_file() and not target.is_symlink() and digest_of(target.read_bytes()) == digest:
                continue
            aside = folder / f".{file[0]}.part"
            made += [aside, target]
            aside.write_bytes(file[1])
            aside.replace(target)

    def _file(self, digest: str) -> tuple[str, bytes] | None:
        """The name and the bytes of a picture, None if it was erased or lost."""
        picture = find_picture(self._session, digest)
        if picture is None or picture.data is None:
            self._left_out["missing_picture" if picture is None else "erased_picture"] += 1
            return None
        return f"{digest}.{EXTENSIONS[picture.type]}", picture.data


def _digests(row: Mapping[str, Any]) -> list[str]:
    """The digests of the pictures of a row, each once, in their order."""
    turns = [turn for turn in row.get("turns") or () if isinstance(turn, list)]
    return list(dict.fromkeys(part["media"] for turn in turns for part in turn_images(turn)))
