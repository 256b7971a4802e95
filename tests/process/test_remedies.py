"""What a sender is told to do is accepted once it does it: every way out that an answer names leads out."""

import pytest

from handlers.dossier import State
from schemas.codec import encode
from schemas.models import Language
from tests.process import forms
from tests.process.place import Heard, Place


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
