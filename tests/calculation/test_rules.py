"""Every rule id has one firing and one silent example in `rules/`, and gives what was worked out there by hand."""

from datetime import date
from typing import Any

import pytest

from calculation.account import RULES
from calculation.engine import TOO_EARLY, TOO_LATE, calculate
from calculation.result import Decided, Review, ReviewReason
from calculation.steps import Step
from tests.calculation.rule_files import ids, result_of, rule_files, steps

FILES = {found.rule: found for found in rule_files()}
REASONS = {reason.value for reason in ReviewReason}
WARNINGS = {TOO_EARLY, TOO_LATE}
NOT_FROM_FACTS = {ReviewReason.ENGINE_FAILURE.value}
"""No facts make the engine fail: what is no facts at all does, and every other example is silent."""


def test_every_rule_has_its_two_examples() -> None:
    assert set(FILES) == (set(RULES) | REASONS | WARNINGS) - NOT_FROM_FACTS


@pytest.mark.parametrize("rule", FILES)
def test_the_firing_example_fires_and_the_silent_one_does_not(rule: str) -> None:
    assert rule in ids(result_of(FILES[rule].firing))
    assert rule not in ids(result_of(FILES[rule].silent))


def test_what_is_no_facts_fails_and_no_example_does() -> None:
    assert ids(calculate(None)) == NOT_FROM_FACTS  # type: ignore[arg-type]
    assert not any(NOT_FROM_FACTS & ids(result_of(found.silent)) for found in FILES.values())


def shown(step: Step, wanted: dict[str, Any]) -> dict[str, Any]:
    """Give the fields of a step that an example speaks of."""
    found = {name: getattr(step, name) for name in wanted}
    for name in {"period", "inputs"} & set(wanted):
        found[name] = {"period": list, "inputs": dict}[name](found[name] or ())
    if "inputs" in wanted:
        found["inputs"] = {name: found["inputs"].get(name) for name in wanted["inputs"]}
    return found


@pytest.mark.parametrize("rule", sorted(RULES))
def test_the_step_says_what_was_worked_out(rule: str) -> None:
    firing = FILES[rule].firing
    wanted = firing.expected["step"]
    assert wanted in [shown(step, wanted) for step in steps(result_of(firing)) if step.rule == rule]


@pytest.mark.parametrize("rule", sorted(REASONS - NOT_FROM_FACTS))
def test_the_review_gives_its_reason(rule: str) -> None:
    firing = FILES[rule].firing
    result = result_of(firing)
    assert isinstance(result, Review)
    assert [reason.code.value for reason in result.reasons] == firing.expected["reasons"]
    (found,) = [reason for reason in result.reasons if reason.code.value == rule]
    assert {"article": found.article, "subject": found.subject} == firing.expected["reason"]
    assert list(result.warnings) == firing.expected.get("warnings", [])


@pytest.mark.parametrize("rule", sorted(WARNINGS))
def test_the_warning_is_given_beside_the_answer(rule: str) -> None:
    result = result_of(FILES[rule].firing)
    assert isinstance(result, Decided)
    assert list(result.warnings) == FILES[rule].firing.expected["warnings"]
    assert result.computation.contract_end == date(2027, 8, 30)


@pytest.mark.parametrize("rule", sorted(REASONS - NOT_FROM_FACTS))
def test_the_nearest_harmless_facts_are_decided(rule: str) -> None:
    assert isinstance(result_of(FILES[rule].silent), Decided)
