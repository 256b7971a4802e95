"""The engine's answer is that of the slow day-by-day count, on every field, on random histories and on every case.

More histories than a run of the tests has time for:

    CPAS_ONEM_TEST_HISTORIES=1000:6000 python -m pytest tests/calculation/test_reference.py

compares the histories of seeds 1000 to 5999: random ones, those built for an edge, and each of these nudged by a day.
"""

import os
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from calculation import impossible
from calculation.case import read_case, result_to_json
from calculation.engine import calculate
from calculation.facts import Facts
from calculation.result import ReviewReason
from tests.calculation.edges import edge_history, nudged
from tests.calculation.histories import history
from tests.calculation.reference import solution

HERE = Path(__file__).parent
CASES = sorted([*(HERE / "cases").glob("*.toml"), *(HERE / "regression").glob("*.toml")])
FIRST, _, END = os.environ.get("CPAS_ONEM_TEST_HISTORIES", "0:150").partition(":")
SEEDS = range(int(FIRST), int(END))


def printed(facts: Facts) -> dict[str, Any]:
    """Give what the engine prints, without what only explains it."""
    found = result_to_json(calculate(facts))
    for part in (found, *found["proposals"]):
        part.pop("steps")
        part.pop("instruments", None)
        part.pop("receipt", None)
    return found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_reference_agrees_on_the_case(path: Path) -> None:
    facts = read_case(tomllib.loads(path.read_text("utf-8")))
    assert printed(facts) == solution(facts)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_reference_agrees_on_a_random_history(seed: int) -> None:
    facts = history(seed)
    if impossible.problems(facts):
        assert printed(facts)["proposals"] == []
    else:
        assert printed(facts) == solution(facts)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_reference_agrees_on_an_edge(seed: int) -> None:
    facts = edge_history(seed)
    expected = solution(facts)
    assert printed(facts) == expected
    answer = expected if expected["first_claim_date"] else next(iter(expected["proposals"]), None)
    if answer:
        claim, start = (date.fromisoformat(answer[key]) for key in ("first_claim_date", "period_start"))
        again = nudged(seed, facts, claim, start)
        assert impossible.problems(again) or printed(again) == solution(again)


def test_the_histories_reach_every_route_and_every_reason() -> None:
    answers = [printed(history(seed)) for seed in range(1700)]
    computed = [part for answer in answers for part in (answer, *answer["proposals"]) if part["route"]]
    decided = {(answer["law"], answer["route"]) for answer in answers if answer["outcome"] == "decided"}
    assert {part["route"] for part in computed} == {"30", "32", "30-older", "33"}
    assert decided == {
        ("ar-1991@2012-11-01", "30"),
        ("ar-1991@2012-11-01", "32"),
        ("ar-1991@2012-11-01", "30-older"),
        ("ar-1991@2026-03-01", "30"),
    }
    reasons = {reason for answer in answers for reason in answer["reasons"]}
    assert reasons == {reason.value for reason in ReviewReason} - {ReviewReason.ENGINE_FAILURE}
