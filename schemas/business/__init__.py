"""Business checks that a message allows by itself, without context.

    check ─┬─ references   how the form refers to itself and to others           every message
           ├─ request      reason, channel, person, contact                      OCCP001
           ├─ career       dates, hours, services, employers                     OCCP001, OCCP002
           ├─ documents    what is attached, by its content                      OCCP001, OCCP002
           ├─ exchange     completions, cancellations, contacts, escalations     OCCP001, OCCP002, OCCP006, OCCP007
           └─ outcome      what an agent decided                                 OCCP102

Each check is a small function that yields (error id, path in model terms). They run on what could be read of an invalid
message too, so every field may be None here, whatever the model says; a check that lacks a field is silent.
"""

from schemas.business import career, documents, exchange, outcome, references, request
from schemas.business.found import Found
from schemas.codec import Message
from schemas.models import (
    CalculationRequest,
    Cancellation,
    Completion,
    Contact,
    Escalation,
    ReviewOutcome,
    StatusReport,
)


def check(message: Message) -> Found:
    """Give all business anomalies of a message, in no particular order."""
    yield from references.check(message)
    match message:
        case CalculationRequest():
            yield from request.check(message)
            yield from career.check(message)
            yield from documents.check(message)
        case Completion():
            yield from exchange.completion(message)
            yield from career.check(message)
            yield from documents.check(message)
        case Cancellation():
            yield from exchange.cancellation(message)
        case Contact():
            yield from exchange.contact(message)
        case Escalation():
            yield from exchange.escalation(message)
        case ReviewOutcome():
            yield from outcome.check(message)
        case StatusReport():
            yield "05004-233", "header.type_form"
        case _:
            return
