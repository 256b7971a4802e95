"""Working days: the ten Belgian legal holidays, for deadlines counted in working days (promise O2).

A calendar is named, dated data (`law/be-legal@….toml`); an office may add closed days there. It is no part of the count
of worked days: a public holiday inside a contract is paid and counts.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import easter

from calculation import shelf


@dataclass(frozen=True, slots=True)
class Calendar:
    """One named, dated calendar of working days."""

    identifier: str
    weekend: frozenset[int]
    """ISO weekdays without work, 1 = Monday."""
    fixed: frozenset[tuple[int, int]]
    """Month and day of each holiday with a fixed date."""
    easter_offsets: tuple[int, ...]
    """Holidays counted in days from Easter Sunday."""
    closed: frozenset[date]

    def holidays(self, year: int) -> tuple[date, ...]:
        """Give a year's legal holidays in date order."""
        sunday = easter(year)
        movable = (sunday + timedelta(days=offset) for offset in self.easter_offsets)
        return tuple(sorted({date(year, month, day) for month, day in self.fixed} | set(movable)))

    def is_working_day(self, day: date) -> bool:
        """Tell whether `day` is neither in the weekend, nor a legal holiday, nor a closed day."""
        return day.isoweekday() not in self.weekend and day not in self.closed and day not in _holidays(self, day.year)


@lru_cache(maxsize=256)
def _holidays(calendar: Calendar, year: int) -> frozenset[date]:
    return frozenset(calendar.holidays(year))


@lru_cache(maxsize=8)
def load(name: str = "be-legal") -> Calendar:
    """Load the newest version of a named calendar; LookupError if there is none."""
    stored = shelf.versions(name)
    if not stored:
        raise LookupError(name)
    table, _ = shelf.read(stored[-1])
    return Calendar(
        identifier=table["id"],
        weekend=frozenset(table["weekend"]),
        fixed=frozenset((month, day) for month, day in table["fixed"]),
        easter_offsets=tuple(table["easter"]),
        closed=frozenset(table["closed"]),
    )


def working_day_after(day: date, n: int, calendar: Calendar) -> date:
    """Give the n-th working day after `day`, `day` itself not counted; ValueError for a negative n.

    Received Wednesday 15 July 2026 and five working days: Thursday 23 July 2026, since 21 July is a holiday.
    """
    if n < 0:
        raise ValueError(n)
    found = day
    for _ in range(n):
        found += timedelta(days=1)
        while not calendar.is_working_day(found):
            found += timedelta(days=1)
    return found
