"""A career that documents alone tell, or that an agent counted, stays before an agent (promise O3)."""

from datetime import date

import pytest

from handlers.dossier import State
from schemas.models import Attachment, ReviewTask
from tests.process import forms
from tests.process.forms import planned
from tests.process.place import ONEM, Heard, Place

SHORTER = planned(mean_hours=36, reference_mean_hours=36)
JOB = forms.foreign_job().model_copy(update={"country": "BE"})
LATER_JOB = JOB.model_copy(update={"start": date(2026, 1, 5), "end": date(2026, 6, 30)})
DOCUMENT = forms.document()


def reasons(heard: Heard) -> list[str]:
    task = heard.answer("OCCP101").message
    assert isinstance(task, ReviewTask)
    return [reason.code for reason in task.reasons]


def settled(place: Place, heard: Heard, what: str) -> str:
    """Let an agent settle the task of a form; gives the form's ticket."""
    assert place.send(forms.outcome(heard.answer("OCCP101").ticket, what), ONEM).kinds[-1] == "OCCP003"
    return heard.ticket


def on_paper(place: Place, *, history: tuple[object, ...] = (), flag: bool = False) -> Heard:
    return place.send(forms.new(history=history, attachments=(DOCUMENT,), career_in_attachments=flag))


@pytest.mark.parametrize(("history", "flag"), [((), False), ((), True), ((JOB,), True)])
def test_o3_a_career_read_from_documents_is_not_forgotten_by_a_form_without_them(
    history: tuple[object, ...], flag: bool
) -> None:
    place = Place()
    last = settled(place, on_paper(place, history=history, flag=flag), "confirm")
    end = place.dossier(last).contract_end
    assert end is not None
    place.wait(days=(end - place.now.date()).days - 20)
    again = place.send(forms.revision(last, history=history))
    assert reasons(again) == ["INCOMPLETE"]
    assert again.outcome.request is not None
    assert [shown.file_name for shown in again.outcome.request.attachments] == ["attestation.txt"]
    assert again.outcome.attachments == (), "kept with its own form"


def test_o3_a_pending_career_on_paper_is_not_forgotten_by_a_modification() -> None:
    place = Place()
    assert reasons(place.send(forms.modification(on_paper(place, flag=True).ticket))) == ["INCOMPLETE"]


def test_o3_data_take_the_place_of_documents() -> None:
    place = Place()
    first = on_paper(place, flag=True).ticket
    place.send(forms.modification(first, history=(JOB,)))
    assert place.state(first) is State.CALCULATED


def test_o3_a_history_that_is_dropped_leaves_its_documents_to_be_read() -> None:
    place = Place()
    first = on_paper(place, history=(JOB,)).ticket
    assert place.state(first) is State.CALCULATED
    assert reasons(place.send(forms.modification(first))) == ["INCOMPLETE"]


def test_o3_a_document_sent_again_is_held_once() -> None:
    place = Place()
    again = place.send(forms.modification(on_paper(place, flag=True).ticket, attachments=(DOCUMENT, _other())))
    assert again.outcome.request is not None
    names = [shown.file_name for shown in again.outcome.request.attachments]
    assert names == ["attestation.txt", "contrat.txt"]


def _other() -> Attachment:
    from hashlib import sha256

    content = b"Contrat de travail\n"
    return Attachment(
        file_name="contrat.txt", media_type="text/plain", sha256=sha256(content).hexdigest(), content=content
    )


def test_an_agents_own_figures_are_not_overruled_by_a_machine() -> None:
    place = Place()
    unusual = planned(working_weekdays=forms.UNUSUAL)
    last = settled(place, place.send(forms.new(history=(JOB,), planned=unusual)), "decide")
    changed = place.send(forms.modification(last, history=(JOB, LATER_JOB)))
    assert reasons(changed) == ["INCOMPLETE"]


def test_an_agents_correction_is_not_overruled_by_a_machine() -> None:
    place = Place()
    first = place.send(forms.new()).ticket
    place.send(forms.own_change(first, "correct"), ONEM)
    added = place.send(forms.addition(first, planned=SHORTER))
    assert reasons(added) == ["INCOMPLETE"]
    assert reasons(place.send(forms.addition_withdrawn(added.ticket))) == ["INCOMPLETE"]


def test_a_proposal_that_an_agent_took_is_the_datas_own() -> None:
    place = Place()
    unusual = planned(working_weekdays=forms.UNUSUAL)
    last = settled(place, place.send(forms.new(planned=unusual)), "confirm")
    place.send(forms.modification(last))
    assert place.state(last) is State.CALCULATED


def test_a_derogation_granted_leaves_an_agents_figures_to_an_agent() -> None:
    place = Place()
    first = place.send(forms.new()).ticket
    last = place.send(forms.modification(first)).ticket
    place.send(forms.own_change(first, "correct"), ONEM)
    third = place.send(forms.modification(last, planned=planned(), derogation=forms.PLEASE))
    granted = place.send(forms.outcome(third.answer("OCCP101").ticket, "grant"), ONEM)
    assert reasons(granted) == ["INCOMPLETE"]
