"""What was declared for an invented job, quarter by quarter: mostly work, the rest under one other code."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from service.corpus.dice import Dice

_WORKED = 1
_ILL = 50
_FULL = Decimal(38)
_DAY = timedelta(days=1)

Table = dict[str, Any]


def services(dice: Dice, job: Table) -> Table:
    """Give a job's `services`, and `absences` where illness is dated."""
    found: list[Table] = []
    absences: list[Table] = []
    full = job["hours_per_week"] >= _FULL
    wrong = dice.happens("services.left_out")
    for name, first, last in quarters(job["start"], job["end"]):
        days = weekdays(first, last, job["days_per_week"])
        worked = days * dice.between("services.attendance") // 100
        code = dice.choice("services.other_code")
        found.append(_line(name, _WORKED, worked, job, by_days=full is not wrong))
        if days > worked:
            found.append(_line(name, code, days - worked, job, by_days=full is not wrong))
            if code == _ILL and dice.happens("services.illness_dated"):
                end = _day_of(first, days - worked, job["days_per_week"])
                absences.append({"kind": "sickness_benefit", "start": first, "end": end})
    return {"services": found, "absences": absences} if absences else {"services": found}


def _line(quarter: str, code: int, days: int, job: Table, *, by_days: bool) -> Table:
    if by_days:
        return {"quarter": quarter, "code": code, "days": days}
    hours = (job["hours_per_week"] / job["days_per_week"] * days).quantize(Decimal("0.01"))
    return {"quarter": quarter, "code": code, "hours": hours}


def _day_of(first: date, number: int, days_a_week: int) -> date:
    """Give the day on which so many days of the week have been away."""
    end = first
    while weekdays(first, end, days_a_week) < number:
        end += _DAY
    return end


def weekdays(first: date, last: date, days_a_week: int) -> int:
    """Count the days of a spell that lie in a week of so many days from Monday."""
    return sum(1 for day in range((last - first).days + 1) if (first + day * _DAY).isoweekday() <= days_a_week)


def quarters(first: date, last: date) -> list[tuple[str, date, date]]:
    """Cut a spell at the calendar quarters: name as in `2025Q1`, first and last day of each part."""
    found = []
    while first <= last:
        position = (first.month - 1) // 3
        year, month = divmod(first.year * 12 + position * 3 + 3, 12)
        end = min(last, date(year, month + 1, 1) - _DAY)
        found.append((f"{first.year}Q{position + 1}", first, end))
        first = end + _DAY
    return found
