"""The case format, key by key: what is read, what is refused in which words, and what is written back."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from calculation.case import InvalidFacts, facts_from_json, facts_to_json, read_case, result_to_json
from calculation.engine import calculate
from calculation.facts import Absence, Contract, Facts, Occupation, Period, Service
from tests.calculation.build import facts

DAY = date(2026, 9, 1)
FULL = {
    "birth_date": date(1996, 5, 1),
    "previous_admission": date(2019, 5, 1),
    "previous_admission_article": 36,
    "right_until": date(2026, 12, 31),
    "fresh_stage_from": date(2026, 1, 1),
    "work_permit_matters": True,
    "career_in_attachments": True,
    "calculation_number": 2,
    "human_review_asked": True,
    "anomalies_to_investigate": ["334"],
    "contract": {
        "start": DAY,
        "planned_end": date(2027, 5, 20),
        "days_per_week": 5,
        "hours_per_week": 37.5,
        "reference_hours_per_week": "38",
        "working_weekdays": [1, 2, 3, 4, 5],
        "status": "artist",
        "absences": [{"kind": "strike", "start": date(2026, 10, 1), "end": date(2026, 10, 2)}],
    },
    "occupations": [
        {
            "start": date(2025, 1, 6),
            "end": "2025-04-30",
            "days_per_week": Decimal("4"),
            "hours_per_week": Decimal("30.40"),
            "reference_hours_per_week": 38,
            "working_weekdays": [1, 2, 3, 4],
            "country": "FR",
            "status": "student",
            "absences": [{"kind": "maternity", "start": date(2025, 2, 3), "end": date(2025, 2, 4)}],
            "services": [{"quarter": "2025Q1", "code": 1, "days": 61, "hours": 463.6, "benefit_paid": False}],
        }
    ],
    "periods": [{"kind": "studies", "start": date(2024, 1, 1), "end": date(2024, 1, 31), "benefit_paid": True}],
}
READ = Facts(
    birth_date=date(1996, 5, 1),
    contract=Contract(
        start=DAY,
        planned_end=date(2027, 5, 20),
        days_per_week=Decimal(5),
        hours_per_week=Decimal("37.5"),
        reference_hours_per_week=Decimal(38),
        working_weekdays=(1, 2, 3, 4, 5),
        status="artist",
        absences=(Absence("strike", date(2026, 10, 1), date(2026, 10, 2)),),
    ),
    occupations=(
        Occupation(
            start=date(2025, 1, 6),
            end=date(2025, 4, 30),
            days_per_week=Decimal(4),
            hours_per_week=Decimal("30.4"),
            reference_hours_per_week=Decimal(38),
            working_weekdays=(1, 2, 3, 4),
            country="FR",
            status="student",
            absences=(Absence("maternity", date(2025, 2, 3), date(2025, 2, 4)),),
            services=(Service("2025Q1", 1, Decimal(61), Decimal("463.6"), False),),
        ),
    ),
    periods=(Period("studies", date(2024, 1, 1), date(2024, 1, 31), True),),
    previous_admission=date(2019, 5, 1),
    previous_admission_article="36",
    right_until=date(2026, 12, 31),
    fresh_stage_from=date(2026, 1, 1),
    work_permit_matters=True,
    career_in_attachments=True,
    calculation_number=2,
    human_review_asked=True,
    anomalies_to_investigate=("334",),
)


def test_every_key_is_read() -> None:
    assert read_case({"id": "x", "source": "y", "facts": FULL, "expected": {}}) == READ


def test_the_canonical_form_is_written_out() -> None:
    written = json.loads(facts_to_json(READ))
    assert written == json.loads(json.dumps(FULL, default=str)) | {
        "previous_admission_article": "36",
        "contract": {
            **json.loads(json.dumps(FULL["contract"], default=str)),
            "days_per_week": "5",
            "hours_per_week": "37.5",
            "reference_hours_per_week": "38",
        },
        "occupations": [
            {
                **json.loads(json.dumps(FULL["occupations"][0], default=str)),
                "days_per_week": "4",
                "hours_per_week": "30.4",
                "reference_hours_per_week": "38",
                "services": [{"quarter": "2025Q1", "code": 1, "days": "61", "hours": "463.6", "benefit_paid": False}],
            }
        ],
    }
    assert facts_from_json(facts_to_json(READ)) == READ


def test_the_canonical_form_is_sorted_and_without_blanks() -> None:
    body = facts_to_json(facts(anomalies_to_investigate=("é",)))
    assert body.startswith(
        b'{"anomalies_to_investigate":["\xc3\xa9"],"birth_date":"1996-05-01","calculation_number":1,'
    )
    assert b'"contract":{"absences":[],"days_per_week":"5","hours_per_week":"38","planned_end":null,' in body
    assert b'"occupations":[],"periods":[],' in body


@pytest.mark.parametrize(
    ("number", "written"), [("0", b'"0"'), ("0.00", b'"0"'), ("1E+1", b'"10"'), ("61.50", b'"61.5"')]
)
def test_numbers_are_plain(number: str, written: bytes) -> None:
    given = facts(contract=Contract(start=DAY, days_per_week=Decimal(number)))
    assert b'"days_per_week":' + written in facts_to_json(given)


CASES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"birth_date": "yesterday"}, [("facts.birth_date", "a date is written as in 2026-09-01")]),
    ({"birth_date": 19960501}, [("facts.birth_date", "a date is written as in 2026-09-01")]),
    ({"birth_date": datetime(1996, 5, 1)}, [("facts.birth_date", "a date is written as in 2026-09-01")]),  # noqa: DTZ001
    ({"birth_date": "1996-02-30"}, [("facts.birth_date", "there is no such date")]),
    ({"birth_date": None}, [("facts.birth_date", "is missing")]),
    ({"calculation_number": True}, [("facts.calculation_number", "must be a whole number")]),
    ({"calculation_number": 1.0}, [("facts.calculation_number", "must be a whole number")]),
    ({"work_permit_matters": 1}, [("facts.work_permit_matters", "must be true or false")]),
    (
        {"previous_admission_article": True},
        [("facts.previous_admission_article", "must be a text of 1 to 200 characters")],
    ),
    (
        {"previous_admission_article": ""},
        [("facts.previous_admission_article", "must be a text of 1 to 200 characters")],
    ),
    ({"anomalies_to_investigate": "334"}, [("facts.anomalies_to_investigate", "must be a list of texts")]),
    (
        {"anomalies_to_investigate": [334]},
        [("facts.anomalies_to_investigate", "must be a text of 1 to 200 characters")],
    ),
    ({"occupations": 3}, [("facts.occupations", "must be a list of tables")]),
    ({"occupations": [3]}, [("facts.occupations[0]", "must be a table")]),
    ({"occupations": [{}]}, [("facts.occupations[0].start", "is missing"), ("facts.occupations[0].end", "is missing")]),
    ({"unknown": 1, "other": 2}, [("facts.unknown", "unknown key"), ("facts.other", "unknown key")]),
    ({"contract": None}, [("facts.contract", "must be a table")]),
    ({"contract": {}}, [("facts.contract.start", "is missing")]),
]
CONTRACT = [
    ({"hours_per_week": "many"}, "hours_per_week", "must be a number"),
    ({"hours_per_week": True}, "hours_per_week", "must be a number"),
    ({"hours_per_week": [38]}, "hours_per_week", "must be a number"),
    ({"hours_per_week": Decimal("1E+13")}, "hours_per_week", "must be a plain number"),
    ({"hours_per_week": Decimal("1E-13")}, "hours_per_week", "must be a plain number"),
    ({"hours_per_week": Decimal("NaN")}, "hours_per_week", "must be a plain number"),
    ({"working_weekdays": 3}, "working_weekdays", "must be a list of weekdays, 1 = Monday"),
    ({"working_weekdays": ["1"]}, "working_weekdays", "must be a whole number"),
    ({"status": 3}, "status", "must be a text of 1 to 200 characters"),
    ({"status": "x" * 201}, "status", "must be a text of 1 to 200 characters"),
    ({"status": "a\nb"}, "status", "must hold no control characters"),
    ({"absences": [{"kind": "strike"}]}, "absences[0].start", "is missing"),
    ({"absences": {}}, "absences", "must be a list of tables"),
    ({"country": "BE"}, "country", "unknown key"),
]


def problems(mapping: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFacts) as fault:
        read_case(mapping)  # type: ignore[arg-type]
    found = [(problem.path, problem.sentence) for problem in fault.value.problems]
    assert str(fault.value) == "; ".join(f"{path}: {sentence}" for path, sentence in found)
    return found


@pytest.mark.parametrize(("change", "expected"), CASES)
def test_what_cannot_be_read_is_told(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert problems({"facts": {"birth_date": date(1996, 5, 1), "contract": {"start": DAY}, **change}}) == expected


@pytest.mark.parametrize(("change", "key", "sentence"), CONTRACT)
def test_what_cannot_be_read_of_a_contract_is_told(change: dict[str, Any], key: str, sentence: str) -> None:
    given = {"birth_date": date(1996, 5, 1), "contract": {"start": DAY, **change}}
    assert (f"facts.contract.{key}", sentence) in problems({"facts": given})


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({}, [("facts", "must be a table")]),
        ([], [("", "must be a table"), ("facts", "must be a table")]),
        ({"facts": {}}, [("facts.birth_date", "is missing"), ("facts.contract", "is missing")]),
        ({"facts": FULL, "expected": 3}, [("expected", "must be a table")]),
        ({"facts": FULL, "fact": {}}, [("fact", "unknown key; did you mean facts?")]),
    ],
)
def test_a_file_that_is_no_case_is_told(mapping: object, expected: list[tuple[str, str]]) -> None:
    assert problems(mapping) == expected


@pytest.mark.parametrize("status", ["x", "x" * 200])
def test_a_text_of_1_to_200_characters_is_read(status: str) -> None:
    given = {"birth_date": date(1996, 5, 1), "contract": {"start": DAY, "status": status}}
    assert read_case({"facts": given}).contract.status == status


@pytest.mark.parametrize("number", ["1E+12", "1E-12"])
def test_twelve_decimals_are_read(number: str) -> None:
    service = {"quarter": "2025Q1", "code": 1, "days": Decimal(number)}
    job = {"start": date(2025, 1, 1), "end": date(2025, 3, 31), "services": [service]}
    given = {"birth_date": date(1996, 5, 1), "contract": {"start": DAY}, "occupations": [job]}
    if number == "1E-12":
        assert read_case({"facts": given}).occupations[0].services[0].days == Decimal(number)
    else:
        assert problems({"facts": given}) == [("facts.occupations[0].services[0].days", "must lie between 0 and 92")]


def test_a_result_is_written_out() -> None:
    given = facts()
    printed = result_to_json(calculate(given))
    assert printed["receipt"]["engine"] == "cpas-onem-calculation/1"
    assert list(printed["receipt"]["laws"]) == ["am-1991@2012-11-01", "ar-1991@2026-03-01", "method@2012-11-01"]
    assert printed["receipt"]["facts_sha256"] == hashlib.sha256(facts_to_json(given)).hexdigest()
    expected = {
        "outcome": "decided",
        "reasons": [],
        "warnings": [],
        "proposals": [],
        "law": "ar-1991@2026-03-01",
        "route": "30",
        "required_days": 312,
        "prior_days": "0.0000",
        "remaining_days": 312,
        "first_claim_date": "2027-08-31",
        "contract_end": "2027-08-30",
        "period_start": "2024-08-31",
        "period_end": "2027-08-30",
        "reading_a_date": "2027-08-31",
        "reading_b_date": "2027-08-31",
        # 1 September 2026 to 30 August 2027: 364 days less 52 Sundays
        "contract_days": 312,
    }
    assert {key: printed[key] for key in expected} == expected
    assert set(printed) == {*expected, "receipt", "instruments", "steps"}
    first = printed["steps"]["children"][0]
    assert first == {
        "rule": "law.in_force",
        "instrument": "ar-1991@2026-03-01",
        "article": "LP 209-216",
        "period": None,
        "inputs": {"claim": "2027-08-31"},
        "formula": "",
        "result": "ar-1991@2026-03-01",
        "practice": False,
        "children": [],
    }
    assert printed["steps"]["period"] == ["2024-08-31", "2027-08-30"]


def test_a_review_is_written_with_empty_answers() -> None:
    printed = result_to_json(calculate(facts(human_review_asked=True)))
    decided = result_to_json(calculate(facts()))
    assert (printed["outcome"], printed["reasons"]) == ("review", ["HUMAN_REVIEW_ASKED"])
    answer = ("receipt", "instruments", "outcome", "reasons", "warnings", "proposals")
    assert [printed[key] for key in decided if key not in answer] == [None] * (len(decided) - len(answer))
    (proposal,) = printed["proposals"]
    assert proposal == {key: decided[key] for key in decided if key not in answer}


@pytest.mark.parametrize("body", [b"", b"{", b"1" * 5000, b"[" * 100_000])
def test_what_is_no_json_is_told(body: bytes) -> None:
    with pytest.raises(InvalidFacts) as fault:
        facts_from_json(body)
    assert [(problem.path, problem.sentence) for problem in fault.value.problems] == [("facts", "not JSON")]


def test_whole_numbers_have_nine_digits_at_most() -> None:
    given = {"birth_date": date(1996, 5, 1), "contract": {"start": DAY}, "calculation_number": 999_999_999}
    assert read_case({"facts": given}).calculation_number == 999_999_999
    told = [("facts.calculation_number", "must lie between -999999999 and 999999999")]
    assert problems({"facts": {**given, "calculation_number": 1_000_000_000}}) == told


ROWS = [
    ("occupations", {"start": DAY, "end": DAY, "x": 1}, "x", "unknown key"),
    ("occupations", {"start": DAY, "end": DAY, "status": 1}, "status", "must be a text of 1 to 200 characters"),
    ("occupations", {"start": DAY, "end": DAY, "absences": [{"x": 1}]}, "absences[0].x", "unknown key"),
    (
        "occupations",
        {"start": DAY, "end": DAY, "absences": [{"kind": 1}]},
        "absences[0].kind",
        "must be a text of 1 to 200 characters",
    ),
    ("occupations", {"start": DAY, "end": DAY, "absences": [{}]}, "absences[0].end", "is missing"),
    ("occupations", {"start": DAY, "end": DAY, "services": [{"x": 1}]}, "services[0].x", "unknown key"),
    (
        "occupations",
        {"start": DAY, "end": DAY, "services": [{"code": "1"}]},
        "services[0].code",
        "must be a whole number",
    ),
    ("occupations", {"start": DAY, "end": DAY, "services": [{}]}, "services[0].quarter", "is missing"),
    ("periods", {"x": 1}, "x", "unknown key"),
    ("periods", {"kind": 1}, "kind", "must be a text of 1 to 200 characters"),
    ("periods", {}, "start", "is missing"),
]


@pytest.mark.parametrize(("table", "row", "key", "sentence"), ROWS)
def test_a_problem_inside_a_row_names_its_place(table: str, row: dict[str, Any], key: str, sentence: str) -> None:
    given = {"birth_date": date(1996, 5, 1), "contract": {"start": DAY}, table: [row]}
    assert (f"facts.{table}[0].{key}", sentence) in problems({"facts": given})
