"""The figures of the promises (C1-C6, O1-O8) as dated data, and the dates that follow from them.

Refuses to carry a figure in code: each stands in `promises.toml` with its source. Pure once that file is loaded.
"""

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from calculation.calendar import Calendar, working_day_after
from calculation.calendar import load as load_calendar

BRUSSELS = ZoneInfo("Europe/Brussels")


@dataclass(frozen=True, slots=True)
class Promises:
    """The figures in force: working and calendar days, counts, dates."""

    decision_working_days: int
    calendar: str
    second_opens_days_before_end: int
    second_closes_days_before_end: int
    calculations_at_most: int
    digital_from: date
    digital_mandatory_from: date
    completion_working_days: int
    completion_calendar: str
    not_asked_days_before_end: int
    review_working_days_before: int
    closure_days_after_end: int
    sequence_hours: int
    receipt_hours_apart: int
    substance_contacts: int


@dataclass(frozen=True, slots=True)
class DueDate:
    """A due date: the Brussels date, its last second as UTC, and the identifier of the calendar it was counted in."""

    due_date: date
    due_at: datetime
    calendar: str


@dataclass(frozen=True, slots=True)
class OfficeDays:
    """The days on which an office is closed beside those of the calendar: dated data of the table of offices."""

    code: str = ""
    closed: frozenset[date] = frozenset()


NO_OFFICE = OfficeDays()
"""The calendar alone."""


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
                digital_from=entry["digital"]["from"],
                digital_mandatory_from=entry["digital"]["mandatory_from"],
                completion_working_days=entry["completion"]["working_days"],
                completion_calendar=entry["completion"]["calendar"],
                not_asked_days_before_end=entry["reminders"]["not_asked_days_before_end"],
                review_working_days_before=entry["reminders"]["review_working_days_before"],
                closure_days_after_end=entry["closure"]["days_after_end"],
                sequence_hours=entry["sequence"]["hours"],
                receipt_hours_apart=entry["receipt"]["hours_apart"],
                substance_contacts=entry["escalation"]["substance_contacts"],
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


def start_of_day(day: date) -> datetime:
    """Give the first second of a Brussels day as UTC."""
    return datetime.combine(day, time(), tzinfo=BRUSSELS).astimezone(UTC)


@cache
def _calendar(name: str, office: OfficeDays) -> Calendar:
    """Give a calendar with an office's closed days, which its identifier then tells."""
    calendar = load_calendar(name)
    if not office.closed:
        return calendar
    return replace(calendar, identifier=f"{calendar.identifier}+{office.code}", closed=calendar.closed | office.closed)


@cache
def _due(day: date, working_days: int, calendar_name: str, office: OfficeDays = NO_OFFICE) -> DueDate:
    calendar = _calendar(calendar_name, office)
    due = working_day_after(day, working_days, calendar)
    return DueDate(due, end_of_day(due), calendar.identifier)


def decision_due(received_at: datetime, office: OfficeDays = NO_OFFICE) -> DueDate:
    """Tell when ONEM's answer is due (promise O2): five working days from the day after receipt in Brussels."""
    day = brussels_date(received_at)
    promises = promises_on(day)
    return _due(day, promises.decision_working_days, promises.calendar, office)


def completion_due(returned_at: datetime) -> DueDate:
    """Tell when the answer to a return is due (promise O6): ten working days from the day after it."""
    day = brussels_date(returned_at)
    promises = promises_on(day)
    return _due(day, promises.completion_working_days, promises.completion_calendar)


@cache
def review_warning(due: DueDate, received_on: date, office: OfficeDays = NO_OFFICE) -> DueDate:
    """Tell when the office is warned of a task (reminder R4): as the last working day before the due date begins."""
    promises = promises_on(received_on)
    calendar = _calendar(promises.calendar, office)
    day, left = due.due_date, promises.review_working_days_before
    while left:
        day -= timedelta(days=1)
        left -= calendar.is_working_day(day)
    return DueDate(day, start_of_day(day), calendar.identifier)


def second_calculation_window(contract_end: date, promises: Promises) -> tuple[date, date]:
    """Give the first and the last day on which a second calculation is asked in time (promise C3)."""
    return (
        contract_end - timedelta(days=promises.second_opens_days_before_end),
        contract_end - timedelta(days=promises.second_closes_days_before_end),
    )
