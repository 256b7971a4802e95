"""Cases to measure the calculation on: ordinary ones of any size, and the nasty ones.

Each shape makes the facts of an invented person with `size` jobs, absences, events or services. They are made to be
awkward to count, not to be likely: for likely careers see `service.corpus`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from calculation.facts import Absence, Contract, Facts, Occupation, Period, Service

START = date(2026, 9, 1)
_WEEK: dict[str, Any] = {
    "days_per_week": Decimal(5),
    "hours_per_week": Decimal(38),
    "reference_hours_per_week": Decimal(38),
}
_BORN = date(1962, 5, 1)
_REACH = 18_000
"""Days of past that a working life holds: what is more than fits is put closer together."""


def _facts(
    jobs: list[Occupation] | None = None,
    periods: list[Period] | None = None,
    born: date = _BORN,
    start: date = START,
    **contract: Any,
) -> Facts:
    planned = Contract(**{"start": start, **_WEEK, **contract})
    return Facts(born, planned, tuple(jobs or ()), tuple(periods or ()))


def _before(days: int, start: date = START) -> date:
    return start - timedelta(days=days)


def _spells(size: int, every: int, lasting: int, start: date = START) -> list[tuple[date, date]]:
    """Give `size` spells before the contract, oldest first: one `every` so many days, closer where too many."""
    every = min(every, max(1, _REACH // size))
    lasting = min(lasting, max(1, every * 3 // 4)) if lasting < every or every == 1 else lasting
    begun = [_before(every * number + lasting, start) for number in range(size, 0, -1)]
    return [(day, day + timedelta(days=lasting - 1)) for day in begun]


def career(size: int) -> Facts:
    """Jobs of three weeks, a week apart, as far back as they reach."""
    return _facts([Occupation(first, last, **_WEEK) for first, last in _spells(size, 28, 21)])


def interim(size: int) -> Facts:
    """Interim jobs of one day, every second day inside the reference period."""
    return _facts([Occupation(first, last, **_WEEK) for first, last in _spells(size, 2, 1)])


def overlapping(size: int) -> Facts:
    """Part-time jobs that overlap, each with the next one: one chain through the whole past."""
    return _facts([Occupation(first, last, **_part_time(Decimal("9.5"))) for first, last in _spells(size, 2, 3)])


def _part_time(hours: Decimal) -> dict[str, Any]:
    return {**_WEEK, "hours_per_week": hours}


def absences(size: int) -> Facts:
    """One long job with absences of one day that are lost."""
    long = Occupation(
        _before(min(3 * size, _REACH) + 30),
        _before(1),
        **_WEEK,
        absences=tuple(Absence("unpaid_leave", *spell) for spell in _spells(size, 3, 1)),
    )
    return _facts([long])


def absences_of_jobs(size: int) -> Facts:
    """Jobs of a fortnight, each with an absence that extends the period."""
    jobs = [
        Occupation(first, last, **_WEEK, absences=(Absence("sickness_benefit", first, first + timedelta(days=2)),))
        for first, last in _spells(size, 15, 14)
    ]
    return _facts(jobs)


def absences_ahead(size: int) -> Facts:
    """Put sickness into the contract itself, every third day: events after most of the claim dates tried."""
    days = [START + timedelta(days=3 * number + 40) for number in range(size)]
    return _facts(absences=tuple(Absence("sickness_benefit", day, day) for day in days))


def events(size: int) -> Facts:
    """Sickness outside any contract, every third day: the period moves back one event after the other."""
    return _facts(periods=[Period("sickness_benefit", *spell) for spell in _spells(size, 3, 1)])


def services(size: int) -> Facts:
    """Jobs through the whole past, one a quarter, each with what was declared for it."""
    jobs = []
    year, quarter = START.year, 2
    for _ in range(size):
        first = date(year, 3 * quarter - 2, 1)
        last = (first + timedelta(days=92)).replace(day=1) - timedelta(days=1)
        declared = (Service(f"{year}Q{quarter}", 1, Decimal(50)), Service(f"{year}Q{quarter}", 5, Decimal(4)))
        jobs.append(Occupation(first, last, **_WEEK, services=declared))
        year, quarter = (year, quarter - 1) if quarter > 1 else (year - 1, 4)
        if year < _BORN.year + 1:
            year, quarter = START.year, 2
    return _facts(jobs)


def old_law(size: int) -> Facts:
    """Give a worker of 49 under the former law jobs of a day over the ten years and more that art. 32 looks at."""
    start = date(2023, 9, 1)
    room = max(2, 5000 // size)
    jobs = [Occupation(first, last, **_WEEK) for first, last in _spells(size, room, 1, start)]
    return _facts(jobs, born=date(1974, 5, 1), start=start)


def old_law_unpaid(size: int) -> Facts:
    """Take unpaid days under the former law: they draw on the yearly pool."""
    start = date(2023, 9, 1)
    leave = tuple(Absence("unpaid_leave", *spell) for spell in _spells(size, 3, 1, start))
    return _facts(
        [Occupation(_before(min(3 * size, _REACH) + 30, start), _before(1, start), **_WEEK, absences=leave)],
        start=start,
    )


def never(size: int) -> Facts:
    """Plan a contract of four hours a week: five years are searched, and the stage is never reached."""
    jobs = [Occupation(first, last, **_part_time(Decimal(19))) for first, last in _spells(size, 20, 5)]
    return _facts(jobs, hours_per_week=Decimal(4))


def gaps(size: int) -> Facts:
    """Jobs of a day, years apart, back to the end of school."""
    return _facts([Occupation(first, last, **_WEEK) for first, last in _spells(size, _REACH, 1)])


def crowded(size: int) -> Facts:
    """Part-time jobs of one day, all inside three years, many on the same days."""
    days = [_before(1 + number % 1000) for number in range(size)]
    return _facts([Occupation(day, day, **_part_time(Decimal("0.5"))) for day in days])


Shape = Callable[[int], Facts]

SHAPES: dict[str, Shape] = {
    "career": career,
    "interim": interim,
    "crowded": crowded,
    "overlapping": overlapping,
    "absences": absences,
    "absences_of_jobs": absences_of_jobs,
    "absences_ahead": absences_ahead,
    "events": events,
    "services": services,
    "old_law": old_law,
    "old_law_unpaid": old_law_unpaid,
    "never": never,
    "gaps": gaps,
}
"""Each shape by name; `career` is the ordinary one, on which the targets stand."""


def mixed_absences(size: int) -> Facts:
    """Take unpaid days beside career interruptions under the former law: a day is lost once."""
    start = date(2023, 9, 1)
    kinds = ("unpaid_leave", "career_interruption", "sickness_benefit")
    spells = _spells(size, 3, 2, start)
    taken = tuple(Absence(kinds[number % 3], *spell) for number, spell in enumerate(spells))
    return _facts(
        [Occupation(spells[0][0] - timedelta(days=30), _before(1, start), **_WEEK, absences=taken)], start=start
    )


def long_leave(size: int) -> Facts:
    """Take eight years of unpaid leave from jobs side by side under the former law: the pool is drawn on by day."""
    start = date(2023, 9, 1)
    first, last = _before(3000, start), _before(1, start)
    leave = (Absence("unpaid_leave", first, last),)
    return _facts([Occupation(first, last, **_part_time(Decimal("0.5")), absences=leave)] * size, start=start)


def dated_codes(size: int) -> Facts:
    """One job with sickness declared in every quarter and as many dated absences, the match last."""
    first = _before(_REACH)
    spells = _spells(size, 3, 1)
    absences = tuple(Absence("work_accident", *spell) for spell in reversed(spells))
    quarters = [(START.year - 1 - number // 4 % 20, 4 - number % 4) for number in range(size)]
    declared = tuple(Service(f"{year}Q{quarter}", 50, Decimal(1)) for year, quarter in quarters)
    return _facts([Occupation(first, _before(1), **_WEEK, absences=absences, services=declared)])


SHAPES |= {"mixed_absences": mixed_absences, "long_leave": long_leave, "dated_codes": dated_codes}
