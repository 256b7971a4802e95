"""O2, R4: an office that closes on days of its own counts its own working days; the deadline names that calendar."""

from datetime import date, datetime

import pytest

from handlers import calculation_request
from handlers.offices import BadOffices, Offices, read
from handlers.outcome import Deadline, DeadlineKind, HistoryKind
from handlers.promises import BRUSSELS, completion_due, decision_due, review_warning
from tests.handlers.building import context, envelope, foreign_job, opened, request

TABLE = """
[default]
code = "000"
name = { fr = "ONEM", nl = "RVA", de = "LfA" }
email = "article60@onem.example"
telephone = "+32 2 000 00 00"

[[office]]
code = "LIE"
valid_to = 2026-12-31
postal_codes = [[4000, 4999]]
closed = [2026-12-24, 2026-12-31]
name = { fr = "Liège", nl = "Luik", de = "Lüttich" }
email = "lie@onem.example"
telephone = "+32 4 000 00 10"

[[office]]
code = "LIE"
valid_from = 2027-01-01
postal_codes = [[4000, 4999]]
closed = [2027-01-04]
name = { fr = "Liège", nl = "Luik", de = "Lüttich" }
email = "lie@onem.example"
telephone = "+32 4 000 00 11"

[[office]]
code = "BRU"
postal_codes = [[1000, 1299]]
name = { fr = "Bruxelles", nl = "Brussel", de = "Brüssel" }
email = "bru@onem.example"
telephone = "+32 2 000 00 10"
"""


@pytest.fixture
def offices() -> Offices:
    """Give a table in which Liège is closed on three days about the year's end."""
    return read(TABLE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("received", "code", "due", "warning"),
    [
        ("2026-12-23 12:00", "LIE", "2027-01-06", "2027-01-05"),  # 28 29 30 · 5 6: 24, 31 and 4 closed
        ("2026-12-23 12:00", "BRU", "2026-12-31", "2026-12-30"),  # 24 · 28 29 30 31
        ("2026-12-22 12:00", "LIE", "2027-01-05", "2026-12-30"),  # 23 · 28 29 30 · 5: the day before it works is 30
        ("2026-12-01 12:00", "LIE", "2026-12-08", "2026-12-07"),  # no closed day among 2 3 4 7 8
    ],
)
def test_o2_r4_count_the_offices_working_days(
    offices: Offices, received: str, code: str, due: str, warning: str
) -> None:
    days = offices.days_of(code)
    answer = decision_due(at(received), days)
    assert answer.due_date == date.fromisoformat(due)
    assert review_warning(answer, at(received).date(), days).due_date == date.fromisoformat(warning)
    assert answer.calendar == ("be-legal@2023-01-01+LIE" if code == "LIE" else "be-legal@2023-01-01")


def test_o2_the_deadline_the_task_and_the_history_agree(offices: Offices) -> None:
    """A request from Liège that an agent must look at, since the person worked abroad."""
    asked = request(history=(foreign_job(),))
    there = context(envelope=envelope(at("2026-12-23 12:00")), offices=offices)
    outcome = calculation_request.handle(asked, opened(asked), there)
    (promise,) = [
        row for row in outcome.deadlines if isinstance(row, Deadline) and row.kind is DeadlineKind.O2_DECISION
    ]
    (task,) = outcome.tasks
    (accepted,) = [entry for entry in outcome.history if entry.kind is HistoryKind.ACCEPTED]
    assert (promise.due_date, promise.calendar) == (date(2027, 1, 6), "be-legal@2023-01-01+LIE")
    assert task.due_at == promise.due_at
    assert dict(accepted.detail)["due"] == "2027-01-06"
    assert dict(accepted.detail)["calendar"] == promise.calendar


def test_o6_the_cpas_is_not_given_more_or_less_time_by_it() -> None:
    assert completion_due(at("2026-12-17 12:00")).due_date == date(2027, 1, 4)


@pytest.mark.parametrize("written", ["2026-12-24T00:00:00", '"2026-12-24"', "24"])
def test_a_closed_day_is_a_date(written: str) -> None:
    with pytest.raises(BadOffices, match="2026-12-24"):
        read(TABLE.replace("closed = [2027-01-04]", f"closed = [{written}]"))
