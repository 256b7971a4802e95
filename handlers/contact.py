"""OCCP006, first line: a contact on a dossier, passed on to the other side, in both directions.

    CPAS ──support──► the application's desk   ──substance──► the dossier's office   ──suggestion──► the product team
    ONEM ──question or answer──► the sender of the dossier's last accepted form

The dossier's state never changes by it. `substance` contacts are remembered: they open the second line.
"""

from collections.abc import Iterator

from handlers.answering import ONEM
from handlers.context import Context
from handlers.dossier import PartyKind
from handlers.form import Form, form_of
from handlers.outcome import Answer, HistoryKind, Outcome
from handlers.reception import answer_header
from handlers.references import check_state, check_ticket, check_unanswered
from handlers.transitions import Event
from schemas.findings import Anomaly
from schemas.models import Contact
from schemas.parser import Readable

IDENTIFICATION = "OCCP006"
DESKS = {"support": "support", "suggestion": "product"}
"""Where contacts go that are not for an office: routing keys of the back office."""
_ANSWER = "FA"
_ON = ("OCCP001",)


def handle(contact: Contact, opened: Readable, context: Context) -> Outcome:
    """Pass a contact on."""
    form = form_of(contact, opened, context)
    form = form.found(_check(contact, form))
    dossier = context.dossier
    if form.is_blocked or dossier is None:
        return form.refuse(dossier.ticket if dossier is not None and context.referred is not None else None)
    passed_on = _passed_on(contact, form)
    story = form.told(
        dossier.ticket,
        HistoryKind.CONTACT,
        "AR 142",
        ("kind", contact.kind),
        ("type", contact.header.type_form),
        ("message", passed_on.ticket),
        actor=form.actor if contact.agent_id is None else f"agent {contact.agent_id}",
    )
    return Outcome(
        accepted=True,
        answers=(*form.receive(dossier.ticket), passed_on),
        anomalies=form.error_ids,
        about=dossier.ticket,
        history=(story,),
        topic=contact.kind,
    )


def _check(contact: Contact, form: Form) -> Iterator[Anomaly]:
    is_answer = contact.header.type_form == _ANSWER
    wrong = list(check_ticket(form, (IDENTIFICATION,) if is_answer else _ON))
    yield from wrong
    if wrong:
        return
    by_onem = form.context.sender.kind is PartyKind.ONEM
    yield from check_state(form, Event.QUESTION if by_onem else Event.CONTACT)
    if is_answer:
        yield from check_unanswered(form)


def _passed_on(contact: Contact, form: Form) -> Answer:
    """Give the same contact for the other side, under a ticket of its own."""
    dossier, referred, context = form.context.dossier, form.context.referred, form.context
    if dossier is None or referred is None:
        raise ValueError("an accepted contact is on a dossier")
    to_cpas = context.sender.kind is PartyKind.ONEM
    ticket = context.draw_ticket()
    header = answer_header(
        context,
        IDENTIFICATION,
        ticket,
        request_ticket=referred.form if to_cpas else form.ticket,
        sender_reference=dossier.reference if to_cpas else form.reference or None,
        dossier=dossier.ticket,
        type_form=contact.header.type_form,
    )
    return Answer(
        recipient=dossier.sender if to_cpas else ONEM,
        ticket=ticket,
        message=contact.model_copy(update={"header": header}),
        office=None if to_cpas else DESKS.get(contact.kind, dossier.office),
        correlation_id=referred.message_id if to_cpas else None,
    )
