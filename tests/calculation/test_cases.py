"""Every case file gives what its `[expected]` says, through the same JSON that the command line prints."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calculation.case import facts_from_json, facts_to_json, read_case, result_to_json
from calculation.engine import calculate

HERE = Path(__file__).parent
CASES = sorted([*(HERE / "cases").glob("*.toml"), *(HERE / "regression").glob("*.toml")])


def plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def check(expected: dict[str, Any], found: dict[str, Any]) -> None:
    """Compare what a case expects, a subset of the fields, with what was printed."""
    wanted = {key: plain(value) for key, value in expected.items()}
    if "proposals" in wanted:
        for one, other in zip(wanted.pop("proposals"), found["proposals"], strict=True):
            check(one, other)
    if "prior_days" in wanted:
        assert Decimal(wanted.pop("prior_days")) == Decimal(found["prior_days"])
    assert {key: found[key] for key in wanted} == wanted


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_case_gives_its_expected_values(path: Path) -> None:
    case = tomllib.loads(path.read_text("utf-8"))
    check(case["expected"], result_to_json(calculate(read_case(case))))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_case_survives_its_canonical_form(path: Path) -> None:
    facts = read_case(tomllib.loads(path.read_text("utf-8")))
    assert facts_from_json(facts_to_json(facts)) == facts
    assert facts_to_json(facts_from_json(facts_to_json(facts))) == facts_to_json(facts)


def test_there_are_cases() -> None:
    assert len(CASES) >= 46
