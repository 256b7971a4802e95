"""The date of a form's creation: not in the future, whatever the form and its sender."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from tests.process import forms
from tests.process.forms import planned
from tests.process.place import FEDERATION, ONEM, VENDOR, Place
from tests.process.test_references import decided, points_at, returned, reviewed

TODAY_IN_BRUSSELS, TOMORROW_IN_BRUSSELS = (
    datetime(2026, 11, 24, 22, 59, tzinfo=UTC),
    datetime(2026, 11, 24, 23, 0, tzinfo=UTC),
)
"""The last minute of 24 November in Brussels, and the first of the day after."""


def _added(place: Place) -> Any:
    return forms.addition_withdrawn(place.send(forms.addition(reviewed(place), comment="Bonjour")).ticket)


def _escalated(place: Place) -> Any:
    number = decided(place)
    for _ in range(2):
        place.send(forms.contact(number))
    return forms.escalation(number)


def _reply(place: Place) -> Any:
    passed_on = place.send(_escalated(place), FEDERATION).answer("OCCP007")
    return forms.escalation_reply(passed_on.ticket)


FORMS: dict[str, tuple[Callable[[Place], Any], str]] = {
    "a request": (lambda p: forms.new(), VENDOR),
    "a modification": (lambda p: forms.modification(decided(p)), VENDOR),
    "a revision": (lambda p: forms.revision(decided(p), reason="005"), VENDOR),
    "a cancellation": (lambda p: forms.cancellation(decided(p)), VENDOR),
    "a completion": (lambda p: forms.answer_to(returned(p)[1]), VENDOR),
    "an addition": (lambda p: forms.addition(reviewed(p), planned=planned()), VENDOR),
    "the withdrawal of an addition": (_added, VENDOR),
    "a contact": (lambda p: forms.contact(decided(p)), VENDOR),
    "a question of ONEM": (lambda p: forms.question(decided(p)), ONEM),
    "an escalation": (_escalated, FEDERATION),
    "its answer": (_reply, ONEM),
    "a status question on a dossier": (lambda p: forms.status(decided(p)), VENDOR),
    "a status question on all": (lambda p: forms.status(), VENDOR),
    "an outcome": (lambda p: forms.outcome(p.open_task(reviewed(p)).ticket, "confirm"), ONEM),
    "a correction": (lambda p: forms.own_change(decided(p), "correct"), ONEM),
}


def created(message: Any, when: datetime) -> Any:
    return message.model_copy(update={"header": message.header.model_copy(update={"created": when})})


@pytest.mark.parametrize("name", FORMS)
def test_no_form_was_created_after_today_in_brussels(name: str) -> None:
    form, sender = FORMS[name]
    place = Place()
    message = form(place)
    heard = place.send(created(message, TOMORROW_IN_BRUSSELS), sender)
    assert etree.QName(points_at(heard, "05001-003")).localname == "FormCreationDate"
    assert not heard.outcome.accepted
    assert place.send(created(message, TODAY_IN_BRUSSELS), sender).outcome.accepted
