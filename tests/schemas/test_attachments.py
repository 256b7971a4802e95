"""Documents are judged by their content: what is accepted, and each thing that is refused with its own id."""

import base64
import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import attachments
from schemas.codec import encode
from schemas.models import Attachment, CalculationRequest
from schemas.parser import Invalid, Readable, Unreadable, open_message
from tests.schemas.building import ids, request
from tests.schemas.documents import TEXT, archive, document, faults, jpeg, object_stream, pdf, stream, tiff

TXT, JPG, TIF = ("a.txt", "text/plain"), ("a.jpg", "image/jpeg"), ("a.tif", "image/tiff")
MIB = 1024 * 1024


def with_documents(*documents: Attachment) -> CalculationRequest:
    return request(attachments=documents)


def tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as file:
        file.addfile(tarfile.TarInfo("a.txt"))
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        pytest.param(pdf(), "C4.PDF", "application/pdf", id="pdf"),
        pytest.param(pdf(object_stream(b"<< /Type /Annot >>")), "a.pdf", "application/pdf", id="object stream"),
        pytest.param(pdf(stream(zlib.compress(b"BT (JavaScript) Tj ET"))), "a.pdf", "application/pdf", id="words"),
        pytest.param(pdf(stream(zlib.compress(TEXT * 50_000))), "a.pdf", "application/pdf", id="long pages"),
        pytest.param(pdf() + b"\r\n\x00", "a.pdf", "application/pdf", id="padded pdf"),
        pytest.param(jpeg(), "foto.JPG", "image/jpeg", id="jpeg"),
        pytest.param(jpeg(b"a comment"), "foto.jpeg", "image/jpeg", id="jpeg with a comment"),
        pytest.param(jpeg(b"PK\x05\x06\x01" + bytes(40)), *JPG, id="jpeg with a signature by chance"),
        pytest.param(jpeg() + jpeg(), *JPG, id="jpeg with its preview"),
        pytest.param(jpeg() + b"\x00\x00", *JPG, id="padded jpeg"),
        pytest.param(tiff("<"), *TIF, id="tiff"),
        pytest.param(tiff(">"), "a.tiff", "image/tiff", id="tiff of the other order"),
        pytest.param(TEXT, *TXT, id="utf-8"),
        pytest.param(b"\xef\xbb\xbf" + TEXT, *TXT, id="utf-8 with a mark"),
        pytest.param("Zoé".encode("iso-8859-1"), *TXT, id="latin-1"),
        pytest.param(
            b"MZ is the house of the sender, 3 < 4 and 5 > 4\r\n\t.", *TXT, id="text that begins as a program"
        ),
    ],
)
def test_accepted(content: bytes, name: str, media_type: str) -> None:
    assert faults(content, name, media_type) == []


JAVASCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
HIDDEN = stream((b"9 0 " + JAVASCRIPT).hex().encode() + b">", b"/Type /ObjStm /N 1 /First 4 /Filter /ASCIIHexDecode")
ESCAPED = b"<< /S /%s /Next 5 0 R >>"
REFUSED: dict[str, list[tuple[str, Callable[[], bytes], tuple[str, ...]]]] = {
    "05094-821": [("large", lambda: pdf(stream(bytes(5 * MIB), b"")), ())],
    "05091-823": [
        ("text as pdf", lambda: TEXT, ()),
        ("pdf as jpeg", pdf, JPG),
        ("jpeg as tiff", jpeg, TIF),
        ("tiff as text", tiff, TXT),
    ],
    "05110-824": [
        ("no extension", pdf, ("pdf", "application/pdf")),
        ("double extension", pdf, ("c4.pdf.exe", "application/pdf")),
        ("another extension", jpeg, ("foto.pdf", "image/jpeg")),
    ],
    "05094-825": [
        ("png", lambda: b"\x89PNG\r\n\x1a\n" + bytes(64), ()),
        ("gif with a script", lambda: b"GIF89a/*" + b"*/=1;alert(1)", TXT),
        ("postscript", lambda: b"%!PS-Adobe-3.0\n", TXT),
        ("noise", lambda: bytes(range(256)), ()),
    ],
    "05094-826": [
        ("zip", archive, ()),
        ("empty zip", lambda: b"PK\x05\x06" + bytes(18), ()),
        ("gzip", lambda: gzip.compress(TEXT), ()),
        ("bzip2", lambda: bz2.compress(TEXT), ()),
        ("xz", lambda: lzma.compress(TEXT), ()),
        ("7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(32), ()),
        ("rar", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(32), ()),
        ("tar", tar, ()),
    ],
    "05094-827": [
        ("ole2", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), ()),
        ("ooxml", lambda: archive("[Content_Types].xml"), ()),
        ("rtf", lambda: b"{\\rtf1 {\\object}}", TXT),
    ],
    "05094-828": [
        ("windows", lambda: b"MZ\x90\x00\x03" + bytes(64), ()),
        ("linux", lambda: b"\x7fELF\x02\x01\x01" + bytes(64), ()),
        ("script", lambda: b"#!/bin/sh\nrm -rf /\n", TXT),
        ("shortcut", lambda: b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(64), ()),
    ],
    "05094-829": [
        ("pdf not at the start", lambda: b"\n" + pdf(), ()),
        ("pdf behind text", lambda: b"a letter\n" + pdf(), TXT),
        ("zip behind pdf", lambda: pdf() + archive(), ()),
        ("zip inside pdf", lambda: pdf(stream(archive(), b"")), ()),
        ("page behind pdf", lambda: pdf() + b"<html><script>alert(1)</script>", ()),
        ("page in pdf's head", lambda: pdf().replace(b"%\xe2\xe3\xcf\xd3", b"%<html><script>alert(1)</script>", 1), ()),
        ("zip behind jpeg", lambda: jpeg() + archive(), JPG),
        ("pdf behind jpeg", lambda: jpeg() + pdf(), JPG),
        ("page behind jpeg", lambda: jpeg() + b"<p>hello", JPG),
        ("pdf inside jpeg", lambda: jpeg(b"%PDF-1.7 ..."), JPG),
        ("script inside jpeg", lambda: jpeg(b"<script >alert(1)</script>"), JPG),
        ("php inside jpeg", lambda: jpeg(b"<?php system($_GET[0]);"), JPG),
        ("zip behind tiff", lambda: tiff() + archive(), TIF),
        ("page behind tiff", lambda: tiff() + b"<HTML>", TIF),
        ("rar behind tiff", lambda: tiff() + b"Rar!\x1a\x07\x00", TIF),
        ("empty zip behind tiff", lambda: tiff() + b"PK\x05\x06" + bytes(18), TIF),
        ("tar as tiff", lambda: (tiff() + bytes(257))[:257] + b"ustar" + bytes(250), TIF),
    ],
    "05094-830": [
        ("javascript", lambda: pdf(JAVASCRIPT), ()),
        ("escaped name", lambda: pdf(ESCAPED % b"J#61v#61Script"), ()),
        ("escaped in capitals", lambda: pdf(ESCAPED % b"#4Aava#53cript"), ()),
        ("short name", lambda: pdf(b"<< /Names 7 0 R /JS(x) >>"), ()),
        ("launch", lambda: pdf(b"<</S/Launch/F(cmd.exe)>>"), ()),
        ("embedded file", lambda: pdf(b"<< /Type /EmbeddedFile >>"), ()),
        ("in an object stream", lambda: pdf(object_stream(JAVASCRIPT)), ()),
        ("escaped in an object stream", lambda: pdf(object_stream(b"<</S/L#61unch>>")), ()),
        ("object stream with odd filters", lambda: pdf(HIDDEN), ()),
        ("remote file", lambda: pdf(b"<< /S /GoToR /F (\\\\\\\\server\\\\share) >>"), ()),
        ("forms that act", lambda: pdf(b"<< /AcroForm << /XFA 5 0 R >> >>"), ()),
    ],
    "05094-831": [("encrypted", lambda: pdf(trailer=b"/Encrypt 4 0 R "), ())],
    "05094-832": [
        ("control characters", lambda: TEXT + b"\x1b[2J", TXT),
        ("nul", lambda: TEXT + b"\x00", TXT),
        ("windows-1252", lambda: b"d\x92accord, " + TEXT.replace("é".encode(), b"e"), TXT),
        ("turned round", lambda: TEXT + "\u202efdp.exe".encode(), TXT),
        ("blank", lambda: b" \r\n ", TXT),
    ],
    "05094-833": [
        ("html", lambda: b"<!DOCTYPE html><p>hello", TXT),
        ("script", lambda: TEXT + b"< ScRiPt >alert(1)", TXT),
        ("svg", lambda: b"<svg onload=alert(1)>", TXT),
        ("xml", lambda: b'<?xml version="1.0"?><a/>', TXT),
        ("address", lambda: b"see javascript:alert(1)", TXT),
        ("php", lambda: b"<?php echo 1;", TXT),
    ],
    "05094-834": [
        ("pdf cut off", lambda: pdf()[:-8], ()),
        ("jpeg cut off", lambda: jpeg()[:-2], JPG),
        ("jpeg without a scan", lambda: b"\xff\xd8\xff\xd9", JPG),
        ("jpeg with a long segment", lambda: b"\xff\xd8\xff\xe0\xff\xff" + bytes(10), JPG),
        ("tiff cut off", lambda: tiff()[:20], TIF),
        ("tiff without directories", lambda: b"II*\x00" + bytes(4), TIF),
        ("tiff without a width", lambda: tiff(tags=(257, 273)), TIF),
        ("tiff that leads back", lambda: tiff(next_directory=8), TIF),
        ("tiff that leads nowhere", lambda: tiff(next_directory=9999), TIF),
    ],
    "05094-835": [
        ("bomb", lambda: pdf(stream(zlib.compress(bytes(5 * MIB), 9))), ()),
        ("very many streams", lambda: pdf(*[stream(b"", b"")] * 20_001), ()),
    ],
}
CASES = [
    pytest.param(error_id, make, place or ("document.pdf", "application/pdf"), id=f"{error_id} {name}")
    for error_id, cases in REFUSED.items()
    for name, make, place in cases
]


@pytest.mark.parametrize(("error_id", "make", "place"), CASES)
def test_refused(error_id: str, make: Callable[[], bytes], place: tuple[str, str]) -> None:
    assert faults(make(), *place) == [error_id]


def test_the_digest_must_be_that_of_the_content() -> None:
    changed = document(TEXT + b".", *TXT).model_copy(update={"content": TEXT})
    assert attachments.faults(changed) == [("05092-820", "sha256")]


def test_a_message_tells_each_fault_at_its_element() -> None:
    bad = document(TEXT, "c4.pdf", "application/pdf").model_copy(update={"sha256": "0" * 64})
    opened = open_message(encode(with_documents(document(TEXT, *TXT), bad)))
    assert isinstance(opened, Invalid)
    assert {(anomaly.error_id, anomaly.place.location) for anomaly in opened.anomalies} == {
        ("05092-820", "/OCCP001/Form[1]/Data[2]/Sha256[1]"),
        ("05091-823", "/OCCP001/Form[1]/Data[2]/MediaType[1]"),
    }


def test_a_document_without_content_is_spoken_of_only() -> None:
    assert ids(open_message(encode(with_documents(document(None))))) == ["05094-001"]


@pytest.mark.parametrize("content", ["~", "QUJD=RA==", "QUJ", "é"])
def test_bad_base64_is_told_once(content: str) -> None:
    body = encode(with_documents(document(TEXT, *TXT)))
    spoiled = body.replace(base64.b64encode(TEXT), content.encode())
    assert ids(open_message(spoiled)) == ["05094-811"]


def test_base64_may_be_broken_into_lines() -> None:
    body = encode(with_documents(document(TEXT, *TXT)))
    assert isinstance(open_message(body.replace(base64.b64encode(TEXT), base64.encodebytes(TEXT))), Readable)


def test_twenty_documents_and_no_more() -> None:
    one = document(TEXT, *TXT)
    assert isinstance(open_message(encode(with_documents(*[one] * 20))), Readable)
    assert ids(open_message(encode(with_documents(*[one] * 21)))) == ["95020-090"]


def full(count: int, size: int = 5 * MIB) -> CalculationRequest:
    return with_documents(*[document(pdf(stream(bytes(size - 1000), b"")).ljust(size, b"\n"))] * count)


def test_the_largest_document_is_read_and_one_byte_more_is_refused() -> None:
    opened = open_message(encode(full(1)))
    assert isinstance(opened, Readable)
    assert isinstance(opened.message, CalculationRequest)
    assert opened.message == full(1)
    over = open_message(encode(with_documents(document(bytes(5 * MIB + 1)))))
    assert ids(over) == ["05094-821"]


def test_twelve_mebibytes_of_message_and_no_more() -> None:
    body = encode(full(2, 4 * MIB))
    limit = 12 * MIB
    assert len(body) < limit
    assert isinstance(open_message(body + b" " * min(limit - len(body), MIB // 2)), Readable)
    beyond = open_message(encode(full(3, 4 * MIB)))
    assert isinstance(beyond, Unreadable)
    assert ids(beyond) == ["ACRF-104"]


def test_a_mebibyte_besides_the_documents_is_the_limit_as_without_them() -> None:
    body = encode(full(1, MIB))
    content = len(base64.b64encode(full(1, MIB).attachments[0].content or b""))
    room = MIB - (len(body) - content)
    assert isinstance(open_message(body + b" " * room), Readable)
    assert ids(open_message(body + b" " * (room + 1))) == ["ACRF-104"]


def test_a_large_text_that_is_no_document_is_too_large() -> None:
    body = encode(request(comment="x"))
    swollen = body.replace(b"<Comment>x", b"<Comment>" + b"x" * MIB)
    assert ids(open_message(swollen)) == ["ACRF-104"]
    not_base64 = encode(with_documents(document(TEXT, *TXT))).replace(b"<Content>", b"<Content>" + b"~" * MIB)
    assert ids(open_message(not_base64)) == ["ACRF-104"]


def test_a_text_longer_than_the_parser_reads_is_too_large() -> None:
    body = encode(with_documents(document(TEXT, *TXT)))
    assert ids(open_message(body.replace(b"<Content>", b"<Content>" + b"A" * 10_000_000))) == ["ACRF-104"]


SEEDS = [pdf(object_stream(b"<< /A 1 >>")), jpeg(b"x"), tiff("<"), tiff(">"), TEXT, archive()]


@given(
    st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6), st.integers(0)
)
@settings(max_examples=400, deadline=None)
def test_no_bytes_at_all_raise(seed: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(seed)
    for position, value in changes:
        content[position % len(content)] = value
    spoiled = bytes(content[: cut % (len(content) + 1)])
    for place in (("a.pdf", "application/pdf"), JPG, TIF, TXT):
        assert all(error_id[5] == "-" for error_id in faults(spoiled, *place))


@given(
    st.binary(max_size=600), st.sampled_from([b"", b"%PDF-", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"PK\x03\x04"])
)
@settings(max_examples=400, deadline=None)
def test_noise_is_refused_or_is_text(noise: bytes, head: bytes) -> None:
    assert attachments.faults(document(head + noise, *JPG)) or head == b"\xff\xd8\xff"
