"""A form that overtook the one it builds on: it is kept, up to 24 hours, and handled when that one is there.

names a ticket            ──► at once: a ticket is ours, so it is known or it never will be
names an own reference    ──► known: at once │ not yet: ACRF 1 and wait │ never came: 505
"""

from datetime import timedelta

from handlers.form import Form
from handlers.outcome import Outcome, Wait
from handlers.promises import promises_on
from handlers.reception import acknowledge
from schemas.findings import Anomaly

NEVER_CAME = "00222-505"
EARLIER_FORM, SENDERS_OWN = 3, 1


def waits_for(form: Form) -> Outcome | None:
    """Give the outcome of a form whose predecessor is not there: it waits, or has waited too long; None if it is."""
    reference = form.header.reference(EARLIER_FORM, SENDERS_OWN)
    if reference is None or form.context.referred is not None:
        return None
    if form.context.resumed:
        return form.found((Anomaly(NEVER_CAME, form.reference_place),)).refuse()
    received = acknowledge(form.context, language=form.language, sender_reference=form.reference or None)
    until = form.now + timedelta(hours=promises_on(form.today).sequence_hours)
    return Outcome(accepted=False, answers=(received,), anomalies=form.error_ids, wait=Wait(reference, until))
