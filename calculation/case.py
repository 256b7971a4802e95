"""The case format: facts from a mapping (a TOML file's content) and back, results as plain data.

It reads strictly: an unknown key, a wrong type or an impossible fact is a problem with its path, never ignored. It
holds no rule of law. The canonical bytes of `facts_to_json` are what a receipt's digest is taken of.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar

from calculation import impossible
from calculation.facts import Absence, Contract, Facts, Occupation, Period, Service
from calculation.impossible import Problem
from calculation.result import Computation, Decided, Receipt, Result, Review
from calculation.sources import instruments
from calculation.steps import Step

_Kind = TypeVar("_Kind")
_Field = Callable[[Any], Any]
"""Reads one value; raises ValueError with the sentence of the problem."""

_WRITTEN_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WRITTEN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LONGEST_TEXT = 200
_MOST_DECIMALS = 12
_LARGEST = 999_999_999
_NO_SIGNS = ("Cc", "Cs")
"""Unicode categories of what no reader could see or write: control characters and halves of surrogate pairs."""


class InvalidFacts(Exception):  # noqa: N818 - the name is contract
    """The mapping holds no possible facts; `problems` says where and why, all at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.path}: {problem.sentence}" for problem in problems))
        self.problems = problems


def _date(value: object) -> date:
    if isinstance(value, str) and _WRITTEN_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("there is no such date") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("a date is written as in 2026-09-01")
    return value


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("must be a number")
    if isinstance(value, str) and not _WRITTEN_NUMBER.fullmatch(value):
        raise ValueError("must be a number")
    number = Decimal(str(value))
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _MOST_DECIMALS:
        raise ValueError("must be a plain number")
    return number


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    if abs(value) > _LARGEST:
        raise ValueError(f"must lie between -{_LARGEST} and {_LARGEST}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_TEXT:
        raise ValueError(f"must be a text of 1 to {_LONGEST_TEXT} characters")
    if any(unicodedata.category(sign) in _NO_SIGNS for sign in value):
        raise ValueError("must hold no control characters")
    return value


def _article(value: object) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _weekdays(value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of weekdays, 1 = Monday")
    return tuple(_whole(day) for day in value)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of texts")
    return tuple(_text(item) for item in value)


_ABSENCE: dict[str, _Field] = {"kind": _text, "start": _date, "end": _date}
_SERVICE: dict[str, _Field] = {
    "quarter": _text,
    "code": _whole,
    "days": _number,
    "hours": _number,
    "benefit_paid": _flag,
}
_REGIME: dict[str, _Field] = {
    "start": _date,
    "days_per_week": _number,
    "hours_per_week": _number,
    "reference_hours_per_week": _number,
    "working_weekdays": _weekdays,
    "status": _text,
}
_CONTRACT: dict[str, _Field] = {**_REGIME, "planned_end": _date}
_OCCUPATION: dict[str, _Field] = {**_REGIME, "end": _date, "country": _text}
_PERIOD: dict[str, _Field] = {"kind": _text, "start": _date, "end": _date, "benefit_paid": _flag}
_FACTS: dict[str, _Field] = {
    "birth_date": _date,
    "previous_admission": _date,
    "previous_admission_article": _article,
    "right_until": _date,
    "fresh_stage_from": _date,
    "work_permit_matters": _flag,
    "career_in_attachments": _flag,
    "calculation_number": _whole,
    "human_review_asked": _flag,
    "anomalies_to_investigate": _texts,
}
_FILE = ("id", "source", "facts", "expected")


def _instead(key: str, known: Iterable[str]) -> str:
    close = get_close_matches(key, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


class _Reader:
    """Reads tables into dataclasses and collects every problem on the way."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def note(self, path: str, sentence: str) -> None:
        self.problems.append(Problem(path, sentence))

    def table(self, value: object, path: str, allowed: tuple[str, ...]) -> Mapping[str, Any]:
        """Give the table, with a problem for what is no table and for each unknown key."""
        if not isinstance(value, Mapping):
            self.note(path, "must be a table")
            return {}
        for key in value:
            if key not in allowed:
                self.note(f"{path}.{key}" if path else str(key), "unknown key" + _instead(str(key), allowed))
        return value

    def values(self, table: Mapping[str, Any], path: str, fields: dict[str, _Field]) -> dict[str, Any]:
        """Read the plain values that are there."""
        found: dict[str, Any] = {}
        for key, read in fields.items():
            if table.get(key) is None:
                continue
            try:
                found[key] = read(table[key])
            except ValueError as fault:
                self.note(f"{path}.{key}" if path else key, str(fault))
        return found

    def build(self, kind: type[_Kind], values: dict[str, Any], path: str, required: tuple[str, ...]) -> _Kind | None:
        """Make the dataclass, or note which required values are missing; a value with a problem is not missing."""
        missing = [key for key in required if key not in values]
        for key in missing:
            place = f"{path}.{key}" if path else key
            if not any(
                problem.path in (path, place) or problem.path.startswith(f"{place}.") for problem in self.problems
            ):
                self.note(place, "is missing")
        return None if missing else kind(**values)

    def rows(
        self, table: Mapping[str, Any], key: str, path: str, read: Callable[[object, str], Any]
    ) -> tuple[Any, ...]:
        """Read a list of tables, leaving out those with problems."""
        value = table.get(key, ())
        place = f"{path}.{key}" if path else key
        if not isinstance(value, list | tuple):
            self.note(place, "must be a list of tables")
            return ()
        found = (read(row, f"{place}[{position}]") for position, row in enumerate(value))
        return tuple(row for row in found if row is not None)

    def absence(self, value: object, path: str) -> Absence | None:
        """Read one absence."""
        table = self.table(value, path, tuple(_ABSENCE))
        return self.build(Absence, self.values(table, path, _ABSENCE), path, ("kind", "start", "end"))

    def service(self, value: object, path: str) -> Service | None:
        """Read the declaration of one code in one quarter."""
        table = self.table(value, path, tuple(_SERVICE))
        return self.build(Service, self.values(table, path, _SERVICE), path, ("quarter", "code"))

    def occupation(self, value: object, path: str) -> Occupation | None:
        """Read one past job."""
        table = self.table(value, path, (*_OCCUPATION, "absences", "services"))
        values = self.values(table, path, _OCCUPATION)
        values["absences"] = self.rows(table, "absences", path, self.absence)
        values["services"] = self.rows(table, "services", path, self.service)
        return self.build(Occupation, values, path, ("start", "end"))

    def contract(self, value: object, path: str) -> Contract | None:
        """Read the planned contract."""
        table = self.table(value, path, (*_CONTRACT, "absences"))
        values = self.values(table, path, _CONTRACT)
        values["absences"] = self.rows(table, "absences", path, self.absence)
        return self.build(Contract, values, path, ("start",))

    def period(self, value: object, path: str) -> Period | None:
        """Read one period outside any contract."""
        table = self.table(value, path, tuple(_PERIOD))
        return self.build(Period, self.values(table, path, _PERIOD), path, ("kind", "start", "end"))

    def facts(self, value: object, path: str) -> Facts | None:
        """Read the whole facts."""
        table = self.table(value, path, (*_FACTS, "contract", "occupations", "periods"))
        values = self.values(table, path, _FACTS)
        if "contract" in table:
            contract = self.contract(table["contract"], f"{path}.contract")
            if contract is not None:
                values["contract"] = contract
        values["occupations"] = self.rows(table, "occupations", path, self.occupation)
        values["periods"] = self.rows(table, "periods", path, self.period)
        return self.build(Facts, values, path, ("birth_date", "contract"))


def read_case(mapping: Mapping[str, Any]) -> Facts:
    """Read a case file's content (`id`, `source`, `facts`, `expected`); InvalidFacts with every problem found."""
    reader = _Reader()
    table = reader.table(mapping, "", _FILE)
    if not isinstance(table.get("expected", {}), Mapping):
        reader.note("expected", "must be a table")
    facts = reader.facts(table.get("facts"), "facts")
    if facts is not None:
        reader.problems += [
            Problem(f"facts.{problem.path}", problem.sentence) for problem in impossible.problems(facts)
        ]
    if facts is None or reader.problems:
        raise InvalidFacts(tuple(reader.problems))
    return facts


def _plain(number: Decimal | None) -> str | None:
    if number is None:
        return None
    if not number.is_finite():
        return str(number)
    return format(number.normalize(), "f") if number else "0"


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _absence_data(absence: Absence) -> dict[str, Any]:
    return {"kind": absence.kind, "start": _day(absence.start), "end": _day(absence.end)}


def _service_data(service: Service) -> dict[str, Any]:
    return {
        "quarter": service.quarter,
        "code": service.code,
        "days": _plain(service.days),
        "hours": _plain(service.hours),
        "benefit_paid": service.benefit_paid,
    }


def _regime_data(job: Occupation | Contract) -> dict[str, Any]:
    return {
        "start": _day(job.start),
        "days_per_week": _plain(job.days_per_week),
        "hours_per_week": _plain(job.hours_per_week),
        "reference_hours_per_week": _plain(job.reference_hours_per_week),
        "working_weekdays": list(job.working_weekdays) if job.working_weekdays is not None else None,
        "status": job.status,
        "absences": [_absence_data(absence) for absence in job.absences],
    }


def _occupation_data(job: Occupation) -> dict[str, Any]:
    services = [_service_data(service) for service in job.services]
    return {**_regime_data(job), "end": _day(job.end), "country": job.country, "services": services}


def _period_data(period: Period) -> dict[str, Any]:
    return {
        "kind": period.kind,
        "start": _day(period.start),
        "end": _day(period.end),
        "benefit_paid": period.benefit_paid,
    }


def facts_to_data(facts: Facts) -> dict[str, Any]:
    """Give the facts as plain data in the case format's words: ISO dates, numbers as plain decimal texts."""
    return {
        "birth_date": _day(facts.birth_date),
        "contract": {**_regime_data(facts.contract), "planned_end": _day(facts.contract.planned_end)},
        "occupations": [_occupation_data(job) for job in facts.occupations],
        "periods": [_period_data(period) for period in facts.periods],
        "previous_admission": _day(facts.previous_admission),
        "previous_admission_article": facts.previous_admission_article,
        "right_until": _day(facts.right_until),
        "fresh_stage_from": _day(facts.fresh_stage_from),
        "work_permit_matters": facts.work_permit_matters,
        "career_in_attachments": facts.career_in_attachments,
        "calculation_number": facts.calculation_number,
        "human_review_asked": facts.human_review_asked,
        "anomalies_to_investigate": list(facts.anomalies_to_investigate),
    }


def facts_to_json(facts: Facts) -> bytes:
    """Write the facts canonically: the same facts give the same bytes, whatever file they came from."""
    return json.dumps(facts_to_data(facts), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        errors="surrogatepass"
    )


def facts_from_json(body: bytes) -> Facts:
    """Read back what `facts_to_json` wrote; InvalidFacts if it is anything else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidFacts((Problem("facts", "not JSON"),)) from None
    return read_case({"facts": data})


def _step_data(step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule,
        "instrument": step.instrument,
        "article": step.article,
        "period": [day.isoformat() for day in step.period] if step.period else None,
        "inputs": dict(step.inputs),
        "formula": step.formula,
        "result": step.result,
        "practice": step.practice,
        "children": [_step_data(child) for child in step.children],
    }


_DECIDED_ONLY = (
    "law",
    "route",
    "required_days",
    "prior_days",
    "remaining_days",
    "first_claim_date",
    "contract_end",
    "period_start",
    "period_end",
    "reading_a_date",
    "reading_b_date",
    "contract_days",
    "steps",
)


def _computation_data(found: Computation) -> dict[str, Any]:
    return {
        "law": found.law,
        "route": found.route,
        "required_days": found.required_days,
        "prior_days": f"{found.prior_days:.4f}",
        "remaining_days": found.remaining_days,
        "first_claim_date": _day(found.first_claim_date),
        "contract_end": _day(found.contract_end),
        "period_start": _day(found.period_start),
        "period_end": _day(found.period_end),
        "reading_a_date": _day(found.reading_a_date),
        "reading_b_date": _day(found.reading_b_date),
        "contract_days": found.contract_days,
        "steps": _step_data(found.steps),
    }


def _receipt_data(receipt: Receipt) -> dict[str, Any]:
    return {"engine": receipt.engine, "laws": dict(receipt.laws), "facts_sha256": receipt.facts_sha256}


def result_to_json(result: Result) -> dict[str, Any]:
    """Give the fields that `calculate --json` prints, without `file`; decided-only fields are null in a review."""
    common = {
        "warnings": list(result.warnings),
        "receipt": _receipt_data(result.receipt),
        "instruments": {
            text.identifier: {"title": dict(text.titles), "eli": text.eli or None} for text in instruments(result)
        },
    }
    match result:
        case Decided(computation=found):
            return {"outcome": "decided", "reasons": [], **common, **_computation_data(found), "proposals": []}
        case Review(reasons=reasons, proposals=proposals):
            return {
                "outcome": "review",
                "reasons": [reason.code.value for reason in reasons],
                **common,
                **dict.fromkeys(_DECIDED_ONLY),
                "proposals": [_computation_data(found) for found in proposals],
            }
