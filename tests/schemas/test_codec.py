"""The codec: what is written is valid and reads back the same; places point where a field stands."""

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas import examples
from schemas.catalogue import CURRENT, MessageType, schema_path
from schemas.codec import Places, decode, encode, read_form, shape_of
from schemas.findings import Place, Report
from schemas.models import (
    AbsenceSpell,
    CalculationRequest,
    CalculationStep,
    Decision,
    HistoricOccupation,
    InsuredPeriod,
    Language,
    Notification,
    ReviewTask,
    ServiceLine,
)
from schemas.parser import Readable, open_message
from tests.schemas.building import FIRST, FULL, example, request

ENCODED = [name for name in examples.names() if not name.startswith(("unreadable", "invalid"))]


def assert_valid(body: bytes) -> None:
    root = etree.fromstring(body)
    name = MessageType(str(root.tag).rpartition("}")[2])
    schema = etree.XMLSchema(etree.parse(str(schema_path(name, CURRENT))))
    schema.assertValid(root)


@pytest.mark.parametrize("name", ENCODED)
def test_examples_round_trip_to_the_byte(name: str) -> None:
    body = example(name)
    assert_valid(body)
    assert encode(decode(body)) == body


TEXT = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" \n") | st.sampled_from("&<>\"'é€"),
    min_size=1,
    max_size=80,
).filter(lambda text: text.strip() == text)
DATES = st.dates(date(1900, 1, 1), date(2199, 12, 31))
WEEK_HOURS = st.integers(1, 6000).map(lambda n: Decimal(n).scaleb(-2))
AMOUNTS = st.integers(0, 9200).map(lambda n: Decimal(n).scaleb(-2))
ABSENCES = st.builds(AbsenceSpell, kind=st.sampled_from(["maternity", "unpaid_leave", "other"]), start=DATES, end=DATES)
SERVICES = st.builds(
    ServiceLine,
    code=st.integers(1, 999),
    quarter=st.builds("{}Q{}".format, st.integers(1900, 2199), st.integers(1, 4)),
    days=st.none() | AMOUNTS,
    hours=st.none() | AMOUNTS,
    benefit_paid=st.booleans(),
)
HISTORY = st.builds(
    HistoricOccupation,
    start=DATES,
    end=DATES,
    country=st.sampled_from(["BE", "PT"]),
    status=st.sampled_from(["ordinary", "artist"]),
    working_days_system=st.none() | st.sampled_from([Decimal(5), Decimal("4.5")]),
    working_weekdays=st.none() | st.just((1, 3, 7)),
    contract_type=st.none() | st.sampled_from([0, 1]),
    mean_hours=st.none() | WEEK_HOURS,
    reference_mean_hours=st.none() | WEEK_HOURS,
    absences=st.lists(ABSENCES, max_size=2).map(tuple),
    services=st.lists(SERVICES, max_size=3).map(tuple),
    data_source=st.sampled_from([1, 2, 3, 4]),
)
PERIODS = st.builds(
    InsuredPeriod,
    kind=st.sampled_from(["self_employment", "studies"]),
    start=DATES,
    end=DATES,
    benefit_paid=st.none() | st.booleans(),
)


@given(
    history=st.lists(HISTORY, max_size=3).map(tuple),
    periods=st.lists(PERIODS, max_size=2).map(tuple),
    comment=st.just("") | TEXT,
    created=st.datetimes(datetime(1950, 1, 1), datetime(2190, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
    prior=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_any_request_round_trips_and_is_valid(
    history: tuple[HistoricOccupation, ...],
    periods: tuple[InsuredPeriod, ...],
    comment: str,
    created: datetime,
    prior: int,
) -> None:
    whole = created.replace(microsecond=created.microsecond // 1000 * 1000, tzinfo=UTC)
    header = request().header.model_copy(update={"created": whole})
    message = request(
        header=header,
        history=history,
        periods=periods,
        comment=unicodedata.normalize("NFC", comment),
        prior_calculations=prior,
    )
    body = encode(message)
    assert_valid(body)
    back = decode(body)
    assert isinstance(back, CalculationRequest)
    same_hour = message.header.model_copy(update={"created": back.header.created})
    assert back == message.model_copy(update={"header": same_hour})
    assert back.header.created.astimezone(UTC).timestamp() in (whole.timestamp(), whole.timestamp() - 3600)


def test_the_wire_writes_units_codes_and_brussels_time() -> None:
    text = FIRST.decode()
    for line in (
        "<FormCreationDate>2026-11-23</FormCreationDate>",
        "<FormCreationHour>09:30:07.250</FormCreationHour>",
        "<WorkingDaysSystem>500</WorkingDaysSystem>",
        "<MeanWorkingHours>3800</MeanWorkingHours>",
    ):
        assert line in text
    message = decode(FIRST)
    assert isinstance(message, CalculationRequest)
    assert message.header.created == datetime(2026, 11, 23, 8, 30, 7, 250_000, UTC)
    assert message.planned.mean_hours == Decimal(38)
    assert message.language is Language.FR


def test_the_decision_writes_days_in_ten_thousandths_and_the_right_to_a_human_in_each_language() -> None:
    decision = decode(example("answer-decision"))
    assert isinstance(decision, Decision)
    changed = decision.calculation.model_copy(update={"proven_days": Decimal("99.6000"), "remaining_days": 213})
    sentences = {Language.FR: "RGPD, art. 22", Language.NL: "AVG, art. 22", Language.DE: "DSGVO, Art. 22"}
    for language, sentence in sentences.items():
        body = encode(decision.model_copy(update={"language": language, "calculation": changed}))
        assert_valid(body)
        text = body.decode()
        assert "<ProvenDaysNumber>996000</ProvenDaysNumber>" in text
        assert "<RequiredDaysNumber>3120000</RequiredDaysNumber>" in text
        assert "<RemainingDaysNumber>2130000</RemainingDaysNumber>" in text
        assert sentence in text


def test_a_deep_and_wide_explanation_is_valid() -> None:
    decision = decode(example("answer-decision"))
    assert isinstance(decision, Decision)
    step = CalculationStep(rule="a.b", instrument="i", article="AR 30", text="3 < 4 & 5 > 2")
    for _ in range(8):
        step = step.model_copy(update={"children": (step, step)})
    detail = decision.calculation.model_copy(update={"detail": step})
    message = decision.model_copy(update={"calculation": detail})
    body = encode(message)
    assert_valid(body)
    assert decode(body) == message


def test_a_full_notification_is_valid_and_under_64_kib() -> None:
    notification = decode(example("answer-notification-rejected"))
    assert isinstance(notification, Notification)
    report = notification.handling.reports[0]
    assert isinstance(report, Report)
    fifty = notification.handling.model_copy(update={"reports": (report,) * 50, "total": 300})
    body = encode(notification.model_copy(update={"handling": fifty}))
    assert_valid(body)
    assert len(body) < 64 * 1024


def test_what_xml_cannot_hold_is_replaced() -> None:
    body = encode(request(comment="a\x00b\x0bc\ud800d"))
    assert decode(body).comment == "a\ufffdb\ufffdc\ufffdd"  # type: ignore[union-attr]


def test_what_the_wire_cannot_hold_exactly_is_refused() -> None:
    for hours in (Decimal("38.001"), Decimal(-1)):
        with pytest.raises(ValueError):
            encode(request(planned=request().planned.model_copy(update={"mean_hours": hours})))
    naive = request().header.model_copy(update={"created": datetime(2026, 1, 1)})  # noqa: DTZ001
    with pytest.raises(ValueError):
        encode(request(header=naive))
    with pytest.raises(ValueError):
        encode(request(), "20263")


def test_decode_refuses_what_is_not_ours() -> None:
    for body in (b"", b"<a/>", b"<!DOCTYPE a><a/>", b"{}", FIRST[:-20]):
        with pytest.raises(ValueError):
            decode(body)


def test_the_review_task_carries_the_request_as_received() -> None:
    task = decode(example("task-review"))
    assert isinstance(task, ReviewTask)
    assert task.request == decode(example("request-human-review"))


PLACES = [
    ("header", "Form", "/OCCP001/Form[1]"),
    ("header.created", "FormCreationDate", "/OCCP001/Form[1]/FormCreationDate[1]"),
    ("header.references[0].number", "ReferenceNbr", "/OCCP001/Form[1]/Reference[1]/ReferenceNbr[1]"),
    ("planned.start", "OccupationStartingDate", "/OCCP001/Form[1]/PlannedOccupation[1]/OccupationStartingDate[1]"),
    ("person.inss", "INSS", "/OCCP001/Form[1]/NaturalPerson[1]/INSS[1]"),
    ("employer.company_id", "CompanyID", "/OCCP001/Form[1]/EmployerId[1]/CompanyID[1]"),
    (
        "history[1].start",
        "OccupationStartingDate",
        "/OCCP001/Form[1]/OccupationHistory[1]/EmployerOccupation[2]/Occupation[1]/OccupationStartingDate[1]",
    ),
    (
        "history[0].services[1].quarter",
        "Quarter",
        "/OCCP001/Form[1]/OccupationHistory[1]/EmployerOccupation[1]/Occupation[1]/Service[2]/Quarter[1]",
    ),
    ("periods[0].kind", "PeriodKind", "/OCCP001/Form[1]/OutsidePeriod[1]/PeriodKind[1]"),
    ("periods[7].kind", "OutsidePeriod", "/OCCP001/Form[1]"),
    ("paper_reception_date", "PaperReceptionDate", "/OCCP001/Form[1]"),
]


@pytest.mark.parametrize(("path", "tag", "location"), PLACES, ids=[p[0] for p in PLACES])
def test_places(path: str, tag: str, location: str) -> None:
    opened = open_message(FULL)
    assert isinstance(opened, Readable)
    place = opened.places.find(path)
    assert (place.tag, place.location) == (tag, location)
    assert place.line is not None


def test_lines_are_those_of_the_file() -> None:
    opened = open_message(FULL)
    assert isinstance(opened, Readable)
    place = opened.places.find("person.inss")
    assert FULL.decode().splitlines()[int(place.line or 0) - 1].startswith("<INSS>")


def test_an_unknown_path_has_no_place() -> None:
    opened = open_message(FULL)
    assert isinstance(opened, Readable)
    for path in ("nowhere", "person.nowhere", "", "person.inss.x"):
        assert opened.places.find(path) == Place()
    assert Places().find("person.inss") == Place()


def test_a_valid_form_that_the_model_refuses_is_a_defect_not_a_silence() -> None:
    root = etree.fromstring(FIRST.replace(b"<Channel>6", b"<Channel>7"))
    with pytest.raises(ValueError):
        read_form(MessageType.OCCP001, root[0])
    assert shape_of(MessageType.OCCP001, root[0]).model is CalculationRequest
