"""The bytes of pictures that rows hold or name: data URLs, structs with bytes, base64, and files beside the row's file.

Nothing is ever fetched from the network, and no file outside of the folder of the imported file is read.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage.errors import BadInput
from storage.exchange.rows.problems import shown
from storage.media.pictures import EXTENSIONS, MOST_BYTES, digest_of

FOLDER = "media"
"""Folder beside an exported file in which its pictures are, each named by its digest."""

PART_TYPES = ("image", "image_url", "input_image")
"""Values of `type` in parts of a turn that are pictures, in our own files and in those of OpenAI's and others' APIs."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_BASE64 = ("iVBORw0KGgo", "/9j/", "UklGR")
"""Starts of a PNG, a JPEG and a WebP in base64."""

_PLACES = ("bytes", "image_url", "url", "image", "data", "source", "path", "file_name", "file")
"""Keys of an object that holds or names a picture, the first that has a value."""

_DEEPEST = 4


def picture_bytes(value: object, folder: Path | None, depth: int = 0) -> bytes:
    """The bytes of a picture.

    Args:
        value: bytes, text (data URL, base64 or path), or an object with one of these.
        folder: folder of the imported file; None if no file may be read.
        depth: number of objects around the value.

    Raises:
        BadInput: there is no picture, or it is elsewhere.
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, str) and value:
        return _from_text(value, folder)
    if isinstance(value, Mapping) and depth < _DEEPEST:
        inner = next((value[name] for name in _PLACES if value.get(name) not in (None, "", b"")), None)
        if inner is not None:
            return picture_bytes(inner, folder, depth + 1)
    raise BadInput(
        f"expected a picture as a data URL, as bytes or as a path beside the file, got {shown(value)}; add it or "
        "leave the part out"
    )


def exported_picture(sha256: str, folder: Path) -> bytes | None:
    """The bytes of a picture in the folder `media` beside the imported file, None if it is not there.

    Raises:
        BadInput: the file has another digest than its name says.
    """
    names = [f"{FOLDER}/{sha256}.{ending}" for ending in (*EXTENSIONS.values(), "jpeg", "webp")]
    name = next((name for name in names if (folder / name).is_file()), None)
    if name is None:
        return None
    data = _beside(name, folder)
    if digest_of(data) != sha256:
        raise BadInput(
            f"expected the picture with the digest {sha256!r} in {name!r}, got another one; the file was changed, so "
            "export it again"
        )
    return data


def _from_text(text: str, folder: Path | None) -> bytes:
    if text[:5].lower() == "data:":
        return _from_data_url(text)
    if _SCHEME.match(text):
        raise BadInput(
            f"expected a picture in the file or beside it, got the address {shown(text)}; nothing is fetched from an "
            "address, so save the picture beside the file and give its path"
        )
    if text.startswith(_BASE64):
        return _from_base64(text)
    return _beside(text, folder)


def _from_data_url(text: str) -> bytes:
    head, mark, content = text[5:].partition(",")
    media_type, *rest = head.lower().split(";")
    if not mark or not media_type.strip().startswith("image/") or "base64" not in [one.strip() for one in rest]:
        raise BadInput(
            f"expected a data URL like 'data:image/png;base64,…', got {shown(text[:60])}; encode the picture as base64"
        )
    return _from_base64(content)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"expected a picture in base64, got text that is none ({error}); encode it again") from error


def _beside(text: str, folder: Path | None) -> bytes:
    """The bytes of a file in the folder of the imported file, or below it."""
    if folder is None:
        raise BadInput(
            f"expected the picture in the file itself, got the path {shown(text)}, which an upload cannot hold; "
            "write data URLs, or import Parquet with the bytes"
        )
    path = Path(text)
    advice = "put the picture beside the file and give its path from there"
    if "\x00" in text or "\\" in text or path.is_absolute() or ".." in path.parts:
        raise BadInput(f"expected a path of a picture in the folder of the file, got {shown(text)}; {advice}")
    try:
        found = (folder / path).resolve(strict=True)
        if not found.is_relative_to(folder.resolve()):
            raise BadInput(
                f"expected a picture in the folder of the file, got {shown(text)}, which leads out; {advice}"
            )
        if not found.is_file():
            raise BadInput(f"expected a picture at {shown(text)}, got something that is no file; {advice}")
        if found.stat().st_size > MOST_BYTES:
            raise BadInput(
                f"expected a picture of at most {MOST_BYTES:,} bytes, got {found.stat().st_size:,} at {shown(text)}; "
                "make it smaller"
            )
        return found.read_bytes()
    except (OSError, RuntimeError) as error:
        raise BadInput(f"expected a picture at {shown(text)}, got no file that can be read; {advice}") from error


def is_picture_part(value: Mapping[Any, Any]) -> bool:
    """Whether an object is a part of a turn that is a picture."""
    return value.get("type") in PART_TYPES
