"""The dated law, the reference period and the counting rules: the specification's worked examples by hand."""

from datetime import date
from decimal import Decimal

import pytest

from calculation import days
from calculation import shelf as stored
from calculation.admission import Ledger
from calculation.facts import Period, Service
from calculation.law import Law
from calculation.shelf import Ended, NotModelled, NotYetInForce, shelf
from tests.calculation.build import facts, job

OLD, NEW = "ar-1991@2012-11-01", "ar-1991@2026-03-01"


def new_law() -> Law:
    found = shelf().law_on(date(2026, 3, 1))
    assert isinstance(found, Law)
    return found


def ledger(given, law: Law | None = None) -> Ledger:
    return Ledger(given, law or new_law(), shelf().countings[0], date(2031, 9, 1).toordinal())


@pytest.mark.parametrize(
    ("day", "identifier"),
    [(date(2012, 11, 1), OLD), (date(2026, 2, 28), OLD), (date(2026, 3, 1), NEW), (date(2090, 1, 1), NEW)],
)
def test_the_law_is_that_of_the_day(day: date, identifier: str) -> None:
    found = shelf().law_on(day)
    assert isinstance(found, Law)
    assert found.identifier == identifier


def test_gaps_are_typed() -> None:
    assert shelf().law_on(date(2012, 10, 31)) == NotModelled(OLD, date(2012, 11, 1))
    assert shelf().version_on(NEW, date(2026, 2, 28)) == NotYetInForce(NEW, date(2026, 3, 1))
    assert shelf().version_on(OLD, date(2026, 3, 1)) == Ended(OLD, date(2026, 2, 28))


@pytest.mark.parametrize(
    ("claim", "months", "start"),
    [
        (date(2022, 11, 28), 21, date(2021, 2, 28)),
        (date(2028, 2, 29), 36, date(2025, 2, 28)),
        (date(2022, 11, 30), 21, date(2021, 2, 28)),
    ],
)
def test_the_period_starts_months_before(claim: date, months: int, start: date) -> None:
    assert days.add_months(claim.toordinal(), -months) == start.toordinal()


@pytest.mark.parametrize(
    ("kind", "first", "last", "start"),
    [
        ("sickness_benefit", date(2025, 1, 1), date(2025, 6, 30), date(2023, 5, 19)),
        ("self_employment", date(2024, 2, 1), date(2024, 3, 31), date(2023, 11, 16)),
        ("self_employment", date(2024, 2, 1), date(2024, 5, 31), date(2023, 7, 18)),
        ("child_raising", date(2024, 2, 1), date(2025, 5, 31), date(2023, 11, 16)),
    ],
)
def test_events_move_the_start_back(kind: str, first: date, last: date, start: date) -> None:
    found = ledger(facts(periods=(Period(kind, first, last),)))
    assert found.period_start(date(2026, 11, 16).toordinal(), 36) == start.toordinal()


def test_a_declared_total_is_capped_where_the_period_starts() -> None:
    # 247 h × 6 / 38 = 39; from Thursday 10.12.2020 to 31.12.2020 there are 22 days, 3 of them Sundays: 19.
    part_time = job(
        date(2020, 10, 1),
        date(2020, 12, 31),
        hours_per_week=Decimal(19),
        services=(Service("2020Q4", 1, None, Decimal(247)),),
    )
    reading = ledger(facts(part_time)).a
    end = date(2020, 12, 31).toordinal()
    assert reading.count(date(2020, 9, 1).toordinal(), end) == 39_0000
    assert reading.count(date(2020, 12, 10).toordinal(), end) == 19_0000


@pytest.mark.parametrize(("born", "age"), [(1959, 65), (1960, 66), (1963, 66), (1964, 67)])
def test_the_pension_age(born: int, age: int) -> None:
    assert new_law().pension_age(date(born, 12, 31)).age == age


STORED = [name for instrument in ("ar-1991", "am-1991", "be-legal") for name in stored.versions(instrument)]


@pytest.mark.parametrize("name", STORED)
def test_a_law_file_says_what_it_is_and_where_it_stands(name: str) -> None:
    table, _ = stored.read(name)
    assert table["id"] == name
    assert name.endswith(f"@{table['effective_from'].isoformat()}")
    assert table["eli"].startswith("http://www.ejustice.just.fgov.be/eli/")
    assert table["source"]
    assert set(table["title"]) == {"fr", "nl", "de", "en"}


@pytest.mark.parametrize("name", [*STORED, *stored.versions("method")])
def test_every_figure_names_its_article_or_its_ground(name: str) -> None:
    table, _ = stored.read(name)
    own = name.startswith("method")
    rules = [item for value in table.values() for item in (value if isinstance(value, list) else [value])]
    figures = [item for item in rules if isinstance(item, dict) and item is not table.get("title")]
    for figure in figures or [table]:
        assert figure["confidence"] in ("D" if own else "LOPD")
        assert own or figure["article"]
