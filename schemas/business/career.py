"""What a person did and will do: dates against dates, hours against hours, services against their quarter.

The same for a request and for the completion that adds to it.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from schemas.business.found import Found, all_digits
from schemas.identifiers import bce_is_valid, onss_is_valid
from schemas.models import (
    AbsenceSpell,
    CalculationRequest,
    Completion,
    Employer,
    HistoricOccupation,
    PlannedOccupation,
)

_BCE_LENGTH = 10


def check(message: CalculationRequest | Completion) -> Found:
    """Give the anomalies of the planned and the past occupations, the periods and an earlier admission."""
    for one in _CHECKS:
        yield from one(message)


def employers(message: CalculationRequest | Completion) -> Found:
    """Check digits of the enterprise and ONSS numbers (zones 00014, 00011)."""
    if isinstance(message, CalculationRequest):
        yield from _employer(message.employer, "employer")
    for index, occupation in enumerate(message.history):
        yield from _employer(occupation.employer, f"history[{index}].employer")


def _employer(employer: Employer | None, path: str) -> Found:
    if employer is None:
        return
    company, onss = employer.company_id, employer.noss_registration_nbr
    if company and all_digits(company, _BCE_LENGTH) and company[0] in "01" and not bce_is_valid(company):
        yield "00014-004", f"{path}.company_id"
    if onss and all_digits(onss, len(onss)) and 3 <= len(onss) <= 9 and not onss_is_valid(onss):
        yield "00011-004", f"{path}.noss_registration_nbr"


def occupations(message: CalculationRequest | Completion) -> Found:
    """Dates, hours, absences and services of the planned and of each past occupation."""
    if message.planned is not None:
        yield from _occupation(message.planned, "planned")
    for index, past in enumerate(message.history):
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


def periods(message: CalculationRequest | Completion) -> Found:
    """Compare both ends of each period outside any contract (zone 05082)."""
    for index, period in enumerate(message.periods):
        if period.start is not None and period.end is not None and period.end < period.start:
            yield "05082-014", f"periods[{index}].end"


def earlier_admission(message: CalculationRequest | Completion) -> Found:
    """Demand until when the right of an earlier admission is or was open (AR 42)."""
    admission = message.earlier_admission
    if admission is None:
        return
    if admission.right_until is None:
        yield "05086-001", "earlier_admission.right_until"
    elif admission.date is not None and admission.right_until < admission.date:
        yield "05086-014", "earlier_admission.right_until"


_CHECKS: tuple[Callable[[CalculationRequest | Completion], Found], ...] = (
    employers,
    occupations,
    periods,
    earlier_admission,
)
