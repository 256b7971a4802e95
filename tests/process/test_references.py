"""References, strictly: each fault with its anomaly, and where it points - line and XPath of the number it is about."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from lxml import etree

from handlers.dossier import Mandate
from handlers.outcome import Outcome
from schemas.codec import encode
from schemas.models import InsuredPeriod, Notification, Reference
from tests.process import forms
from tests.process.forms import CPAS, planned
from tests.process.place import FEDERATION, ONEM, SECOND_VENDOR, STRANGER, VENDOR, Heard, Place

UNKNOWN = "NBSUCHTKCET19"


def decided(place: Place) -> str:
    return place.send(forms.new()).ticket


def reviewed(place: Place) -> str:
    return place.send(forms.new(planned=planned(working_weekdays=forms.UNUSUAL))).ticket


def returned(place: Place) -> tuple[str, str]:
    """Give the request's ticket and the return's."""
    last = reviewed(place)
    task = place.open_task(last).ticket
    return last, place.send(forms.outcome(task, "return"), ONEM).answer("OCCP004").ticket


def points_at(heard: Heard, error_id: str) -> etree._Element:
    """Give the element that the one anomaly points at, and see that line and XPath agree."""
    (report,) = heard.reports
    assert report.error_id == error_id
    assert report.location is not None
    tree = etree.fromstring(heard.body)
    namespaces = {"o": tree.nsmap[None]}
    (element,) = tree.xpath("/o:" + report.location.strip("/").replace("/", "/o:"), namespaces=namespaces)
    assert element.sourceline == report.line
    return element


Sent = Callable[[Place], Heard]

AT_A_REFERENCE: dict[str, tuple[str, Sent]] = {
    "a modification of an unknown ticket": ("00222-166", lambda p: p.send(forms.modification(UNKNOWN))),
    "a cancellation of an unknown ticket": ("00222-166", lambda p: p.send(forms.cancellation(UNKNOWN))),
    "an addition to an unknown ticket": ("00222-166", lambda p: p.send(forms.addition(UNKNOWN))),
    "a contact on an unknown dossier": ("00222-166", lambda p: p.send(forms.contact(UNKNOWN))),
    "a refused form": (
        "00222-166",
        lambda p: p.send(forms.modification(p.send(forms.new(prior_calculations=2)).ticket)),
    ),
    "a modification of a decision": (
        "00222-191",
        lambda p: p.send(forms.modification(p.send(forms.new()).answer("OCCP003").ticket)),
    ),
    "a completion of a request": ("00222-191", lambda p: p.send(forms.answer_to(decided(p)))),
    "an addition to a return": ("00222-191", lambda p: p.send(forms.addition(returned(p)[1]))),
    "an outcome on a request": ("00222-191", lambda p: p.send(forms.outcome(reviewed(p), "confirm"), ONEM)),
    "an answer to one's own contact": (
        "00222-191",
        lambda p: p.send(forms.reply(p.send(forms.contact(decided(p))).ticket)),
    ),
    "an answer to what went to ONEM": (
        "00222-191",
        lambda p: p.send(forms.reply(p.send(forms.contact(decided(p))).answer("OCCP006").ticket)),
    ),
    "a modification for another CPAS": ("00222-155", lambda p: p.send(forms.modification(decided(p)), STRANGER)),
    "a status question for another CPAS": ("00222-155", lambda p: p.send(forms.status(decided(p)), STRANGER)),
    "a contact on another CPAS's return": ("00222-155", lambda p: p.send(forms.contact(returned(p)[1]), STRANGER)),
    "a completion of another CPAS's return": (
        "00222-155",
        lambda p: p.send(forms.answer_to(returned(p)[1]), STRANGER),
    ),
    "a modification of what was modified": (
        "00222-180",
        lambda p: _twice(p, forms.modification, forms.modification),
    ),
    "a cancellation of what was modified": (
        "00222-180",
        lambda p: _twice(p, forms.modification, forms.cancellation),
    ),
    "an answer to a return that a modification overtook": ("00222-180", lambda p: _overtaken(p)),
    "the number of another dossier beside": (
        "00222-159",
        lambda p: p.send(_with(forms.modification(decided(p)), (2, 2, UNKNOWN))),
    ),
    "the last form as the number of its dossier": ("00222-159", lambda p: _numbered_by_its_last_form(p)),
    "an answer to the reminder of a return that was answered": ("00222-180", lambda p: _reminded_and_answered(p)),
    "two predecessors": ("00222-188", lambda p: p.send(_with(forms.modification(decided(p)), (3, 2, UNKNOWN)))),
    "two dossiers": ("00222-188", lambda p: p.send(_with(forms.contact(decided(p)), (2, 2, UNKNOWN)))),
    "a second completion of a return": ("00222-197", lambda p: _answered_twice(p)),
    "a second outcome on a task": ("00222-197", lambda p: _settled_twice(p)),
    "too few contacts of substance": (
        "00222-174",
        lambda p: p.send(forms.escalation(decided(p)), FEDERATION),
    ),
}


def _with(message: Any, *references: tuple[int, int, str]) -> Any:
    more = tuple(Reference(type=t, origin=o, number=n) for t, o, n in references)  # type: ignore[arg-type]
    header = message.header.model_copy(update={"references": (*message.header.references, *more)})
    return message.model_copy(update={"header": header})


def _twice(place: Place, first: Callable[[str], Any], second: Callable[[str], Any]) -> Heard:
    last = reviewed(place)
    assert place.send(first(last), SECOND_VENDOR).outcome.accepted
    return place.send(second(last), VENDOR)


def _numbered_by_its_last_form(place: Place) -> Heard:
    _, last = _changed(place)
    return place.send(_with(forms.modification(last), (2, 2, last)))


def _overtaken(place: Place) -> Heard:
    last, back = returned(place)
    assert place.send(forms.modification(last)).outcome.accepted
    return place.send(forms.answer_to(back))


def _answered_twice(place: Place) -> Heard:
    _, back = returned(place)
    assert place.send(forms.answer_to(back, planned=planned(working_weekdays=forms.UNUSUAL))).outcome.accepted
    return place.send(forms.answer_to(back))


def _reminded_and_answered(place: Place) -> Heard:
    _, back = returned(place)
    (reminded,) = place.wait(days=15)
    assert place.send(forms.answer_to(back)).outcome.accepted
    (reminder,) = reminded.answers
    return place.send(forms.answer_to(reminder.ticket, planned=planned(mean_hours=36, reference_mean_hours=36)))


def _settled_twice(place: Place) -> Heard:
    task = place.open_task(reviewed(place)).ticket
    assert place.send(forms.outcome(task, "confirm"), ONEM).outcome.accepted
    return place.send(forms.outcome(task, "decide"), ONEM)


@pytest.mark.parametrize("name", AT_A_REFERENCE)
def test_a_reference_at_fault_is_refused_where_it_stands(name: str) -> None:
    error_id, sent = AT_A_REFERENCE[name]
    element = points_at(sent(Place()), error_id)
    assert etree.QName(element).localname == "ReferenceNbr"
    kind = [child.text for child in element.getparent()][:2]
    assert kind != ["1", "1"]


def test_the_second_of_two_references_is_the_one_at_fault() -> None:
    place = Place()
    heard = place.send(_with(forms.modification(decided(place)), (3, 2, UNKNOWN)))
    assert points_at(heard, "00222-188").text == UNKNOWN


def _asked(place: Place) -> tuple[str, str]:
    """Give the dossier's ticket and that of ONEM's question on it, as the CPAS has it."""
    number = reviewed(place)
    return number, place.send(forms.question(number), ONEM).answer("OCCP006").ticket


def _changed(place: Place) -> tuple[str, str]:
    """Give the dossier's ticket and that of the last form, which is another."""
    number = reviewed(place)
    changed = planned(reference_mean_hours=37, mean_hours=37)
    return number, place.send(forms.modification(number, planned=changed)).ticket


def _added(place: Place) -> tuple[str, str]:
    number = reviewed(place)
    return number, place.send(forms.addition(number, comment="Bonjour")).ticket


def _with_task(place: Place) -> tuple[str, str]:
    number = reviewed(place)
    return number, place.open_task(number).ticket


BESIDE: dict[str, tuple[Callable[[Place], tuple[str, str]], Callable[[str], Any], str]] = {
    "a modification": (_changed, forms.modification, VENDOR),
    "a cancellation": (_changed, forms.cancellation, VENDOR),
    "an answer to a return": (returned, forms.answer_to, VENDOR),
    "an answer to a question": (_asked, forms.reply, VENDOR),
    "data in answer to a question": (_asked, forms.answer_to, VENDOR),
    "an addition": (lambda p: (number := reviewed(p), number), forms.addition, VENDOR),
    "the withdrawal of an addition": (_added, forms.addition_withdrawn, VENDOR),
    "an outcome": (_with_task, lambda task: forms.outcome(task, "confirm"), ONEM),
}


@pytest.mark.parametrize("name", BESIDE)
@pytest.mark.parametrize("before", [True, False])
def test_the_dossiers_number_may_stand_beside_as_in_our_answers(name: str, before: bool) -> None:
    held, form, sender = BESIDE[name]
    place = Place()
    number, named = held(place)
    message = _with(form(named), (2, 2, number))
    if before:
        own, reference, beside = message.header.references
        header = message.header.model_copy(update={"references": (own, beside, reference)})
        message = message.model_copy(update={"header": header})
    assert place.send(message, sender).error_ids == []


def test_a_question_that_names_a_return_beside_is_refused_and_leaves_it_unanswered() -> None:
    place = Place()
    last, back = returned(place)
    heard = place.send(_with(forms.contact(last), (5, 2, back)))
    assert etree.QName(points_at(heard, "90082-005")).localname == "Reference"
    assert place.send(forms.answer_to(back)).error_ids == []


def test_no_reference_beside_hides_that_a_change_is_not_on_the_last_situation() -> None:
    place = Place()
    first, last = _changed(place)
    heard = place.send(_with(forms.modification(first), (0, 2, last)))
    assert heard.error_ids == ["90082-005"]
    assert place.send(_with(forms.modification(first), (2, 2, first))).error_ids == ["00222-180"]


ANOTHER_WORKER = forms.SOCIAL_WORKER.model_copy(update={"telephone": "+3242000001"})
JOB = forms.foreign_job().model_copy(update={"country": "BE"})
SICK = InsuredPeriod(kind="sickness_benefit", start=date(2025, 7, 1), end=date(2025, 9, 30), benefit_paid=True)


def _with_a_career(place: Place) -> str:
    return place.send(forms.new(history=(JOB,), periods=(SICK,))).ticket


def _documents_twice(place: Place) -> Heard:
    first = place.send(forms.new(history=(JOB,), attachments=(forms.document(),))).ticket
    return place.send(forms.modification(first, history=(JOB,), planned=planned(), attachments=(forms.document(),)))


@pytest.mark.parametrize("sender", [VENDOR, SECOND_VENDOR])
def test_the_answer_to_a_contact_echoes_the_contacts_own_reference(sender: str) -> None:
    place = Place()
    contact = forms.contact(decided(place))
    passed_on = place.send(contact, sender).answer("OCCP006")
    answer = place.send(forms.onem_reply(passed_on.ticket), ONEM).answer("OCCP006")
    assert answer.recipient == sender
    assert answer.message.header.reference(5, 1) == contact.header.reference(1, 1)


def test_onem_names_what_it_answers_by_the_message_that_it_got() -> None:
    """The form has a ticket of its own: one name for what is answered, so that it is answered once."""
    place = Place()
    contact = place.send(forms.contact(decided(place)))
    assert place.send(forms.onem_reply(contact.ticket), ONEM).error_ids == ["00222-191"]
    assert place.send(forms.onem_reply(contact.answer("OCCP006").ticket), ONEM).error_ids == []


AT_THE_STATUS: dict[str, tuple[str, Sent]] = {
    "a cancellation of what was cancelled": ("05003-241", lambda p: _cancelled(p, forms.cancellation)),
    "a modification of what was cancelled": ("05003-241", lambda p: _cancelled(p, forms.modification)),
    "a revision before a decision": ("05003-174", lambda p: p.send(forms.revision(reviewed(p)))),
    "a change that changes nothing": (
        "05003-444",
        lambda p: p.send(forms.modification(decided(p), planned=planned())),
    ),
    "words alone after a decision": ("05003-444", lambda p: p.send(forms.addition(decided(p), comment="Bonjour"))),
    "a modification of words alone after a decision": (
        "05003-444",
        lambda p: p.send(forms.modification(decided(p), planned=planned(), comment="Bonjour")),
    ),
    "a modification of the contact alone after a decision": (
        "05003-444",
        lambda p: p.send(forms.modification(decided(p), planned=planned(), contact=ANOTHER_WORKER)),
    ),
    "a contract that was told before": ("05003-444", lambda p: p.send(forms.addition(decided(p), planned=planned()))),
    "a career that was told before": (
        "05003-444",
        lambda p: p.send(forms.addition(_with_a_career(p), history=(JOB,), periods=(SICK,))),
    ),
    "a third calculation by what is added": (
        "05010-146",
        lambda p: p.send(forms.addition(p.send(forms.modification(decided(p))).ticket, planned=planned())),
    ),
    "documents that were sent before": ("05003-444", lambda p: _documents_twice(p)),
    "a cancellation keyed in by ONEM": ("05020-103", lambda p: p.send(forms.cancellation(decided(p)), ONEM)),
}


def _cancelled(place: Place, then: Callable[[str], Any]) -> Heard:
    last = decided(place)
    assert place.send(forms.cancellation(last)).outcome.accepted
    return place.send(then(last))


@pytest.mark.parametrize("name", AT_THE_STATUS)
def test_what_the_state_refuses_points_at_the_status(name: str) -> None:
    error_id, sent = AT_THE_STATUS[name]
    assert etree.QName(points_at(sent(Place()), error_id)).localname == "AttestationStatus"


@pytest.mark.parametrize(
    "message",
    [
        lambda ticket: forms.cancellation(ticket, forms.ANOTHER_PERSON),
        lambda ticket: forms.addition(ticket, planned=planned(mean_hours=36, reference_mean_hours=36)).model_copy(
            update={"inss": forms.ANOTHER_PERSON}
        ),
    ],
)
def test_another_person_points_at_the_number_and_never_repeats_it(message: Callable[[str], Any]) -> None:
    place = Place()
    heard = place.send(message(decided(place)))
    assert points_at(heard, "00024-233").text == forms.ANOTHER_PERSON
    (report,) = heard.reports
    assert report.value is None
    assert forms.ANOTHER_PERSON not in encode(heard.answer("NOTI001").message).decode()


def test_a_change_of_start_onto_another_dossier_of_the_person_is_refused() -> None:
    place = Place()
    first, other = decided(place), place.send(forms.new(planned=planned(start=date(2029, 1, 8)))).ticket
    moved = planned(start=date(2029, 1, 8))
    for heard in (
        place.send(forms.modification(first, planned=moved)),
        place.send(forms.addition(first, planned=moved)),
    ):
        (report,) = heard.reports
        assert (report.error_id, report.path) == ("95001-133", f"dossier {other}, OCCP001 {other}")
        assert etree.QName(points_at(heard, "95001-133")).localname == "OccupationStartingDate"


def test_whoever_may_not_reach_a_dossier_learns_nothing_of_it() -> None:
    place = Place()
    number = decided(place)
    for message in (forms.contact(number), forms.modification(number), forms.status(number)):
        heard = place.send(message, STRANGER)
        assert heard.outcome.about is None
        assert all(answer.message.header.reference(2, 2) is None for answer in heard.outcome.answers)


def test_a_mandate_that_ended_reaches_no_dossier() -> None:
    place = Place()
    number = decided(place)
    sender, _ = place.parties[VENDOR]
    place.parties[VENDOR] = sender, (Mandate(CPAS, date(2023, 10, 2), date(2026, 11, 23)),)
    assert place.send(forms.status(number)).error_ids == ["00222-155"]


def refusals(outcome: Outcome) -> list[str]:
    return [answer.message.header.identification for answer in outcome.answers]


def test_a_refusal_is_told_by_acrf_and_notification_and_stands_in_the_dossiers_history() -> None:
    place = Place()
    last = reviewed(place)
    heard = place.send(forms.revision(last))
    assert refusals(heard.outcome) == ["ACRF001", "NOTI001"]
    assert heard.outcome.about == last
    message = heard.answer("NOTI001").message
    assert isinstance(message, Notification)
    assert message.header.reference(2, 2) == last
    assert [(entry.dossier, entry.kind.value) for entry in heard.outcome.history] == [(last, "refused")]
