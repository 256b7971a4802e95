"""Spells of days: what is left of one list without another, and what both share, against plain sets of days."""

import random
from datetime import date

import pytest

from calculation import days
from calculation.days import Spell


def spells(rng: random.Random) -> list[Spell]:
    found = []
    for _ in range(rng.randint(0, 6)):
        first = rng.randint(1, 60)
        found.append((first, first + rng.randint(0, 12)))
    return days.merged(found)


def days_of(found: list[Spell]) -> set[int]:
    return {day for first, last in found for day in range(first, last + 1)}


@pytest.mark.parametrize("seed", range(200))
def test_spells_are_sets_of_days(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - test data
    one, other = spells(rng), spells(rng)
    for found, expected in (
        (days.subtract(one, other), days_of(one) - days_of(other)),
        (days.common(one, other), days_of(one) & days_of(other)),
    ):
        assert days_of(found) == expected
        assert found == days.merged(found)


@pytest.mark.parametrize("seed", range(200))
def test_lost_days_are_the_scheduled_ones_of_a_spell(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - test data
    lost = spells(rng)
    first = rng.randint(1, 70)
    last = first + rng.randint(-1, 40)
    # day 1 of the calendar is a Monday
    expected = sum(1 for day in range(first, last + 1) if day in days_of(lost) and day % 7 in (1, 2, 3, 4, 5))
    assert days.MONDAY_TO_FRIDAY.lost(first, last, lost) == expected


@pytest.mark.parametrize("weekdays", [(1,), (7,), (1, 3), (2, 5, 6), (1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6), range(1, 8)])
def test_a_schedule_counts_its_weekdays(weekdays: tuple[int, ...]) -> None:
    schedule = days.Schedule(weekdays)
    assert schedule.per_week == len(weekdays)
    for first in range(1, 16):
        for last in range(first - 2, first + 17):
            # day 1 of the calendar is a Monday
            assert schedule.count(first, last) == sum((day - 1) % 7 + 1 in weekdays for day in range(first, last + 1))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2000-01-31", 1, "2000-02-29"),
        ("1900-01-31", 1, "1900-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-03-31", -1, "2024-02-29"),
        ("2024-05-31", 1, "2024-06-30"),
        ("2024-11-30", 1, "2024-12-30"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-01-15", -1, "2023-12-15"),
        ("2024-08-31", -36, "2021-08-31"),
    ],
)
def test_months_are_added_by_the_calendar(day: str, months: int, expected: str) -> None:
    start = date.fromisoformat(day).toordinal()
    assert days.iso(days.add_months.__wrapped__(start, months)) == expected
    assert days.is_clipped(start, months) == (day[-2:] != expected[-2:])


@pytest.mark.parametrize(
    ("year", "lengths"),
    [(2023, "31 28 31 30 31 30 31 31 30 31 30 31"), (2024, "31 29 31 30 31 30 31 31 30 31 30 31")],
)
def test_the_length_of_every_month(year: int, lengths: str) -> None:
    ends = [date.fromordinal(days.month_end(date(year, month, 7).toordinal())) for month in range(1, 13)]
    assert [end.day for end in ends] == [int(length) for length in lengths.split()]
    assert [end.month for end in ends] == list(range(1, 13))


@pytest.mark.parametrize(("year", "last"), [(1900, 28), (2000, 29), (2100, 28), (2196, 29)])
def test_leap_years_of_the_calendar(year: int, last: int) -> None:
    assert date.fromordinal(days.month_end(date(year, 2, 1).toordinal())) == date(year, 2, last)


@pytest.mark.parametrize(
    ("day", "name", "span"),
    [
        ("2025-01-01", "2025Q1", ("2025-01-01", "2025-03-31")),
        ("2025-03-31", "2025Q1", ("2025-01-01", "2025-03-31")),
        ("2025-04-01", "2025Q2", ("2025-04-01", "2025-06-30")),
        ("2025-09-30", "2025Q3", ("2025-07-01", "2025-09-30")),
        ("2025-12-31", "2025Q4", ("2025-10-01", "2025-12-31")),
    ],
)
def test_a_quarter_has_a_name_and_two_ends(day: str, name: str, span: tuple[str, str]) -> None:
    quarter = days.quarter_of(date.fromisoformat(day).toordinal())
    assert days.quarter_name(quarter) == name
    assert days.quarter_number(name) == quarter
    assert tuple(days.iso(end) for end in days.quarter_span.__wrapped__(quarter)) == span


def test_days_without_sundays() -> None:
    for first in range(1, 16):
        for last in range(first - 2, first + 17):
            assert days.non_sundays(first, last) == sum(day % 7 != 0 for day in range(first, last + 1))


def test_spells_that_adjoin_are_one() -> None:
    assert days.merged([(5, 6), (1, 2), (3, 3), (8, 9), (8, 8)]) == [(1, 3), (5, 6), (8, 9)]
    assert days.cut(1, 9, (3, 12)) == (3, 9)
    assert days.cut(1, 3, (3, 3)) == (3, 3)
    assert days.cut(1, 2, (3, 12)) is None
