"""Images in the cells of a row: a path beside the file, base64, a data URL, or the struct of Hugging Face.

Columns are `image` and `image_1`, `image_2`, …; `image` and `images` may also hold a list. Addresses on the web are
never fetched.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from objective.images import ItemImage, make_image
from storage.errors import BadInput

_COLUMNS = re.compile(r"images?|image_(\d+)")
_DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,", re.ASCII)
_ON_THE_WEB = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LONGEST_PATH = 300
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif")


def read_images(row: Mapping[str, Any], folder: Path | None, *, where: str) -> tuple[ItemImage, ...]:
    """The images of a row, in the order of its columns; none where the row has no such column, or empty ones.

    Args:
        row: the columns of the row.
        folder: folder of the file, in which paths are looked for; None where no paths are allowed.
        where: place of the row, for messages.

    Raises:
        BadInput: a cell holds no image, a path leads out of the folder or to no file, or an address on the web.
    """
    names = sorted((name for name in row if _COLUMNS.fullmatch(name)), key=_order)
    return tuple(_image(one, folder, f"`{name}` of {where}") for name in names for one in _values(row[name]))


def decode_image(text: str, *, where: str) -> ItemImage:
    """The image that a text holds as base64, with or without the beginning of a data URL.

    Raises:
        BadInput: it is no base64, or no image.
    """
    opening = _DATA_URL.match(text)
    try:
        data = base64.b64decode(text[opening.end() :] if opening else text, validate=False)
    except (binascii.Error, ValueError):
        raise BadInput(f"expected an image as base64 in {where}, got {text[:40]!r}; check the cell") from None
    return make_image(data, where=where)


def _order(name: str) -> tuple[int, str]:
    found = _COLUMNS.fullmatch(name)
    return (int(found[1] or 0) if found else 0, name)


def _values(cell: object) -> Iterator[object]:
    """The images that a cell holds; a text that is a JSON list is that list."""
    if isinstance(cell, str) and cell.lstrip()[:1] == "[":
        with suppress(ValueError):
            cell = json.loads(cell)
    for one in cell if isinstance(cell, list) else [cell]:
        if one is not None and one != "":
            yield one


def _image(cell: object, folder: Path | None, where: str) -> ItemImage:
    if isinstance(cell, Mapping):
        data = cell.get("bytes")
        if isinstance(data, bytes):
            return make_image(data, where=where)
        cell = data if isinstance(data, str) else cell.get("path")
    if isinstance(cell, bytes):
        return make_image(cell, where=where)
    if not isinstance(cell, str):
        raise BadInput(f"expected an image in {where}, got {str(cell)[:40]!r}; write a path or base64")
    text = cell.strip()
    if _ON_THE_WEB.match(text):
        raise BadInput(
            f"expected an image in {where}, got the address {text[:60]!r}; addresses are never fetched: save the image "
            "beside the file, and write its path"
        )
    if len(text) <= _LONGEST_PATH and text.lower().endswith(_ENDINGS):
        return _from_path(text, folder, where)
    return decode_image(text, where=where)


def _from_path(text: str, folder: Path | None, where: str) -> ItemImage:
    path = PurePosixPath(text.replace("\\", "/"))
    if folder is None or path.is_absolute() or ".." in path.parts or path.drive:
        raise BadInput(f"expected an image beside the file in {where}, got the path {text!r}; put the image there")
    found = folder / path
    try:
        is_beside = found.resolve().is_relative_to(folder.resolve())
        data = found.read_bytes() if is_beside else b""
    except (OSError, ValueError):  # a path with a NUL
        raise BadInput(f"expected an image at {text!r} in {where}, found none; check the path") from None
    if not is_beside:
        raise BadInput(f"expected an image beside the file in {where}, got a link that leads elsewhere; copy it there")
    return make_image(data, where=where)
