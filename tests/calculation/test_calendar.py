"""Working days after a receipt, with the ten legal holidays of some years written out by hand (promise O2)."""

from datetime import date

import pytest

from calculation.calendar import load, working_day_after

GOLDEN = {
    2026: "01-01 04-06 05-01 05-14 05-25 07-21 08-15 11-01 11-11 12-25",
    2027: "01-01 03-29 05-01 05-06 05-17 07-21 08-15 11-01 11-11 12-25",
    2024: "01-01 04-01 05-01 05-09 05-20 07-21 08-15 11-01 11-11 12-25",
}


@pytest.mark.parametrize("year", GOLDEN)
def test_the_ten_holidays(year: int) -> None:
    assert " ".join(day.strftime("%m-%d") for day in load().holidays(year)) == GOLDEN[year]


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 7, 15), date(2026, 7, 23)),
        (date(2026, 4, 2), date(2026, 4, 10)),
        (date(2026, 12, 24), date(2027, 1, 4)),
        (date(2026, 9, 5), date(2026, 9, 11)),
    ],
)
def test_five_working_days_after_a_receipt(received: date, due: date) -> None:
    assert working_day_after(received, 5, load()) == due


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(LookupError):
        load("be-moon")


def test_a_negative_number_of_days_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^-1$"):
        working_day_after(date(2026, 7, 15), -1, load())


def test_no_working_day_later_is_the_same_day() -> None:
    assert working_day_after(date(2026, 7, 19), 0, load()) == date(2026, 7, 19)
