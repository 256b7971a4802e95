"""OCCP007, second line: a federation escalates a dossier to ONEM's single point of contact, which answers.

three conditions, each stated        the schema's checks
two earlier contacts of `substance`  else 174
no personal data                     coded reasons only; ONEM finds the dossier by its ticket
"""

from collections.abc import Iterator

from handlers.answering import ONEM
from handlers.context import Context
from handlers.dossier import PartyKind
from handlers.form import Form, form_of
from handlers.outcome import Answer, HistoryKind, Outcome
from handlers.promises import promises_on
from handlers.reception import answer_header
from handlers.references import check_answers, check_state, check_ticket, check_unanswered
from handlers.rights import FORM_NOT_ALLOWED
from handlers.transitions import Event
from schemas.findings import Anomaly
from schemas.models import Escalation, EscalationReply
from schemas.parser import Readable

IDENTIFICATION = "OCCP007"
DESK = "spoc"
"""Routing key of ONEM's single point of contact."""
TOO_FEW_CONTACTS = "00222-174"


def handle(escalation: Escalation, opened: Readable, context: Context) -> Outcome:
    """Pass an escalation on to ONEM."""
    form = form_of(escalation, opened, context)
    form = form.found(_is_from(form, PartyKind.FEDERATION) or check_ticket(form, ("OCCP001",)))
    if form.is_blocked or context.dossier is None:
        return form.refuse()
    form = form.found(_check(form))
    return _passed_on(escalation, form, ONEM, ("reasons", " ".join(escalation.reasons)), actor=form.actor)


def reply(answer: EscalationReply, opened: Readable, context: Context) -> Outcome:
    """Pass ONEM's answer on to the federation that escalated."""
    form = form_of(answer, opened, context)
    form = form.found(_is_from(form, PartyKind.ONEM) or check_answers(form, (IDENTIFICATION,)))
    if form.is_blocked or context.dossier is None:
        return form.refuse()
    form = form.found((*check_state(form, Event.ESCALATION_REPLY), *check_unanswered(form)))
    federation = context.referred.sender if context.referred is not None else ""
    return _passed_on(answer, form, federation, ("answer", answer.answer), actor=f"agent {answer.agent_id}")


def _is_from(form: Form, kind: PartyKind) -> tuple[Anomaly, ...]:
    """Demand that a federation escalates and ONEM answers: neither does the other's."""
    if form.context.sender.kind is kind:
        return ()
    return (Anomaly(FORM_NOT_ALLOWED, form.places.find("header.type_form"), form.header.type_form),)


def _check(form: Form) -> Iterator[Anomaly]:
    yield from check_state(form, Event.ESCALATION)
    needed, held = promises_on(form.today).substance_contacts, form.context.substance_contacts
    if held < needed:
        yield Anomaly(TOO_FEW_CONTACTS, form.reference_place, path=f"{held} of {needed}")


def _passed_on(
    message: Escalation | EscalationReply, form: Form, recipient: str, detail: tuple[str, str], *, actor: str
) -> Outcome:
    dossier, referred, context = form.context.dossier, form.context.referred, form.context
    if form.is_blocked or dossier is None or referred is None:
        return form.refuse(dossier.ticket if dossier is not None else None)
    is_reply = recipient != ONEM
    ticket = context.draw_ticket()
    header = answer_header(
        context,
        IDENTIFICATION,
        ticket,
        request_ticket=referred.form if is_reply else form.ticket,
        sender_reference=referred.reference if is_reply else form.reference,
        dossier=dossier.ticket,
        type_form=message.header.type_form,
    )
    passed_on = Answer(
        recipient,
        ticket,
        message.model_copy(update={"header": header}),
        office=None if is_reply else DESK,
        correlation_id=referred.message_id if is_reply else None,
    )
    return Outcome(
        accepted=True,
        answers=(*form.receive(dossier.ticket), passed_on),
        anomalies=form.error_ids,
        about=dossier.ticket,
        history=(
            form.told(dossier.ticket, HistoryKind.ESCALATED, "second line", detail, ("message", ticket), actor=actor),
        ),
    )
