"""Recognise a JPEG that holds nothing but its picture, down to the last bit.

A JPEG changes a little each time that it is written anew, so a picture that was exported could not come back with the
same bytes if everything were. What is in this narrow form is therefore kept: baseline, grey or colour, the segments
that a decoder needs in the order in which libjpeg writes them, and a scan whose codes are read to the end here and
fill it exactly, so that nothing else can hide in the file.
"""

import struct
from typing import NamedTuple

SIGNATURE = b"\xff\xd8\xff"
_JFIF = b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_APP0, _TABLES, _FRAME, _CODES, _SCAN = 0xE0, 0xDB, 0xC0, 0xC4, 0xDA
_BLOCK = 64
_END_OF_BLOCK = 500
_INVALID = (1 << 40, _END_OF_BLOCK)

Codes = list[tuple[int, int]]
"""For each value of the next 16 bits: the bits and the coefficients to go on by; beyond any end for no code."""


class _Component(NamedTuple):
    number: int
    across: int
    down: int
    table: int


class _Frame(NamedTuple):
    height: int
    width: int
    components: list[_Component]

    @property
    def units(self) -> int:
        """Number of minimum coded units: groups of blocks that all components take turns in."""
        if len(self.components) == 1:
            return -(-self.width // 8) * -(-self.height // 8)
        across = 8 * max(one.across for one in self.components)
        down = 8 * max(one.down for one in self.components)
        return -(-self.width // across) * -(-self.height // down)


def is_bare_jpeg(data: bytes) -> bool:
    """Whether a file is a JPEG of this form."""
    try:
        return _is_bare(data)
    except (struct.error, LookupError):
        return False


def _is_bare(data: bytes) -> bool:
    segments, start = _segments(data)
    order = [kind for kind, _ in segments]
    if not data.endswith(b"\xff\xd9") or order != sorted(order, key=[_APP0, _TABLES, _FRAME, _CODES, _SCAN].index):
        return False
    bodies = {kind: [body for found, body in segments if found == kind] for kind in order}
    if bodies[_APP0] != [_JFIF] or len(bodies[_FRAME]) != 1 or len(bodies[_SCAN]) != 1:
        return False
    frame, codes = _frame(bodies[_FRAME][0]), _code_tables(b"".join(bodies[_CODES]))
    if frame is None or codes is None or not _are_quantisation_tables(b"".join(bodies[_TABLES]), frame):
        return False
    blocks = _blocks(bodies[_SCAN][0], frame, codes)
    return blocks is not None and _fills_exactly(data[start:-2], frame.units, blocks)


def _segments(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """The segments up to the scan, by marker, and where the scan's codes begin."""
    segments: list[tuple[int, bytes]] = []
    start = 2
    while not segments or segments[-1][0] != _SCAN:
        sign, marker, length = struct.unpack_from(">BBH", data, start)
        if sign != 0xFF or marker not in (_APP0, _TABLES, _FRAME, _CODES, _SCAN):
            raise LookupError(marker)
        segments.append((marker, data[start + 4 : start + 2 + length]))
        start += 2 + length
    return segments, start


def _frame(body: bytes) -> _Frame | None:
    depth, height, width, count = struct.unpack_from(">BHHB", body)
    if depth != 8 or not height or not width or count not in (1, 3) or len(body) != 6 + 3 * count:
        return None
    components = [
        _Component(number, sampling >> 4, sampling & 15, table)
        for number, sampling, table in struct.iter_unpack(">BBB", body[6:])
    ]
    sampled = all(1 <= one.across <= 2 and 1 <= one.down <= 2 for one in components)
    named = [one.number for one in components] == list(range(1, count + 1))
    return _Frame(height, width, components) if sampled and named else None


def _are_quantisation_tables(body: bytes, frame: _Frame) -> bool:
    """Whether the tables are those of the components, each once, with one byte a value."""
    tables = [body[start] for start in range(0, len(body), _BLOCK + 1)]
    return (
        len(body) == len(tables) * (_BLOCK + 1)
        and len(set(tables)) == len(tables)
        and set(tables) == {one.table for one in frame.components}
    )


def _code_tables(body: bytes) -> dict[int, Codes] | None:
    """The tables of codes by class and number, None where one is given twice or goes beyond its bits."""
    tables: dict[int, Codes] = {}
    start = 0
    while start < len(body):
        name, counts = body[start], body[start + 1 : start + 17]
        symbols = body[start + 17 : start + 17 + sum(counts)]
        start += 17 + sum(counts)
        if name in tables or start > len(body) or len(set(symbols)) != len(symbols):
            return None
        tables[name] = codes = _codes(counts, symbols, is_first=name < 16)
        if len(codes) > 1 << 16:
            return None
        codes += [_INVALID] * ((1 << 16) - len(codes))
    return tables


def _codes(counts: bytes, symbols: bytes, *, is_first: bool) -> Codes:
    """One table; `is_first` for those of a block's first coefficient, whose symbols are a number of bits alone."""
    codes: Codes = []
    place = 0
    for bits, count in enumerate(counts, start=1):
        for symbol in symbols[place : place + count]:
            zeros, size = symbol >> 4, symbol & 15
            if is_first:
                step = (bits + size, 1) if symbol <= 11 else _INVALID
            elif size:
                step = (bits + size, zeros + 1)
            else:
                step = {0: (bits, _END_OF_BLOCK), 15: (bits, 16)}.get(zeros, _INVALID)
            codes += [step] * (1 << (16 - bits))
        place += count
    return codes


def _blocks(body: bytes, frame: _Frame, codes: dict[int, Codes]) -> list[tuple[Codes, Codes]] | None:
    """The tables for each block of a minimum coded unit, None unless the scan is that of a baseline picture."""
    count = len(frame.components)
    if len(body) != 4 + 2 * count or body[0] != count or body[-3:] != b"\x00\x3f\x00":
        return None
    blocks: list[tuple[Codes, Codes]] = []
    used: set[int] = set()
    for one, (number, tables) in zip(frame.components, struct.iter_unpack(">BB", body[1:-3]), strict=True):
        first, others = tables >> 4, 16 + (tables & 15)
        if number != one.number:
            return None
        used |= {first, others}
        blocks += [(codes[first], codes[others])] * (one.across * one.down if count > 1 else 1)
    return blocks if used == set(codes) else None


def _fills_exactly(scan: bytes, units: int, blocks: list[tuple[Codes, Codes]]) -> bool:
    """Whether the codes of all blocks fill the scan, but for less than a byte of ones at its end."""
    if scan.count(b"\xff") != scan.count(b"\xff\x00"):
        return False  # another marker within the scan
    data = scan.replace(b"\xff\x00", b"\xff")
    at, end = 0, 8 * len(data)
    data += b"\xff\xff\xff"  # so that the last code can be looked up by 16 bits
    number = int.from_bytes
    for _ in range(units):
        for first, others in blocks:
            byte = at >> 3
            at += first[number(data[byte : byte + 3]) >> (8 - (at & 7)) & 0xFFFF][0]
            done = 1
            while done < _BLOCK:
                byte = at >> 3
                bits, further = others[number(data[byte : byte + 3]) >> (8 - (at & 7)) & 0xFFFF]
                at += bits
                done += further
            if at > end or _BLOCK < done < _END_OF_BLOCK:
                return False
    left = end - at
    return left < 8 and data[len(data) - 4] & ((1 << left) - 1) == (1 << left) - 1
