"""OCCP001, status 0, a new calculation request: it opens a dossier and is treated.

refused by a check ──► ACRF 1, NOTIFICATION 0
accepted           ──► ACRF 1, NOTIFICATION 1, then as `handlers.treatment` answers
"""

from handlers.checks import check_request
from handlers.context import Context
from handlers.form import Form, form_of
from handlers.outcome import HistoryEntry, HistoryKind, Outcome
from handlers.treatment import Treatment, acceptance_story, treat
from schemas.models import CalculationRequest
from schemas.parser import Readable

LATE = frozenset({"05010-460", "00045-460"})
"""The request came after the start (C1), the second calculation after its window (C3)."""


def handle(request: CalculationRequest, opened: Readable, context: Context) -> Outcome:
    """Handle a new request."""
    form = form_of(request, opened, context)
    form = form.found(check_request(request, form))
    if form.is_blocked:
        return form.refuse()
    story = (
        *acceptance_story(form, form.ticket, request.person.residence_postal_code),
        *_paper_story(request, form),
        *lateness(form, form.ticket),
    )
    return treat(Treatment(form, request, None, story, documents=request.attachments))


def _paper_story(request: CalculationRequest, form: Form) -> tuple[HistoryEntry, ...]:
    """Tell that the dossier began on paper (C5, C6)."""
    if request.paper_reference is None and request.paper_reception_date is None:
        return ()
    received = request.paper_reception_date
    return (
        form.told(
            form.ticket,
            HistoryKind.RECEIVED,
            "C5, C6",
            ("paper", "C60.7"),
            ("prior_calculations", str(request.prior_calculations)),
            *((("received", received.isoformat()),) if received else ()),
        ),
    )


def lateness(form: Form, dossier: str) -> tuple[HistoryEntry, ...]:
    """Tell of a CPAS that was late (C1, C3), for operations to count."""
    grounds = {"05010-460": "C1", "00045-460": "C3"}
    return tuple(
        form.told(dossier, HistoryKind.LATE, grounds[error], actor="service")
        for error in form.error_ids
        if error in LATE
    )
