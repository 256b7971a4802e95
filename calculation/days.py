"""Days as whole numbers: calendar arithmetic that cannot overflow in the middle of a count.

Leaf module. A day is its proleptic Gregorian ordinal (`date.toordinal`), a spell a pair of them, both included. Weekday
counts are closed formulas, because ordinal 1 is a Monday. It refuses nothing: callers keep years within reason
(`calculation.impossible`).
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

Spell = tuple[int, int]
"""First and last day of a spell, both included."""

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTHS_A_YEAR = 12
_MONTHS_A_QUARTER = 3
_QUARTERS_A_YEAR = 4
_WEEK = 7


def _month_length(year: int, month: int) -> int:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _LENGTHS[month - 1] + leap


@lru_cache(maxsize=4096)
def add_months(day: int, months: int) -> int:
    """Give the same day number so many months later; the month's last day where that day does not exist."""
    origin = date.fromordinal(day)
    year, month = divmod(origin.year * _MONTHS_A_YEAR + origin.month - 1 + months, _MONTHS_A_YEAR)
    return date(year, month + 1, min(origin.day, _month_length(year, month + 1))).toordinal()


def is_clipped(day: int, months: int) -> bool:
    """Tell whether `add_months` had to fall back to the month's last day."""
    return date.fromordinal(add_months(day, months)).day != date.fromordinal(day).day


def month_end(day: int) -> int:
    """Give the last day of the month that `day` lies in."""
    origin = date.fromordinal(day)
    return day + _month_length(origin.year, origin.month) - origin.day


def non_sundays(first: int, last: int) -> int:
    """Count the days from Monday to Saturday: the days of the six-day regime."""
    return last - last // _WEEK - (first - 1) + (first - 1) // _WEEK if last >= first else 0


def quarter_of(day: int) -> int:
    """Give the calendar quarter's running number: four times the year plus 0 to 3."""
    origin = date.fromordinal(day)
    return origin.year * _QUARTERS_A_YEAR + (origin.month - 1) // _MONTHS_A_QUARTER


@lru_cache(maxsize=2048)
def quarter_span(quarter: int) -> Spell:
    """Give a quarter's first and last day."""
    year, position = divmod(quarter, _QUARTERS_A_YEAR)
    first = date(year, position * _MONTHS_A_QUARTER + 1, 1).toordinal()
    return first, add_months(first, _MONTHS_A_QUARTER) - 1


def quarter_name(quarter: int) -> str:
    """Write a quarter as the case format does: `2025Q1`."""
    year, position = divmod(quarter, _QUARTERS_A_YEAR)
    return f"{year}Q{position + 1}"


def quarter_number(name: str) -> int:
    """Read `2025Q1`; ValueError for anything else."""
    year, separator, position = name.partition("Q")
    if (
        not separator
        or len(year) != 4
        or position not in ("1", "2", "3", "4")
        or not (year.isascii() and year.isdigit())
    ):
        raise ValueError(name)
    return int(year) * _QUARTERS_A_YEAR + int(position) - 1


def merged(spells: Iterable[Spell]) -> list[Spell]:
    """Merge overlapping and adjoining spells; sorted, pairwise apart."""
    result: list[Spell] = []
    for first, last in sorted(spells):
        if result and first <= result[-1][1] + 1:
            if last > result[-1][1]:
                result[-1] = (result[-1][0], last)
        else:
            result.append((first, last))
    return result


def subtract(spells: Iterable[Spell], holes: list[Spell]) -> list[Spell]:
    """Take the days of `holes` (merged) out of `spells` (merged)."""
    result: list[Spell] = []
    passed = 0
    for first, last in spells:
        start = first
        while passed < len(holes) and holes[passed][1] < first:
            passed += 1
        place = passed
        while place < len(holes) and holes[place][0] <= last:
            low, high = holes[place]
            if low > start:
                result.append((start, low - 1))
            start = high + 1
            place += 1
        if start <= last:
            result.append((start, last))
    return result


def common(spells: list[Spell], others: list[Spell]) -> list[Spell]:
    """Give the days that are in both of two lists of spells (each merged)."""
    return subtract(spells, subtract(spells, others))


def cut(first: int, last: int, within: Spell) -> Spell | None:
    """Cut a spell to another; None if nothing is left."""
    low, high = max(first, within[0]), min(last, within[1])
    return (low, high) if low <= high else None


def _last_of(spell: Spell) -> int:
    return spell[1]


def iso(day: int) -> str:
    """Write a day as ISO 8601."""
    return date.fromordinal(day).isoformat()


class Schedule:
    """The weekdays on which someone works, counted by a closed formula."""

    __slots__ = ("_before", "per_week")

    def __init__(self, weekdays: Iterable[int]) -> None:
        """Take the weekdays, 1 = Monday … 7 = Sunday."""
        chosen = frozenset(weekdays)
        self.per_week = len(chosen)
        self._before = tuple(sum(1 for day in chosen if day <= upto) for upto in range(_WEEK))

    def count(self, first: int, last: int) -> int:
        """Count the scheduled days of a spell."""
        if last < first:
            return 0
        weeks, rest = divmod(last, _WEEK)
        weeks_before, rest_before = divmod(first - 1, _WEEK)
        return self.per_week * (weeks - weeks_before) + self._before[rest] - self._before[rest_before]

    def lost(self, first: int, last: int, spells: list[Spell]) -> int:
        """Count the scheduled days of a spell that lie in any of `spells` (merged)."""
        total = 0
        place = bisect_left(spells, first, key=_last_of)
        while place < len(spells) and spells[place][0] <= last:
            low, high = spells[place]
            total += self.count(max(low, first), min(high, last))
            place += 1
        return total


MONDAY_TO_FRIDAY = Schedule(range(1, 6))
MONDAY_TO_SATURDAY = Schedule(range(1, 7))
EVERY_DAY = Schedule(range(1, 8))
