"""Bad input at the level of the schema: one row each of the hazard table, by its number there."""

import pytest

from schemas.models import CalculationRequest
from schemas.parser import Invalid, Readable, open_message
from tests.schemas.building import FIRST, FULL, ids, with_change

NS = "https://cpas-onem.example/xml/ns/OCCP001"


def verdict(old: str, new: str, body: bytes = FIRST) -> list[str]:
    opened = open_message(with_change(old, new, body))
    assert isinstance(opened, Invalid), opened
    return ids(opened)


@pytest.mark.parametrize(
    "body",
    [
        FIRST.replace(NS.encode(), b"urn:other"),
        FIRST.replace(f' xmlns="{NS}"'.encode(), b""),
        FIRST.replace(NS.encode(), NS.upper().encode()),
        FIRST.replace(b"<OCCP001 ", b"<INSS ").replace(b"</OCCP001>", b"</INSS>"),
        FIRST.replace(b"<OCCP001 ", b"<OCCP003 ").replace(b"</OCCP001>", b"</OCCP003>"),
    ],
    ids=["other-namespace", "none", "upper-case", "S02-an-inner-element", "an-answer"],
)
def test_s01_s02_root_unknown(body: bytes) -> None:
    assert ids(open_message(body)) == ["ACRF-136"]


def test_s03_versions() -> None:
    assert ids(open_message(with_change("_20264.xsd", "_20263.xsd"))) == ["ACRF-137"]
    assert ids(open_message(with_change("_20264.xsd", "_20991.xsd"))) == ["ACRF-137"]
    assert ids(open_message(FIRST, schema_version="20263")) == ["ACRF-137"]
    assert ids(open_message(FIRST, schema_version="../../etc/passwd")) == ["ACRF-137"]
    assert isinstance(open_message(with_change("_20264.xsd", "_20263.xsd"), schema_version="20264"), Readable)
    assert isinstance(open_message(with_change("OCCP001 OCCP001_20264.xsd", "OCCP001 other.xsd")), Readable)


def test_s04_missing_doubled_swapped() -> None:
    inss = "<INSS>96050112355</INSS>\n"
    opened = open_message(with_change(inss, ""))
    assert isinstance(opened, Invalid)
    (missing,) = opened.anomalies
    assert missing.error_id == "00024-001"
    assert missing.place.tag == "INSS"
    assert missing.place.location == "/OCCP001/Form[1]/NaturalPerson[1]"
    assert missing.place.line == 25
    assert verdict(inss, inss * 2) == ["00024-090"]
    name = "<WorkerName>Zoé Exemple</WorkerName>\n"
    assert verdict(inss + name, name + inss) == ["00024-091"]


def test_s05_unknown_element_and_attributes() -> None:
    assert verdict("<Language>", "<Colour>red</Colour><Language>") == ["90059-092"]
    assert verdict("<Language>", '<Language a="1">') == ["05006-802"]
    assert verdict("<Language>", '<Language xmlns:p="urn:p" p:a="1">') == ["05006-802"]
    assert verdict("<Language>", '<Language xml:lang="fr">') == ["05006-802"]


def test_s06_text_between_elements() -> None:
    assert verdict("<INSS>", "hello<INSS>") == ["95013-804"]


def test_s07_child_in_a_value() -> None:
    assert verdict("96050112355", "9605<b/>0112355") == ["00024-092"]


@pytest.mark.parametrize("type_name", ["xs:string", "c:Line", "nowhere:x", "FormBlock", "urn::"])
def test_s08_s09_xsi_type(type_name: str) -> None:
    attribute = f'<INSS xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:c="{NS[:-7]}common" xsi:type="{type_name}">'
    assert verdict("<INSS>", attribute) == ["00024-802"]


def test_s10_xsi_nil() -> None:
    assert verdict("<INSS>96050112355", '<INSS xsi:nil="true">') == ["00024-802", "00024-001"][::-1]
    assert verdict("<INSS>", '<INSS xsi:nil="true">') == ["00024-802"]
    assert verdict("<INSS>", '<INSS xsi:nil="false">') == ["00024-802"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29",
        "2027-02-30",
        "2027-13-01",
        "2027-3-1",
        "2027-03-01+01:00",
        "2027-03-01Z",
        "2027-03-01+14:00",
        "-0044-03-15",
        "10000-01-01",
        "99999999999-01-01",
        "1899-12-31",
        "2200-01-01",
        "20270301",
        "2027-W01-1",
        "２０２７-03-01",
    ],
)
def test_s14_s15_s16_dates(text: str) -> None:
    assert verdict("<OccupationStartingDate>2027-01-04", f"<OccupationStartingDate>{text}") == ["00044-003"]


def test_s17_a_date_with_white_space_around_is_read() -> None:
    opened = open_message(with_change(">2027-01-04<", ">\n 2027-01-04 <"))
    assert isinstance(opened, Readable)
    assert isinstance(opened.message, CalculationRequest)
    assert opened.message.planned.start.isoformat() == "2027-01-04"


@pytest.mark.parametrize("text", ["24:00:00.000", "09:30:15", "09:30:15.1234567890123", "09:30:15.120Z", "9:30:15.120"])
def test_s18_hours(text: str) -> None:
    (found,) = verdict("09:30:07.250", text)
    assert found in ("05002-003", "05002-093")


@pytest.mark.parametrize(
    "text", ["3 800", "38,00", "3e3", "NaN", "INF", "0x10", "3_800", "٣٨٠٠", "３８００", "-1", "+3800"]
)
def test_s19_numbers(text: str) -> None:
    body = with_change("<MeanWorkingHours>3800", "<MeanWorkingHours>3799")
    assert verdict("<MeanWorkingHours>3799", f"<MeanWorkingHours>{text}", body) == ["00048-002"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9605011235", "00024-093"),
        ("960501123550", "00024-093"),
        ("96O50112355", "00024-003"),
        ("96.05.01-123.55", "00024-093"),
        (" 96050112355", "00024-093"),
        ("9605011235&#10;", "00024-003"),
        ("９６０５０１１２３５５", "00024-003"),
        ("٩٦٠٥٠١١٢٣٥٥", "00024-003"),
    ],
)
def test_s23_niss(text: str, expected: str) -> None:
    opened = open_message(with_change("96050112355", text))
    assert ids(opened) == [expected]
    assert isinstance(opened, Invalid)
    assert opened.anomalies[0].value is None


@pytest.mark.parametrize("text", ["TRUE", "yes", "true", " 1"])
def test_s24_indicators_are_0_or_1(text: str) -> None:
    assert verdict("<CareerInAttachments>1", f"<CareerInAttachments>{text}", FULL) == ["05088-008"]


@pytest.mark.parametrize("name", ["Zo\u200be", "\u202eeoZ", "Z" * 81, "   ", "a&#9;b&#13;c\u0085"])
def test_s28_names_refused(name: str) -> None:
    (found,) = verdict("Zoé Exemple", name)
    assert found in ("05042-001", "05042-003", "05042-093")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Zoe\u0301 Exemple", "Zoé Exemple"),
        ("Z" * 80, "Z" * 80),
        ("Zoé 👩", "Zoé 👩"),
        ("  Zoé\n Exemple ", "Zoé Exemple"),
    ],
)
def test_s28_names_read(written: str, read: str) -> None:
    opened = open_message(with_change("Zoé Exemple", written))
    assert isinstance(opened, Readable)
    assert isinstance(opened.message, CalculationRequest)
    assert opened.message.person.name == read


NAUGHTY = [
    "'; DROP TABLE dossier; --",
    "<script>alert(1)</script>",
    "${jndi:ldap://127.0.0.1/a}",
    "{{7*7}}",
    "%s%n%x",
    "../../../etc/passwd",
    "NULL",
    "田中さんにあげて下さい",
    "Ω≈ç√∫˜µ≤≥÷",
    "a\nb",
]


@pytest.mark.parametrize("text", NAUGHTY)
def test_s29_naughty_comments_are_read_as_written(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    opened = open_message(with_change("Attestations envoyées par le client.", escaped, FULL))
    assert isinstance(opened, Readable)
    assert isinstance(opened.message, CalculationRequest)
    assert opened.message.comment == text


def test_s30_many_faults_are_all_counted_each_once_and_without_values() -> None:
    spoiled = "<OutsidePeriod><PeriodKind>85073003328</PeriodKind></OutsidePeriod>\n" * 100
    opened = open_message(with_change("<OutsidePeriod>", spoiled + "<OutsidePeriod>", FULL))
    assert isinstance(opened, Invalid)
    assert len(opened.anomalies) == 300
    assert len({(a.error_id, a.place.location) for a in opened.anomalies}) == 300
    assert all(a.value is None for a in opened.anomalies)


def test_several_faults_of_schema_and_business_at_once_in_order() -> None:
    body = with_change("<ContactName>Service insertion</ContactName>\n", "")
    body = with_change("<WorkerCode>090", "<WorkerCode>091", body)
    opened = open_message(with_change("96050112355", "96050112356", body))
    assert isinstance(opened, Invalid)
    found = [(a.error_id, a.place.line, a.place.location, a.value) for a in opened.anomalies]
    assert found == [
        ("05030-001", 20, "/OCCP001/Form[1]/ContactPerson[1]", None),
        ("00024-004", 25, "/OCCP001/Form[1]/NaturalPerson[1]/INSS[1]", None),
        ("05053-008", 37, "/OCCP001/Form[1]/PlannedOccupation[1]/WorkerCode[1]", "091"),
    ]
    assert opened.header is not None
    assert opened.header.reference(1, 1) == "DOS-2026-0417"
    assert opened.schema_version == "20264"


def test_a_value_that_could_be_a_national_number_is_never_repeated() -> None:
    for text in ("96050112355", "96.05.01-123.55", "CPAS 96 05 01 123 55"):
        opened = open_message(with_change("<CompanyID>0212345668", f"<CompanyID>{text}"))
        assert isinstance(opened, Invalid)
        assert [a.value for a in opened.anomalies] == [None]


def test_a_value_is_cut() -> None:
    opened = open_message(with_change("<WorkerCode>090", f"<WorkerCode>{'x' * 500}"))
    assert isinstance(opened, Invalid)
    assert opened.anomalies[0].value == "x" * 40


def test_no_form_at_all() -> None:
    start, _, rest = FIRST.partition(b"<Form>")
    opened = open_message(start + rest.partition(b"</Form>")[2])
    assert ids(opened) == ["90059-001"]


def test_an_unread_value_is_not_also_reported_as_missing() -> None:
    body = with_change("<Channel>6", "<Channel>5")
    assert ids(open_message(body)) == ["05021-001"]
    late = with_change(
        "<Channel>5</Channel>", "<Channel>5</Channel><PaperReceptionDate>soon</PaperReceptionDate>", body
    )
    assert ids(open_message(late)) == ["05021-003"]


def test_a_date_that_breaks_a_validator_hides_no_other_fault() -> None:
    body = with_change("2027-01-04", "99999999999-01-01", with_change("<WorkerCode>090", "<WorkerCode>091"))
    assert ids(open_message(body)) == ["00044-003", "05053-008"]
    padded = with_change("2027-01-04", "\n 2027-01-04 \n", with_change("<WorkerCode>090", "<WorkerCode>091"))
    assert ids(open_message(padded)) == ["05053-008"]


def test_a_number_of_a_million_digits_is_too_high() -> None:
    body = with_change("<MeanWorkingHours>", "<MeanWorkingHours>" + "1" * 900_000)
    assert ids(open_message(body)) == ["00048-047"]


@pytest.mark.parametrize("element", ["<a/>", '<a b="1" c="2"/>', "<INSS/>", "<Language>2</Language>"])
def test_a_flood_of_misplaced_elements_is_cut_short(element: str) -> None:
    opened = open_message(with_change("</Form>", element * 18_000 + "</Form>"))
    assert isinstance(opened, Invalid)
    assert len(opened.anomalies) == 500
