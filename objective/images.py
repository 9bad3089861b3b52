"""Images of items: their bytes as they are published, their type, and the digest by which items name them."""

import hashlib
from dataclasses import dataclass, field

from storage.errors import BadInput

LARGEST = 20_000_000
"""Bytes of an image; endpoints take no larger one."""
_SIGNATURES = {
    "image/png": (b"\x89PNG\r\n\x1a\n", 0),
    "image/jpeg": (b"\xff\xd8\xff", 0),
    "image/webp": (b"WEBP", 8),
    "image/gif": (b"GIF8", 0),
}


@dataclass(frozen=True)
class ItemImage:
    """An image of an item.

    Attributes:
        sha256: digest of its bytes.
        type: media type, such as `image/png`.
        data: its bytes, unchanged.
    """

    sha256: str
    type: str
    data: bytes = field(repr=False)


def make_image(data: bytes, *, where: str) -> ItemImage:
    """An image from its bytes, whose first ones tell its type.

    Args:
        data: bytes of the image.
        where: place of the image, for the message.

    Raises:
        BadInput: the bytes are no PNG, JPEG, WebP or GIF, or too many.
    """
    if len(data) > LARGEST:
        raise BadInput(f"expected an image of at most {LARGEST:,} bytes in {where}, got {len(data):,}; make it smaller")
    for kind, (signature, start) in _SIGNATURES.items():
        if data[start : start + len(signature)] == signature:
            return ItemImage(hashlib.sha256(data).hexdigest(), kind, data)
    raise BadInput(f"expected PNG, JPEG, WebP or GIF in {where}, got something else; convert the image")
