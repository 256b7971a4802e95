"""Small documents for tests, written by hand from the specifications of their formats; and ways to spoil them."""

import hashlib
import io
import struct
import zipfile
import zlib

from schemas import attachments
from schemas.models import Attachment

TEXT = "Attestation : occupée du 6 janvier au 30 septembre 2025, 5 jours par semaine.\n".encode()


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Write a PDF of one empty page and these further objects, numbered from 4."""
    catalog = b"<< /Type /Catalog /Pages 2 0 R >>"
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"
    body, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, item in enumerate((catalog, pages, page, *objects), 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n" % number + item + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(offsets) + 1
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % size + table
    return body + b"trailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)


def stream(data: bytes, dictionary: bytes = b"/Filter /FlateDecode") -> bytes:
    """Write a stream object's content with its dictionary."""
    return b"<< /Length %d %s >>\nstream\n" % (len(data), dictionary) + data + b"\nendstream"


def object_stream(content: bytes) -> bytes:
    """Write a deflated object stream that holds one object."""
    return stream(zlib.compress(b"9 0 " + content), b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")


def jpeg(comment: bytes = b"") -> bytes:
    """Write the segments of a JPEG, in the order of its specification, with a few bytes of scan."""

    def segment(marker: int, data: bytes) -> bytes:
        return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data

    start = b"\xff\xd8" + segment(0xE0, b"JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")
    note = segment(0xFE, comment) if comment else b""
    tables = (
        segment(0xDB, bytes(65)) + segment(0xC0, b"\x08\x00\x01\x00\x01\x01\x01\x11\x00") + segment(0xC4, bytes(17))
    )
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return start + note + tables + scan + b"\xff\xd9"


def tiff(order: str = "<", next_directory: int = 0, tags: tuple[int, ...] = (256, 257, 273)) -> bytes:
    """Write a TIFF of one directory with these tags."""
    head = b"II*\x00" if order == "<" else b"MM\x00*"
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, 1) for tag in tags)
    return head + struct.pack(f"{order}IH", 8, len(tags)) + entries + struct.pack(f"{order}I", next_directory) + b"\xaa"


def archive(name: str = "a.txt") -> bytes:
    """Write a ZIP archive of one file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr(name, "content")
    return target.getvalue()


def document(content: bytes | None, name: str = "document.pdf", media_type: str = "application/pdf") -> Attachment:
    """Wrap bytes as a document with the right digest."""
    digest = hashlib.sha256(content or b"").hexdigest()
    return Attachment(file_name=name, media_type=media_type, sha256=digest, content=content)


def faults(content: bytes, name: str = "document.pdf", media_type: str = "application/pdf") -> list[str]:
    """Give the ids of what is wrong with a document."""
    return [error_id for error_id, _ in attachments.faults(document(content, name, media_type))]
