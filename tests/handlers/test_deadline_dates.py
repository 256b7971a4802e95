"""When each deadline falls due, to the second: golden dates, counted by hand on a calendar.

Holidays: Easter Monday is 6 April 2026 and 29 March 2027, Ascension 14 May 2026, Whit Monday 25 May 2026. The clocks
change on 29 March and 25 October 2026, and on 28 March 2027.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from handlers import timers
from handlers.outcome import Deadline, DeadlineKind, EndDeadlines
from handlers.promises import BRUSSELS, decision_due

DOSSIER, FORM = "DOSSIER000001", "FORM000000001"


def at(text: str) -> datetime:
    """Read a moment: in Brussels, or in UTC where it ends in Z."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=BRUSSELS)


def rows(changes: Iterator[Deadline | EndDeadlines]) -> dict[DeadlineKind, Deadline]:
    return {change.kind: change for change in changes if isinstance(change, Deadline)}


@pytest.mark.parametrize(
    ("received", "due"),
    [
        # New Year's Day, Thursday 1 January 2026; Christmas Day before it is a Thursday too
        ("2025-12-23 12:00", "2025-12-31"),  # 24 · 26 29 30 31
        ("2025-12-24 12:00", "2026-01-02"),  # 26 29 30 31 · 2
        ("2025-12-31 12:00", "2026-01-08"),  # 2 5 6 7 8
        ("2026-01-01 12:00", "2026-01-08"),
        ("2026-01-02 12:00", "2026-01-09"),  # 5 6 7 8 9
        # Easter Monday, 6 April 2026
        ("2026-04-02 12:00", "2026-04-10"),  # 3 · 7 8 9 10
        ("2026-04-03 12:00", "2026-04-13"),  # 7 8 9 10 13: Good Friday is a working day
        ("2026-04-05 12:00", "2026-04-13"),
        ("2026-04-06 12:00", "2026-04-13"),
        ("2026-04-07 12:00", "2026-04-14"),  # 8 9 10 13 14
        # Labour Day, Friday 1 May 2026
        ("2026-04-24 12:00", "2026-05-04"),  # 27 28 29 30 · 4
        ("2026-04-30 12:00", "2026-05-08"),  # 4 5 6 7 8
        ("2026-05-01 12:00", "2026-05-08"),
        # Ascension, Thursday 14 May 2026
        ("2026-05-07 12:00", "2026-05-15"),  # 8 11 12 13 · 15
        ("2026-05-13 12:00", "2026-05-21"),  # 15 18 19 20 21
        ("2026-05-14 12:00", "2026-05-21"),
        # Whit Monday, 25 May 2026
        ("2026-05-18 12:00", "2026-05-26"),  # 19 20 21 22 · 26
        ("2026-05-22 12:00", "2026-06-01"),  # 26 27 28 29 1
        ("2026-05-25 12:00", "2026-06-01"),
        # the national holiday, Tuesday 21 July 2026
        ("2026-07-14 12:00", "2026-07-22"),  # 15 16 17 20 · 22
        ("2026-07-20 12:00", "2026-07-28"),  # 22 23 24 27 28
        ("2026-07-21 12:00", "2026-07-28"),
        # Assumption, 15 August: a Tuesday in 2028; on the Saturday of 2026 nothing takes its place
        ("2028-08-14 12:00", "2028-08-22"),  # 16 17 18 21 22
        ("2028-08-15 12:00", "2028-08-22"),
        ("2026-08-14 12:00", "2026-08-21"),  # 17 18 19 20 21
        # All Saints, 1 November: a Monday in 2027, a Sunday in 2026
        ("2027-10-29 12:00", "2027-11-08"),  # 2 3 4 5 8
        ("2027-11-01 12:00", "2027-11-08"),
        ("2026-10-30 12:00", "2026-11-06"),  # 2 3 4 5 6
        # Armistice, Wednesday 11 November 2026
        ("2026-11-04 12:00", "2026-11-12"),  # 5 6 9 10 · 12
        ("2026-11-10 12:00", "2026-11-18"),  # 12 13 16 17 18
        ("2026-11-11 12:00", "2026-11-18"),
        # Christmas Day and the year's end, Fridays 25 December 2026 and 1 January 2027
        ("2026-12-18 12:00", "2026-12-28"),  # 21 22 23 24 · 28
        ("2026-12-24 12:00", "2027-01-04"),  # 28 29 30 31 · 4
        ("2026-12-25 12:00", "2027-01-04"),
        ("2026-12-31 12:00", "2027-01-08"),  # 4 5 6 7 8
        # 29 February 2028, a Tuesday; there is none in 2027
        ("2028-02-22 12:00", "2028-02-29"),  # 23 24 25 28 29
        ("2028-02-29 12:00", "2028-03-07"),  # 1 2 3 6 7
        ("2027-02-22 12:00", "2027-03-01"),  # 23 24 25 26 1
        # one second before midnight in Brussels, midnight, one second after: summer and winter
        ("2026-07-15T21:59:59Z", "2026-07-23"),  # still Wednesday 15: 16 17 20 · 22 23
        ("2026-07-15T22:00:00Z", "2026-07-24"),  # Thursday 16: 17 20 · 22 23 24
        ("2026-07-15T22:00:01Z", "2026-07-24"),
        ("2026-11-24T22:59:59Z", "2026-12-01"),  # still Tuesday 24: 25 26 27 30 1
        ("2026-11-24T23:00:00Z", "2026-12-02"),  # Wednesday 25: 26 27 30 1 2
        ("2026-11-24T23:00:01Z", "2026-12-02"),
        ("2025-12-31T22:59:59Z", "2026-01-08"),  # the last second of the year, and the first: a holiday between
        ("2025-12-31T23:00:01Z", "2026-01-08"),
        # midnight on the nights when the clocks change: Sundays, so the same five days follow
        ("2026-03-28T22:59:59Z", "2026-04-03"),  # Saturday 28: 30 31 1 2 3
        ("2026-03-29T01:30:00Z", "2026-04-03"),  # half past three, as 02:30 does not exist
        ("2026-03-29T21:59:59Z", "2026-04-03"),  # the last second of Sunday, in summer time
        ("2026-03-29T22:00:00Z", "2026-04-07"),  # Monday 30: 31 1 2 3 · 7
        ("2026-10-25T00:30:00Z", "2026-10-30"),  # 02:30 for the first time: 26 27 28 29 30
        ("2026-10-25T01:30:00Z", "2026-10-30"),  # 02:30 for the second time
        ("2026-10-25T22:59:59Z", "2026-10-30"),  # the last second of Sunday, in winter time
        ("2026-10-25T23:00:00Z", "2026-11-02"),  # Monday 26: 27 28 29 30 2
    ],
)
def test_o2_falls_due_on_the_fifth_working_day(received: str, due: str) -> None:
    assert decision_due(at(received)).due_date == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("received", "answer", "warning"),
    [
        # O2 at the last second of its day, R4 as the working day before begins
        ("2026-07-15 12:00", "2026-07-23T21:59:59Z", "2026-07-21T22:00:00Z"),  # Thursday 23, Wednesday 22
        ("2026-07-14 12:00", "2026-07-22T21:59:59Z", "2026-07-19T22:00:00Z"),  # the holiday between: Monday 20
        ("2026-12-24 12:00", "2027-01-04T22:59:59Z", "2026-12-30T23:00:00Z"),  # Monday 4, Thursday 31
        ("2026-03-25 12:00", "2026-04-01T21:59:59Z", "2026-03-30T22:00:00Z"),  # received before the change of March
        ("2027-03-22 12:00", "2027-03-30T21:59:59Z", "2027-03-25T23:00:00Z"),  # change and Easter between: Friday 26
        ("2026-10-19 12:00", "2026-10-26T22:59:59Z", "2026-10-22T22:00:00Z"),  # the change of October between
    ],
)
def test_r4_warns_one_working_day_before_o2(received: str, answer: str, warning: str) -> None:
    found = rows(iter(timers.in_front_of_an_agent(DOSSIER, FORM, at(received))))
    assert found[DeadlineKind.O2_DECISION].due_at == at(answer)
    assert found[DeadlineKind.R4_WARNING].due_at == at(warning)
    assert {row.calendar for row in found.values()} == {"be-legal@2023-01-01"}


@pytest.mark.parametrize(
    ("returned", "due_at"),
    [
        ("2026-07-15 12:00", "2026-07-30T21:59:59Z"),  # 16 17 20 · 22 23 24 27 28 29 30
        ("2026-04-02 12:00", "2026-04-17T21:59:59Z"),  # 3 · 7 8 9 10 13 14 15 16 17
        ("2026-12-17 12:00", "2027-01-04T22:59:59Z"),  # 18 21 22 23 24 · 28 29 30 31 · 4
        ("2026-10-12 12:00", "2026-10-26T22:59:59Z"),  # 13-16 19-23 26, over the change of October
        ("2028-02-17 12:00", "2028-03-02T22:59:59Z"),  # 18 21-25 28 29 1 2
    ],
)
def test_o6_r3_a_return_is_due_after_ten_working_days(returned: str, due_at: str) -> None:
    assert rows(timers.returned(DOSSIER, FORM, at(returned)))[DeadlineKind.R3_COMPLETION].due_at == at(due_at)


@pytest.mark.parametrize(
    ("end", "r1", "r2", "closure"),
    [
        # each as its Brussels day begins; calendar days, holidays or not
        ("2027-08-30", "2027-07-30T22:00:00Z", "2027-08-09T22:00:00Z", "2027-09-28T22:00:00Z"),
        ("2028-03-20", "2028-02-18T23:00:00Z", "2028-02-28T23:00:00Z", "2028-04-18T22:00:00Z"),  # R2 on 29 February
        ("2027-04-20", "2027-03-20T23:00:00Z", "2027-03-30T22:00:00Z", "2027-05-19T22:00:00Z"),  # the change of March
        ("2027-11-10", "2027-10-10T22:00:00Z", "2027-10-20T22:00:00Z", "2027-12-09T23:00:00Z"),  # that of October
        ("2027-12-31", "2027-11-30T23:00:00Z", "2027-12-10T23:00:00Z", "2028-01-29T23:00:00Z"),
    ],
)
def test_r1_r2_and_the_closure_follow_the_contracts_end(end: str, r1: str, r2: str, closure: str) -> None:
    decided = timers.decided(DOSSIER, FORM, at("2026-11-24 12:00"), date.fromisoformat(end), another_is_free=True)
    found = {kind: row.due_at for kind, row in rows(decided).items()}
    assert found == {
        DeadlineKind.R1_WINDOW: at(r1),
        DeadlineKind.R2_NOT_ASKED: at(r2),
        DeadlineKind.CLOSURE: at(closure),
    }


@pytest.mark.parametrize(
    ("today", "is_free", "left"),
    [
        ("2027-07-30 23:59", True, {"R1_WINDOW", "R2_NOT_ASKED", "CLOSURE"}),
        ("2027-07-31 00:00", True, {"R2_NOT_ASKED", "CLOSURE"}),  # the decision itself tells the open window
        ("2027-08-10 00:00", True, {"CLOSURE"}),
        ("2026-11-24 12:00", False, {"CLOSURE"}),  # no second calculation is left to be reminded of
    ],
)
def test_nothing_reminds_of_what_is_open_or_used_up(today: str, is_free: bool, left: set[str]) -> None:
    decided = timers.decided(DOSSIER, FORM, at(today), date(2027, 8, 30), another_is_free=is_free)
    assert {kind.value for kind in rows(decided)} == left


def test_a_deadline_is_kept_in_utc() -> None:
    due = decision_due(at("2026-07-15 12:00"))
    assert due.due_at.tzinfo is UTC
