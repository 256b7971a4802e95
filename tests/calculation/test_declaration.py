"""What a quarter declares as a total, and what dates say of the same quarter: a human sees where they part.

The first quarter of 2025 has 64 weekdays; a week of the part-time job has 19 hours, a day 3.8.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calculation import review
from calculation.facts import Absence, Service
from calculation.law import Law
from calculation.review import Scope
from calculation.shelf import shelf
from tests.calculation.build import facts, job

QUARTER = (date(2025, 1, 1), date(2025, 3, 31))
HALF_TIME = {"hours_per_week": Decimal(19)}
LAWS = {law.identifier.partition("@")[2]: law for law in shelf().laws}
NEW, OLD = LAWS["2026-03-01"], LAWS["2012-11-01"]


def says(declared: dict[int, str], *absences: Absence, law: Law = NEW, **changes: Any) -> list[str]:
    """Give what is incomplete about a job of the first quarter of 2025."""
    unit = "hours" if changes else "days"
    services = tuple(Service("2025Q1", code, **{unit: Decimal(number)}) for code, number in declared.items())
    given = facts(job(*QUARTER, services=services, absences=absences, **changes))
    scope = Scope((date(2024, 1, 1).toordinal(), date(2026, 12, 31).toordinal()), (law,), shelf().countings[0])
    return [reason.subject for reason in review.from_facts(given, scope, shelf().methods[0])]


def ill(first: int, last: int, kind: str = "sickness_benefit") -> Absence:
    """Give an absence from one day of February 2025 to another: the 3rd is a Monday."""
    return Absence(kind, date(2025, 2, first), date(2025, 2, last))


AGREEING = {
    "two weeks": ({1: "54", 50: "10"}, (ill(3, 14),)),
    "two weeks with the weekend after them": ({1: "54", 50: "10"}, (ill(3, 16),)),
    "in two spells": ({1: "56", 50: "8"}, (ill(3, 6), ill(11, 14))),
    "half a day more": ({1: "53.5", 50: "10.5"}, (ill(3, 14),)),
    "half a day less": ({1: "54.5", 50: "9.5"}, (ill(3, 14),)),
    "a public holiday paid as work": ({1: "55", 50: "9"}, (ill(3, 14),)),
    "fewer days declared than scheduled": ({1: "10", 50: "10"}, (ill(3, 14),)),
    "of two kinds": ({1: "54", 50: "5", 60: "5"}, (ill(3, 7), ill(10, 14, "work_accident"))),
    "an interruption without a code": ({1: "54"}, (ill(3, 14, "career_interruption"),)),
    "an interruption declared as unpaid": ({1: "54", 30: "10"}, (ill(3, 14, "career_interruption"),)),
    "a weekend alone": ({1: "64"}, (ill(8, 9),)),
    "unpaid leave that the total replaces": ({1: "64"}, (ill(3, 14, "unpaid_leave"),)),
    "more days declared than scheduled": ({1: "70"}, ()),
}
PARTING = {
    "worked and ill all the quarter": ({1: "64"}, (Absence("sickness_benefit", *QUARTER),)),
    "one day dated, none declared": ({1: "63"}, (ill(3, 3),)),
    "forty days declared, one dated": ({1: "24", 50: "40"}, (ill(28, 28),)),
    "one day declared, none dated": ({1: "63", 50: "1"}, ()),
    "a day and a half more": ({1: "52.5", 50: "11.5"}, (ill(3, 14),)),
    "a day and a half less": ({1: "55.5", 50: "8.5"}, (ill(3, 14),)),
    "of another kind": ({1: "54", 50: "10"}, (ill(3, 14, "work_accident"),)),
    "more in all than the quarter has": ({1: "60", 50: "10"}, (ill(3, 14),)),
    "worked and interrupted": ({1: "64"}, (ill(3, 14, "career_interruption"),)),
}
HALF_TIME_AGREEING = {
    "two weeks": ({1: "209", 50: "38"}, (ill(3, 14),)),
    "on two days that are not worked": ({1: "247"}, (ill(6, 7),)),
    "on two long days": ({1: "229.8", 50: "17.2"}, (ill(6, 7),)),
}
HALF_TIME_PARTING = {
    "worked and ill all the quarter": ({1: "247"}, (Absence("sickness_benefit", *QUARTER),)),
    "a week declared, four dated": ({1: "228", 50: "19"}, (ill(1, 28),)),
    "four weeks declared, one dated": ({1: "171", 50: "76"}, (ill(3, 9),)),
    "more in all than the quarter has": ({1: "247", 50: "76"}, (ill(1, 28),)),
}


@pytest.mark.parametrize("name", AGREEING)
def test_a_total_and_dates_that_agree_need_nobody(name: str) -> None:
    declared, absences = AGREEING[name]
    assert says(declared, *absences) == []


@pytest.mark.parametrize("name", PARTING)
def test_a_total_and_dates_that_part_are_shown(name: str) -> None:
    declared, absences = PARTING[name]
    assert says(declared, *absences) == ["occupations[0].services"]


@pytest.mark.parametrize("name", HALF_TIME_AGREEING)
def test_a_part_time_week_has_no_fixed_days(name: str) -> None:
    declared, absences = HALF_TIME_AGREEING[name]
    assert says(declared, *absences, **HALF_TIME) == []


@pytest.mark.parametrize("name", HALF_TIME_PARTING)
def test_hours_and_dates_that_part_by_weeks_are_shown(name: str) -> None:
    declared, absences = HALF_TIME_PARTING[name]
    assert says(declared, *absences, **HALF_TIME) == ["occupations[0].services"]


def test_sickness_that_counts_either_way_is_shown_to_nobody() -> None:
    assert says({1: "64"}, ill(3, 14), law=OLD) == []
    assert says({1: "64"}, ill(3, 14, "career_interruption"), law=OLD) == ["occupations[0].services"]
