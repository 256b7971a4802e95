"""A calculation request (OCCP001): its reason, channel, derogation, person and contact.

status 0   reason 001, 005; 002 to 004 where it continues a dossier begun on paper (promise C5)
status 1   reason 002, 003, 004
status 4   reason 002, 003, 004, 005
"""

from collections.abc import Callable
from datetime import date

from schemas.business.found import Found, is_mojibake, niss
from schemas.identifiers import niss_birth_dates
from schemas.models import CalculationRequest

_REASONS = {
    0: frozenset({"001", "005"}),
    1: frozenset({"002", "003", "004"}),
    4: frozenset({"002", "003", "004", "005"}),
}
_KNOWN = frozenset[str]().union(*_REASONS.values())
_LATER_REASONS = frozenset({"002", "003", "004"})
_YOUNGEST, _OLDEST = 16, 100


def check(request: CalculationRequest) -> Found:
    """Give the anomalies of a request, but for its references and career."""
    for one in _CHECKS:
        yield from one(request)


def reason_fits_status(request: CalculationRequest) -> Found:
    """Demand a reason that the status allows; a new request may continue a paper dossier (zone 05010, promise C5)."""
    status, reason = request.header.status, request.reason
    if status not in _REASONS or reason not in _KNOWN:
        return
    from_paper = status == 0 and reason in _LATER_REASONS and request.paper_reference is not None
    if reason not in _REASONS[status] and not from_paper:
        yield "05010-233", "reason"
    if from_paper and not request.prior_calculations:
        yield "05040-001", "prior_calculations"
    if reason == "001" and request.paper_reference is not None:
        yield "05022-005", "paper_reference"


def paper_has_its_date(request: CalculationRequest) -> Found:
    """Demand the date the paper form was received of the paper channel, and of no other (promise C6)."""
    if request.channel == 5 and request.paper_reception_date is None:
        yield "05021-001", "paper_reception_date"
    if request.channel in (1, 6) and request.paper_reception_date is not None:
        yield "05021-005", "paper_reception_date"


def derogation_has_a_reason(request: CalculationRequest) -> Found:
    """Demand a reason of whoever asks for a derogation (promise C4)."""
    if request.derogation is not None and request.derogation.requested and not request.derogation.reason.strip():
        yield "05013-001", "derogation.reason"


def person_is_coherent(request: CalculationRequest) -> Found:
    """NISS check digits, and the birth date against the NISS and the contract's start (zones 00024, 05011)."""
    if request.person is None:
        return
    number, born = request.person.inss, request.person.birth_date
    yield from niss(number, "person.inss")
    birth = niss_birth_dates(number) if number else None
    if birth is not None and born is not None and not birth.agrees_with(born):
        yield "00024-245", "person.inss"
    start = request.planned.start if request.planned is not None else None
    if born is None or start is None:
        return
    if born > start:
        yield "05011-159", "person.birth_date"
    elif not _YOUNGEST <= _age(born, start) <= _OLDEST:
        yield "05011-807", "person.birth_date"


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def nationality_where_needed(request: CalculationRequest) -> Found:
    """Nationality is given with foreign work or a permit, and only then (AR 37 § 2, AR 43; minimisation)."""
    person = request.person
    if person is None:
        return
    needed = person.work_permit_matters or any(_is_foreign(past.country) for past in request.history)
    if needed and person.nationality is None:
        yield "05043-001", "person.nationality"
    if not needed and person.nationality is not None:
        yield "05043-005", "person.nationality"


def _is_foreign(country: str | None) -> bool:
    return country is not None and len(country) == 2 and country != "BE"


def names_are_readable(request: CalculationRequest) -> Found:
    """UTF-8 read as Latin-1 shows in names."""
    if request.person is not None and is_mojibake(request.person.name):
        yield "05042-806", "person.name"
    if request.contact is not None and is_mojibake(request.contact.name):
        yield "05030-806", "contact.name"


_CHECKS: tuple[Callable[[CalculationRequest], Found], ...] = (
    reason_fits_status,
    paper_has_its_date,
    derogation_has_a_reason,
    person_is_coherent,
    nationality_where_needed,
    names_are_readable,
)
