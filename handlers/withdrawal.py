"""OCCP001, status 3, a cancellation: the dossier ends, and with it what waits for it; a new request is free.

before a decision ──► ACRF 1, NOTIFICATION 1                        a pending review task is superseded
after a decision  ──► ACRF 1, NOTIFICATION 1, OCCP003 status 3      the decision is withdrawn
"""

from dataclasses import replace

from handlers import timers
from handlers.answering import Asked, withdraw
from handlers.checks import digital_only
from handlers.context import Context
from handlers.dossier import Dossier, State, TaskState
from handlers.form import Form, form_of
from handlers.outcome import DeadlineKind, HistoryKind, Outcome
from handlers.references import check_last, check_person, check_state, check_ticket
from handlers.sequence import waits_for
from handlers.transitions import Event
from schemas.models import Cancellation, Language
from schemas.parser import Readable

_ALL = tuple(DeadlineKind)
_MOTIVATION = {
    Language.FR: "La demande a été annulée par le CPAS.",
    Language.NL: "De aanvraag werd geannuleerd door het OCMW.",
    Language.DE: "Der Antrag wurde vom ÖSHZ annulliert.",
}


def handle(cancellation: Cancellation, opened: Readable, context: Context) -> Outcome:
    """Handle a cancellation."""
    form = form_of(cancellation, opened, context)
    waiting = waits_for(form)
    if waiting is not None:
        return waiting
    form = form.found(check_ticket(form, ("OCCP001", "OCCP002")))
    dossier = context.dossier
    if form.is_blocked or dossier is None:
        return form.refuse()
    refused = tuple(check_state(form, Event.CANCELLATION)) or tuple(check_last(form))
    form = form.found((*digital_only(form), *refused, *check_person(form, cancellation.inss, "inss")))
    return form.refuse(dossier.ticket) if form.is_blocked else _withdrawn(form, dossier)


def _withdrawn(form: Form, dossier: Dossier) -> Outcome:
    pending = form.context.open_task
    answers = form.receive(dossier.ticket)
    if dossier.decision is not None:
        answers = (*answers, withdraw(_asked(form, dossier), _MOTIVATION[form.language], form.context, automatic=True))
    return Outcome(
        accepted=True,
        answers=answers,
        anomalies=form.error_ids,
        dossier=replace(
            dossier,
            state=State.WITHDRAWN,
            sender=form.context.sender.number,
            open_return=None,
            decision=None,
            is_agents_word=False,
            updated_at=form.now,
        ),
        tasks=(replace(pending, state=TaskState.SUPERSEDED),) if pending else (),
        deadlines=(timers.superseded(dossier.ticket, form.now, *_ALL),),
        history=(
            form.received(dossier.ticket),
            form.told(
                dossier.ticket,
                HistoryKind.WITHDRAWN,
                "C5",
                *((("decision", dossier.decision),) if dossier.decision else ()),
                *((("task", pending.ticket),) if pending else ()),
            ),
        ),
    )


def _asked(form: Form, dossier: Dossier) -> Asked:
    return Asked(
        recipient=form.context.sender.number,
        form=form.ticket,
        dossier=dossier.ticket,
        reference=form.reference,
        language=form.language,
        inss=dossier.inss,
        residence=form.context.request.person.residence_postal_code if form.context.request else "",
        replaces=dossier.decision,
    )
