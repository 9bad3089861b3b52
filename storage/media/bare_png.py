"""Recognise a PNG that holds nothing but its picture, down to the last bit.

Such a file is kept as it is, so that a picture that was exported comes back with the same bytes, whichever version of
a library wrote it. The form is narrow: eight bits, grey, RGB or RGBA, not interlaced, no chunk but `IHDR`, `IDAT` and
`IEND`, and pixels that fill their compressed stream exactly.
"""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 6: 4}


def is_bare_png(data: bytes) -> bool:
    """Whether a file is a PNG of this form."""
    chunks = _chunks(data)
    if chunks is None or [name for name, _ in chunks[:1] + chunks[-1:]] != [b"IHDR", b"IEND"]:
        return False
    if len(chunks[0][1]) != 13 or chunks[-1][1] or any(name != b"IDAT" for name, _ in chunks[1:-1]):
        return False
    width, height, depth, colour, *methods = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or colour not in _CHANNELS or any(methods) or not width or not height:
        return False
    return _fills_exactly(b"".join(body for _, body in chunks[1:-1]), (width * _CHANNELS[colour] + 1) * height)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]] | None:
    """The chunks by name, None unless the file consists of undamaged chunks and nothing else."""
    if not data.startswith(SIGNATURE):
        return None
    chunks, start = [], len(SIGNATURE)
    while start < len(data):
        if len(data) - start < 12:
            return None
        length, name = struct.unpack_from(">I4s", data, start)
        body = data[start + 8 : start + 8 + length]
        end = start + 12 + length
        if end > len(data) or zlib.crc32(name + body) != struct.unpack_from(">I", data, end - 4)[0]:
            return None
        chunks.append((name, body))
        start = end
    return chunks


def _fills_exactly(compressed: bytes, size: int) -> bool:
    """Whether a compressed stream holds `size` bytes, and nothing follows it."""
    stream = zlib.decompressobj()
    try:
        found = len(stream.decompress(compressed, size + 1))
    except zlib.error:
        return False
    return found == size and stream.eof and not stream.unused_data
