"""Impossible facts: what cannot be true of anyone, found before anything is counted.

It judges single facts and the order of dates, never the law: what is possible but unsettled is the business of
`calculation.review`. Each problem names the place in the case format's own words, so that it can be corrected.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calculation import days
from calculation.facts import Absence, Contract, Facts, Occupation, Period, Service

EARLIEST = date(1900, 1, 1)
"""No living person's career begins earlier; also keeps date arithmetic away from the calendar's edge."""
LATEST = date(2199, 12, 31)

_DAYS_A_WEEK = 7
_HOURS_A_WEEK = 168
_DAYS_A_QUARTER = 92
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Problem:
    """One impossible or unreadable fact: where it stands and why it cannot be."""

    path: str
    sentence: str


def _date(path: str, day: date | None) -> Iterator[Problem]:
    if day is not None and not EARLIEST <= day <= LATEST:
        yield Problem(path, f"the date lies outside {EARLIEST.isoformat()} to {LATEST.isoformat()}")


def _spell(path: str, item: Absence | Occupation | Period) -> Iterator[Problem]:
    yield from _date(f"{path}.start", item.start)
    yield from _date(f"{path}.end", item.end)
    if item.end < item.start:
        yield Problem(f"{path}.end", "the end lies before the start")


def _amount(path: str, value: Decimal | None, most: int, *, zero: bool) -> Iterator[Problem]:
    if value is None:
        return
    if not value.is_finite():
        yield Problem(path, "not a number")
    elif value < 0 or value > most or (value == 0 and not zero):
        yield Problem(path, f"must lie {'between 0 and' if zero else 'above 0 and at most'} {most}")


def _regime(path: str, job: Occupation | Contract) -> Iterator[Problem]:
    yield from _amount(f"{path}.days_per_week", job.days_per_week, _DAYS_A_WEEK, zero=False)
    yield from _amount(f"{path}.hours_per_week", job.hours_per_week, _HOURS_A_WEEK, zero=False)
    yield from _amount(f"{path}.reference_hours_per_week", job.reference_hours_per_week, _HOURS_A_WEEK, zero=False)
    weekdays = job.working_weekdays
    if weekdays is not None and (
        not weekdays or len(set(weekdays)) != len(weekdays) or not all(1 <= day <= _DAYS_A_WEEK for day in weekdays)
    ):
        yield Problem(f"{path}.working_weekdays", "each weekday is a number from 1 (Monday) to 7, given once")


def _absences(path: str, absences: Iterable[Absence]) -> Iterator[Problem]:
    for position, absence in enumerate(absences):
        yield from _spell(f"{path}.absences[{position}]", absence)


def _services(path: str, services: Iterable[Service]) -> Iterator[Problem]:
    days_held: dict[str, Decimal] = {}
    hours_held: dict[str, Decimal] = {}
    for position, service in enumerate(services):
        here = f"{path}.services[{position}]"
        try:
            first, _ = days.quarter_span(days.quarter_number(service.quarter))
        except ValueError:
            yield Problem(f"{here}.quarter", "a quarter is written as in 2025Q1")
        else:
            yield from _date(f"{here}.quarter", date.fromordinal(first))
        if service.code < 0:
            yield Problem(f"{here}.code", "a performance code is not negative")
        yield from _amount(f"{here}.days", service.days, _DAYS_A_QUARTER, zero=True)
        yield from _amount(f"{here}.hours", service.hours, _DAYS_A_QUARTER * _HOURS_A_DAY, zero=True)
        yield from _together(f"{here}.days", service.quarter, service.days, days_held, _DAYS_A_QUARTER)
        yield from _together(
            f"{here}.hours", service.quarter, service.hours, hours_held, _DAYS_A_QUARTER * _HOURS_A_DAY
        )


def _together(path: str, quarter: str, value: Decimal | None, held: dict[str, Decimal], most: int) -> Iterator[Problem]:
    """Add a declared amount to its quarter of the job, and tell when the quarter cannot hold them together."""
    if value is None or not value.is_finite() or not 0 <= value <= most:
        return
    held[quarter] = held.get(quarter, Decimal(0)) + value
    if held[quarter] > most:
        yield Problem(path, f"the codes of {quarter} add up to more than the {most} that a quarter can hold")


def _person(facts: Facts) -> Iterator[Problem]:
    yield from _date("birth_date", facts.birth_date)
    yield from _date("previous_admission", facts.previous_admission)
    yield from _date("right_until", facts.right_until)
    yield from _date("fresh_stage_from", facts.fresh_stage_from)
    if facts.birth_date > facts.contract.start:
        yield Problem("birth_date", "the birth date lies after the contract's start")
    if facts.previous_admission is not None and facts.previous_admission < facts.birth_date:
        yield Problem("previous_admission", "the earlier admission lies before the birth date")
    if facts.calculation_number < 1:
        yield Problem("calculation_number", "calculations are numbered from 1")


def _contract(contract: Contract) -> Iterator[Problem]:
    yield from _date("contract.start", contract.start)
    yield from _date("contract.planned_end", contract.planned_end)
    if contract.planned_end is not None and contract.planned_end < contract.start:
        yield Problem("contract.planned_end", "the planned end lies before the start")
    yield from _regime("contract", contract)
    yield from _absences("contract", contract.absences)


def _past(facts: Facts) -> Iterator[Problem]:
    for position, job in enumerate(facts.occupations):
        path = f"occupations[{position}]"
        yield from _spell(path, job)
        if job.start < facts.birth_date:
            yield Problem(f"{path}.start", "the occupation starts before the birth date")
        yield from _regime(path, job)
        yield from _absences(path, job.absences)
        yield from _services(path, job.services)
    for position, period in enumerate(facts.periods):
        path = f"periods[{position}]"
        yield from _spell(path, period)
        if period.start < facts.birth_date:
            yield Problem(f"{path}.start", "the period starts before the birth date")


def problems(facts: Facts) -> tuple[Problem, ...]:
    """Find everything in the facts that cannot be; empty for possible facts."""
    return (*_person(facts), *_contract(facts.contract), *_past(facts))


def cannot_be_held(facts: Facts, most_jobs: int) -> bool:
    """Tell whether jobs held on one day, the contract among them, are too many or fill more hours than a week has."""
    contract = facts.contract
    changes: list[tuple[date, bool, Decimal]] = [(contract.start, False, contract.hours_per_week or Decimal(0))]
    for job in facts.occupations:
        hours = job.hours_per_week or Decimal(0)
        changes += [(job.start, False, hours), (job.end, True, hours)]
    jobs, held = 0, Decimal(0)
    for _, ends, hours in sorted(changes):
        jobs, held = (jobs - 1, held - hours) if ends else (jobs + 1, held + hours)
        if jobs > most_jobs or held > _HOURS_A_WEEK:
            return True
    return False
