"""Bad input at the level of bytes and XML: one row each of the hazard table, by its number there."""

import contextlib
import gzip
import random
import socket
import threading

import pytest

from schemas.models import CalculationRequest, Language
from schemas.parser import Invalid, Limits, Readable, Unclear, Unreadable, open_message
from tests.schemas.building import FIRST, FULL, example, ids, with_change

NISS = "96050112355"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def refused(body: bytes) -> str:
    opened = open_message(body)
    assert isinstance(opened, Unreadable), opened
    assert len(opened.anomalies) == 1
    return opened.anomalies[0].error_id


def with_doctype(doctype: str, body: bytes = FIRST, old: str = "", new: str = "") -> bytes:
    text = body.decode().replace(DECLARATION, DECLARATION + doctype, 1)
    return (text.replace(old, new, 1) if old else text).encode()


def in_encoding(declared: str, actual: str, name: str = "Zoé") -> bytes:
    text = FIRST.decode().replace('encoding="UTF-8"', f'encoding="{declared}"').replace("Zoé Exemple", name)
    return text.encode(actual)


def person_name(body: bytes) -> str | None:
    opened = open_message(body)
    assert isinstance(opened, Readable), opened
    assert isinstance(opened.message, CalculationRequest)
    return opened.message.person.name


def test_the_plain_request_is_readable() -> None:
    opened = open_message(FIRST)
    assert isinstance(opened, Readable)
    assert opened.anomalies == ()
    assert opened.schema_version == "20264"


def test_x01_x02_empty() -> None:
    assert refused(b"") == "ACRF-105"
    assert refused(b" \r\n\t") == "ACRF-105"
    assert refused(b"\xef\xbb\xbf") == "ACRF-105"


def test_x03_too_big_by_one_byte() -> None:
    fill = 1024 * 1024 - len(FIRST)
    assert isinstance(open_message(FIRST + b" " * fill), Readable)
    assert refused(FIRST + b" " * (fill + 1)) == "ACRF-104"


def test_x04_gzip() -> None:
    assert refused(gzip.compress(FIRST)) == "ACRF-106"


LAUGHS = "<!DOCTYPE r [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + i)} '" + f"&{chr(97 + i)};" * 10 + "'>" for i in range(8)
)


@pytest.mark.parametrize(
    ("doctype", "old", "new"),
    [
        pytest.param(LAUGHS + "]>", NISS, "&i;", id="X06-billion-laughs"),
        pytest.param(LAUGHS + "]>", "<Form>", '<Form a="&i;">', id="X07-in-an-attribute"),
        pytest.param(f"<!DOCTYPE r [<!ENTITY a '{'x' * 50_000}'>]>", NISS, "&a;" * 9_000, id="X08-quadratic"),
        pytest.param("<!DOCTYPE r [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>", NISS, "&a;", id="X09-loop"),
        pytest.param("<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>", NISS, "&x;", id="X10-file"),
        pytest.param("<!DOCTYPE r [<!ENTITY % p SYSTEM 'file:///etc/hostname'>%p;]>", "", "", id="X12-parameter"),
        pytest.param("<!DOCTYPE r PUBLIC '-//x//y' 'file:///nowhere.dtd'>", "", "", id="X12-public"),
        pytest.param(f"<!DOCTYPE r [<!ENTITY e '{NISS}'>]>", NISS, "&e;", id="X13-innocent-entity"),
        pytest.param("<!DOCTYPE OCCP001>", "", "", id="X14-bare"),
        pytest.param("<!-- c --><?pi x?><!DOCTYPE OCCP001>", "", "", id="X15-after-comment"),
        pytest.param("<!DOCTYPE r [<!ATTLIST OCCP001 xmlns CDATA #FIXED 'urn:evil'>]>", "", "", id="X16-attlist"),
    ],
)
def test_x06_to_x16_every_doctype(doctype: str, old: str, new: str) -> None:
    assert refused(with_doctype(doctype, old=old, new=new)) == "ACRF-108"


def test_x06_doctype_in_another_encoding_is_seen_too() -> None:
    text = with_doctype("<!DOCTYPE OCCP001>").decode().replace("UTF-8", "ISO-8859-1", 1)
    assert refused(text.encode("iso-8859-1")) == "ACRF-108"


def test_x11_x12_x38_s13_nothing_is_ever_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.2)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/x"
        connections: list[object] = []

        def listen() -> None:
            with contextlib.suppress(TimeoutError):
                connections.append(canary.accept())

        listener = threading.Thread(target=listen)
        listener.start()
        location = f"https://cpas-onem.example/xml/ns/OCCP001 {url}.xsd"
        bodies = [
            with_doctype(f"<!DOCTYPE r [<!ENTITY x SYSTEM '{url}'>]>", old=NISS, new="&x;"),
            with_doctype(f"<!DOCTYPE r SYSTEM '{url}.dtd'>"),
            with_change("https://cpas-onem.example/xml/ns/OCCP001 OCCP001_20264.xsd", location),
            with_change("<Language>2", "<Language>9", with_change("OCCP001 OCCP001_20264.xsd", f"OCCP001 {url}.xsd")),
            with_change("<Form>", f'<Form><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{url}"/>'),
            with_change(DECLARATION, f'{DECLARATION}<?xml-stylesheet href="{url}" type="text/xsl"?>'),
        ]
        kinds = [type(open_message(body)).__name__ for body in bodies]
        listener.join()
    assert kinds == ["Unreadable", "Unreadable", "Readable", "Invalid", "Invalid", "Readable"]
    assert connections == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(in_encoding("UTF-7", "utf-7"), id="X17"),
        pytest.param(in_encoding("UTF-16", "utf-16"), id="X18-bom"),
        pytest.param(in_encoding("UTF-16", "utf-16-le"), id="X18-le"),
        pytest.param(in_encoding("UTF-16", "utf-16-be"), id="X18-be"),
        pytest.param(in_encoding("UTF-32", "utf-32-be"), id="X18-utf32"),
        pytest.param(in_encoding("IBM037", "cp037"), id="X18-ebcdic"),
        pytest.param(b"\xef\xbb\xbf" + in_encoding("ISO-8859-1", "utf-8"), id="X19"),
        pytest.param(in_encoding("UTF-8", "iso-8859-1"), id="X20"),
        pytest.param(in_encoding("FOO-8", "utf-8"), id="X24"),
        pytest.param(FIRST.replace(b"<Form>", b"\xc0\xbcForm>"), id="X25-overlong"),
        pytest.param(FIRST.replace("Zoé".encode(), b"Zo\xed\xa0\x80"), id="X25-surrogate"),
    ],
)
def test_x17_to_x25_encodings_refused(body: bytes) -> None:
    assert refused(body) == "ACRF-107"


@pytest.mark.parametrize(
    ("declared", "actual", "name"),
    [
        pytest.param("ISO-8859-1", "iso-8859-1", "Zoé", id="X21"),
        pytest.param("iso-8859-15", "iso-8859-15", "Zoé €", id="latin-9"),
        pytest.param("windows-1252", "cp1252", "Zoé €", id="X22"),
        pytest.param("UTF-8", "utf-8-sig", "Zoé", id="mark-and-utf-8"),
    ],
)
def test_x21_x22_encodings_read(declared: str, actual: str, name: str) -> None:
    assert person_name(in_encoding(declared, actual, name)) == name


def test_x23_utf8_declared_as_latin1_warns() -> None:
    body = in_encoding("ISO-8859-1", "utf-8")
    assert person_name(body) == "ZoÃ©"
    assert ids(open_message(body)) == ["05042-806"]


@pytest.mark.parametrize("spoiled", ["\x00", "\x0b", "&#0;", "&#11;", "&#xFFFF;", "&nbsp;"])
def test_x26_x35_forbidden_characters(spoiled: str) -> None:
    assert refused(with_change("Zoé", spoiled)) == "ACRF-102"


@pytest.mark.parametrize(
    "declaration",
    [
        '<?xml version="1.1" encoding="UTF-8"?>',
        '<?xml version="2.0"?>',
        '<?xml version="1.0" standalone="maybe"?>',
        '<?xml encoding="UTF-8"?>',
    ],
)
def test_x27_declaration(declaration: str) -> None:
    assert refused(with_change(DECLARATION, declaration)) == "ACRF-110"


def test_a_message_without_declaration_is_read() -> None:
    assert isinstance(open_message(with_change(DECLARATION, "")), Readable)


def test_x28_depth() -> None:
    for depth in (300, 100_000):
        assert refused(b"<a>" * depth + b"</a>" * depth) == "ACRF-102"


def test_x29_elements_and_attributes() -> None:
    many = with_change("</Form>", "<a/>" * 20_001 + "</Form>")
    assert refused(many) == "ACRF-109"
    attributes = " ".join(f'a{i}="1"' for i in range(10_000))
    opened = open_message(with_change("<Form>", f"<Form {attributes}>"))
    assert ids(opened) == ["90059-802"]


def test_x30_long_name() -> None:
    assert refused(b"<" + b"a" * 60_000 + b"/>") == "ACRF-102"


def test_x31_every_prefix() -> None:
    assert isinstance(open_message(FIRST.rstrip()), Readable)
    for length in range(len(FIRST.rstrip())):
        opened = open_message(FIRST[:length])
        assert isinstance(opened, Unreadable), length


@pytest.mark.parametrize(
    "body",
    [FIRST + b"<a/>", FIRST + b"garbage", b"text" + FIRST, b"\n" + FIRST],
    ids=["two-roots", "trailing", "leading", "newline-before-declaration"],
)
def test_x32_around_the_root(body: bytes) -> None:
    assert refused(body) == "ACRF-102"


@pytest.mark.parametrize(
    "form",
    [
        '<Form a="1" a="2">',
        '<Form xmlns:p="urn:t" xmlns:q="urn:t" p:a="1" q:a="2">',
        "<p:Form>",
        '<Form xmlns:xml="urn:t">',
    ],
)
def test_x33_x34_attributes_and_prefixes(form: str) -> None:
    assert refused(with_change("<Form>", form)) == "ACRF-102"


@pytest.mark.parametrize(
    "inside", ["9605<!-- x -->0112355", "9605<?x y?>0112355", "<![CDATA[96050112355]]>", "&#57;6050112355"]
)
def test_x36_x37_the_niss_has_eleven_digits(inside: str) -> None:
    opened = open_message(with_change(NISS, inside))
    assert isinstance(opened, Readable)
    assert isinstance(opened.message, CalculationRequest)
    assert opened.message.person.inss == NISS


def test_x39_other_formats() -> None:
    assert refused(b'{"niss": "1"}') == "ACRF-102"
    assert refused(example("unreadable-not-xml")) == "ACRF-102"
    assert refused(b"<html><body>502 Bad Gateway</body></html>") == "ACRF-136"
    soap = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>'
    assert refused(soap) == "ACRF-136"


def test_x40_single_byte_mutations_never_crash() -> None:
    chance = random.Random(20264)  # noqa: S311 - reproducible, not secret
    for _ in range(3_000):
        body = bytearray(FULL)
        body[chance.randrange(len(body))] = chance.randrange(256)
        opened = open_message(bytes(body))
        assert not isinstance(opened, Unclear), bytes(body)


def test_three_forms_faults_and_their_lines() -> None:
    opened = open_message(FIRST.replace(b"</Form>", b"</Form>\n<Form/>"))
    assert isinstance(opened, Unreadable)
    assert ids(opened) == ["ACRF-246"]
    assert opened.anomalies[0].place.line == FIRST.decode().split("</Form>")[0].count("\n") + 2
    assert opened.language is Language.FR


def test_line_of_a_syntax_fault_and_language_by_best_effort() -> None:
    opened = open_message(with_change("</Telephone>", "</Telefon>"))
    assert isinstance(opened, Unreadable)
    assert opened.anomalies[0].place.line == 22
    assert opened.language is Language.FR
    unknown = open_message(b"%PDF-1.7")
    assert isinstance(unknown, Unreadable)
    assert unknown.language is None


def test_limits_are_arguments() -> None:
    assert ids(open_message(FIRST, limits=Limits(max_bytes=10))) == ["ACRF-104"]


def test_a_crash_is_unclear_and_tells_nothing_of_the_content() -> None:
    opened = open_message(None)  # type: ignore[arg-type]
    assert isinstance(opened, Unclear)
    assert opened.reason == "TypeError while a message was read"


def test_a_header_fault_in_a_known_form_is_invalid_not_unreadable() -> None:
    opened = open_message(with_change("<TypeForm>RE", "<TypeForm>XX"))
    assert isinstance(opened, Invalid)
    assert opened.header is None
    assert opened.sender_reference == "DOS-2026-0417"
    assert opened.language is Language.FR
