"""Impossible facts: a coded problem when read, a review without any number when calculated, never an exception."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calculation import engine
from calculation.case import InvalidFacts, facts_from_json, facts_to_json, read_case, result_to_json
from calculation.engine import calculate
from calculation.facts import Facts, Service
from tests.calculation.build import contract, facts, job

QUARTER = (date(2025, 1, 1), date(2025, 3, 31))
IMPOSSIBLE = {
    "occupations[0].end": facts(job(date(2025, 2, 1), date(2025, 1, 31))),
    "contract.days_per_week": facts(contract=contract(days_per_week=Decimal(0))),
    "contract.hours_per_week": facts(contract=contract(hours_per_week=Decimal(169))),
    "contract.reference_hours_per_week": facts(contract=contract(reference_hours_per_week=Decimal("NaN"))),
    "birth_date": facts(birth_date=date(2026, 9, 2)),
    "occupations[0].start": facts(job(date(1, 1, 1), date(2025, 1, 31))),
    "contract.start": facts(contract=contract(start=date(9999, 12, 31))),
    "occupations[0].services[0].quarter": facts(job(*QUARTER, services=(Service("2025Q5", 1, Decimal(1)),))),
    "occupations[0].services[0].days": facts(job(*QUARTER, services=(Service("2025Q1", 1, Decimal(-1)),))),
    "calculation_number": facts(calculation_number=0),
}


@pytest.mark.parametrize("path", IMPOSSIBLE)
def test_reading_names_the_place(path: str) -> None:
    with pytest.raises(InvalidFacts) as fault:
        facts_from_json(facts_to_json(IMPOSSIBLE[path]).replace(b"NaN", b"nan"))
    assert f"facts.{path}" in [problem.path for problem in fault.value.problems]


@pytest.mark.parametrize("path", IMPOSSIBLE)
def test_calculating_gives_a_review_without_a_number(path: str) -> None:
    printed = result_to_json(calculate(IMPOSSIBLE[path]))
    assert printed["outcome"] == "review"
    assert printed["reasons"] == ["INCOMPLETE"]
    assert printed["proposals"] == []
    assert printed["first_claim_date"] is None


@pytest.mark.parametrize("hours", [38, 19])
def test_sixty_jobs_at_once_get_no_number(hours: int) -> None:
    printed = result_to_json(calculate(facts(*[job(*QUARTER, hours_per_week=Decimal(hours))] * 60)))
    assert "OVERLAP" in printed["reasons"]
    assert printed["proposals"] == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"unknown": 1}, "facts.unknown"),
        ({"birth_date": "yesterday"}, "facts.birth_date"),
        ({"calculation_number": True}, "facts.calculation_number"),
        ({"occupations": 3}, "facts.occupations"),
        ({"contract": {"start": date(2026, 9, 1), "hours_per_week": "many"}}, "facts.contract.hours_per_week"),
        ({"periods": [{"kind": "studies", "start": date(2025, 1, 1)}]}, "facts.periods[0].end"),
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


def test_a_defect_of_the_engine_is_a_review(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_facts: Facts) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "_calculate", broken)
    printed = result_to_json(calculate(facts()))
    assert (printed["outcome"], printed["reasons"]) == ("review", ["ENGINE_FAILURE"])
