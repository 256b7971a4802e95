"""The documents of a message, judged by their content and not only by what is said of them (promise O3).

    document ── size ── SHA-256 ── what the bytes are ─┬─ application/pdf  ── pdf      no active content, not encrypted
                                                       ├─ image/jpeg       ── images   whole, nothing behind it
                                                       ├─ image/tiff       ── images   whole
                                                       ├─ text/plain       ── texts    readable, no markup
                                                       └─ anything else refused by what it is
    name, declared type and content must agree; no second format may hide in any of them

It refuses to render, to unpack archives and to trust a library that would: the general readers of these formats have a
long record of inputs that exhaust memory or never end, and a message must not stop the service. Every scan is bounded.
"""

import hashlib

from schemas.attachments import images, pdf, texts
from schemas.attachments.signatures import MediaType, hides_another, recognise
from schemas.models import Attachment

MAX_BYTES = 5 * 1024 * 1024
"""The largest document."""

_EXTENSIONS: dict[str, MediaType] = {
    "pdf": MediaType.PDF,
    "jpg": MediaType.JPEG,
    "jpeg": MediaType.JPEG,
    "tif": MediaType.TIFF,
    "tiff": MediaType.TIFF,
    "txt": MediaType.TEXT,
}
_INSPECT = {
    MediaType.PDF: pdf.fault,
    MediaType.JPEG: images.jpeg_fault,
    MediaType.TIFF: images.tiff_fault,
    MediaType.TEXT: texts.fault,
}


def faults(document: Attachment) -> list[tuple[str, str]]:
    """Give the anomalies of a document: error id and field. Fields may be None in a message that is not valid."""
    content = document.content
    if content is None:
        return [("05094-001", "content")]
    if len(content) > MAX_BYTES:
        return [("05094-821", "content")]
    found = []
    if document.sha256 and hashlib.sha256(content).hexdigest() != document.sha256:
        found.append(("05092-820", "sha256"))
    if _extension_disagrees(document):
        found.append(("05110-824", "file_name"))
    return [*found, *_of_content(document, content)]


def _extension_disagrees(document: Attachment) -> bool:
    if not document.file_name or document.media_type not in _INSPECT:
        return False
    _, dot, extension = document.file_name.rpartition(".")
    return not dot or _EXTENSIONS.get(extension.lower()) != document.media_type


def _of_content(document: Attachment, content: bytes) -> list[tuple[str, str]]:
    kind = recognise(content)
    if not isinstance(kind, MediaType):
        return [(kind, "content")]
    if document.media_type in _INSPECT and kind != document.media_type:
        return [("05091-823", "media_type")]
    fault = hides_another(content, kind) or _INSPECT[kind](content)
    return [(fault, "content")] if fault else []
