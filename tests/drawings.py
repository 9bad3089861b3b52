"""Pictures drawn for tests, as files of the formats that people send."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image


def drawing(mode: str = "RGB", size: tuple[int, int] = (40, 30), seed: int = 0) -> Image.Image:
    """A smooth drawing with some noise, which compresses as photographs do."""
    draws = np.random.default_rng(seed)
    down, across = np.mgrid[0 : size[1], 0 : size[0]]
    waves = [np.sin(across / (3 + seed + k)) + np.cos(down / (5 + k)) for k in range(4)]
    pixels = np.stack(waves, -1) * 60 + 128 + draws.normal(0, 6, (size[1], size[0], 4))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).convert(mode)


def file(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a file that holds a picture."""
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def png(seed: int = 0) -> bytes:
    """A small PNG; each seed gives another picture."""
    return file(drawing(seed=seed))
