"""The rule files: one firing and one silent example for each rule id, written over an ordinary case.

    rules/<rule id>.toml ──► [firing] and [silent]: facts, and what is expected of them

An example names only what differs from the ordinary: someone born on 1 May 1996, five days and 38 of 38 hours a week,
a contract from 1 September 2026.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from calculation.case import read_case
from calculation.engine import calculate
from calculation.facts import Facts
from calculation.result import Computation, Decided, Result
from calculation.steps import Step

FOLDER = Path(__file__).parent / "rules"
REGIME = {"days_per_week": 5, "hours_per_week": 38, "reference_hours_per_week": 38}


@dataclass(frozen=True)
class Example:
    """Facts and what is expected of them."""

    facts: Facts
    expected: dict[str, Any]


@dataclass(frozen=True)
class RuleFile:
    """A rule id with its two examples."""

    rule: str
    firing: Example
    silent: Example


@cache
def rule_files() -> tuple[RuleFile, ...]:
    """Read every rule file."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.toml")))


def _read(path: Path) -> RuleFile:
    table = tomllib.loads(path.read_text("utf-8"))
    assert set(table) == {"firing", "silent"}, path
    return RuleFile(path.stem, _example(table["firing"], path), _example(table["silent"], path))


def _example(table: dict[str, Any], path: Path) -> Example:
    assert set(table) <= {"why", "facts", "step", "reason", "reasons", "warnings", "proposal"}, path
    assert table["why"]
    given = {"birth_date": date(1996, 5, 1), **table.get("facts", {})}
    given["contract"] = {"start": date(2026, 9, 1), **REGIME, **given.get("contract", {})}
    given["occupations"] = [{**REGIME, **job} for job in given.get("occupations", [])]
    for job in (given["contract"], *given["occupations"]):
        for key in REGIME:
            if job[key] == "unknown":
                del job[key]
    return Example(read_case({"facts": given}), table)


def computations(result: Result) -> tuple[Computation, ...]:
    """Give the answer of a decision, or the proposals of a review."""
    return (result.computation,) if isinstance(result, Decided) else result.proposals


def steps(result: Result) -> Iterator[Step]:
    """Give every step of every computation."""
    waiting = [found.steps for found in reversed(computations(result))]
    while waiting:
        step = waiting.pop()
        yield step
        waiting += reversed(step.children)


def ids(result: Result) -> set[str]:
    """Give every rule id that fired: steps, reasons for review, warnings."""
    reasons = () if isinstance(result, Decided) else result.reasons
    return {step.rule for step in steps(result)} | {reason.code.value for reason in reasons} | set(result.warnings)


def result_of(example: Example) -> Result:
    """Calculate an example."""
    return calculate(example.facts)
