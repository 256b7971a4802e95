"""Business checks that a message allows by itself, without context: check digits, dates against dates, S against Q.

Each check is a small function that yields (error id, path in model terms). They run on what could be read of an invalid
message too, so every field may be None here, whatever the model says; a check that lacks a field is silent.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from schemas.codec import Message
from schemas.identifiers import bce_is_valid, niss_birth_dates, onss_is_valid
from schemas.models import (
    AbsenceSpell,
    CalculationRequest,
    Employer,
    HistoricOccupation,
    PlannedOccupation,
    ReviewOutcome,
    StatusReport,
)

Found = Iterator[tuple[str, str]]

_MOJIBAKE = re.compile("\u00c3[\u0080-\u00bf]|\u00c2[\u00a0-\u00bf]")
_LATER_REASONS = frozenset({"002", "003", "004"})
_NISS_LENGTH, _BCE_LENGTH = 11, 10
_YOUNGEST, _OLDEST = 16, 100


def check(message: Message) -> Found:
    """Give all business anomalies of a message, in no particular order."""
    if isinstance(message, StatusReport):
        yield "05004-233", "header.type_form"
    yield from own_reference(message)
    if isinstance(message, CalculationRequest):
        for request_check in _REQUEST_CHECKS:
            yield from request_check(message)
    elif isinstance(message, ReviewOutcome):
        for outcome_check in _OUTCOME_CHECKS:
            yield from outcome_check(message)


def own_reference(message: Message) -> Found:
    """Exactly one reference of type 1 and origin 1: the sender's own (zone 90082)."""
    references = message.header.references or ()
    if any(reference.type is None or reference.origin is None for reference in references):
        return
    own = [i for i, reference in enumerate(references) if (reference.type, reference.origin) == (1, 1)]
    if references and not own:
        yield "90082-809", "header.references"
    for index in own[1:]:
        yield "90082-810", f"header.references[{index}]"


def reason_fits_status(request: CalculationRequest) -> Found:
    """Demand of a new request reason 001, or 005 for a human (zone 05010)."""
    if request.header.status == 0 and request.reason in _LATER_REASONS:
        yield "05010-233", "reason"


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


def employers(request: CalculationRequest) -> Found:
    """Check digits of the enterprise and ONSS numbers (zones 00014, 00011)."""
    yield from _employer(request.employer, "employer")
    for index, occupation in enumerate(request.history):
        yield from _employer(occupation.employer, f"history[{index}].employer")


def _employer(employer: Employer | None, path: str) -> Found:
    if employer is None:
        return
    company, onss = employer.company_id, employer.noss_registration_nbr
    if company and _all_digits(company, _BCE_LENGTH) and company[0] in "01" and not bce_is_valid(company):
        yield "00014-004", f"{path}.company_id"
    if onss and _all_digits(onss, len(onss)) and 3 <= len(onss) <= 9 and not onss_is_valid(onss):
        yield "00011-004", f"{path}.noss_registration_nbr"


def _all_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def person_is_coherent(request: CalculationRequest) -> Found:
    """NISS check digits, and the birth date against the NISS and the contract's start (zones 00024, 05011)."""
    if request.person is None:
        return
    niss, born = request.person.inss, request.person.birth_date
    if niss and _all_digits(niss, _NISS_LENGTH):
        birth = niss_birth_dates(niss)
        if birth is None:
            yield "00024-004", "person.inss"
        elif born is not None and not birth.agrees_with(born):
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
    if request.person is not None and request.person.name and _MOJIBAKE.search(request.person.name):
        yield "05042-806", "person.name"
    if request.contact is not None and request.contact.name and _MOJIBAKE.search(request.contact.name):
        yield "05030-806", "contact.name"


def occupations(request: CalculationRequest) -> Found:
    """Dates, hours, absences and services of the planned and of each past occupation."""
    if request.planned is not None:
        yield from _occupation(request.planned, "planned")
    for index, past in enumerate(request.history):
        yield from _occupation(past, f"history[{index}]")
        yield from _services(past, f"history[{index}]")


def _occupation(occupation: PlannedOccupation | HistoricOccupation, path: str) -> Found:
    start, end = occupation.start, occupation.end
    if start is not None and end is not None and end < start:
        yield "00045-014", f"{path}.end"
    full, worker, reference = occupation.contract_type, occupation.mean_hours, occupation.reference_mean_hours
    if full is not None and worker is not None and reference is not None:
        fits = worker == reference if full == 0 else worker < reference
        if not fits:
            yield "00048-244", f"{path}.mean_hours"
    for index, absence in enumerate(occupation.absences):
        yield from _absence(absence, start, end, f"{path}.absences[{index}]")


def _absence(absence: AbsenceSpell, first: date | None, last: date | None, path: str) -> Found:
    start, end = absence.start, absence.end
    if start is not None and end is not None and end < start:
        yield "05062-014", f"{path}.end"
        return
    if start is not None and ((first is not None and start < first) or (last is not None and start > last)):
        yield "05061-388", f"{path}.start"
    elif end is not None and last is not None and end > last:
        yield "05062-399", f"{path}.end"


def _services(past: HistoricOccupation, path: str) -> Found:
    """Quarters outside the occupation, and more days than a quarter or the working days system allows."""
    if past.start is None or past.end is None or past.end < past.start:
        return
    totals: dict[str, Decimal] = {}
    last_of: dict[str, int] = {}
    for index, service in enumerate(past.services):
        if service.quarter is None:
            continue
        first, last = _quarter(service.quarter)
        if last < past.start or first > past.end:
            yield "05072-400", f"{path}.services[{index}].quarter"
        elif service.days is not None:
            totals[service.quarter] = totals.get(service.quarter, Decimal(0)) + service.days
            last_of[service.quarter] = index
    for quarter, total in totals.items():
        fault = _too_many(total, past, quarter)
        if fault:
            yield fault, f"{path}.services[{last_of[quarter]}].days"


def _too_many(total: Decimal, past: HistoricOccupation, quarter: str) -> str | None:
    first, last = _quarter(quarter)
    first, last = max(first, past.start), min(last, past.end)
    days = (last - first).days + 1
    if total > days:
        return "00063-095"
    system = past.working_days_system
    if system not in (Decimal(5), Decimal(6)):
        return None
    weeks, rest = divmod(days, 7)
    scheduled = weeks * int(system) + sum((first.weekday() + n) % 7 < int(system) for n in range(rest))
    return "00063-096" if total > scheduled else None


def _quarter(text: str) -> tuple[date, date]:
    year, number = int(text[:4]), int(text[-1])
    first = date(year, 3 * number - 2, 1)
    following = date(year + number // 4, 3 * number % 12 + 1, 1)
    return first, following - timedelta(days=1)


def periods(request: CalculationRequest) -> Found:
    """Compare both ends of each period outside any contract (zone 05082)."""
    for index, period in enumerate(request.periods):
        if period.start is not None and period.end is not None and period.end < period.start:
            yield "05082-014", f"periods[{index}].end"


def earlier_admission(request: CalculationRequest) -> Found:
    """Demand until when the right of an earlier admission is or was open (AR 42)."""
    admission = request.earlier_admission
    if admission is None:
        return
    if admission.right_until is None:
        yield "05086-001", "earlier_admission.right_until"
    elif admission.date is not None and admission.right_until < admission.date:
        yield "05086-014", "earlier_admission.right_until"


def outcome_refers_to_its_task(outcome: ReviewOutcome) -> Found:
    """Demand the task's ticket, type 5 and origin 2, of an outcome (block 90082)."""
    references = outcome.header.references or ()
    if any(reference.type is None or reference.origin is None for reference in references):
        return
    if references and outcome.header.reference(5, 2) is None:
        yield "90082-808", "header.references"


def outcome_is_complete(outcome: ReviewOutcome) -> Found:
    """Demand a proposal number of a confirmation and a calculation of an own decision, and of neither the other's."""
    match outcome.outcome:
        case "confirm":
            if outcome.proposal is None:
                yield "05104-001", "proposal"
            if outcome.calculation is not None:
                yield "95030-005", "calculation"
        case "decide":
            if outcome.proposal is not None:
                yield "05104-005", "proposal"
            if outcome.calculation is None:
                yield "95030-001", "calculation"
        case _:
            pass


def own_calculation_is_coherent(outcome: ReviewOutcome) -> Found:
    """Compare an agent's own dates: the claim is possible from the day after the contract."""
    own = outcome.calculation
    if own is None:
        return
    if own.period_start is not None and own.period_end is not None and own.period_end < own.period_start:
        yield "05150-014", "calculation.period_end"
    end, claim = own.contract_end, own.first_claim_date
    if end is not None and claim is not None and claim != end + timedelta(days=1):
        yield "05152-159", "calculation.first_claim_date"


_REQUEST_CHECKS: tuple[Callable[[CalculationRequest], Found], ...] = (
    reason_fits_status,
    paper_has_its_date,
    derogation_has_a_reason,
    employers,
    person_is_coherent,
    nationality_where_needed,
    names_are_readable,
    occupations,
    periods,
    earlier_admission,
)
_OUTCOME_CHECKS: tuple[Callable[[ReviewOutcome], Found], ...] = (
    outcome_refers_to_its_task,
    outcome_is_complete,
    own_calculation_is_coherent,
)
