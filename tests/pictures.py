"""Small drawn pictures for tests."""

from io import BytesIO

from PIL import Image, ImageDraw
from sqlmodel import Session

from storage.media.pictures import Picture, clean_picture
from storage.media.stored_pictures import add_pictures
from storage.values import Turn
from tests.clocks import START


def drawn(shade: int, *, size: tuple[int, int] = (48, 32), kind: str = "PNG", **options: int) -> bytes:
    """A picture as a file: a cross on a ground, which differs by its shade of 0 to 255."""
    image = Image.new("RGB", size, (shade, 120, 255 - shade))
    ImageDraw.Draw(image).line((0, 0, *size), fill="white", width=3)
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def stored(session: Session, *shades: int, size: tuple[int, int] = (48, 32)) -> list[Picture]:
    """Drawn pictures that are in the store."""
    pictures = [clean_picture(drawn(shade, size=size)) for shade in shades]
    add_pictures(session, pictures, START)
    return pictures


def illustrated(text: str, *pictures: Picture, alt: str = "") -> Turn:
    """A turn with a text and pictures."""
    return [
        {"type": "text", "text": text},
        *({"type": "image", "media": one.sha256, "alt": alt} for one in pictures),  # type: ignore[list-item]
    ]
