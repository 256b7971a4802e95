"""Which handler a message goes to, and what must be loaded for it: the one place that matches on what was opened.

What the sender may not send at all is refused here, before any handler: its answer tells nothing of a dossier.
"""

from collections.abc import Callable
from typing import Any

from handlers import (
    calculation_request,
    completion,
    contact,
    escalation,
    modification,
    reception,
    review_outcome,
    status_query,
    tardy,
    versions,
    withdrawal,
)
from handlers.context import Context, Needs
from handlers.form import OURS
from handlers.outcome import Outcome
from handlers.rights import may_send
from schemas.business.references import subject
from schemas.models import (
    CalculationRequest,
    Cancellation,
    Completion,
    Contact,
    Escalation,
    EscalationReply,
    InboundMessage,
    ReviewOutcome,
    StatusQuestion,
)
from schemas.parser import Invalid, Opened, Readable, Unclear, Unreadable

NEW = 0
_HANDLERS: dict[type[Any], Callable[[Any, Readable, Context], Outcome]] = {
    ReviewOutcome: review_outcome.handle,
    Completion: completion.handle,
    Contact: contact.handle,
    Escalation: escalation.handle,
    EscalationReply: escalation.reply,
    StatusQuestion: status_query.handle,
}


def needs(opened: Opened) -> Needs:
    """Say what the context of this message must hold; an unreadable or invalid message needs nothing."""
    match opened:
        case Readable(message=message):
            return _needs(message)
        case _:
            return Needs()


def _needs(message: InboundMessage) -> Needs:
    named = subject(message)
    ticket = named.number if named is not None and named.origin == OURS else None
    reference = named.number if named is not None and named.origin != OURS else None
    match message:
        case CalculationRequest():
            return Needs(
                inss=message.person.inss,
                company_id=message.employer.company_id,
                ticket=ticket,
                reference=reference,
            )
        case Cancellation():
            return Needs(inss=message.inss, ticket=ticket, reference=reference)
        case Completion():
            return Needs(inss=message.inss, ticket=ticket)
        case StatusQuestion():
            return Needs(ticket=ticket, company_id=message.company_id, is_report=True)
        case _:
            return Needs(ticket=ticket)


def handle(opened: Opened, context: Context) -> Outcome:
    """Handle what was opened. Raises ValueError for `Unclear`: that goes to quarantine, never to a handler."""
    return tardy.told(_handled(versions.judged(opened, context), context), context)


def _handled(opened: Opened, context: Context) -> Outcome:
    match opened:
        case Unreadable():
            return reception.unreadable(opened, context)
        case Invalid(identification=identification):
            if not may_send(context.sender, identification):
                return reception.not_allowed(opened, context)
            return reception.invalid(opened, context)
        case Readable(message=message):
            if not may_send(context.sender, message.header.identification):
                return reception.not_allowed(opened, context)
            return _handler(message)(message, opened, context)
        case Unclear():
            raise ValueError("a message whose validity is unclear is for quarantine")


def _handler(message: InboundMessage) -> Callable[[Any, Readable, Context], Outcome]:
    match message:
        case CalculationRequest(header=header):
            return calculation_request.handle if header.status == NEW else modification.handle
        case Cancellation(header=header):
            return withdrawal.handle if header.identification == "OCCP001" else completion.withdraw
        case _:
            return _HANDLERS[type(message)]
