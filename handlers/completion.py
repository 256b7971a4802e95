"""OCCP002, missing information: added to the request of its dossier, which is then treated anew.

    status 0, FA  answers an OCCP004 (return), 005 (reminder of it) or 006 (question)
    status 0, SU  of its own accord, to an OCCP001
    status 3      takes the last OCCP002 back: the request is again what it was before

What answers a return or adds to a pending request asks for nothing more; after a decision it counts (promise C4).
Documents that come without data have to be read by an agent (promise O3).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from handlers.checks import changes_something, check_another, no_other_dossier
from handlers.context import Context, Referred
from handlers.dossier import Dossier
from handlers.form import Form, form_of
from handlers.mapping import same_facts
from handlers.modification import after_closure
from handlers.outcome import HistoryKind, Outcome
from handlers.references import (
    NOT_THE_LAST,
    check_answers,
    check_person,
    check_state,
    check_ticket,
    check_unanswered,
)
from handlers.transitions import Event
from handlers.treatment import Treatment, acceptance_story, documents_of, treat
from schemas.findings import Anomaly
from schemas.models import CalculationRequest, Cancellation, Completion
from schemas.parser import Readable

ANSWERABLE = ("OCCP004", "OCCP005", "OCCP006")
EVENT = "003"
IDENTIFICATION = "OCCP002"
_T = TypeVar("_T")


def handle(completion: Completion, opened: Readable, context: Context) -> Outcome:
    """Handle what the CPAS adds."""
    form = form_of(completion, opened, context)
    answers_us = completion.header.type_form == "FA"
    form = form.found(check_answers(form, ANSWERABLE) if answers_us else check_ticket(form, ("OCCP001",)))
    dossier, before = context.dossier, context.request
    if form.is_blocked or dossier is None or before is None:
        return form.refuse()
    event = Event.COMPLETION if answers_us else Event.ADDITION
    form = form.found((*check_state(form, event), *check_person(form, completion.inss, "inss")))
    request = merged(before, completion, is_decided=dossier.is_decided)
    if not form.is_blocked:
        form = form.found((*_check(completion, form, dossier, request), *no_other_dossier(request, form)))
    if form.is_blocked:
        return form.refuse(dossier.ticket)
    form = form.found(after_closure(form))
    return treat(_treatment(completion, form, dossier, request))


def _check(completion: Completion, form: Form, dossier: Dossier, request: CalculationRequest) -> Iterator[Anomaly]:
    refused = tuple(_check_answered(form, dossier))
    yield from refused
    if dossier.is_decided and not refused:
        yield from changes_something(request, completion.attachments, form)
        yield from check_another(form, EVENT, None, at="header.status")


def _check_answered(form: Form, dossier: Dossier) -> Iterator[Anomaly]:
    """Demand that nobody answered before, and of a return that it still waits: a later form may have overtaken it."""
    referred = form.context.referred
    if referred is None or form.header.type_form != "FA":
        return
    if referred.is_answered:
        yield from check_unanswered(form)
    elif not _still_waits(referred, dossier):
        yield Anomaly(NOT_THE_LAST, form.reference_place, referred.ticket, path=dossier.last_form)


def _still_waits(referred: Referred, dossier: Dossier) -> bool:
    """Tell whether what the form answers is still asked: a reminder asks no longer than its return."""
    match referred.identification:
        case "OCCP004":
            return dossier.open_return == referred.ticket
        case "OCCP005":
            return dossier.open_return is not None
        case _:
            return True


def _treatment(completion: Completion, form: Form, dossier: Dossier, request: CalculationRequest) -> Treatment:
    story = (
        *acceptance_story(form, dossier.ticket, request.person.residence_postal_code),
        form.told(
            dossier.ticket,
            HistoryKind.COMPLETED,
            "O6",
            *((("answers", form.context.referred.ticket),) if form.context.referred else ()),
            ("items", str(len(completion.items))),
            ("documents", str(len(completion.attachments))),
        ),
    )
    return Treatment(
        form,
        request,
        dossier,
        story,
        remarks=tuple(_remarks(completion)),
        documents=completion.attachments,
        is_addition=True,
    )


def _remarks(completion: Completion) -> Iterator[str]:
    yield from (f"{item.code}: {item.text}" for item in completion.items)
    if completion.comment:
        yield completion.comment


def merged(request: CalculationRequest, completion: Completion, *, is_decided: bool) -> CalculationRequest:
    """Give the request with what was added: jobs and periods beside the others, the rest in its place.

    Documents without new data are for an agent to read, now and whatever is added later (promise O3). Where the
    request was decided (`is_decided`), what is added is an event; else it is still asked for the same reason.
    """
    data = request.model_copy(
        update={
            "planned": completion.planned or request.planned,
            "history": _together(request.history, completion.history),
            "periods": _together(request.periods, completion.periods),
            "earlier_admission": completion.earlier_admission or request.earlier_admission,
            "fresh_stage_from": completion.fresh_stage_from or request.fresh_stage_from,
        }
    )
    unread = bool(completion.attachments) and same_facts(data, request)
    return data.model_copy(
        update={
            "language": completion.language,
            "reason": EVENT if is_decided else request.reason,
            "career_in_attachments": request.career_in_attachments or unread,
            "attachments": documents_of(request.attachments, completion.attachments),
        }
    )


def _together(held: tuple[_T, ...], added: tuple[_T, ...]) -> tuple[_T, ...]:
    """Give what was told and what is added, nothing twice."""
    return (*held, *(one for one in added if one not in held))


def withdraw(cancellation: Cancellation, opened: Readable, context: Context) -> Outcome:
    """Handle the taking back of the last OCCP002."""
    form = form_of(cancellation, opened, context)
    form = form.found(check_ticket(form, (IDENTIFICATION,)))
    dossier = context.dossier
    if form.is_blocked or dossier is None:
        return form.refuse()
    form = form.found((*check_state(form, Event.ADDITION_WITHDRAWN), *check_person(form, cancellation.inss, "inss")))
    referred = context.referred
    if not form.is_blocked and (context.before is None or referred is None or dossier.last_addition != referred.ticket):
        named = referred.ticket if referred else None
        form = form.found((Anomaly(NOT_THE_LAST, form.reference_place, named, path=dossier.last_accepted),))
    if not form.is_blocked and context.before is not None:
        form = form.found(no_other_dossier(context.before[1], form))
    if form.is_blocked or context.before is None:
        return form.refuse(dossier.ticket)
    earlier, request = context.before
    story = (
        form.received(dossier.ticket),
        form.told(dossier.ticket, HistoryKind.WITHDRAWN, "O1", ("form", dossier.last_addition or "")),
    )
    undone = Treatment(form, request, dossier, story, is_addition=True, counts=dossier.decision is None)
    outcome = treat(undone)
    if outcome.dossier is None:
        raise ValueError("a treated request has a dossier")
    restored = None if earlier == dossier.last_form else earlier
    return replace(outcome, dossier=replace(outcome.dossier, last_addition=restored), request=None)
