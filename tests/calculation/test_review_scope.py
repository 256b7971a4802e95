"""A reason that speaks of a job, a code or a period applies only where that touches the days that can matter."""

from datetime import date
from decimal import Decimal

import pytest

from calculation import review
from calculation.engine import calculate
from calculation.facts import Absence, Facts, Period, Service
from calculation.law import Law
from calculation.result import Review, ReviewReason
from calculation.review import Scope
from calculation.shelf import shelf
from tests.calculation.build import contract, facts, job

JOB = (date(2024, 11, 1), date(2025, 12, 31))


def reasons(given: Facts, first: date, last: date) -> list[tuple[str, str]]:
    law = shelf().law_on(date(2026, 3, 1))
    assert isinstance(law, Law)
    scope = Scope((first.toordinal(), last.toordinal()), (law,), shelf().countings[0])
    found = review.from_facts(given, scope, shelf().methods[0])
    return [(reason.code.value, reason.subject) for reason in found]


def declared(quarter: str, code: int = 4) -> Facts:
    return facts(job(*JOB, services=(Service(quarter, code, Decimal(1), Decimal(1)),)))


UNCERTAIN = [("UNCERTAIN_CODE", "occupations[0]: 4")]


@pytest.mark.parametrize(
    ("quarter", "first", "last", "expected"),
    [
        ("2024Q4", date(2024, 12, 31), date(2025, 6, 30), UNCERTAIN),
        ("2024Q4", date(2025, 1, 1), date(2025, 6, 30), []),
        ("2025Q2", date(2025, 1, 1), date(2025, 4, 1), UNCERTAIN),
        ("2025Q2", date(2025, 1, 1), date(2025, 3, 31), []),
        ("2025Q2", date(2025, 5, 1), date(2025, 5, 2), UNCERTAIN),
    ],
)
def test_a_code_matters_by_its_quarter(quarter: str, first: date, last: date, expected: list[tuple[str, str]]) -> None:
    assert reasons(declared(quarter), first, last) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2025, 2, 7), date(2025, 6, 30), [("UNCERTAIN_CODE", "occupations[0]: youth_holiday")]),
        (date(2025, 2, 8), date(2025, 6, 30), []),
        (date(2025, 1, 1), date(2025, 2, 3), [("UNCERTAIN_CODE", "occupations[0]: youth_holiday")]),
        (date(2025, 1, 1), date(2025, 2, 2), []),
    ],
)
def test_an_absence_matters_by_its_days(first: date, last: date, expected: list[tuple[str, str]]) -> None:
    away = Absence("youth_holiday", date(2025, 2, 3), date(2025, 2, 7))
    assert reasons(facts(job(*JOB, absences=(away,))), first, last) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2025, 2, 7), date(2025, 6, 30), [("UNCERTAIN_CODE", "periods[0]: detention")]),
        (date(2025, 2, 8), date(2025, 6, 30), []),
        (date(2025, 1, 1), date(2025, 2, 3), [("UNCERTAIN_CODE", "periods[0]: detention")]),
        (date(2025, 1, 1), date(2025, 2, 2), []),
    ],
)
def test_a_period_matters_by_its_days(first: date, last: date, expected: list[tuple[str, str]]) -> None:
    given = facts(periods=(Period("detention", date(2025, 2, 3), date(2025, 2, 7)),))
    assert reasons(given, first, last) == expected


@pytest.mark.parametrize(
    ("quarter", "first", "last", "expected"),
    [
        # outside the job's dates, which touch the scope
        ("2024Q3", date(2025, 1, 1), date(2025, 6, 30), [("INCOMPLETE", "occupations[0].services")]),
        # a sickness code without its dates
        ("2025Q1", date(2025, 3, 31), date(2025, 6, 30), [("INCOMPLETE", "occupations[0].services")]),
        ("2025Q1", date(2025, 4, 1), date(2025, 6, 30), []),
        ("2025Q1", date(2024, 11, 1), date(2025, 1, 1), [("INCOMPLETE", "occupations[0].services")]),
        ("2025Q1", date(2024, 11, 1), date(2024, 12, 31), []),
    ],
)
def test_a_declaration_is_incomplete_by_its_quarter(
    quarter: str, first: date, last: date, expected: list[tuple[str, str]]
) -> None:
    assert reasons(declared(quarter, 50), first, last) == expected


@pytest.mark.parametrize(
    ("admitted", "expected"),
    [
        (date(2025, 1, 1), []),
        (date(2025, 1, 2), [("INCOMPLETE", "occupations[0].services")]),
        (date(2025, 3, 31), [("INCOMPLETE", "occupations[0].services")]),
        (date(2025, 4, 1), []),
    ],
)
def test_an_admission_inside_a_declared_quarter_is_incomplete(admitted: date, expected: list[tuple[str, str]]) -> None:
    given = facts(job(*JOB, services=(Service("2025Q1", 1, Decimal(60)),)), previous_admission=admitted)
    assert reasons(given, date(2025, 1, 1), date(2025, 12, 31)) == expected


def test_the_contract_is_named_in_its_reasons() -> None:
    given = facts(contract=contract(status="artist", days_per_week=None))
    assert reasons(given, *JOB) == [("SPECIAL_STATUS", "contract"), ("INCOMPLETE", "contract")]


def test_a_contract_of_no_modelled_law_still_has_its_own_reasons() -> None:
    result = calculate(facts(contract=contract(start=date(2012, 10, 30), status="artist")))
    assert isinstance(result, Review)
    found = [(reason.code.value, reason.subject) for reason in result.reasons]
    assert found == [("SPECIAL_STATUS", "contract"), ("NOT_YET_MODELLED", "2012-10-31")]


@pytest.mark.parametrize(
    ("kind", "paid", "expected"),
    [
        ("maternity", False, [("UNCERTAIN_CODE", "periods[0]: maternity")]),
        ("sickness_benefit", False, [("UNCERTAIN_CODE", "periods[0]: sickness_benefit")]),
        ("unemployment_benefit", False, []),
        ("self_employment", False, []),
        ("maternity", True, []),
        ("maternity", None, []),
    ],
)
def test_a_period_without_its_benefit_is_uncertain(kind: str, paid: bool, expected: list[tuple[str, str]]) -> None:
    given = facts(periods=(Period(kind, date(2025, 2, 3), date(2025, 2, 7), paid),))
    assert reasons(given, date(2025, 1, 1), date(2025, 6, 30)) == expected


def test_an_absence_of_one_day_matters() -> None:
    day = date(2025, 2, 3)
    given = facts(job(*JOB, absences=(Absence("youth_holiday", day, day),)))
    assert reasons(given, date(2025, 1, 1), date(2025, 6, 30)) == [("UNCERTAIN_CODE", "occupations[0]: youth_holiday")]


@pytest.mark.parametrize(
    ("quarter", "expected"),
    [
        ("2024Q4", []),
        ("2025Q1", [("INCOMPLETE", "occupations[0].services")]),
        ("2025Q4", [("INCOMPLETE", "occupations[0].services")]),
        ("2026Q1", []),
    ],
)
def test_a_total_far_from_its_job_matters_by_its_quarter(quarter: str, expected: list[tuple[str, str]]) -> None:
    given = facts(job(date(2020, 1, 1), date(2020, 3, 31), services=(Service(quarter, 1, Decimal(1)),)))
    assert reasons(given, date(2025, 3, 31), date(2025, 10, 1)) == expected


def test_a_question_names_all_that_it_is_about() -> None:
    away = Absence("youth_holiday", date(2025, 2, 3), date(2025, 2, 3))
    unpaid = Period("sickness_benefit", date(2025, 8, 1), date(2025, 8, 30), benefit_paid=False)
    detained = Period("detention", date(2026, 2, 2), date(2026, 2, 27))
    result = calculate(facts(job(date(2025, 1, 6), date(2025, 4, 30), absences=(away,)), periods=(unpaid, detained)))
    assert isinstance(result, Review)
    (reason,) = result.reasons
    assert reason.subject == "occupations[0]: youth_holiday, periods[0]: sickness_benefit, periods[1]: detention"
    assert reason.article == "AR 38, § 1; AR 30, al. 3"


def test_a_long_list_of_subjects_fits_the_message() -> None:
    abroad = [job(date(2025, 1, 1 + day), date(2025, 1, 1 + day), country="FR") for day in range(25)]
    result = calculate(facts(*abroad))
    assert isinstance(result, Review)
    (subject,) = [reason.subject for reason in result.reasons if reason.code is ReviewReason.FOREIGN_WORK]
    assert subject.startswith("occupations[0], occupations[1], ")
    assert subject.endswith(", …")
    assert len(subject) <= 200
