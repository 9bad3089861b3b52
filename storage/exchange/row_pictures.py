"""Pictures of imported rows: store each once, and name it by digest in the turn where it stands.

A picture is a part of a turn, or fills a column `image`, `images`, `image_1` and so on, as in data sets of Hugging
Face; then it belongs to the first turn of the question, or of the response where a row has only that. A marker
`<image>` or `<image 1>` in the text says where.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from sqlmodel import Session

from storage.errors import BadInput
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import PreferenceRow, RawRow, ResponseRow
from storage.exchange.rows.picture_sources import exported_picture, is_picture_part, picture_bytes
from storage.exchange.rows.problems import shown
from storage.media.pictures import clean_picture, digest_of
from storage.media.stored_pictures import add_pictures, find_pictures, known_origins
from storage.questions.questions import QuestionText
from storage.values import ImagePart, Part, Turn, turn_images

_STEMS = ("image", "images", "picture", "pictures")
_COLUMNS = frozenset(f"{stem}{mark}" for stem in _STEMS for mark in ("", *range(21), *(f"_{n}" for n in range(21))))
_MARKER = re.compile(r"<image(?:[ _]?(\d+))?>")
_DIGEST = re.compile("[0-9a-f]{64}")
_SETTINGS = frozenset(("settings", "judge_settings", "attributes", "conv_metadata", "category_tag", "metadata"))
"""Columns that are stored as they are."""

_DEEPEST = 8
_LONGEST_NUMBER = 9
"""Most digits of a marker's number; a longer one names no picture."""


class RowPictures:
    """Takes the pictures of rows into the store, inside one writing session.

    Attributes:
        added: number of new pictures.
    """

    def __init__(self, session: Session, folder: Path | None, now: datetime) -> None:
        """Read paths from the folder of the imported file; None if no file may be read."""
        self.added = 0
        self._session, self._folder, self._now = session, folder, now
        self._digests: dict[str, str] = {}
        self._known: set[str] = set()
        self._row: RawRow = {}
        self._of_columns: list[ImagePart] | None = None

    def placed(self, row: RawRow, form: RowFormat) -> RawRow:
        """The row with each picture of a turn stored and named by its digest.

        Raises:
            BadInput: a picture cannot be read or is none.
        """
        self._row, self._of_columns = row, None
        changed: dict[str, Any] = {}
        for column in _columns(form):
            value = row.get(column)
            if isinstance(value, str) and "image" in value and value.lstrip()[:1] in ("[", "{"):
                value = fields.json_value(row, column)
            if isinstance(value, list | dict) and _holds_picture(value):
                changed[column] = self._replaced(value)
        return {**row, **changed} if changed else row

    def attached(self, canonical: Any) -> Any:  # noqa: ANN401  a row of any kind
        """The canonical row of the row that was placed last, with the pictures of its columns in their turn.

        Raises:
            BadInput: a picture cannot be read, is none, or is not in the store.
        """
        if isinstance(canonical, QuestionText):
            turns = canonical.turns
            return canonical if not turns else canonical._replace(turns=self._with_columns(turns))
        if isinstance(canonical, ResponseRow):
            self._check(canonical.turns)
            text = canonical.text
            if text is not None and text.turns:
                return canonical._replace(text=text._replace(turns=self._with_columns(text.turns)))
            return canonical._replace(turns=self._with_columns(canonical.turns)) if canonical.turns else canonical
        if isinstance(canonical, PreferenceRow) and canonical.conversations is not None:
            texts = canonical.conversations
            self._check([*texts.a, *texts.b])
            return canonical._replace(conversations=texts._replace(question=self._with_columns(texts.question)))
        return canonical

    def _with_columns(self, turns: list[Turn]) -> list[Turn]:
        self._check(turns)
        parts = self._column_parts()
        if parts:
            named = {part["media"] for turn in turns for part in turn_images(turn)}
            parts = [part for part in parts if part["media"] not in named]
        return at_markers(turns, parts) if parts else turns

    def _check(self, turns: Iterable[Turn]) -> None:
        """Refuse pictures that are not in the store, in turns that were spelled in an unusual way."""
        for turn in turns:
            for part in turn:
                if part["type"] == "image":
                    self._reference(part["media"])

    def _column_parts(self) -> list[ImagePart]:
        """The pictures of the columns for them, in the order of the columns."""
        if self._of_columns is None and self._row.keys().isdisjoint(_COLUMNS):
            self._of_columns = []
        elif self._of_columns is None:
            self._of_columns = [
                {"type": "image", "media": self._digest(value, f"in column {column!r}"), "alt": ""}
                for column in self._row
                if is_picture_column(column)
                for value in _listed(self._row, column)
            ]
        return self._of_columns

    def _replaced(self, value: Any, depth: int = 0) -> Any:  # noqa: ANN401  any JSON value
        if isinstance(value, list) and depth < _DEEPEST:
            return [self._replaced(one, depth + 1) for one in value]
        if isinstance(value, dict) and is_picture_part(value):
            media = value.get("media")
            digest = self._reference(media) if media is not None else self._digest(value, "of a turn")
            return {"type": "image", "media": digest, "alt": value.get("alt") or ""}
        if isinstance(value, dict) and depth < _DEEPEST:
            return {name: self._replaced(one, depth + 1) for name, one in value.items()}
        return value

    def _reference(self, media: object) -> str:
        """The digest of a picture that a row names by its digest."""
        if not isinstance(media, str) or not _DIGEST.fullmatch(media):
            raise BadInput(f"expected the SHA-256 of a picture in 'media', got {shown(media)}; correct it")
        if media not in self._known and not find_pictures(self._session, [media]):
            data = None if self._folder is None else exported_picture(media, self._folder)
            if data is not None:
                return self._digest(data, media)
            self._column_parts()
            if media not in self._known:
                raise BadInput(
                    f"expected the picture with the digest {media!r} in the store or in the folder 'media' beside the "
                    "file, got none; copy that folder too, or give a path instead"
                )
        self._known.add(media)
        return media

    def _digest(self, value: object, label: str) -> str:
        """The digest of the stored picture that a value holds or names; bytes that came before are not decoded."""
        try:
            data = picture_bytes(value, self._folder)
            origin = digest_of(data)
            if origin not in self._digests:
                known = known_origins(self._session, [origin])
                if origin not in known:
                    picture = clean_picture(data)
                    self.added += add_pictures(self._session, [picture], self._now)
                    known = {origin: picture.sha256}
                self._digests |= known
                self._known |= set(known.values())
        except BadInput as error:
            raise BadInput(f"picture {label}: {error}") from error
        return self._digests[origin]


def is_picture_column(name: str) -> bool:
    """Whether a column of a file holds pictures by its name."""
    return name in _COLUMNS


def without_bytes(row: RawRow) -> RawRow:
    """The row without the bytes of its pictures, to keep it for a report."""
    columns = [column for column in row if is_picture_column(column)]
    return row if not columns else {**row, **{column: _light(row[column]) for column in columns}}


def at_markers(turns: list[Turn], parts: list[ImagePart]) -> list[Turn]:
    """The turns with pictures where their text has a marker for them; the others stand before the first turn."""
    marks = [mark for turn in turns for part in turn for mark in _marks(part)]
    if any(len(mark[1] or "") > _LONGEST_NUMBER for mark in marks):
        return [[*parts, *turns[0]], *turns[1:]]
    numbers = dict.fromkeys(int(mark[1]) - 1 if mark[1] else place for place, mark in enumerate(marks))
    if any(number not in range(len(parts)) for number in numbers):
        return [[*parts, *turns[0]], *turns[1:]]
    order = iter(range(len(marks)))
    placed = [list(chain.from_iterable(_split(part, parts, order) for part in turn)) for turn in turns]
    before = [part for number, part in enumerate(parts) if number not in numbers]
    return [[*before, *placed[0]], *placed[1:]]


def _marks(part: Part) -> list[re.Match[str]]:
    return list(_MARKER.finditer(part["text"])) if part["type"] == "text" else []


def _split(part: Part, parts: list[ImagePart], order: Iterator[int]) -> Iterator[Part]:
    """The text between markers, and the pictures in the markers' place."""
    marks = _marks(part)
    if part["type"] != "text" or not marks:
        yield part
        return
    start = 0
    for mark in marks:
        place = next(order)
        yield from _text(part["text"][start : mark.start()])
        yield parts[int(mark[1]) - 1 if mark[1] else place]
        start = mark.end()
    yield from _text(part["text"][start:])


def _text(text: str) -> Iterator[Part]:
    if text.strip():
        yield {"type": "text", "text": text.strip()}


@cache
def _columns(form: RowFormat) -> tuple[str, ...]:
    """The columns of a format in which turns may stand."""
    return tuple(sorted((form.needs | form.also) - _SETTINGS))


def _holds_picture(value: Any) -> bool:  # noqa: ANN401  any JSON value
    left = [[value]]
    for one in left:
        for inner in one:
            if isinstance(inner, dict):
                if is_picture_part(inner):
                    return True
                left.append(list(inner.values()))
            elif isinstance(inner, list):
                left.append(inner)
    return False


def _listed(row: RawRow, column: str) -> list[Any]:
    value = fields.json_value(row, column)
    return [one for one in (value if isinstance(value, list) else [value]) if not _is_nothing(one)]


def _is_nothing(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(one in (None, "", b"") for one in value.values())
    return value in (None, "")


def _light(value: Any) -> Any:  # noqa: ANN401  any value of a row
    if isinstance(value, list):
        return [_light(one) for one in value]
    if isinstance(value, Mapping):
        return {name: None if isinstance(one, bytes) else one for name, one in value.items()}
    return None if isinstance(value, bytes) else value
