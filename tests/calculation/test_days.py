"""Spells of days: what is left of one list without another, and what both share, against plain sets of days."""

import random

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
