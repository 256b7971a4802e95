"""Impossible facts: a coded problem when read, a review without any number when calculated, never an exception."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from calculation import engine
from calculation.case import InvalidFacts, facts_from_json, facts_to_json, read_case, result_to_json
from calculation.engine import calculate
from calculation.facts import Absence, Contract, Facts, Period, Service
from calculation.impossible import problems
from calculation.result import Review
from tests.calculation.build import contract, facts, job

QUARTER = (date(2025, 1, 1), date(2025, 3, 31))
OUTSIDE = "the date lies outside 1900-01-01 to 2199-12-31"
NO_WEEKDAYS = "each weekday is a number from 1 (Monday) to 7, given once"
REVERSED = (date(2025, 2, 1), date(2025, 1, 31))


def declared(*services: Service) -> Facts:
    return facts(job(*QUARTER, services=services))


IMPOSSIBLE = [
    ("occupations[0].end", "the end lies before the start", facts(job(*REVERSED))),
    ("periods[0].end", "the end lies before the start", facts(periods=(Period("studies", *REVERSED),))),
    (
        "occupations[0].absences[0].end",
        "the end lies before the start",
        facts(job(*QUARTER, absences=(Absence("maternity", *REVERSED),))),
    ),
    (
        "contract.absences[0].end",
        "the end lies before the start",
        facts(contract=contract(absences=(Absence("maternity", *REVERSED),))),
    ),
    (
        "contract.planned_end",
        "the planned end lies before the start",
        facts(contract=contract(planned_end=date(2026, 8, 31))),
    ),
    ("contract.days_per_week", "must lie above 0 and at most 7", facts(contract=contract(days_per_week=Decimal(0)))),
    ("contract.days_per_week", "must lie above 0 and at most 7", facts(contract=contract(days_per_week=Decimal(8)))),
    ("contract.days_per_week", "must lie above 0 and at most 7", facts(contract=contract(days_per_week=Decimal(-5)))),
    (
        "contract.hours_per_week",
        "must lie above 0 and at most 168",
        facts(contract=contract(hours_per_week=Decimal("168.01"))),
    ),
    (
        "contract.hours_per_week",
        "must lie above 0 and at most 168",
        facts(contract=contract(hours_per_week=Decimal(10) ** 6)),
    ),
    (
        "occupations[0].hours_per_week",
        "must lie above 0 and at most 168",
        facts(job(*QUARTER, hours_per_week=Decimal(-1))),
    ),
    ("contract.hours_per_week", "not a number", facts(contract=contract(hours_per_week=Decimal("Infinity")))),
    (
        "contract.reference_hours_per_week",
        "not a number",
        facts(contract=contract(reference_hours_per_week=Decimal("NaN"))),
    ),
    ("contract.days_per_week", "not a number", facts(contract=contract(days_per_week=Decimal("sNaN")))),
    ("contract.working_weekdays", NO_WEEKDAYS, facts(contract=contract(working_weekdays=()))),
    ("contract.working_weekdays", NO_WEEKDAYS, facts(contract=contract(working_weekdays=(0, 1)))),
    ("contract.working_weekdays", NO_WEEKDAYS, facts(contract=contract(working_weekdays=(1, 8)))),
    ("contract.working_weekdays", NO_WEEKDAYS, facts(contract=contract(working_weekdays=(1, 1)))),
    ("birth_date", "the birth date lies after the contract's start", facts(birth_date=date(2026, 9, 2))),
    ("birth_date", OUTSIDE, facts(birth_date=date(1, 1, 1))),
    ("birth_date", OUTSIDE, facts(birth_date=date(1899, 12, 31))),
    ("previous_admission", OUTSIDE, facts(previous_admission=date(9999, 12, 31))),
    (
        "previous_admission",
        "the earlier admission lies before the birth date",
        facts(previous_admission=date(1996, 4, 30)),
    ),
    ("right_until", OUTSIDE, facts(right_until=date(1, 1, 1))),
    ("fresh_stage_from", OUTSIDE, facts(fresh_stage_from=date(9999, 12, 31))),
    ("contract.start", OUTSIDE, facts(contract=contract(start=date(9999, 12, 31)))),
    ("contract.start", OUTSIDE, facts(contract=contract(start=date(2200, 1, 1)))),
    ("contract.planned_end", OUTSIDE, facts(contract=contract(planned_end=date(9999, 12, 31)))),
    ("occupations[0].start", OUTSIDE, facts(job(date(1, 1, 1), date(2025, 1, 31)))),
    ("occupations[0].end", OUTSIDE, facts(job(date(2025, 1, 1), date(9999, 12, 31)))),
    (
        "occupations[0].start",
        "the occupation starts before the birth date",
        facts(job(date(1996, 4, 30), date(2025, 1, 31))),
    ),
    (
        "periods[0].start",
        "the period starts before the birth date",
        facts(periods=(Period("studies", date(1996, 4, 30), date(2025, 1, 31)),)),
    ),
    *(
        (
            "occupations[0].services[0].quarter",
            "a quarter is written as in 2025Q1",
            declared(Service(written, 1, Decimal(1))),
        )
        for written in ("2025Q5", "2025Q0", "2025", "25Q1", "2025Q11", "٢٠٢٥Q1", "2025q1", "0000Q1")
    ),
    ("occupations[0].services[0].quarter", OUTSIDE, declared(Service("1899Q4", 1, Decimal(1)))),
    ("occupations[0].services[0].quarter", OUTSIDE, declared(Service("2200Q1", 1, Decimal(1)))),
    (
        "occupations[0].services[0].code",
        "a performance code is not negative",
        declared(Service("2025Q1", -1, Decimal(1))),
    ),
    (
        "occupations[0].services[0].days",
        "must lie between 0 and 92",
        declared(Service("2025Q1", 1, Decimal(-1))),
    ),
    ("occupations[0].services[0].days", "must lie between 0 and 92", declared(Service("2025Q1", 1, Decimal("92.01")))),
    (
        "occupations[0].services[0].hours",
        "must lie between 0 and 2208",
        declared(Service("2025Q1", 1, None, Decimal(10) ** 6)),
    ),
    (
        "occupations[0].services[1].days",
        "the codes of 2025Q1 add up to more than the 92 that a quarter can hold",
        declared(Service("2025Q1", 1, Decimal(61)), Service("2025Q1", 1, Decimal(32))),
    ),
    (
        "occupations[0].services[1].days",
        "the codes of 2025Q1 add up to more than the 92 that a quarter can hold",
        declared(Service("2025Q1", 1, Decimal(92)), Service("2025Q1", 2, Decimal("0.5"))),
    ),
    (
        "occupations[0].services[1].hours",
        "the codes of 2025Q1 add up to more than the 2208 that a quarter can hold",
        declared(Service("2025Q1", 1, None, Decimal(2000)), Service("2025Q1", 2, None, Decimal(209))),
    ),
    ("calculation_number", "calculations are numbered from 1", facts(calculation_number=0)),
]
POSSIBLE = {
    "a week of 168 hours in seven days": facts(
        contract=contract(days_per_week=Decimal(7), hours_per_week=Decimal(168), reference_hours_per_week=Decimal(168))
    ),
    "born on the contract's first day": facts(birth_date=date(2026, 9, 1)),
    "a job from the day of birth": facts(job(date(1996, 5, 1), date(1996, 5, 1))),
    "a period from the day of birth": facts(periods=(Period("studies", date(1996, 5, 1), date(1996, 5, 1)),)),
    "admitted on the day of birth": facts(previous_admission=date(1996, 5, 1)),
    "a contract of one day": facts(contract=contract(planned_end=date(2026, 9, 1))),
    "all seven weekdays": facts(contract=contract(working_weekdays=(1, 2, 3, 4, 5, 6, 7))),
    "the first and the last year": facts(
        birth_date=date(1900, 1, 1), contract=contract(start=date(2199, 12, 31)), right_until=date(2199, 12, 31)
    ),
    "92 days over two codes": declared(Service("2025Q1", 1, Decimal(61)), Service("2025Q1", 2, Decimal(31))),
    "2208 hours": declared(Service("2025Q1", 1, Decimal(0), Decimal(2208))),
    "90 days in each of two quarters": declared(Service("2025Q1", 1, Decimal(90)), Service("2025Q2", 0, Decimal(90))),
    "nothing known of the contract but its start": Facts(date(1996, 5, 1), Contract(date(2026, 9, 1))),
}
PLACES = [f"{path}: {sentence}" for path, sentence, _ in IMPOSSIBLE]


@pytest.mark.parametrize(("path", "sentence", "given"), IMPOSSIBLE, ids=PLACES)
def test_the_place_and_the_reason_are_told(path: str, sentence: str, given: Facts) -> None:
    assert (path, sentence) in [(problem.path, problem.sentence) for problem in problems(given)]


@pytest.mark.parametrize("name", POSSIBLE)
def test_the_nearest_possible_fact_is_no_problem(name: str) -> None:
    assert problems(POSSIBLE[name]) == ()


@pytest.mark.parametrize(("path", "sentence", "given"), IMPOSSIBLE, ids=PLACES)
def test_reading_names_the_place(path: str, sentence: str, given: Facts) -> None:
    with pytest.raises(InvalidFacts) as fault:
        facts_from_json(facts_to_json(given))
    assert f"facts.{path}" in [problem.path for problem in fault.value.problems]


@pytest.mark.parametrize(("path", "sentence", "given"), IMPOSSIBLE, ids=PLACES)
def test_calculating_gives_a_review_without_a_number(path: str, sentence: str, given: Facts) -> None:
    result = calculate(given)
    assert isinstance(result, Review)
    assert [(reason.code.value, reason.article) for reason in result.reasons] == [("INCOMPLETE", "AR 30")]
    assert result.reasons[0].subject == problems(given)[0].path
    assert (result.proposals, result.warnings, result.failure) == ((), (), "")
    assert result.receipt.laws == ()


@pytest.mark.parametrize("hours", [38, 19, 1])
def test_sixty_jobs_at_once_get_no_number(hours: int) -> None:
    printed = result_to_json(calculate(facts(*[job(*QUARTER, hours_per_week=Decimal(hours))] * 60)))
    assert printed["reasons"] == ["OVERLAP"]
    assert printed["proposals"] == []


def held(hours: str, number: int, first: date = date(2025, 1, 1)) -> list[str]:
    jobs = [job(first, date(2026, 10, 1), hours_per_week=Decimal(hours))] * number
    return result_to_json(calculate(facts(*jobs, contract=contract(start=date(2026, 10, 1)))))["reasons"]


@pytest.mark.parametrize(
    ("hours", "number", "reasons"),
    [
        # with the contract's 38 hours: 5 x 26 + 38 = 168, the hours of a week, and an hour more
        ("26", 5, ["ALREADY_MET"]),
        ("26.01", 5, ["OVERLAP", "ALREADY_MET"]),
        # 19 jobs and the contract make 20 at once
        ("2", 19, ["ALREADY_MET"]),
        ("2", 20, ["OVERLAP", "ALREADY_MET"]),
    ],
)
def test_jobs_that_no_one_can_hold(hours: str, number: int, reasons: list[str]) -> None:
    assert held(hours, number) == reasons


def test_jobs_that_adjoin_are_not_held_at_once() -> None:
    jobs = [job(date(2025, 1, day), date(2025, 1, day)) for day in range(1, 31)]
    assert result_to_json(calculate(facts(*jobs)))["outcome"] == "decided"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"unknown": 1}, "facts.unknown"),
        ({"birth_date": "yesterday"}, "facts.birth_date"),
        ({"calculation_number": True}, "facts.calculation_number"),
        ({"calculation_number": 16**5000}, "facts.calculation_number"),
        ({"occupations": 3}, "facts.occupations"),
        ({"contract": {"start": date(2026, 9, 1), "hours_per_week": "many"}}, "facts.contract.hours_per_week"),
        ({"periods": [{"kind": "studies", "start": date(2025, 1, 1)}]}, "facts.periods[0].end"),
        ({"periods": [7]}, "facts.periods[0]"),
        ({"contract": {}}, "facts.contract.start"),
        ({"contract": 7}, "facts.contract"),
        ({"birth_date": "20260901"}, "facts.birth_date"),
        ({"birth_date": "1996-W01-1"}, "facts.birth_date"),
        ({"birth_date": "1996-02-30"}, "facts.birth_date"),
        ({"birth_date": datetime(1996, 5, 1)}, "facts.birth_date"),  # noqa: DTZ001 - what TOML gives
        *(
            ({"contract": {"start": date(2026, 9, 1), "hours_per_week": written}}, "facts.contract.hours_per_week")
            for written in (
                "3_8",
                "٣٨",
                " 38",
                "1e1",
                "",
                "NaN",
                "Infinity",
                True,
                None.__class__,
                [38],
                Decimal("1e999"),
            )
        ),
        ({"contract": {"start": date(2026, 9, 1), "status": "a\u0000b"}}, "facts.contract.status"),
        ({"contract": {"start": date(2026, 9, 1), "status": "\ud800"}}, "facts.contract.status"),
        ({"contract": {"start": date(2026, 9, 1), "status": "x" * 201}}, "facts.contract.status"),
        ({"contract": {"start": date(2026, 9, 1), "status": ""}}, "facts.contract.status"),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_its_place(change: dict[str, Any], path: str) -> None:
    table = {"birth_date": date(1996, 5, 1), "contract": {"start": date(2026, 9, 1)}, **change}
    with pytest.raises(InvalidFacts) as fault:
        read_case({"facts": table})
    assert [problem.path for problem in fault.value.problems] == [path]


def test_an_unknown_key_of_the_file_is_a_problem() -> None:
    with pytest.raises(InvalidFacts):
        read_case({"facts": {"birth_date": date(1996, 5, 1), "contract": {"start": date(2026, 9, 1)}}, "fact": {}})


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"1" * 5000, b"\xff", b"[]"])
def test_what_is_no_canonical_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidFacts):
        facts_from_json(body)


def test_half_a_character_has_a_canonical_form() -> None:
    given = facts(job(*QUARTER, status="\ud800"))
    assert json.loads(facts_to_json(given).decode(errors="surrogatepass"))["occupations"][0]["status"] == "\ud800"
    assert result_to_json(calculate(given))["reasons"] == ["SPECIAL_STATUS"]


def test_a_defect_of_the_engine_is_a_review(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_facts: Facts) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "_calculate", broken)
    printed = result_to_json(calculate(facts()))
    assert (printed["outcome"], printed["reasons"]) == ("review", ["ENGINE_FAILURE"])
