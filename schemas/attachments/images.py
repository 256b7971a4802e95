"""Photographs and scans: the structure of a JPEG up to its end, and of a TIFF's directories. Nothing is decoded.

A JPEG ends with its end marker; what follows may only be further pictures, as cameras write them. A TIFF has at least
one directory with width and length, and its directories lie within the file and lead to no earlier one.
"""

import re
import struct

from schemas.attachments.found import DAMAGED, POLYGLOT

_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_WITHOUT_LENGTH = frozenset({0x01, 0xD8})
_START, _SCAN, _END = 0xD8, 0xDA, 0xD9
_NOT_PADDING = re.compile(rb"[^\x00\r\n ]|\Z")
_WIDTH, _LENGTH = 256, 257
_MAX_PAGES, _MAX_ENTRIES = 1000, 4096


def jpeg_fault(content: bytes) -> str | None:
    """Give the error id of a JPEG that is damaged, or has something else behind it."""
    position = 0
    while content.startswith(b"\xff\xd8\xff", position):
        end = _jpeg_end(content, position)
        if end is None:
            return DAMAGED
        position = _NOT_PADDING.search(content, end).start()  # type: ignore[union-attr]
    return POLYGLOT if position < len(content) else None


def _jpeg_end(content: bytes, position: int) -> int | None:
    """Walk the segments of one picture; give where it ends, None where it never does."""
    scanned = False
    while True:
        found = _MARKER.search(content, position) if scanned else _MARKER.match(content, position)
        if found is None:
            return None
        marker, position = found[1][0], found.end()
        if marker == _END:
            return position if scanned else None
        if marker in _WITHOUT_LENGTH:
            continue
        length = int.from_bytes(content[position : position + 2], "big")
        if length < 2 or position + length > len(content):
            return None
        position += length
        scanned = scanned or marker == _SCAN


def tiff_fault(content: bytes) -> str | None:
    """Give the error id of a TIFF whose directories are not all within the file, or lead back."""
    order = "<" if content.startswith(b"II") else ">"
    seen: set[int] = set()
    offset = _number(content, 4, order)
    while offset:
        tags = _tags(content, offset, order)
        if tags is None or offset in seen or len(seen) == _MAX_PAGES or not {_WIDTH, _LENGTH} <= tags:
            return DAMAGED
        seen.add(offset)
        offset = _number(content, offset + 2 + 12 * _entries(content, offset, order), order)
        if offset is None:
            return DAMAGED
    return None if seen else DAMAGED


def _entries(content: bytes, offset: int, order: str) -> int:
    (count,) = struct.unpack_from(f"{order}H", content, offset)
    return int(count)


def _tags(content: bytes, offset: int, order: str) -> set[int] | None:
    if offset + 2 > len(content):
        return None
    count = _entries(content, offset, order)
    if not 0 < count <= _MAX_ENTRIES or offset + 2 + 12 * count > len(content):
        return None
    return {struct.unpack_from(f"{order}H", content, offset + 2 + 12 * n)[0] for n in range(count)}


def _number(content: bytes, offset: int, order: str) -> int | None:
    if offset + 4 > len(content):
        return None
    (number,) = struct.unpack_from(f"{order}I", content, offset)
    return int(number)
