"""`--set`: any fact of a case can be changed, added or taken away, and a wrong path is told."""

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calculation.case import read_case
from service.cli.what_if import BadPath, apply

CASE = """
[facts]
birth_date = 1996-05-01
previous_admission = 2019-05-01
[facts.contract]
start = 2026-09-01
days_per_week = 5
hours_per_week = 38
reference_hours_per_week = 38
[[facts.occupations]]
start = 2025-01-06
end = 2025-04-30
[[facts.occupations]]
start = 2024-01-06
end = 2024-04-30
"""


def changed(*changes: str) -> dict[str, Any]:
    case = tomllib.loads(CASE)
    apply(case, changes)
    facts: dict[str, Any] = case["facts"]
    return facts


def test_values_of_every_type() -> None:
    facts = changed(
        "facts.contract.start=2026-10-01",
        "facts.contract.hours_per_week = 37.5",
        "facts.contract.days_per_week=6",
        "facts.contract.working_weekdays=[1, 2, 3]",
        "facts.work_permit_matters=true",
        'facts.occupations[1].country="FR"',
        "facts.occupations[0].status=teacher",
    )
    assert facts["contract"]["start"] == date(2026, 10, 1)
    assert facts["contract"]["hours_per_week"] == Decimal("37.5")
    assert facts["contract"]["days_per_week"] == 6
    assert facts["contract"]["working_weekdays"] == [1, 2, 3]
    assert facts["work_permit_matters"] is True
    assert facts["occupations"][1]["country"] == "FR"
    assert facts["occupations"][0]["status"] == "teacher"


@pytest.mark.parametrize("path", ["facts.occupations[1].end", "facts.occupations.1.end"])
def test_a_list_item_by_its_place(path: str) -> None:
    facts = changed(f"{path}=2024-06-30")
    assert [job["end"] for job in facts["occupations"]] == [date(2025, 4, 30), date(2024, 6, 30)]


def test_one_more_item_also_in_a_list_left_out() -> None:
    facts = changed(
        'facts.periods[+]={ kind = "maternity", start = 2025-05-01, end = 2025-07-31 }',
        'facts.contract.absences[+]={ kind = "unpaid_leave", start = 2026-10-01, end = 2026-10-02 }',
        "facts.occupations[+]={ start = 2023-01-02, end = 2023-03-31 }",
        "facts.occupations[2].country=FR",
    )
    assert [period["kind"] for period in facts["periods"]] == ["maternity"]
    assert len(facts["contract"]["absences"]) == 1
    assert [job.get("country") for job in facts["occupations"]] == [None, None, "FR"]
    assert len(read_case({"facts": facts}).occupations) == 3


def test_nothing_takes_away() -> None:
    facts = changed("facts.occupations[0]=", "facts.previous_admission=")
    assert [job["start"] for job in facts["occupations"]] == [date(2024, 1, 6)]
    assert "previous_admission" not in facts


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("facts.contract.start", "write PATH=VALUE"),
        ("=2026-10-01", "write PATH=VALUE"),
        ("facts.occupations[0.end=2025-06-30", "write PATH=VALUE"),
        ("facts.occupations[-1].end=2025-06-30", "write PATH=VALUE"),
        ("facts.occupation[0].end=2025-06-30", "did you mean occupations?"),
        ("contract.start=2026-10-01", "there is no contract here, only facts"),
        ("facts.occupations[2].end=2025-06-30", "items [0] to [1]"),
        ("facts.occupations[2]=", "items [0] to [1]"),
        ("facts.right_until=", "there is no right_until here"),
        ("facts.contract.start.day=1", "a plain value"),
        ("facts.contract[+]={}", "there is no + here"),
        ("facts.contract[0]=1", "there is no 0 here"),
    ],
)
def test_a_wrong_path_is_told(change: str, says: str) -> None:
    with pytest.raises(BadPath) as told:
        changed(change)
    assert says in str(told.value)
    assert str(told.value).startswith("--set ")
