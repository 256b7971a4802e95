"""How a form refers to itself and to others: the references that its status and type call for, each exactly once.

    own         1/1   every form
    OCCP001     status 1, 3, 4: one of type 3            OCCP002   status 3: one of type 3 · FA: 5/2 · SU: 0/2
    OCCP006/7   RE: 2/2 · FA: 5/2                        OCCP008   RE: at most one 2/2
    OCCP102     5/2 to answer a task · 2/2 to correct or withdraw a decision

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

ANSWERED: Kind = (5, 2)
ADDED_TO: Kind = (0, 2)
DOSSIER: Kind = (2, 2)

_MISSING = {ANSWERED: "90082-808", ADDED_TO: "90082-813", DOSSIER: "90082-814"}
_OF_DOSSIER = ("correct", "withdraw")
_SUCCEEDING = (1, 3, 4)


def check(message: Message) -> Found:
    """Give the anomalies of a form's references; silent while the type or origin of one could not be read."""
    references = message.header.references or ()
    if not references or any(reference.type is None or reference.origin is None for reference in references):
        return
    yield from own_reference(references)
    yield from tickets(references)
    yield from predecessor(message, references)
    wanted = _wanted(message)
    if wanted is not None:
        yield from _exactly_one(references, wanted)
    elif isinstance(message, StatusQuestion):
        yield from _at_most_one(references, DOSSIER)


def own_reference(references: Sequence[Reference]) -> Found:
    """Exactly one reference of type 1 and origin 1: the sender's own (block 90082)."""
    own = _indexes(references, (1, 1))
    if not own:
        yield "90082-809", "header.references"
    for index in own[1:]:
        yield "90082-810", f"header.references[{index}]"


def tickets(references: Sequence[Reference]) -> Found:
    """Demand the form of a ticket of every number that the social security gave (zone 00222)."""
    for index, reference in enumerate(references):
        if reference.origin == 2 and reference.number and not ticket_is_wellformed(reference.number):
            yield "00222-003", f"header.references[{index}].number"


def predecessor(message: Message, references: Sequence[Reference]) -> Found:
    """Demand of a form that changes or cancels another the one form it follows, and of a new form none.

    It is named by its ticket (3/2), or by the sender's own reference (3/1) where its ACRF was not back yet.
    """
    if not isinstance(message, CalculationRequest | Completion | Cancellation):
        return
    named = [index for index, reference in enumerate(references) if reference.type == 3]
    if message.header.status in _SUCCEEDING:
        if not named:
            yield "90082-812", "header.references"
        for index in named[1:]:
            yield "00222-188", f"header.references[{index}].number"
    elif message.header.status == 0:
        for index in named:
            yield "90082-005", f"header.references[{index}]"


def _wanted(message: Message) -> Kind | None:
    """Give the reference that a form must have exactly once, besides its own."""
    match message:
        case Completion():
            return {"FA": ANSWERED, "SU": ADDED_TO}.get(message.header.type_form)
        case Contact() | Escalation() | EscalationReply():
            return {"FA": ANSWERED, "RE": DOSSIER}.get(message.header.type_form)
        case ReviewOutcome(outcome=outcome) if outcome is not None:
            return DOSSIER if outcome in _OF_DOSSIER else ANSWERED
        case _:
            return None


def _exactly_one(references: Sequence[Reference], wanted: Kind) -> Found:
    if not _indexes(references, wanted):
        yield _MISSING[wanted], "header.references"
    yield from _at_most_one(references, wanted)


def _at_most_one(references: Sequence[Reference], wanted: Kind) -> Found:
    for index in _indexes(references, wanted)[1:]:
        yield "00222-188", f"header.references[{index}].number"


def _indexes(references: Sequence[Reference], wanted: Kind) -> list[int]:
    return [index for index, reference in enumerate(references) if (reference.type, reference.origin) == wanted]
