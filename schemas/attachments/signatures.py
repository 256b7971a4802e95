"""What bytes are, by how they begin, and whether a second format hides in them.

    recognise ──► one of the four types we accept, or the error id of what it is instead
    hides_another ──► the error id of a polyglot: a file that another program would read as something else

Refuses to guess from a name. A signature that could be chance is believed only if the structure behind it holds.
"""

import re
import struct
from collections.abc import Iterator
from enum import StrEnum

from schemas.attachments import texts
from schemas.attachments.found import POLYGLOT

FOREIGN, ARCHIVE, OFFICE, EXECUTABLE = "05094-825", "05094-826", "05094-827", "05094-828"


class MediaType(StrEnum):
    """A type of document that may be attached; the values are those of the wire."""

    PDF = "application/pdf"
    """Portable document."""
    JPEG = "image/jpeg"
    """Photograph."""
    TIFF = "image/tiff"
    """Scan of one or more pages."""
    TEXT = "text/plain"
    """Plain text in UTF-8 or Latin-1."""


_ACCEPTED = (
    (b"%PDF-", MediaType.PDF),
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"II*\x00", MediaType.TIFF),
    (b"MM\x00*", MediaType.TIFF),
)
_REFUSED = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OFFICE),
    (b"{\\rtf", OFFICE),
    (b"\x1f\x8b", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"Rar!\x1a\x07", ARCHIVE),
    (b"\xfd7zXZ\x00", ARCHIVE),
    (b"\x28\xb5\x2f\xfd", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"MSCF\x00", ARCHIVE),
    (b"\x7fELF", EXECUTABLE),
    (b"\xca\xfe\xba\xbe", EXECUTABLE),
    (b"\xfe\xed\xfa", EXECUTABLE),
    (b"\xcf\xfa\xed\xfe", EXECUTABLE),
    (b"\xce\xfa\xed\xfe", EXECUTABLE),
    (b"\x00asm", EXECUTABLE),
    (b"L\x00\x00\x00\x01\x14\x02\x00", EXECUTABLE),
    (b"#!", EXECUTABLE),
    (b"GIF8", FOREIGN),
    (b"%!PS", FOREIGN),
)
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OFFICE_PARTS = (b"[Content_Types].xml", b"mimetypeapplication/vnd.")
_UNMISTAKABLE = re.compile(rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_MARKUP = re.compile(rb"<!doctype\s+html|<html[\s>]|<script[\s>]|<\?php\s|<svg[\s>]|<hta:", re.IGNORECASE)
_TAR_MARK = slice(257, 262)
_HEADER_REACH = 1024
_END_OF_DIRECTORY = struct.Struct("<4sHHHHIIH")


def recognise(content: bytes) -> MediaType | str:
    """Tell which accepted type the bytes are, or give the error id of what they are instead."""
    for signature, kind in _ACCEPTED:
        if content.startswith(signature):
            return kind
    if content.startswith(_ZIP_STARTS):
        return OFFICE if any(part in content for part in _OFFICE_PARTS) else ARCHIVE
    if content[_TAR_MARK] == b"ustar":
        return ARCHIVE
    for signature, error_id in _REFUSED:
        if content.startswith(signature):
            return error_id
    return _text_or_else(content)


def _text_or_else(content: bytes) -> MediaType | str:
    if b"%PDF-" in content[:_HEADER_REACH]:
        return POLYGLOT
    if texts.decoded(content) is not None:
        return MediaType.TEXT
    if content.startswith(b"MZ"):
        return EXECUTABLE
    return texts.UNREADABLE if texts.is_nearly_text(content) else FOREIGN


def hides_another(content: bytes, kind: MediaType) -> str | None:
    """Give the error id of a second format in a document of an accepted type, None where there is none."""
    if content[_TAR_MARK] == b"ustar" or _UNMISTAKABLE.search(content) or _holds_a_zip(content):
        return POLYGLOT
    if kind is MediaType.PDF:
        return POLYGLOT if _MARKUP.search(content, 0, _HEADER_REACH) else None
    if kind is MediaType.TEXT:
        return None
    if b"%PDF-" in content[:_HEADER_REACH] or _MARKUP.search(content):
        return POLYGLOT
    return None


def _holds_a_zip(content: bytes) -> bool:
    """Find an end of central directory whose directory really stands before it: a reader of archives would open it."""
    return any(_is_directory_end(content, position) for position in _positions(content, b"PK\x05\x06"))


def _is_directory_end(content: bytes, position: int) -> bool:
    if position + _END_OF_DIRECTORY.size > len(content):
        return False
    _, disk, start_disk, on_disk, entries, size, _, _ = _END_OF_DIRECTORY.unpack_from(content, position)
    if disk != start_disk or on_disk != entries or size > position:
        return False
    return entries == 0 or content.startswith(b"PK\x01\x02", position - size)


def _positions(content: bytes, signature: bytes) -> Iterator[int]:
    position = content.find(signature)
    while position >= 0:
        yield position
        position = content.find(signature, position + 1)
