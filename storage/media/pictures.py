"""Decode a picture and write it anew, without anything but the picture itself.

What is stored is a PNG, or a JPEG for what came as JPEG or lossy WebP, turned upright, with eight bits a channel and
without metadata, profiles, comments or trailing bytes. Cleaning what is clean gives the same bytes, so a picture that
was exported keeps its digest. Only the decoders of these three formats are ever called, and only after the size that
the header states was found small enough.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from storage.errors import BadInput
from storage.media.bare_jpeg import SIGNATURE as JPEG
from storage.media.bare_jpeg import is_bare_jpeg
from storage.media.bare_png import SIGNATURE as PNG
from storage.media.bare_png import is_bare_png

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 10_000_000
MOST_PIXELS = 40_000_000
MOST_SIDE = 16_384
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg"}
"""Ending of a file by the type of the picture in it."""

_FINE = 95
"""JPEG quality for pictures whose own quantisation cannot be kept."""
_OTHER_KINDS = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\x00", "a TIFF"),
    (b"MM\x00*", "a TIFF"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
)


@dataclass(frozen=True)
class Picture:
    """A clean picture.

    Attributes:
        type: media type of `data`.
        sha256: digest of `data`, by which turns name the picture.
        origin: digest of the bytes as they came.
    """

    type: str
    width: int
    height: int
    data: bytes
    sha256: str
    origin: str


def clean_picture(data: bytes, *, most_pixels: int = MOST_PIXELS) -> Picture:
    """Decode a PNG, JPEG or WebP and write it anew; animated pictures are refused.

    Args:
        data: the bytes as they came.
        most_pixels: number of pixels from which on a picture is refused.

    Raises:
        BadInput: the bytes are no such picture, are damaged, or hold too many bytes or pixels.
    """
    image = _opened(data, most_pixels)
    tables = _quantisation(image) if data.startswith(JPEG) else {}
    upright = _decoded(image)
    del image
    if (data.startswith(PNG) and is_bare_png(data)) or (data.startswith(JPEG) and is_bare_jpeg(data)):
        written = data
    elif data.startswith(JPEG):
        written = _as_jpeg(upright, **tables)
    elif _is_lossy_webp(data) and not upright.has_transparency_data:
        written = _as_jpeg(upright, quality=_FINE, subsampling=0)
    else:
        written = _as_png(upright)
    if len(written) > MOST_BYTES:
        raise BadInput(
            f"expected a picture of at most {MOST_BYTES:,} bytes, but written anew without loss it has "
            f"{len(written):,}; make it smaller, or send it as JPEG"
        )
    media_type = "image/jpeg" if written.startswith(JPEG) else "image/png"
    return Picture(media_type, upright.width, upright.height, written, digest_of(written), digest_of(data))


def digest_of(data: bytes) -> str:
    """The SHA-256 of bytes as 64 hexadecimal characters."""
    return hashlib.sha256(data).hexdigest()


def _opened(data: bytes, most_pixels: int) -> "Image":
    """The picture with its header read, once that is known to be small enough."""
    from PIL import JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: PLC0415  most commands need none

    if len(data) > MOST_BYTES:
        raise BadInput(f"expected a picture of at most {MOST_BYTES:,} bytes, got {len(data):,}; make it smaller")
    decoders: dict[bytes, Any] = {
        PNG: PngImagePlugin.PngImageFile,
        JPEG: JpegImagePlugin.JpegImageFile,
        b"RIFF": WebPImagePlugin.WebPImageFile,
    }
    decoder = next((one for sign, one in decoders.items() if data.startswith(sign)), None)
    if decoder is None or (data.startswith(b"RIFF") and data[8:12] != b"WEBP"):
        raise BadInput(f"expected a PNG, JPEG or WebP picture, got {_kind(data)}; convert it to one of these")
    try:
        image: Image = decoder(BytesIO(data))
    except Exception as error:  # decoders fail in many ways on bytes from outside
        raise _damaged(error) from error
    if max(image.size) > MOST_SIDE or image.width * image.height > most_pixels:
        raise BadInput(
            f"expected a picture of at most {most_pixels:,} pixels and {MOST_SIDE:,} on each side, "
            f"got {image.width:,} × {image.height:,}; make it smaller"
        )
    if getattr(image, "is_animated", False):
        raise BadInput("expected a still picture, got an animated one; save the frame that is meant")
    return image


def _kind(data: bytes) -> str:
    """What bytes are that no decoder here reads."""
    if not data:
        return "an empty file"
    start = data[:1024].lstrip().lower()
    if b"<svg" in start:
        return "an SVG drawing"
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<script")):
        return "a text of markup"
    if data[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file"
    return next((name for sign, name in _OTHER_KINDS if data.startswith(sign)), "something else")


def _decoded(image: "Image") -> "Image":
    """The pixels of a picture alone: upright, in grey, RGB or RGBA with eight bits a channel."""
    from PIL import Image as Pillow  # noqa: PLC0415
    from PIL import ImageOps  # noqa: PLC0415

    try:
        image.load()
        with suppress(Exception):  # damaged metadata says nothing about the pixels
            ImageOps.exif_transpose(image, in_place=True)
        if image.mode.startswith(("I", "F")):  # 16 bits, which a mere conversion would clip
            image = image.convert("I").point(lambda value: value / 256).convert("L")
            image.info.pop("transparency", None)  # a value among the 16-bit ones
        mode = "RGBA" if image.has_transparency_data else "L" if image.mode in ("1", "L") else "RGB"
        if image.mode == mode:
            plain = Pillow.new(mode, image.size, None)
            plain.paste(image)
        else:
            plain = image.convert(mode)
            plain.info.clear()
    except Exception as error:  # decoders fail in many ways on bytes from outside
        raise _damaged(error) from error
    return plain


def _damaged(error: Exception) -> BadInput:
    reason = " ".join(str(error).split()) or type(error).__name__
    return BadInput(f"expected a whole picture, but this one cannot be decoded ({reason}); save it again")


def _quantisation(image: Any) -> dict[str, Any]:  # noqa: ANN401  what only JPEG files have
    """Options to write a JPEG with its own tables, so that it loses next to nothing."""
    from PIL import JpegImagePlugin  # noqa: PLC0415

    if image.mode not in ("L", "RGB"):
        return {"quality": _FINE, "subsampling": 0}
    tables = [[min(max(value, 1), 255) for value in table] for table in image.quantization.values()]
    return {"qtables": tables[:3], "subsampling": max(JpegImagePlugin.get_sampling(image), 0)}


def _is_lossy_webp(data: bytes) -> bool:
    """Whether a WebP holds a lossy picture, its chunk named `VP8 `."""
    start = 12
    while data.startswith(b"RIFF") and start + 8 <= len(data):
        if data[start : start + 4] == b"VP8 ":
            return True
        size = int.from_bytes(data[start + 4 : start + 8], "little")
        start += 8 + size + size % 2
    return False


def _as_jpeg(image: "Image", **options: Any) -> bytes:  # noqa: ANN401
    written = BytesIO()
    image.save(written, "JPEG", optimize=True, **options)
    return written.getvalue()


def _as_png(image: "Image") -> bytes:
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
