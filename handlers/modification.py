"""OCCP001, status 1 (modification) and 4 (recalculation after a decision): the dossier goes on with the new data.

    ticket unknown, of another CPAS or type, not the last ──► NOTIFICATION 0
    state, window (C3), number of calculations (C4) refuse ──► NOTIFICATION 0
    else ──► treated anew (`handlers.treatment`); a pending review task is superseded

A form is complete but for the documents, which stay with their dossier (promise O3).
A form sent before its predecessor's ticket came back names that one by the sender's own reference: it waits for it.
"""

from handlers.calculation_request import lateness
from handlers.checks import check_change
from handlers.context import Context
from handlers.dossier import State
from handlers.form import Form, form_of
from handlers.mapping import is_career_on_paper
from handlers.outcome import Outcome
from handlers.references import check_last, check_person, check_state, check_ticket
from handlers.sequence import waits_for
from handlers.transitions import Event
from handlers.treatment import Treatment, acceptance_story, documents_of, treat
from schemas.findings import Anomaly
from schemas.models import CalculationRequest
from schemas.parser import Readable

REVISION = 4
WAS_CLOSED = "05003-245"
"""An agent looks at a change of a dossier that was closed."""


def handle(request: CalculationRequest, opened: Readable, context: Context) -> Outcome:
    """Handle a changed request."""
    form = form_of(request, opened, context)
    waiting = waits_for(form)
    if waiting is not None:
        return waiting
    form = form.found(check_ticket(form, ("OCCP001", "OCCP002")))
    dossier, held, documents = context.dossier, context.request, request.attachments
    if form.is_blocked or dossier is None:
        return form.refuse()
    if held is not None:
        request = with_documents(request, held)
    event = Event.REVISION if request.header.status == REVISION else Event.MODIFICATION
    refused = tuple(check_state(form, event)) or tuple(check_last(form))
    form = form.found((*refused, *check_person(form, request.person.inss, "person.inss")))
    if not form.is_blocked:
        form = form.found(check_change(request, form))
    if form.is_blocked:
        return form.refuse(dossier.ticket)
    form = form.found(after_closure(form))
    story = (
        *acceptance_story(form, dossier.ticket, request.person.residence_postal_code),
        *lateness(form, dossier.ticket),
    )
    return treat(Treatment(form, request, dossier, story, documents=documents))


def with_documents(request: CalculationRequest, held: CalculationRequest) -> CalculationRequest:
    """Give the request with the dossier's documents; a career on paper stays there until new jobs or periods come."""
    told = (*held.history, *held.periods)
    tells = any(one not in told for one in (*request.history, *request.periods))
    return request.model_copy(
        update={
            "attachments": documents_of(held.attachments, request.attachments),
            "career_in_attachments": request.career_in_attachments or (is_career_on_paper(held) and not tells),
        }
    )


def after_closure(form: Form) -> tuple[Anomaly, ...]:
    """Put a change of a closed dossier before an agent."""
    dossier = form.context.dossier
    if dossier is None or dossier.state is not State.CLOSED:
        return ()
    return (Anomaly(WAS_CLOSED, form.places.find("header.status")),)
