"""Edges of the count that whole cases seldom meet, each worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest

from calculation.admission import Ledger, last_part_time_qualifies
from calculation.facts import Absence, Facts, Period, Service
from calculation.law import Law
from calculation.shelf import shelf
from tests.calculation.build import contract, facts, job


def law_of(day: date) -> Law:
    found = shelf().law_on(day)
    assert isinstance(found, Law)
    return found


NEW, OLD = law_of(date(2026, 3, 1)), law_of(date(2024, 7, 1))


def ledger(given: Facts, law: Law) -> Ledger:
    return Ledger(given, law, shelf().countings[0], date(2031, 9, 1).toordinal())


def test_the_pool_is_drawn_day_by_day() -> None:
    # One dated unpaid day in February costs 6/5 and leaves 10.8: nine of the twelve declared days fit, 9 x 6/5 = 10.8.
    # 50 + 9 = 59 days x 6/5 = 70.8 in the second quarter.
    services = Service("2024Q2", 1, Decimal(50)), Service("2024Q2", 22, Decimal(12))
    away = (Absence("unpaid_leave", date(2024, 2, 5), date(2024, 2, 5)),)
    given = facts(job(date(2024, 1, 1), date(2024, 6, 30), services=services, absences=away))
    window = date(2024, 4, 1).toordinal(), date(2024, 6, 30).toordinal()
    assert ledger(given, OLD).a.count(*window) == 70_8000


@pytest.mark.parametrize(
    ("last", "hours", "counted"),
    [(17, None, 39_0000), (18, None, 38_5714), (None, "38", 39_0000), (None, "39", 38_8421)],
)
def test_a_week_of_unpaid_leave_costs_six_days_of_the_pool_by_dates_or_declared(
    last: int | None, hours: str | None, counted: int
) -> None:
    # 19 of 38 hours: two weeks, 4 to 17 March 2024 or 38 hours, take the pool of 12; a day or an hour more is lost.
    # The quarter has 91 days x 3/7 = 39, 90 x 3/7 = 38.5714; 209 + 38 hours x 6/38 = 39, 208 + 38 are 38.8421.
    services = ()
    if hours is not None:
        services = (
            Service("2024Q1", 1, None, Decimal(247) - Decimal(hours)),
            Service("2024Q1", 30, None, Decimal(hours)),
        )
    away = (Absence("unpaid_leave", date(2024, 3, 4), date(2024, 3, last)),) if last else ()
    half_time = {"hours_per_week": Decimal(19), "services": services, "absences": away}
    given = facts(job(date(2024, 1, 1), date(2024, 3, 31), **half_time))
    window = date(2024, 1, 1).toordinal() - 1, date(2024, 3, 31).toordinal()
    assert ledger(given, OLD).a.count(*window) == counted


@pytest.mark.parametrize(
    ("kind", "paid", "start"),
    [
        ("self_employment", None, date(2023, 7, 18)),
        ("self_employment", False, date(2023, 7, 18)),
        ("self_employment", True, date(2023, 11, 16)),
        ("sickness_benefit", None, date(2023, 7, 18)),
        ("sickness_benefit", True, date(2023, 7, 18)),
        ("sickness_benefit", False, date(2023, 11, 16)),
    ],
)
def test_a_benefit_disables_some_events_and_its_lack_the_others(kind: str, paid: bool | None, start: date) -> None:
    # 1 February to 31 May 2024 is 121 days: 16 November 2023 less 121 days is 18 July
    given = facts(periods=(Period(kind, date(2024, 2, 1), date(2024, 5, 31), paid),))
    assert ledger(given, NEW).period_start(date(2026, 11, 16).toordinal(), 36) == start.toordinal()


@pytest.mark.parametrize(
    ("change", "qualifies"),
    [
        ({"hours_per_week": Decimal(19)}, True),
        ({"hours_per_week": Decimal("12.6"), "reference_hours_per_week": Decimal(38)}, True),
        ({"hours_per_week": Decimal(12), "reference_hours_per_week": Decimal(40)}, True),
        # 11 of 33 hours is a third, 11 of 34 is not
        ({"hours_per_week": Decimal(11), "reference_hours_per_week": Decimal(33)}, True),
        ({"hours_per_week": Decimal(11), "reference_hours_per_week": Decimal(34)}, False),
        ({"hours_per_week": Decimal(19), "country": "FR"}, False),
        ({"hours_per_week": Decimal(19), "status": "student"}, False),
        ({}, False),
        ({"hours_per_week": None}, False),
        ({"hours_per_week": Decimal(19), "reference_hours_per_week": None}, False),
        # 4 to 31 August 2026 is four weeks, from the 5th it lacks a day
        ({"hours_per_week": Decimal(19), "start": date(2026, 8, 4)}, True),
        ({"hours_per_week": Decimal(19), "start": date(2026, 8, 5)}, False),
    ],
)
def test_the_last_part_time_job_of_art_33(change: dict[str, object], qualifies: bool) -> None:
    # ten days into a contract too short to count itself, the job before it is the last one
    last = {"start": date(2026, 1, 1), "end": date(2026, 8, 31), **change}
    given = facts(job(last.pop("start"), last.pop("end"), **last), contract=contract(hours_per_week=Decimal(5)))
    assert last_part_time_qualifies(given, NEW, date(2026, 9, 11).toordinal()) is qualifies


def test_art_33_is_not_modelled_before_the_reform() -> None:
    given = facts(contract=contract(hours_per_week=Decimal(19)))
    assert not last_part_time_qualifies(given, OLD, date(2027, 9, 11).toordinal())


def test_a_total_in_the_period_s_first_quarter_is_capped_in_reading_b_too() -> None:
    # 65 days x 6/5 = 78; from Monday 1 April 2024 there are 91 days less 13 Sundays, 78; from the 2nd, 77
    given = facts(job(date(2024, 4, 1), date(2024, 6, 30), services=(Service("2024Q2", 1, Decimal(65)),)))
    reading, end = ledger(given, NEW).b, date(2024, 6, 30).toordinal()
    assert reading.count(date(2024, 4, 1).toordinal(), end) == 78_0000
    assert reading.count(date(2024, 4, 2).toordinal(), end) == 77_0000


def test_a_later_period_that_starts_on_a_job_s_last_day_takes_its_day_first() -> None:
    # the later window takes Friday 28 and Saturday 29 June 2024 of the declared 60 x 6/5 = 72: 70 are left before
    given = facts(job(date(2024, 4, 1), date(2024, 6, 28), services=(Service("2024Q2", 1, Decimal(60)),)))
    found, later = ledger(given, NEW), date(2024, 6, 28).toordinal()
    window = date(2024, 1, 1).toordinal(), later - 1
    assert found.a.count(*window, later) == 70_0000
    assert found.b.count(*window, later) == 70_0000
    assert found.a.count(*window, later + 1) == 72_0000
    assert found.b.count(*window, later + 1) == 72_0000


def test_a_total_in_the_period_s_first_quarter_is_capped_from_its_first_day_on() -> None:
    # 70 declared days are worth 84, 78 at most; 61 of the 66 weekdays of the third quarter are worth 73.2
    away = (Absence("unpaid_leave", date(2024, 7, 1), date(2024, 7, 5)),)
    services = (Service("2024Q2", 1, Decimal(70)),)
    given = facts(job(date(2024, 4, 1), date(2024, 9, 30), services=services, absences=away))
    window = date(2024, 4, 1).toordinal(), date(2024, 9, 30).toordinal()
    assert ledger(given, NEW).b.count(*window) == 151_2000
