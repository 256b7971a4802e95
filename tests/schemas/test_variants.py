"""Any message of each variant is valid, and comes back as it was; every status and type of form has an example."""

import hashlib
import unicodedata
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.catalogue import CURRENT, MessageType, schema_path
from schemas.codec import Message, decode, encode
from schemas.codec.values import BRUSSELS
from schemas.identifiers import TICKET_ALPHABET, TICKET_LENGTH
from schemas.models import (
    Attachment,
    Cancellation,
    CompletedItem,
    Completion,
    Contact,
    DossierStatus,
    Escalation,
    EscalationReply,
    FormHeader,
    HistoryLine,
    Language,
    OfficeContact,
    Reference,
    Reminder,
    Return,
    ReturnReason,
    ReviewOutcome,
    ReviewTask,
    SecondCalculation,
    StatusQuestion,
    StatusReport,
    Withdrawal,
)
from tests.schemas.building import example, example_of, outcome, request
from tests.schemas.test_codec import DATES, ENCODED, HISTORY, PERIODS, TEXT, assert_valid

LINES = TEXT.map(lambda text: " ".join(unicodedata.normalize("NFC", text).split()))
LONG = TEXT.map(lambda text: unicodedata.normalize("NFC", text))
TICKETS = st.text(TICKET_ALPHABET, min_size=TICKET_LENGTH, max_size=TICKET_LENGTH)
REFERENCES = st.lists(
    st.builds(Reference, type=st.sampled_from([0, 1, 2, 3, 5]), origin=st.just(2), number=TICKETS),
    min_size=1,
    max_size=9,
).map(tuple)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2190, 1, 1)).map(  # noqa: DTZ001 - hypothesis wants naive bounds
    lambda moment: moment.replace(microsecond=0, hour=12, tzinfo=BRUSSELS)
)
WINDOWS = st.none() | st.builds(SecondCalculation, first_date=DATES, last_date=DATES)
OFFICES = st.builds(
    OfficeContact, code=st.just("NAM"), name=LINES, email=st.just("a@b.example"), telephone=st.just("+32 81 00")
)
REASONS = st.lists(
    st.builds(
        ReturnReason,
        code=st.sampled_from(["CAREER_MISSING", "00045-014"]),
        element=st.sampled_from(["", "OccupationHistory"]),
        location=st.just("") | LONG,
        label=LONG,
    ),
    min_size=1,
    max_size=3,
).map(tuple)
DOCUMENTS = st.binary(min_size=1, max_size=200).map(
    lambda content: Attachment(
        file_name="a b.pdf",
        media_type="application/pdf",
        sha256=hashlib.sha256(content).hexdigest(),
        description="x",
        content=content,
    )
)


def headers(identification: str, statuses: tuple[int, ...], *types: str) -> st.SearchStrategy[FormHeader]:
    return st.builds(
        FormHeader,
        identification=st.just(identification),
        created=MOMENTS,
        status=st.sampled_from(statuses),
        type_form=st.sampled_from(types),
        references=REFERENCES,
    )


LANGUAGES = st.sampled_from(Language)
NISS = st.from_regex("[0-9]{11}", fullmatch=True).filter(str.isascii)
STATUS = st.builds(
    DossierStatus,
    ticket=TICKETS,
    reference=TICKETS,
    company_id=st.just("0212345668"),
    state=st.just("IN_REVIEW"),
    label=LINES,
    occupation_start=DATES,
    contract_end=st.none() | DATES,
    last_form=TICKETS,
    calculations=st.integers(0, 9),
    answer_due=st.none() | DATES,
    is_late=st.booleans(),
    completion_due=st.none() | DATES,
    window=WINDOWS,
    office=OFFICES,
    history=st.lists(
        st.builds(
            HistoryLine, at=MOMENTS, actor=LINES, kind=st.just("received"), ground=st.just("") | LINES, text=LONG
        ),
        max_size=2,
    ).map(tuple),
)
EXCHANGED: dict[str, st.SearchStrategy[Message]] = {
    "cancelled request": st.builds(Cancellation, header=headers("OCCP001", (3,), "RE"), inss=NISS),
    "cancelled completion": st.builds(Cancellation, header=headers("OCCP002", (3,), "FA", "SU"), inss=NISS),
    "completion": st.builds(
        Completion,
        header=headers("OCCP002", (0,), "FA", "SU"),
        language=LANGUAGES,
        inss=NISS,
        items=st.lists(st.builds(CompletedItem, code=st.just("A-1"), text=LONG), max_size=2).map(tuple),
        planned=st.none() | st.just(request().planned),
        history=st.lists(HISTORY, max_size=2).map(tuple),
        periods=st.lists(PERIODS, max_size=2).map(tuple),
        fresh_stage_from=st.none() | DATES,
        comment=st.just("") | LONG,
        attachments=st.lists(DOCUMENTS, max_size=3).map(tuple),
    ),
    "withdrawal": st.builds(
        Withdrawal,
        header=headers("OCCP003", (3,), "FA"),
        language=LANGUAGES,
        inss=NISS,
        decision_date=DATES,
        handler=LINES,
        automatic=st.booleans(),
        office=OFFICES,
        motivation=LONG,
    ),
    "return": st.builds(
        Return,
        header=headers("OCCP004", (0,), "PA"),
        language=LANGUAGES,
        inss=NISS,
        reasons=REASONS,
        documents=st.lists(LINES, max_size=3).map(tuple),
        due_date=DATES,
        office=OFFICES,
    ),
    "reminder": st.builds(
        Reminder,
        header=headers("OCCP005", (5,), "RE"),
        language=LANGUAGES,
        reminder=st.sampled_from(["R1", "R2", "R3", "R4"]),
        due_date=st.none() | DATES,
        window=WINDOWS,
        text=LONG,
        office=OFFICES,
    ),
    "contact": st.builds(
        Contact,
        header=headers("OCCP006", (0,), "RE", "FA"),
        language=LANGUAGES,
        kind=st.sampled_from(["support", "substance", "suggestion"]),
        text=LONG,
        agent_id=st.none() | st.just("A1042"),
        person=st.none() | st.just(request().contact),
    ),
    "escalation": st.builds(
        Escalation,
        header=headers("OCCP007", (0,), "RE"),
        language=LANGUAGES,
        reasons=st.lists(st.sampled_from(["no_answer", "technical"]), min_size=1, max_size=5).map(tuple),
        every_means_used=st.booleans(),
        unsolved_after_requests=st.booleans(),
        payment_delayed_over_a_month=st.booleans(),
    ),
    "escalation reply": st.builds(
        EscalationReply,
        header=headers("OCCP007", (0,), "FA"),
        language=LANGUAGES,
        agent_id=st.just("A0007"),
        answer=st.sampled_from(["taken_up", "solved", "sent_to_office", "not_admissible"]),
    ),
    "status question": st.builds(
        StatusQuestion,
        header=headers("OCCP008", (0,), "RE"),
        language=LANGUAGES,
        company_id=st.none() | st.just("0212345668"),
    ),
    "status report": st.builds(
        StatusReport,
        header=headers("OCCP008", (0,), "FA"),
        language=LANGUAGES,
        dossiers=st.lists(STATUS, max_size=3).map(tuple),
    ),
    "outcome": st.builds(
        ReviewOutcome,
        header=headers("OCCP102", (0,), "FA"),
        agent_id=st.just("A1042"),
        outcome=st.sampled_from(["confirm", "decide", "return", "grant", "correct", "withdraw"]),
        proposal=st.none() | st.integers(1, 9),
        calculation=st.none() | st.just(outcome("outcome-decide").calculation),
        returned=st.just(()) | REASONS,
        documents=st.lists(LINES, max_size=3).map(tuple),
        reason=LONG,
    ),
}


@pytest.mark.parametrize("messages", EXCHANGED.values(), ids=EXCHANGED.keys())
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_any_message_of_each_variant_round_trips_and_is_valid(
    messages: st.SearchStrategy[Message], data: st.DataObject
) -> None:
    message = data.draw(messages)
    body = encode(message)
    assert_valid(body)
    assert decode(body) == message


@pytest.mark.parametrize("message_type", list(MessageType))
def test_every_status_and_type_of_form_that_a_schema_allows_has_an_example(message_type: MessageType) -> None:
    bodies = [etree.fromstring(example(name)) for name in ENCODED]
    forms = [body[0] for body in bodies if str(body.tag).endswith("}" + message_type)]
    schema = etree.parse(str(schema_path(message_type, CURRENT)))
    for element in ("AttestationStatus", "TypeForm"):
        path = f"//*[@name='{element}Type']//*[local-name()='enumeration']/@value"
        shown = {str(form.findtext(f"{{*}}{element}")) for form in forms}
        assert shown == set(schema.xpath(path))


def test_a_task_without_proposals_and_a_report_without_dossiers_can_be_read() -> None:
    for message in (
        example_of(ReviewTask, "task-review", proposals=()),
        example_of(StatusReport, "answer-status", dossiers=()),
    ):
        body = encode(message)
        assert_valid(body)
        assert decode(body) == message
