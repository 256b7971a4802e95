"""A PDF: whole, not encrypted, and without anything that acts, opens or carries another file.

    bytes ─┬─ ends with its end mark, nothing behind it
           ├─ names in the file as it stands, written plainly or with #xx escapes
           └─ names in every compressed stream but pictures, inflated within a bound: objects may hide in object streams

It looks for names and builds no objects, so that no crafted structure can lead it round in circles. What it cannot look
into (encryption, object streams with other filters, a bomb) is refused for that reason.
"""

import re
import zlib
from collections.abc import Iterator

from schemas.attachments.found import DAMAGED, POLYGLOT

ACTIVE, ENCRYPTED, TOO_LARGE_INSIDE = "05094-830", "05094-831", "05094-835"


def _names(*names: str) -> re.Pattern[bytes]:
    """Match any of these names, each character plain or as a #xx escape, followed by a delimiter."""
    spelt = ("".join(_spelt(character) for character in name) for name in names)
    return re.compile(f"/(?:{'|'.join(spelt)})(?=[\\s()<>\\[\\]{{}}/%]|\\Z)".encode())


def _spelt(character: str) -> str:
    code = f"{ord(character):02x}"
    return f"(?:{character}|#{code[0]}[{code[1]}{code[1].upper()}])"


_ACTIVE = _names(
    "JavaScript",
    "Launch",
    "EmbeddedFile",
    "EmbeddedFiles",
    "RichMedia",
    "SubmitForm",
    "ImportData",
    "Rendition",
    "GoToE",
    "GoToR",
    "Movie",
    "Sound",
)
_SHORT_ACTIVE = _names("JS", "XFA")
_ENCRYPT = _names("Encrypt")
_OBJECT_STREAM = _names("ObjStm")
_IMAGE = _names("Image")
_FILTER = _names("Filter", "DecodeParms", "F")
_PLAIN_FILTER = re.compile(rb"/Filter\s*(?:/FlateDecode|\[\s*/FlateDecode\s*\])")
_STREAM = re.compile(rb"stream\r?\n")
_END = b"%%EOF"
_DICTIONARY = 1000
_MAX_STREAMS = 20_000
_INFLATED_ANYWAY, _INFLATED_TIMES = 4 * 1024 * 1024, 8


def fault(content: bytes) -> str | None:
    """Give the error id of a PDF that cannot be accepted, None where it can."""
    end = content.rfind(_END)
    if end < 0 or b"startxref" not in content:
        return DAMAGED
    if content[end + len(_END) :].strip(b"\x00 \t\r\n"):
        return POLYGLOT
    if _ENCRYPT.search(content):
        return ENCRYPTED
    spans = list(_spans(content))
    if len(spans) > _MAX_STREAMS:
        return TOO_LARGE_INSIDE
    if _ACTIVE.search(content) or _SHORT_ACTIVE.search(_between(content, spans)):
        return ACTIVE
    return _inside(content, spans)


def _spans(content: bytes) -> Iterator[tuple[int, int]]:
    position = 0
    while found := _STREAM.search(content, position):
        end = content.find(b"endstream", found.end())
        if end < 0:
            return
        yield found.end(), end
        position = end + len(b"endstream")


def _between(content: bytes, spans: list[tuple[int, int]]) -> bytes:
    """Give what stands between the streams: short names are looked for there only, as chance makes them elsewhere."""
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(content)]
    return b"\n".join(content[start:end] for start, end in zip(starts, ends, strict=True))


def _inside(content: bytes, spans: list[tuple[int, int]]) -> str | None:
    """Look into each stream that inflates; the bound, a multiple of the file, is for all of them together."""
    left = _INFLATED_ANYWAY + _INFLATED_TIMES * len(content)
    for start, end in spans:
        dictionary = content[max(0, start - _DICTIONARY) : start].rpartition(b" obj")[2]
        if _OBJECT_STREAM.search(dictionary):
            if _is_odd(dictionary):
                return ACTIVE
        elif _IMAGE.search(dictionary):
            continue
        inflated = _inflated(content[start:end], left)
        left -= len(inflated)
        if left <= 0:
            return TOO_LARGE_INSIDE
        if _ACTIVE.search(inflated):
            return ACTIVE
    return None


def _is_odd(dictionary: bytes) -> bool:
    """Tell whether an object stream is coded otherwise than plainly or deflated, so that it cannot be looked into."""
    found = [match[0] for match in _FILTER.finditer(dictionary)]
    return bool(found) and not (found == [b"/Filter"] and _PLAIN_FILTER.search(dictionary))


def _inflated(data: bytes, limit: int) -> bytes:
    if len(data) < 2 or data[0] & 0x0F != 8 or int.from_bytes(data[:2], "big") % 31:
        return b""
    try:
        return zlib.decompressobj().decompress(data, limit)
    except zlib.error:
        return b""
