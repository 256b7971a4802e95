"""The engine's answer is that of the slow day-by-day count, on random histories and on every case."""

import tomllib
from pathlib import Path

import pytest

from calculation import law as laws
from calculation.case import read_case, result_to_json
from calculation.engine import calculate
from calculation.facts import Facts
from calculation.impossible import cannot_be_held
from tests.calculation.histories import history
from tests.calculation.reference import solution

CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))
PLAIN = [path for path in CASES if "foreign" not in path.stem and "unusual" not in path.stem]


def compare(facts: Facts) -> None:
    expected = solution(facts)
    printed = result_to_json(calculate(facts))
    assert "ENGINE_FAILURE" not in printed["reasons"]
    if expected["first_claim_date"] is None:
        assert "NEVER_REACHED" in printed["reasons"]
        return
    if cannot_be_held(facts, laws.method().most_jobs_at_once):
        assert printed["proposals"] == []
        return
    found = printed if printed["outcome"] == "decided" else printed["proposals"][0]
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_the_reference_agrees_on_the_case(path: Path) -> None:
    compare(read_case(tomllib.loads(path.read_text("utf-8"))))


@pytest.mark.parametrize("seed", range(60))
def test_the_reference_agrees_on_a_random_history(seed: int) -> None:
    compare(history(seed))
