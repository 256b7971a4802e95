"""Days, months and quarters, one day at a time. Leaf module: the standard library only."""

import calendar
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import floor

DAY = timedelta(days=1)
SUNDAY = 7
Spell = tuple[date, date]
"""First and last day, both included."""


def plus_months(day: date, months: int) -> date:
    """Give the same day number so many months later; the month's last day where that day does not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def is_clipped(day: date, months: int) -> bool:
    return plus_months(day, months).day != day.day


def age_on(birth: date, day: date) -> int:
    """Age in years, reached on the birthday; on 28 February for a 29 February birth in other years."""
    years = day.year - birth.year
    return years if plus_months(birth, 12 * years) <= day else years - 1


def each(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


@cache
def non_sundays(first: date, last: date) -> int:
    return sum(1 for day in each(first, last) if day.isoweekday() != SUNDAY)


def quarter_of(day: date) -> Spell:
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return first, plus_months(first, 3) - DAY


def quarter_named(name: str) -> Spell:
    """Read `2025Q1`."""
    return quarter_of(date(int(name[:4]), 3 * int(name[5]), 1))


def quarter_name(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def quarters(first: date, last: date) -> list[Spell]:
    found = []
    while first <= last:
        found.append(quarter_of(first))
        first = found[-1][1] + DAY
    return found


def common(*spells: Spell) -> Spell | None:
    """Give the days that all the spells share."""
    first, last = max(spell[0] for spell in spells), min(spell[1] for spell in spells)
    return (first, last) if first <= last else None


def merged(spells: Iterable[Spell]) -> list[Spell]:
    """Make overlapping or adjoining spells one."""
    found: list[Spell] = []
    for first, last in sorted(spells):
        if found and first <= found[-1][1] + DAY:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def rounded(days: Fraction) -> Fraction:
    """To four decimals, half up: the only rounding of one occupation's result."""
    return Fraction(floor(days * 10000 + Fraction(1, 2)), 10000)
