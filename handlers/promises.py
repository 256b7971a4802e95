"""The figures of the promises (C1-C6, O1-O8) as dated data, and the dates that follow from them.

Refuses to carry a figure in code: each stands in `promises.toml` with its source. Pure once that file is loaded.
"""

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from calculation.calendar import load as load_calendar
from calculation.calendar import working_day_after

BRUSSELS = ZoneInfo("Europe/Brussels")


@dataclass(frozen=True, slots=True)
class Promises:
    """The figures in force: working and calendar days, counts, dates."""

    decision_working_days: int
    calendar: str
    second_opens_days_before_end: int
    second_closes_days_before_end: int
    calculations_at_most: int
    digital_mandatory_from: date


@dataclass(frozen=True, slots=True)
class DueDate:
    """A due date: the Brussels date, its last second as UTC, and the identifier of the calendar it was counted in."""

    due_date: date
    due_at: datetime
    calendar: str


@cache
def _versions() -> tuple[tuple[date, Promises], ...]:
    text = resources.files("handlers").joinpath("promises.toml").read_text("utf-8")
    versions = [
        (
            entry["valid_from"],
            Promises(
                decision_working_days=entry["decision"]["working_days"],
                calendar=entry["decision"]["calendar"],
                second_opens_days_before_end=entry["second_calculation"]["opens_days_before_end"],
                second_closes_days_before_end=entry["second_calculation"]["closes_days_before_end"],
                calculations_at_most=entry["calculations"]["at_most"],
                digital_mandatory_from=entry["digital"]["mandatory_from"],
            ),
        )
        for entry in tomllib.loads(text)["promises"]
    ]
    return tuple(sorted(versions, key=lambda version: version[0]))


@cache
def promises_on(day: date) -> Promises:
    """Give the figures in force on a Brussels date; before the first version, those of the first."""
    in_force = [promises for valid_from, promises in _versions() if valid_from <= day]
    return in_force[-1] if in_force else _versions()[0][1]


def brussels_date(moment: datetime) -> date:
    """Give the date in Brussels at that moment; `moment` must be aware."""
    return moment.astimezone(BRUSSELS).date()


def end_of_day(day: date) -> datetime:
    """Give the last second of a Brussels day as UTC."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=BRUSSELS).astimezone(UTC)


@cache
def _decision_due(received_on: date) -> DueDate:
    promises = promises_on(received_on)
    calendar = load_calendar(promises.calendar)
    due = working_day_after(received_on, promises.decision_working_days, calendar)
    return DueDate(due, end_of_day(due), calendar.identifier)


def decision_due(received_at: datetime) -> DueDate:
    """Tell when ONEM's answer is due (promise O2): five working days from the day after receipt in Brussels."""
    return _decision_due(brussels_date(received_at))


def second_calculation_window(contract_end: date, promises: Promises) -> tuple[date, date]:
    """Give the first and the last day on which a second calculation is asked in time (promise C3)."""
    return (
        contract_end - timedelta(days=promises.second_opens_days_before_end),
        contract_end - timedelta(days=promises.second_closes_days_before_end),
    )
