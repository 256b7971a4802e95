"""O2 and C3: when an answer is due, and when a second calculation may be asked. Expected dates counted by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from handlers.promises import BRUSSELS, brussels_date, decision_due, promises_on, second_calculation_window


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-07-15 10:00:00", date(2026, 7, 23)),  # Wednesday; 21 July is a holiday
        ("2026-11-24 10:00:00", date(2026, 12, 1)),  # Tuesday, plain week
        ("2026-11-27 23:59:59", date(2026, 12, 4)),  # Friday, one second before midnight
        ("2026-11-28 00:00:00", date(2026, 12, 4)),  # Saturday: the next five working days are the same
        ("2026-12-24 09:00:00", date(2027, 1, 4)),  # Christmas Friday and New Year Friday fall out
        ("2026-04-02 09:00:00", date(2026, 4, 10)),  # Easter Monday is 6 April 2026
        ("2026-05-13 09:00:00", date(2026, 5, 21)),  # Ascension is Thursday 14 May 2026
        ("2026-05-22 09:00:00", date(2026, 6, 1)),  # Whit Monday is 25 May 2026
        ("2028-02-24 09:00:00", date(2028, 3, 2)),  # over 29 February
    ],
)
def test_o2_five_working_days_from_the_day_after_receipt(received: str, due: date) -> None:
    assert decision_due(at(received)).due_date == due


def test_o2_the_day_of_receipt_is_that_of_brussels() -> None:
    # 22:30 UTC on Friday 27 November is 23:30 in Brussels; 23:30 UTC is already Saturday there
    assert brussels_date(datetime(2026, 11, 27, 22, 30, tzinfo=UTC)) == date(2026, 11, 27)
    assert brussels_date(datetime(2026, 11, 27, 23, 30, tzinfo=UTC)) == date(2026, 11, 28)


@pytest.mark.parametrize(
    ("received", "due_at"),
    [
        ("2026-11-24 10:00:00", datetime(2026, 12, 1, 22, 59, 59, tzinfo=UTC)),  # winter: UTC + 1
        ("2026-07-15 10:00:00", datetime(2026, 7, 23, 21, 59, 59, tzinfo=UTC)),  # summer: UTC + 2
        ("2026-10-21 10:00:00", datetime(2026, 10, 28, 22, 59, 59, tzinfo=UTC)),  # over the change of 25 October
        (
            "2027-03-24 10:00:00",
            datetime(2027, 4, 1, 21, 59, 59, tzinfo=UTC),
        ),  # over 28 March and Easter Monday 29 March
    ],
)
def test_o2_ends_at_the_last_second_of_a_brussels_day(received: str, due_at: datetime) -> None:
    assert decision_due(at(received)).due_at == due_at


def test_o2_names_the_calendar_it_counted_in() -> None:
    assert decision_due(at("2026-07-15 10:00:00")).calendar.startswith("be-legal")


def test_c3_window_is_30_to_15_days_before_the_end() -> None:
    end = date(2027, 8, 30)
    opens, closes = second_calculation_window(end, promises_on(date(2026, 11, 24)))
    assert (opens, closes) == (date(2027, 7, 31), date(2027, 8, 15))
    assert end - opens == timedelta(days=30)
