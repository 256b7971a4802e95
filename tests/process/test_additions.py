"""What an OCCP002 adds to a request, and what stays of the request it adds to."""

from datetime import date

from handlers.dossier import State
from schemas.models import InsuredPeriod, NaturalPerson, ReviewTask
from tests.process import forms
from tests.process.forms import planned
from tests.process.place import Heard, Place

SHORTER = planned(mean_hours=36, reference_mean_hours=36)
JOB = forms.foreign_job().model_copy(update={"country": "BE"})


def reasons(heard: Heard) -> list[str]:
    task = heard.answer("OCCP101").message
    assert isinstance(task, ReviewTask)
    return [reason.code for reason in task.reasons]


def test_a_doubt_about_the_request_is_not_lost_with_the_form_that_raised_it() -> None:
    place = Place()
    doubtful = NaturalPerson(inss=forms.PERSON, birth_date=date(1995, 5, 1), residence_postal_code="4000")
    first = place.send(forms.new(person=doubtful))
    assert (first.error_ids, reasons(first)) == (["00024-245"], ["ANOMALY_TO_INVESTIGATE"])
    assert reasons(place.send(forms.addition(first.ticket, planned=SHORTER))) == ["ANOMALY_TO_INVESTIGATE"]


def test_documents_without_data_stay_before_the_agent() -> None:
    place = Place()
    first = place.send(forms.new()).ticket
    assert reasons(place.send(forms.addition(first, attachments=(forms.document(),)))) == ["INCOMPLETE"]
    assert reasons(place.send(forms.addition(first, planned=SHORTER))) == ["INCOMPLETE"]


def test_documents_beside_data_are_kept_and_need_no_agent() -> None:
    place = Place()
    first = place.send(forms.new()).ticket
    sick = InsuredPeriod(kind="sickness_benefit", start=date(2026, 2, 2), end=date(2026, 3, 13), benefit_paid=True)
    heard = place.send(forms.addition(first, planned=SHORTER, attachments=(forms.document(),), periods=(sick,)))
    assert place.state(first) is State.CALCULATED
    assert [document.file_name for document in heard.outcome.attachments] == ["attestation.txt"]


def test_documents_beside_data_that_were_told_before_are_for_the_agent() -> None:
    place = Place()
    first = place.send(forms.new(history=(JOB,))).ticket
    heard = place.send(forms.addition(first, planned=planned(), attachments=(forms.document(),)))
    assert reasons(heard) == ["INCOMPLETE"]


def test_what_was_told_before_is_not_told_twice() -> None:
    place = Place()
    first = place.send(forms.new(history=(JOB,))).ticket
    heard = place.send(forms.addition(first, planned=SHORTER, history=(JOB,)))
    assert heard.outcome.request is not None
    assert heard.outcome.request.history == (JOB,)


def test_before_a_decision_words_alone_may_change() -> None:
    place = Place()
    first = place.send(forms.new(planned=planned(working_weekdays=forms.UNUSUAL))).ticket
    changed = forms.modification(first, planned=planned(working_weekdays=forms.UNUSUAL), comment="Bonjour")
    assert reasons(place.send(changed)) == ["UNUSUAL_WEEK"]


def test_what_an_addition_replaces_and_what_it_adds() -> None:
    place = Place()
    first = place.send(forms.new(comment="premier")).ticket
    heard = place.send(forms.addition(first, planned=SHORTER))
    request = heard.outcome.request
    assert request is not None
    assert (request.planned, request.comment, request.reason) == (SHORTER, "premier", "003")
    assert place.state(first) is State.CALCULATED
    assert place.dossier(first).last_form == first
    assert place.dossier(first).last_addition == heard.ticket
