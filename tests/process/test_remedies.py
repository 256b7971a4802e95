"""What a sender is told to do is accepted once it does it: every way out that an answer names leads out."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers.dossier import State
from schemas.codec import encode
from schemas.models import Language
from tests.process import forms
from tests.process.forms import planned
from tests.process.place import ONEM, Heard, Place
from tests.process.test_references import returned, reviewed


def told(heard: Heard) -> str:
    """Give the OCCP003 as its reader sees it."""
    return encode(heard.answer("OCCP003").message).decode()


REVISION = {
    Language.FR: "par une révision (OCCP001, statut 4, motif 005)",
    Language.NL: "met een herziening (OCCP001, status 4, reden 005)",
    Language.DE: "mit einer Revision (OCCP001, Status 4, Grund 005)",
}
NEW_REQUEST = {
    Language.FR: "par une nouvelle demande (OCCP001, statut 0, motif 005)",
    Language.NL: "met een nieuwe aanvraag (OCCP001, status 0, reden 005)",
    Language.DE: "mit einem neuen Antrag (OCCP001, Status 0, Grund 005)",
}


@pytest.mark.parametrize("language", Language)
def test_a_decision_names_the_revision_that_puts_it_before_a_human(language: Language) -> None:
    place = Place()
    heard = place.send(forms.new(language=language))
    assert REVISION[language] in told(heard)
    place.send(forms.revision(heard.ticket, reason="005"))
    assert place.state(heard.ticket) is State.IN_REVIEW


@pytest.mark.parametrize("language", Language)
def test_a_withdrawn_decision_names_the_new_request_that_puts_it_before_a_human(language: Language) -> None:
    place = Place()
    number = place.send(forms.new(language=language)).ticket
    assert NEW_REQUEST[language] in told(place.send(forms.cancellation(number)))
    assert place.state(place.send(forms.new(reason="005")).ticket) is State.IN_REVIEW


def path_of(heard: Heard, error_id: str) -> str:
    """Give the Path of the one anomaly that refused a form."""
    (report,) = heard.reports
    assert (report.error_id, heard.outcome.accepted) == (error_id, False)
    return report.path or ""


@pytest.mark.parametrize("change", [forms.modification, forms.cancellation])
def test_a_change_of_an_earlier_situation_is_told_the_last_form(change: Callable[[str], Any]) -> None:
    place = Place()
    first = reviewed(place)
    place.send(forms.modification(first))
    added = place.send(forms.addition(first, planned=planned(working_weekdays=forms.UNUSUAL))).ticket
    last = path_of(place.send(change(first)), "00222-180")
    assert last == added
    assert place.send(change(last)).outcome.accepted


def test_an_answer_to_a_return_that_was_overtaken_is_told_the_request_to_add_to() -> None:
    place = Place()
    first, back = returned(place)
    added = forms.addition(first, planned=planned(working_weekdays=forms.UNUSUAL))
    place.send(added)
    last = path_of(place.send(forms.answer_to(back)), "00222-180")
    assert place.send(forms.addition(last)).outcome.accepted


def test_taking_back_an_earlier_addition_is_told_the_last_one() -> None:
    place = Place()
    first = reviewed(place)
    earlier, later = (
        place.send(forms.addition(first, planned=planned(working_weekdays=week))).ticket
        for week in ((1, 3, 4, 5, 6), forms.UNUSUAL)
    )
    last = path_of(place.send(forms.addition_withdrawn(earlier)), "00222-180")
    assert last == later
    assert place.send(forms.addition_withdrawn(last)).outcome.accepted


def test_a_second_new_request_is_told_the_form_to_modify() -> None:
    place = Place()
    number = reviewed(place)
    place.send(forms.modification(number, planned=planned(working_weekdays=(1, 3, 4, 5, 6))))
    last = place.dossier(number).last_form
    assert path_of(place.send(forms.new()), "95001-133") == f"dossier {number}, OCCP001 {last}"
    assert place.send(forms.modification(last)).outcome.accepted


def test_an_outcome_on_a_superseded_task_is_told_the_task_that_waits() -> None:
    place = Place()
    number = reviewed(place)
    superseded = place.open_task(number).ticket
    place.send(forms.modification(number, planned=planned(working_weekdays=(1, 3, 4, 5, 6))))
    waiting = path_of(place.send(forms.outcome(superseded, "confirm"), ONEM), "00222-197")
    assert place.send(forms.outcome(waiting, "confirm"), ONEM).outcome.accepted


def test_an_outcome_on_a_task_where_none_waits_is_told_no_other() -> None:
    place = Place()
    task = place.open_task(reviewed(place)).ticket
    place.send(forms.outcome(task, "confirm"), ONEM)
    assert path_of(place.send(forms.outcome(task, "confirm"), ONEM), "00222-197") == ""


def test_an_addition_that_would_be_a_third_calculation_is_told_the_form_that_can_ask_for_it() -> None:
    place = Place()
    last = place.send(forms.modification(place.send(forms.new()).ticket)).ticket
    (report,) = place.send(forms.addition(last)).reports
    assert report.error_id == "05010-146"
    assert "OCCP001" in report.remedy
    assert place.send(forms.modification(last, planned=planned(), derogation=forms.PLEASE)).outcome.accepted
