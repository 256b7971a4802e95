"""The facts of one file: a case (TOML) or a calculation request (XML), with what-if changes applied.

    file ──► facts_of ──► Facts | Unusable

It reads and calculates nothing; what a file lacks comes back as sentences, never as an exception.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.cli import what_if
from service.cli.validate import Tongue

if TYPE_CHECKING:
    from calculation.facts import Facts


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that holds no facts: why, one sentence each."""

    problems: tuple[str, ...]


def facts_of(file: Path, changes: Sequence[str], max_bytes: int, tongue: Tongue) -> "Facts | Unusable":
    """Read the facts of one file, or say why it has none; `max_bytes` bounds a message."""
    from calculation.case import InvalidFacts

    try:
        return _of_case(file, changes) if file.suffix == ".toml" else _of_message(file, changes, max_bytes, tongue)
    except InvalidFacts as invalid:
        return Unusable(tuple(f"{problem.path}: {problem.sentence}" for problem in invalid.problems))
    except RecursionError:
        return Unusable(("Lists or tables are nested too deeply.",))
    except (what_if.BadPath, ValueError) as error:
        return Unusable((str(error),))


def _of_case(file: Path, changes: Sequence[str]) -> "Facts":
    from calculation.case import read_case

    case = _table(file)
    what_if.apply(case, changes)
    return read_case(case)


def _table(file: Path) -> dict[str, Any]:
    try:
        case = tomllib.loads(file.read_text("utf-8"), parse_float=_decimal)
    except UnicodeDecodeError:
        raise ValueError("This is no text: a case is a TOML file in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"This is no TOML: {error}.") from None
    if "facts" not in case:
        raise ValueError("There is no [facts] here: a case has that table, and in it [facts.contract].")
    return case


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text} is no number that can be held") from None


def _of_message(file: Path, changes: Sequence[str], max_bytes: int, tongue: Tongue) -> "Facts | Unusable":
    from calculation.case import facts_to_data, read_case
    from handlers.mapping import to_facts
    from schemas.anomalies import class_of
    from schemas.findings import AnomalyClass
    from schemas.models import CalculationRequest
    from schemas.parser import Limits, Readable, open_message
    from service.cli.validate import examine

    opened = open_message(file.read_bytes(), limits=Limits(max_bytes=max_bytes))
    if not isinstance(opened, Readable):
        _, reports, reason = examine(file, tongue, max_bytes)
        found = [f"{f'line {r.line}: ' if r.line else ''}{r.label} ({r.error_id})" for r in reports]
        return Unusable(tuple(found) or (reason,))
    if not isinstance(opened.message, CalculationRequest):
        return Unusable(("This message is no calculation request (OCCP001).",))
    investigate = [a.error_id for a in opened.anomalies if class_of(a.error_id) is AnomalyClass.I]
    facts = to_facts(opened.message, investigate)
    if not changes:
        return facts
    case = {"facts": facts_to_data(facts)}
    what_if.apply(case, changes)
    return read_case(case)
