"""What passes between the parties about a request: completions, cancellations, contacts, escalations."""

import re

from schemas.business.found import Found, is_mojibake, niss
from schemas.identifiers import niss_is_valid
from schemas.models import Cancellation, Completion, Contact, Escalation

_ELEVEN_DIGITS = re.compile("(?=((?:[0-9][^0-9]?){10}[0-9]))")
_CONDITIONS = {
    "every_means_used": "05213-817",
    "unsolved_after_requests": "05214-817",
    "payment_delayed_over_a_month": "05215-817",
}


def cancellation(message: Cancellation) -> Found:
    """Check digits of the person whose form is cancelled."""
    yield from niss(message.inss, "inss")


def completion(message: Completion) -> Found:
    """Check digits of the person, and something that is completed (promise O6)."""
    yield from niss(message.inss, "inss")
    given = (
        message.items,
        message.planned,
        message.history,
        message.periods,
        message.earlier_admission,
        message.fresh_stage_from,
        message.comment,
        message.attachments,
    )
    if not any(given):
        yield "95002-816", "header"


def contact(message: Contact) -> Found:
    """Demand a contact person, who has a telephone and a mail address, of whoever is not an agent of ONEM."""
    if message.agent_id is None and message.person is None:
        yield "95012-001", "person"
    if message.agent_id is not None and message.person is not None:
        yield "95012-005", "person"
    if message.person is not None and is_mojibake(message.person.name):
        yield "05030-806", "person.name"


def escalation(message: Escalation) -> Found:
    """Demand all three conditions of the second line, and no national number in a reference (it has no free text)."""
    for field, error_id in _CONDITIONS.items():
        if getattr(message, field) is False:
            yield error_id, field
    for index, reference in enumerate(message.header.references or ()):
        if _holds_a_niss(reference.number):
            yield "00222-005", f"header.references[{index}].number"


def _holds_a_niss(text: str | None) -> bool:
    found = (re.sub("[^0-9]", "", match[1]) for match in _ELEVEN_DIGITS.finditer(text or ""))
    return any(niss_is_valid(digits) for digits in found)
