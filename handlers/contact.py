"""OCCP006, first line: a contact on a dossier, passed on to the other side, in both directions.

    CPAS ──support──► the application's desk   ──substance──► the dossier's office   ──suggestion──► the product team
    ONEM ──question──► the sender of the dossier's last accepted form   ──answer──► who asked

The dossier's state never changes by it. The CPAS's own `substance` contacts are counted: they open the second line.
"""

from collections.abc import Iterator

from handlers.answering import ONEM
from handlers.context import Context
from handlers.dossier import PartyKind
from handlers.form import Form, form_of
from handlers.outcome import Answer, HistoryKind, Outcome
from handlers.reception import answer_header
from handlers.references import check_answers, check_state, check_ticket, check_unanswered
from handlers.transitions import Event
from schemas.findings import Anomaly
from schemas.models import Contact
from schemas.parser import Readable

IDENTIFICATION = "OCCP006"
DESKS = {"support": "support", "suggestion": "product"}
"""Where contacts go that are not for an office: routing keys of the back office."""
_ANSWER = "FA"
_ON = ("OCCP001",)
NO_AGENT, NO_CONTACT_PERSON = "05103-001", "95012-001"
"""ONEM speaks by an agent, a CPAS by a contact person."""


def handle(contact: Contact, opened: Readable, context: Context) -> Outcome:
    """Pass a contact on."""
    form = form_of(contact, opened, context)
    is_answer = contact.header.type_form == _ANSWER
    form = form.found(check_answers(form, (IDENTIFICATION,)) if is_answer else check_ticket(form, _ON))
    dossier = context.dossier
    if form.is_blocked or dossier is None:
        return form.refuse()
    form = form.found(_check(contact, form))
    if form.is_blocked:
        return form.refuse(dossier.ticket)
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
        topic="" if is_answer or _is_onems(form) else contact.kind,
    )


def _is_onems(form: Form) -> bool:
    return form.context.sender.kind is PartyKind.ONEM


def _check(contact: Contact, form: Form) -> Iterator[Anomaly]:
    yield from check_state(form, Event.QUESTION if _is_onems(form) else Event.CONTACT)
    if contact.header.type_form == _ANSWER:
        yield from check_unanswered(form)
    if _is_onems(form) and contact.agent_id is None:
        yield Anomaly(NO_AGENT, form.places.find("agent_id"))
    if not _is_onems(form) and contact.person is None:
        yield Anomaly(NO_CONTACT_PERSON, form.places.find("person"))


def _passed_on(contact: Contact, form: Form) -> Answer:
    """Give the same contact for the other side, under a ticket of its own."""
    dossier, referred, context = form.context.dossier, form.context.referred, form.context
    if dossier is None or referred is None:
        raise ValueError("an accepted contact is on a dossier")
    to_cpas = _is_onems(form)
    # an answer goes to who asked; a question of ONEM's, to the sender of the last accepted form
    is_answer = contact.header.type_form == _ANSWER
    asked_by, reference = (referred.sender, referred.reference) if is_answer else (dossier.sender, dossier.reference)
    ticket = context.draw_ticket()
    header = answer_header(
        context,
        IDENTIFICATION,
        ticket,
        request_ticket=referred.form if to_cpas else form.ticket,
        sender_reference=reference if to_cpas else form.reference,
        dossier=dossier.ticket,
        type_form=contact.header.type_form,
    )
    return Answer(
        recipient=asked_by if to_cpas else ONEM,
        ticket=ticket,
        message=contact.model_copy(update={"header": header}),
        office=None if to_cpas else DESKS.get(contact.kind, dossier.office),
        correlation_id=referred.message_id if to_cpas else None,
    )
