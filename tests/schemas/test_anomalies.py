"""The anomaly catalogue: every id can fire, speaks four languages, and agrees with the table of zones."""

import re
from datetime import date

import pytest
from lxml import etree

from schemas.anomalies import class_of, describe, entries, exists
from schemas.codec import Message, decode, encode, type_of
from schemas.findings import Anomaly, AnomalyClass, Place
from schemas.models import (
    Attachment,
    CalculationRequest,
    Cancellation,
    Completion,
    Contact,
    Escalation,
    EscalationReply,
    Language,
    ReviewOutcome,
    StatusQuestion,
)
from schemas.parser import Invalid, open_message
from schemas.zones import zones
from tests.schemas.building import example, example_of, ids, outcome, request, with_change
from tests.schemas.mutations import Mutation, declarations, mutations
from tests.schemas.test_attachments import REFUSED
from tests.schemas.test_business import CASES


def full_request() -> CalculationRequest:
    """Give a request with every element there is."""
    return request(
        "request-every-element",
        reason="003",
        channel=5,
        paper_reception_date=date(2023, 11, 6),
        paper_reference="C60.7/2023/000117",
        attachments=documents(),
    )


def documents() -> tuple[Attachment, ...]:
    """Give documents of which one has every element."""
    return request("request-with-documents").attachments


def full_completion() -> Completion:
    """Give a completion with every element there is."""
    return example_of(Completion, "completion-every-element", attachments=documents())


def full_contact() -> Contact:
    """Give a contact with every element there is."""
    return example_of(Contact, "contact-question", agent_id="A1042")


def full_outcome() -> ReviewOutcome:
    """Give an outcome with every element there is."""
    returned = outcome("outcome-return")
    return outcome("outcome-decide", proposal=1, returned=returned.returned, documents=returned.documents)


FULL: tuple[Message, ...] = (
    full_request(),
    example_of(Cancellation, "cancellation-request"),
    full_completion(),
    example_of(Cancellation, "cancellation-completion"),
    full_contact(),
    example_of(Escalation, "escalation-federation"),
    example_of(EscalationReply, "escalation-reply-of-an-agent"),
    example_of(StatusQuestion, "status-of-open-dossiers"),
    full_outcome(),
)
MUTATIONS = [mutation for message in FULL for mutation in mutations(encode(message), type_of(message))]


def mixed(message: Message, old: str, new: str) -> bytes:
    """Write a message under the status or type of form of another variant."""
    return with_change(old, new, encode(message))


STATUS, TYPE = "<AttestationStatus>{}<", "<TypeForm>{}<"
MIXED = {
    "a request cancelled whole": mixed(full_request(), STATUS.format(0), STATUS.format(3)),
    "a cancellation as a request": mixed(FULL[1], STATUS.format(3), STATUS.format(0)),
    "a completion cancelled whole": mixed(full_completion(), STATUS.format(0), STATUS.format(3)),
    "an escalation as a reply": mixed(FULL[5], TYPE.format("RE"), TYPE.format("FA")),
    "a reply as an escalation": mixed(FULL[6], TYPE.format("FA"), TYPE.format("RE")),
    "a question as a report": mixed(FULL[7], TYPE.format("RE"), TYPE.format("FA")),
    "a report as a question": mixed(decode(example("answer-status")), TYPE.format("FA"), TYPE.format("RE")),
}
"""Valid by their schemas, which cannot say which status or type of form has which content."""


def not_applicable() -> set[str]:
    """Give the ids of what does not apply to the status or type of the mixed forms."""
    return {error_id for body in MIXED.values() for error_id in ids(open_message(body)) if error_id.endswith("-082")}


UNREADABLE = {
    "ACRF-102",
    "ACRF-104",
    "ACRF-105",
    "ACRF-106",
    "ACRF-107",
    "ACRF-108",
    "ACRF-109",
    "ACRF-110",
    "ACRF-136",
    "ACRF-137",
    "ACRF-246",
}
"""Fired in `test_xml_level` and `test_schema_level`."""
LAST_RESORT = {"90059-003"}
"""Used where a validator's complaint has no id of its own."""


@pytest.mark.parametrize("message", FULL, ids=lambda message: type(message).__name__)
def test_the_full_messages_have_every_element_of_their_schemas(message: Message) -> None:
    tree = etree.fromstring(encode(message))
    present = {str(element.tag).rpartition("}")[2] for element in tree.iter()}
    assert {name for _, name in declarations(type_of(message), tree)} <= present


@pytest.mark.parametrize("body", MIXED.values(), ids=MIXED.keys())
def test_the_content_of_another_variant_is_not_applicable(body: bytes) -> None:
    opened = open_message(body)
    assert isinstance(opened, Invalid)
    found = [anomaly for anomaly in opened.anomalies if anomaly.error_id.endswith("-082")]
    assert found
    assert {str(anomaly.place.location).count("/") for anomaly in found} == {3}


def test_a_cancellation_holds_the_header_and_the_person_only() -> None:
    surplus = ids(open_message(MIXED["a request cancelled whole"]))
    assert surplus.count("00024-001") == 1
    assert {"05006-082", "95013-082", "95014-082", "95020-082"} <= set(surplus)
    missing = ids(open_message(MIXED["a cancellation as a request"]))
    assert {"00024-082", "05006-001", "05010-001", "95011-001", "95013-001", "95014-001"} <= set(missing)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.error_id)
def test_every_spoiling_gets_its_id_and_a_place(mutation: Mutation) -> None:
    opened = open_message(mutation.body)
    assert isinstance(opened, Invalid), opened
    assert mutation.error_id in ids(opened)
    assert len(set(opened.anomalies)) == len(opened.anomalies)
    for anomaly in opened.anomalies:
        assert anomaly.place.line is not None
        assert str(anomaly.place.location).startswith("/OCCP")


def test_every_id_fires_somewhere_and_nothing_fires_without_an_id() -> None:
    spoiled = {mutation.error_id for mutation in MUTATIONS} | not_applicable()
    fired = spoiled | {case[0] for case in CASES} | UNREADABLE | LAST_RESORT | set(REFUSED) | {"05092-820"}
    assert {entry.error_id for entry in entries() if not entry.context} == fired
    assert all(exists(error_id) for error_id in fired)


def test_ids_are_unique_and_name_a_zone() -> None:
    numbers = {zone.number for zone in zones()}
    found = [entry.error_id for entry in entries()]
    assert len(set(found)) == len(found)
    for error_id in found:
        assert re.fullmatch("(?:[0-9]{5}|ACRF)-[0-9]{3}", error_id)
        assert error_id.startswith("ACRF") or error_id[:5] in numbers


@pytest.mark.parametrize("language", [Language.FR, Language.NL, Language.DE, "EN"])
def test_every_entry_speaks_every_language_in_whole_sentences(language: Language) -> None:
    for entry in entries():
        report = describe(Anomaly(entry.error_id), language)
        for text in (report.label, report.remedy):
            assert text.endswith((".", '".', ")"))
            assert "{" not in text
            assert len(text) <= 500
        assert entry.source
        assert entry.valid_from == date(2026, 10, 1)


def test_languages_differ() -> None:
    for entry in entries():
        assert len(set(entry.labels.values())) == 4, entry.error_id


def test_a_report_tells_place_value_and_where_to_read_more() -> None:
    anomaly = Anomaly(
        "95001-133", Place("OccupationStartingDate", 31, "/OCCP001/Form[1]"), path="dossier K7M2P9QX4RTBZ"
    )
    report = describe(anomaly, Language.FR)
    assert report.anomaly_class is AnomalyClass.B
    assert report.label == "Un dossier existe déjà pour cette personne, ce CPAS et cette date de début."
    assert (report.tag, report.line, report.location) == ("OccupationStartingDate", 31, "/OCCP001/Form[1]")
    assert report.path == "dossier K7M2P9QX4RTBZ"
    assert str(report.url).endswith("95001-133")


def test_generic_texts_name_the_element() -> None:
    assert (
        describe(Anomaly("00024-001"), "EN").label == "Zone INSS (NISS (national register or BIS number)) is missing."
    )


def test_the_version_anomaly_names_the_supported_versions() -> None:
    assert "20264" in describe(Anomaly("ACRF-137"), Language.NL).label


def test_a_label_may_name_what_was_found() -> None:
    window = "05.12.2027 - 20.12.2027"
    early = describe(Anomaly("05010-270", value=window), "EN")
    assert early.label == f"The second calculation is asked too early; the window to ask for it is: {window}."
    assert early.value == window


def test_classes_and_unknown_ids() -> None:
    assert class_of("05010-460") is AnomalyClass.W
    assert class_of("00024-245") is AnomalyClass.I
    assert class_of("00024-004") is AnomalyClass.B
    with pytest.raises(KeyError):
        class_of("99999-999")


CONTEXT = {
    "00014-233",
    "00024-233",
    "00222-155",
    "00222-159",
    "00222-166",
    "00222-174",
    "00222-180",
    "00222-191",
    "00222-197",
    "00222-505",
    "00045-460",
    "05001-460",
    "05003-245",
    "05105-233",
    "05003-241",
    "05003-444",
    "05010-270",
    "95001-133",
    "05010-460",
    "05010-146",
    "00014-155",
    "05020-801",
    "05003-174",
    "05005-103",
    "05020-101",
    "05020-103",
    "05104-008",
    "90059-174",
    "ACRF-001",
    "ACRF-103",
    "ACRF-133",
    "ACRF-138",
    "ACRF-139",
    "ACRF-140",
}
"""Fired by handlers, and tested there."""


def test_the_context_ids_are_exactly_those_of_the_handlers() -> None:
    assert {entry.error_id for entry in entries() if entry.context} == CONTEXT
