"""Which handler a message goes to, and what must be loaded for it: the one place that matches on what was opened.

What the sender may not send at all is refused here, before any handler: its answer tells nothing of a dossier.
"""

from collections.abc import Callable
from typing import Any

from handlers import calculation_request, reception, review_outcome
from handlers.context import Context, Needs
from handlers.outcome import Outcome
from handlers.rights import may_send
from schemas.findings import Anomaly
from schemas.models import CalculationRequest, InboundMessage, ReviewOutcome
from schemas.parser import Invalid, Opened, Readable, Unclear, Unreadable

_HANDLERS: dict[type[Any], Callable[[Any, Readable, Context], Outcome]] = {
    CalculationRequest: calculation_request.handle,
    ReviewOutcome: review_outcome.handle,
}


def needs(opened: Opened) -> Needs:
    """Say what the context of this message must hold; an unreadable or invalid message needs nothing."""
    match opened:
        case Readable(message=message):
            return _needs(message)
        case _:
            return Needs()


def _needs(message: InboundMessage) -> Needs:
    match message:
        case CalculationRequest():
            return Needs(inss=message.person.inss, company_id=message.employer.company_id)
        case ReviewOutcome():
            return Needs(task_ticket=message.header.reference(5, 2))
        case _:
            return Needs()


def _refuse(message: InboundMessage, opened: Readable, context: Context) -> Outcome:
    """Refuse a form that no handler takes: its action is not authorised."""
    language = getattr(message, "language", None)
    return reception.refuse(
        context,
        identification=message.header.identification,
        language=reception.answering_language(context, language),
        sender_reference=message.header.reference(1, 1),
        anomalies=(*opened.anomalies, Anomaly("05003-174", opened.places.find("header.status"))),
    )


def _handler(message: InboundMessage) -> Callable[[Any, Readable, Context], Outcome]:
    if isinstance(message, CalculationRequest) and message.header.status != 0:
        return _refuse
    if isinstance(message, ReviewOutcome) and message.outcome not in ("confirm", "decide"):
        return _refuse
    return _HANDLERS.get(type(message), _refuse)


def handle(opened: Opened, context: Context) -> Outcome:
    """Handle what was opened. Raises ValueError for `Unclear`: that goes to quarantine, never to a handler."""
    match opened:
        case Unreadable():
            return reception.unreadable(opened, context)
        case Invalid(identification=identification):
            if not may_send(context.sender.kind, identification):
                return reception.not_allowed(opened, context)
            return reception.invalid(opened, context)
        case Readable(message=message):
            if not may_send(context.sender.kind, message.header.identification):
                return reception.not_allowed(opened, context)
            return _handler(message)(message, opened, context)
        case Unclear():
            raise ValueError("a message whose validity is unclear is for quarantine")
