"""The byte gate: what is decided before any parser sees the message.

    size ─► empty ─► compressed ─► encoding and XML declaration ─► decoded by us ─► no DOCTYPE ─► UTF-8 bytes

It refuses, with an `ACRF` error id: more than the limit, nothing, gzip, an encoding outside the whitelist or one that
the bytes contradict, any XML declaration but that of XML 1.0, and every document type declaration.
"""

import codecs
import re

_WHITELIST = {
    b"UTF-8": "utf-8",
    b"UTF8": "utf-8",
    b"ISO-8859-1": "iso-8859-1",
    b"ISO-8859-15": "iso-8859-15",
    b"WINDOWS-1252": "cp1252",
}
_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')
    (?:\s+encoding\s*=\s*(?:"(?P<double>[A-Za-z0-9._-]{1,40})"|'(?P<single>[A-Za-z0-9._-]{1,40})'))?
    (?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?
    \s*\?>""",
    re.VERBOSE,
)
_DOCUMENT = re.compile(rb"<(?:[A-Za-z_][A-Za-z0-9._-]{0,40}:)?Content\s*>([A-Za-z0-9+/=\s]{1024,})<")
"""A document in base64: what else stands in an element of that name counts as message."""
_LONGEST_TEXT = 9_900_000
"""The parser refuses a text of ten million bytes."""
_FOREIGN_STARTS = (b"\xfe\xff", b"\xff\xfe", b"\x00", b"<\x00", b"\x4c\x6f\xa7\x94")


class Refused(Exception):  # noqa: N818 - an outcome, not an error
    """A message that cannot be read: the `ACRF` error id and, where known, the line."""

    def __init__(self, error_id: str, line: int | None = None) -> None:
        super().__init__(error_id)
        self.error_id = error_id
        self.line = line


def admit(body: bytes, max_bytes: int, max_with_documents: int | None = None) -> bytes:
    """Give the message as UTF-8 bytes without mark, fit for the parser. Raises `Refused`.

    `max_bytes` is for all but the documents, `max_with_documents` for the whole; without it both are the same.
    """
    if len(body) > max_bytes:
        documents = [len(found[1]) for found in _DOCUMENT.finditer(body, 0, max_with_documents or max_bytes)]
        if len(body) > (max_with_documents or max_bytes) or len(body) - sum(documents) > max_bytes:
            raise Refused("ACRF-104")
        if max(documents, default=0) > _LONGEST_TEXT:
            raise Refused("ACRF-104")
    if not body.removeprefix(codecs.BOM_UTF8).strip():
        raise Refused("ACRF-105")
    if body.startswith(b"\x1f\x8b"):
        raise Refused("ACRF-106")
    text = _as_utf8(body)
    if b"<!DOCTYPE" in text:
        raise Refused("ACRF-108", 1 + text.count(b"\n", 0, text.index(b"<!DOCTYPE")))
    return text


def _as_utf8(body: bytes) -> bytes:
    if body.startswith(_FOREIGN_STARTS):
        raise Refused("ACRF-107", 1)
    marked = body.startswith(codecs.BOM_UTF8)
    content = body[3:] if marked else body
    declared = _declared_encoding(content)
    if marked and declared not in (None, "utf-8"):
        raise Refused("ACRF-107", 1)
    try:
        if declared in (None, "utf-8"):
            content.decode("utf-8")
            return content
        return content.decode(declared).encode("utf-8")
    except UnicodeDecodeError as fault:
        raise Refused("ACRF-107", 1 + content.count(b"\n", 0, fault.start)) from None


def _declared_encoding(content: bytes) -> str | None:
    if not content.startswith(b"<?xml") or content[5:6] not in (b" ", b"\t", b"\r", b"\n", b"?"):
        return None
    found = _DECLARATION.match(content, 0, 400)
    if found is None:
        raise Refused("ACRF-110", 1)
    name = found["double"] or found["single"]
    if name is None:
        return None
    encoding = _WHITELIST.get(name.upper())
    if encoding is None:
        raise Refused("ACRF-107", 1)
    return encoding
