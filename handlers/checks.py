"""Business checks that need more than the message: the date, the sender's rights, the person's other dossiers.

Each check is one promise or one rule, gives the anomalies it finds, and points at the place in the file. Checks that
need only the message itself live in `schemas`.
"""

from collections.abc import Iterator
from datetime import date

from handlers.context import Context
from handlers.promises import Promises, brussels_date, promises_on
from handlers.rights import RIGHTS, Ground, refusal
from schemas.findings import Anomaly
from schemas.models import CalculationRequest
from schemas.parser import Places

PAPER = 5


def check_request(request: CalculationRequest, places: Places, context: Context) -> tuple[Anomaly, ...]:
    """Check a new calculation request against its context; the anomalies are of any class."""
    today = brussels_date(context.envelope.received_at)
    promises = promises_on(today)
    return (
        *_created_in_the_future(request, places, today),
        *_mandate(request, places, context, today),
        *_birth_date(request, places, today),
        *_paper(request, places, context, promises),
        *_before_the_start(request, places, today),
        *_calculations(request, places, promises),
        *_second_new_request(request, places, context),
    )


def _created_in_the_future(request: CalculationRequest, places: Places, today: date) -> Iterator[Anomaly]:
    created = brussels_date(request.header.created)
    if created > today:
        yield Anomaly("05001-003", places.find("header.created"), created.isoformat())


def _mandate(request: CalculationRequest, places: Places, context: Context, today: date) -> Iterator[Anomaly]:
    """Let a vendor speak only for a CPAS that mandates it that day, for this form."""
    company = request.employer.company_id
    error_id = refusal(context.sender, context.mandates, request.header.identification, company, today)
    if error_id is not None:
        yield Anomaly(error_id, places.find("employer.company_id"), company)


def _birth_date(request: CalculationRequest, places: Places, today: date) -> Iterator[Anomaly]:
    if request.person.birth_date > today:
        yield Anomaly("05011-003", places.find("person.birth_date"))


def _paper(request: CalculationRequest, places: Places, context: Context, promises: Promises) -> Iterator[Anomaly]:
    """C6: only ONEM keys in a paper form, nothing else, and only one received before digital became the only way."""
    may_only_key_in = RIGHTS[context.sender.kind].get(request.header.identification) is Ground.PAPER
    if request.channel != PAPER:
        if may_only_key_in:
            yield Anomaly("05020-103", places.find("channel"), str(request.channel))
        return
    if not may_only_key_in:
        yield Anomaly("05020-101", places.find("channel"))
    received = request.paper_reception_date
    if received is not None and received >= promises.digital_mandatory_from:
        yield Anomaly("05020-801", places.find("paper_reception_date"), received.isoformat())


def _before_the_start(request: CalculationRequest, places: Places, today: date) -> Iterator[Anomaly]:
    """C1: the request comes before the occupation starts; a late one is accepted, told and counted."""
    if today >= request.planned.start:
        yield Anomaly("05010-460", places.find("planned.start"), request.planned.start.isoformat())


def _calculations(request: CalculationRequest, places: Places, promises: Promises) -> Iterator[Anomaly]:
    """C4: two calculations per occupation; one more only when a derogation is asked with its reason."""
    if request.prior_calculations < promises.calculations_at_most:
        return
    derogation = request.derogation
    if derogation is None or not derogation.requested or not derogation.reason.strip():
        yield Anomaly("05010-146", places.find("prior_calculations"), str(request.prior_calculations))


def _second_new_request(request: CalculationRequest, places: Places, context: Context) -> Iterator[Anomaly]:
    """C5: the same person, CPAS and start make one dossier; a change is a modification of it, never a new request."""
    for dossier in context.siblings:
        if dossier.occupation_start == request.planned.start:
            yield Anomaly("95001-133", places.find("planned.start"), path=f"dossier {dossier.ticket}")
            return
