"""How a form refers to itself and to others: the one reference that its status and type call for, and no other.

    own         1/1   every form
    OCCP001     status 0: none                           status 1, 3, 4: 3/2, or 3/1
    OCCP002     status 0, FA: 5/2 · SU: 0/2              status 3: 3/2, or 3/1
    OCCP006/7   RE: 2/2 · FA: 5/2                        OCCP008   RE: 2/2, or none
    OCCP102     5/2 to answer a task · 2/2 to correct or withdraw a decision

The dossier's number (2/2) may stand beside it, as in our answers, and references that are the sender's own business.
Refuses to look a ticket up: whether it exists, and whose it is, is the handlers' to find.
"""

from collections.abc import Sequence

from schemas.business.found import Found
from schemas.codec import Message
from schemas.identifiers import ticket_is_wellformed
from schemas.models import (
    CalculationRequest,
    Cancellation,
    Completion,
    Contact,
    Escalation,
    EscalationReply,
    Reference,
    ReviewOutcome,
    StatusQuestion,
)

Kind = tuple[int, int]
"""Type and origin of a reference."""

OWN: Kind = (1, 1)
DOSSIER: Kind = (2, 2)
_ABOUT = (DOSSIER,)
_ANSWERED: tuple[Kind, ...] = ((5, 2),)
_ADDED_TO: tuple[Kind, ...] = ((0, 2),)
_FOLLOWED: tuple[Kind, ...] = ((3, 2), (3, 1))
"""By its ticket, or by the sender's own reference where its ACRF was not back yet."""

_MISSING = {_ANSWERED: "90082-808", _FOLLOWED: "90082-812", _ADDED_TO: "90082-813", _ABOUT: "90082-814"}
_OF_DOSSIER = ("correct", "withdraw")
_SUCCEEDING = (1, 3, 4)
_SOCIAL_SECURITY, _EARLIER_FORM = 2, 3


def check(message: Message) -> Found:
    """Give the anomalies of a form's references; silent while the type or origin of one could not be read."""
    references = message.header.references or ()
    if not references or any(reference.type is None or reference.origin is None for reference in references):
        return
    yield from own_reference(references)
    yield from tickets(references)
    kinds = _called_for(message)
    if kinds is not None:
        yield from _the_one(references, kinds, may_miss=isinstance(message, StatusQuestion))
        yield from _beside(references, kinds)


def subject(message: Message) -> Reference | None:
    """Give the reference to what a form follows, answers, adds to or is about; None where it names nothing."""
    references = message.header.references
    return next((references[index] for index in _indexes(references, _called_for(message) or ())), None)


def own_reference(references: Sequence[Reference]) -> Found:
    """Exactly one reference of type 1 and origin 1: the sender's own (block 90082)."""
    own = _indexes(references, (OWN,))
    if not own:
        yield "90082-809", "header.references"
    for index in own[1:]:
        yield "90082-810", f"header.references[{index}]"


def tickets(references: Sequence[Reference]) -> Found:
    """Demand the form of a ticket of every number that the social security gave (zone 00222)."""
    for index, reference in enumerate(references):
        if reference.origin == 2 and reference.number and not ticket_is_wellformed(reference.number):
            yield "00222-003", f"header.references[{index}].number"


def _called_for(message: Message) -> tuple[Kind, ...] | None:
    """Give the kinds of which a form needs one reference; None while its status or type could not be read."""
    header = message.header
    match message:
        case CalculationRequest() | Completion() | Cancellation() if header.status in _SUCCEEDING:
            return _FOLLOWED
        case CalculationRequest() if header.status == 0:
            return ()
        case Completion():
            return {"FA": _ANSWERED, "SU": _ADDED_TO}.get(header.type_form)
        case Contact() | Escalation() | EscalationReply():
            return {"FA": _ANSWERED, "RE": _ABOUT}.get(header.type_form)
        case ReviewOutcome(outcome=outcome) if outcome is not None:
            return _ABOUT if outcome in _OF_DOSSIER else _ANSWERED
        case StatusQuestion():
            return _ABOUT
        case _:
            return None


def _the_one(references: Sequence[Reference], kinds: tuple[Kind, ...], *, may_miss: bool) -> Found:
    """Demand the reference called for, once."""
    found = _indexes(references, kinds)
    if not found and kinds and not may_miss:
        yield _MISSING[kinds], "header.references"
    for index in found[1:]:
        yield "00222-188", f"header.references[{index}].number"


def _beside(references: Sequence[Reference], kinds: tuple[Kind, ...]) -> Found:
    """Refuse every other reference to a form, which could only contradict; the dossier's number may stand once."""
    beside = _ABOUT if kinds and kinds != _ABOUT else ()
    for index in _indexes(references, beside)[1:]:
        yield "00222-188", f"header.references[{index}].number"
    for index, reference in enumerate(references):
        names_a_form = reference.origin == _SOCIAL_SECURITY or reference.type == _EARLIER_FORM
        if names_a_form and (reference.type, reference.origin) not in (*kinds, *beside):
            yield "90082-005", f"header.references[{index}]"


def _indexes(references: Sequence[Reference], kinds: tuple[Kind, ...]) -> list[int]:
    return [index for index, reference in enumerate(references) if (reference.type, reference.origin) in kinds]
