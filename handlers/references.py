"""The ticket that a form refers to: known, of the right type, of a CPAS that the sender speaks for, and in time.

Each fault is an anomaly at the reference number (zone 00222); the first that applies is given, since each makes the
next meaningless: whoever may not reach a dossier learns nothing else of it. It refuses to judge contents.
"""

from collections.abc import Collection, Iterator

from handlers.answering import ONEM
from handlers.context import Referred
from handlers.dossier import Dossier, PartyKind, Sender
from handlers.form import OURS, Form
from handlers.rights import reaches
from handlers.transitions import Event, Refused, permitted
from schemas.business.references import DOSSIER
from schemas.findings import Anomaly

UNKNOWN = "00222-166"
OF_ANOTHER_TYPE = "00222-191"
OF_ANOTHER_DOSSIER = "00222-159"
OF_ANOTHER_CPAS = "00222-155"
NOT_THE_LAST = "00222-180"
ANSWERED = "00222-197"
ANOTHER_PERSON = "00024-233"


def check_ticket(form: Form, identifications: Collection[str]) -> Iterator[Anomaly]:
    """Demand that the ticket names an accepted message of one of these types, on a dossier the sender may reach."""
    context, referred = form.context, form.context.referred
    place = form.reference_place
    if referred is None or context.dossier is None or not referred.accepted:
        yield Anomaly(UNKNOWN, place, named(form))
    elif not reaches(context.sender, context.mandates, form.header.identification, context.dossier, form.today):
        yield Anomaly(OF_ANOTHER_CPAS, place, referred.ticket)
    elif referred.identification not in identifications:
        yield Anomaly(OF_ANOTHER_TYPE, place, referred.ticket, path=referred.identification)
    else:
        yield from _check_dossier(form, context.dossier)


def _check_dossier(form: Form, dossier: Dossier) -> Iterator[Anomaly]:
    """Demand that the number of a dossier beside the subject is that of the subject's."""
    for reference in form.header.references:
        is_beside = (reference.type, reference.origin) == DOSSIER and reference != form.subject
        if is_beside and reference.number != dossier.ticket:
            yield Anomaly(OF_ANOTHER_DOSSIER, form.place_of(reference), reference.number)


def check_answers(form: Form, identifications: Collection[str]) -> Iterator[Anomaly]:
    """Demand that the ticket names a message of these types that the other side sent: nobody answers itself."""
    wrong = tuple(check_ticket(form, identifications))
    referred = form.context.referred
    yield from wrong
    if not wrong and referred is not None and not _went_to(form.context.sender, referred):
        yield Anomaly(OF_ANOTHER_TYPE, form.reference_place, referred.ticket, path=referred.identification)


def _went_to(sender: Sender, referred: Referred) -> bool:
    """Tell whether a message went out to the sender's side: to ONEM, or to whoever speaks for the CPAS."""
    by_onem = sender.kind is PartyKind.ONEM
    return referred.recipient is not None and (referred.recipient == ONEM) is by_onem


def named(form: Form) -> str | None:
    """Give the ticket that the form names."""
    return form.subject.number if form.subject is not None and form.subject.origin == OURS else None


def check_last(form: Form) -> Iterator[Anomaly]:
    """Demand that a change builds on the last situation: the last accepted OCCP001, or the OCCP002 after it."""
    dossier, referred = form.context.dossier, form.context.referred
    if dossier is None or referred is None:
        return
    if referred.ticket not in (dossier.last_form, dossier.last_addition):
        yield Anomaly(NOT_THE_LAST, form.reference_place, referred.ticket, path=dossier.last_accepted)


def check_unanswered(form: Form) -> Iterator[Anomaly]:
    """Demand that what the form answers was not answered before."""
    referred = form.context.referred
    if referred is not None and referred.is_answered:
        yield Anomaly(ANSWERED, form.reference_place, referred.ticket)


def check_state(form: Form, event: Event) -> Iterator[Anomaly]:
    """Ask the table of transitions."""
    dossier = form.context.dossier
    if dossier is None:
        return
    verdict = permitted(dossier.state, event)
    if isinstance(verdict, Refused):
        place = form.places.find("header.status")
        yield Anomaly(verdict.error_id, place, dossier.state.value, path=dossier.ticket)


def check_person(form: Form, inss: str, path: str) -> Iterator[Anomaly]:
    """Demand the dossier's person; the number is never repeated."""
    dossier = form.context.dossier
    if dossier is not None and dossier.inss != inss:
        yield Anomaly(ANOTHER_PERSON, form.places.find(path))
