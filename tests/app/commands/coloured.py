"""Pictures of one colour, and a look at the colours of the pictures in a request."""

import base64
from io import BytesIO
from typing import Any

from PIL import Image

from tests.drawings import file

COLOURS = {"red": (220, 20, 20), "blue": (20, 20, 220), "green": (20, 200, 20)}


def coloured(name: str) -> bytes:
    """A small PNG of one colour."""
    return file(Image.new("RGB", (16, 12), COLOURS[name]))


def colours(body: dict[str, Any]) -> list[str]:
    """What a model sees: the colours of the images of a request, in order."""
    found = []
    for message in body["messages"]:
        for part in message["content"] if isinstance(message["content"], list) else ():
            if part["type"] == "image_url":
                data = base64.b64decode(part["image_url"]["url"].partition(";base64,")[2])
                pixel = Image.open(BytesIO(data)).convert("RGB").getpixel((3, 3))
                found.append(next(name for name, colour in COLOURS.items() if colour == pixel))
    return found
