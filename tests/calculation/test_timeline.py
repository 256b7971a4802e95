"""The timeline: which days count, which are lost and why, against expectations worked out by hand."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from calculation.case import read_case
from calculation.engine import calculate
from calculation.facts import Absence, Facts, Period, Service
from calculation.result import Decided
from calculation.timeline import EventEffect, Meaning, Row, RowKind, Timeline, timeline_of
from tests.calculation.build import facts, job
from tests.calculation.histories import history

CASES = Path(__file__).parent / "cases"
COUNTED = {Meaning.COUNTS, Meaning.ASSIMILATED, Meaning.DECLARED}
SHIFT = timedelta(days=1)


def of_facts(given: Facts, proposal: int = 0) -> Timeline:
    result = calculate(given)
    found = result.computation if isinstance(result, Decided) else result.proposals[proposal]
    return timeline_of(given, found)


def of_case(name: str, proposal: int = 0) -> Timeline:
    return of_facts(read_case(tomllib.loads((CASES / f"{name}.toml").read_text("utf-8"))), proposal)


def row(line: Timeline, kind: RowKind, name: str = "") -> Row:
    return next(row for row in line.rows if (row.kind, row.name) == (kind, name))


def told(found: Row) -> list[tuple[str, str, str]]:
    return [(str(span.first), str(span.last), span.meaning.value) for span in found.spans]


def test_a_past_job_and_the_contract_count_whole() -> None:
    line = of_case("one-past-job")
    past, planned = line.rows
    # 61 weekdays in Q1 2025 and 22 in April, each 6/5; then 312 - 99.6 by the contract
    assert (past.kind, past.name, past.counted) == (RowKind.JOB, "1", Decimal("99.6"))
    assert told(past) == [("2025-01-06", "2025-04-30", "counts")]
    assert (planned.kind, planned.counted) == (RowKind.CONTRACT, Decimal("212.4"))
    assert told(planned) == [("2026-09-01", "2027-05-05", "counts")]
    assert [str(quarter.counted) for quarter in line.quarters] == ["73.2", "26.4", "26.4", "78", "78", "30"]
    assert (line.base, line.start, line.counts_from, line.events) == (date(2024, 5, 6),) * 3 + ((),)


def test_an_event_moves_the_start_by_its_days() -> None:
    line = of_case("sickness-outside-extends-the-period")
    (event,) = line.events
    # 1 January to 30 June 2025: 31 + 28 + 31 + 30 + 31 + 30
    assert (event.kind, event.days, event.effect) == ("sickness_benefit", 181, EventEffect.EXTENDS)
    assert (line.base, line.start) == (date(2023, 10, 30), date(2023, 5, 2))
    assert told(row(line, RowKind.PERIOD, "sickness_benefit")) == [("2025-01-01", "2025-06-30", "extends")]


def test_an_event_too_short_is_lost() -> None:
    line = of_case("self-employed-two-months-does-not-extend")
    (event,) = line.events
    assert event.effect is EventEffect.TOO_SHORT
    assert line.base == line.start
    # the period of the claim on 17 March 2027 starts on 17 March 2024
    assert told(row(line, RowKind.PERIOD, "self_employment")) == [
        ("2024-02-01", "2024-03-16", "before_period"),
        ("2024-03-17", "2024-03-31", "lost"),
    ]


def test_an_event_before_the_period_is_outside() -> None:
    line = of_case("extensions-chain")
    # the claim of 17 March 2027 looks back to 17 March 2024; self-employment ended on 31 January 2024
    assert {event.effect for event in line.events} == {EventEffect.OUTSIDE}
    assert told(row(line, RowKind.JOB, "1")) == [("2020-09-01", "2020-12-31", "before_period")]


def test_unpaid_leave_is_cut_out_of_the_contract() -> None:
    planned = row(of_case("unpaid-leave-in-the-contract"), RowKind.CONTRACT)
    assert told(planned) == [
        ("2026-09-01", "2027-01-31", "counts"),
        ("2027-02-01", "2027-02-12", "lost"),
        ("2027-02-13", "2027-09-14", "counts"),
    ]
    assert planned.spans[1].kind == "unpaid_leave"


def test_the_yearly_pool_of_unpaid_days_runs_dry() -> None:
    planned = row(of_case("old-law-unpaid-quota"), RowKind.CONTRACT)
    # 12 days a year, each working day costs 6/5: the ten of February fit, the ten of May do not
    assert [span for span in told(planned) if span[2] != "counts"] == [
        ("2024-02-05", "2024-02-16", "assimilated"),
        ("2024-05-06", "2024-05-17", "lost"),
    ]


def test_maternity_counts_and_sickness_inside_a_job_extends() -> None:
    absences = (
        Absence("maternity", date(2025, 2, 3), date(2025, 2, 28)),
        Absence("sickness_benefit", date(2025, 3, 3), date(2025, 3, 14)),
    )
    line = of_facts(facts(job(date(2025, 1, 6), date(2025, 4, 30), absences=absences)))
    assert told(row(line, RowKind.JOB, "1")) == [
        ("2025-01-06", "2025-02-02", "counts"),
        ("2025-02-03", "2025-02-28", "assimilated"),
        ("2025-03-01", "2025-03-02", "counts"),
        ("2025-03-03", "2025-03-14", "extends"),
        ("2025-03-15", "2025-04-30", "counts"),
    ]
    assert (line.base - line.start).days == 12


def test_days_before_the_period_and_before_an_admission_are_told_apart() -> None:
    line = of_facts(facts(job(date(2022, 1, 3), date(2026, 2, 27)), previous_admission=date(2026, 1, 5)))
    past = row(line, RowKind.JOB, "1")
    start = line.start
    assert told(past) == [
        ("2022-01-03", str(start - SHIFT), "before_period"),
        (str(start), "2026-01-04", "before_admission"),
        ("2026-01-05", "2026-02-27", "counts"),
    ]
    # 5 January to 27 February 2026: eight weeks of five days, each 6/5
    assert past.counted == 48
    assert line.counts_from == date(2026, 1, 5)


def test_the_years_of_art_32_are_told_apart_from_older_ones() -> None:
    line = of_case("old-law-ten-year-route")
    # 33 months before 3 August 2024, and ten years before that
    assert (line.start, line.earlier_from) == (date(2021, 11, 3), date(2011, 11, 3))
    assert told(row(line, RowKind.JOB, "1")) == [
        ("2011-01-03", "2011-11-02", "before_period"),
        ("2011-11-03", "2019-06-28", "earlier_years"),
    ]


def test_a_declared_quarter_counts_as_its_total() -> None:
    services = (Service("2025Q1", 1, days=Decimal(40)), Service("2025Q1", 30, days=Decimal(21)))
    line = of_facts(facts(job(date(2025, 1, 6), date(2025, 4, 30), services=services)))
    past = row(line, RowKind.JOB, "1")
    assert told(past) == [("2025-01-06", "2025-03-31", "declared"), ("2025-04-01", "2025-04-30", "counts")]
    # (40 + 22) × 6/5
    assert past.counted == Decimal("74.4")


@pytest.mark.parametrize(
    "changes", [{"country": "FR"}, {"status": "statutory"}, {"status": "student"}, {"status": "apprentice"}]
)
def test_work_abroad_or_outside_the_unemployment_sector_is_left_out_for_a_human(changes: dict[str, str]) -> None:
    past = row(of_facts(facts(job(date(2025, 1, 6), date(2025, 4, 30), **changes))), RowKind.JOB, "1")
    assert told(past) == [("2025-01-06", "2025-04-30", "left_out")]
    assert past.counted == 0


@pytest.mark.parametrize(
    ("kind", "meaning", "counted"),
    [("maternity", "assimilated", 26), ("unemployment_benefit", "lost", 0), ("youth_holiday", "left_out", 0)],
)
def test_a_period_outside_any_contract_is_what_the_law_makes_of_it(kind: str, meaning: str, counted: int) -> None:
    # 1 to 30 June 2026: 30 days, four Sundays
    line = of_facts(facts(periods=(Period(kind, date(2026, 6, 1), date(2026, 6, 30)),)))
    found = row(line, RowKind.PERIOD, kind)
    assert told(found) == [("2026-06-01", "2026-06-30", meaning)]
    assert found.counted == counted


def test_a_period_without_its_benefit_is_left_out() -> None:
    spell = date(2026, 6, 1), date(2026, 6, 30)
    line = of_facts(facts(periods=(Period("maternity", *spell, benefit_paid=False),)))
    assert told(row(line, RowKind.PERIOD, "maternity")) == [("2026-06-01", "2026-06-30", "left_out")]


def test_a_quarter_that_holds_too_much_is_capped() -> None:
    line = of_case("two-part-time-jobs-in-a-quarter")
    (capped,) = line.capped
    # 91 days × 25/7 × 6/38 = 51.3158 and 91 × 20/7 × 6/38 = 41.0526
    assert (capped.name, capped.total, capped.counted) == ("2025Q2", Decimal("92.3684"), 78)
    assert [row.counted for row in line.rows[:2]] == [Decimal("51.3158"), Decimal("41.0526")]


def test_half_days_are_twice_the_days() -> None:
    line = of_case("review-part-time-contract", proposal=1)
    assert line.quarter_most == 78
    # 25.7142 + 78 + 77.1428 + 78 + 52.2858; the contract alone holds the 0.8572 that the quarter cuts off
    assert sum(quarter.counted for quarter in line.quarters) == Decimal("311.1428")
    assert line.rows[0].counted == 312
    # 92 days × 19/7 × 6/38 = 39.4286 in the fourth quarter of 2026, twice that, at most 78
    assert (line.capped[0].name, line.capped[0].total) == ("2026Q4", Decimal("78.8572"))


def test_an_unknown_law_is_refused() -> None:
    given = facts()
    result = calculate(given)
    assert isinstance(result, Decided)
    stranger = type(result.computation)(
        **{name: getattr(result.computation, name) for name in result.computation.__slots__} | {"law": "ar-1991@1900"}
    )
    with pytest.raises(LookupError, match="ar-1991@1900"):
        timeline_of(given, stranger)


@pytest.mark.parametrize("seed", range(150))
def test_every_day_of_a_job_has_one_meaning(seed: int) -> None:
    given = history(seed)
    result = calculate(given)
    for found in (result.computation,) if isinstance(result, Decided) else result.proposals:
        line = timeline_of(given, found)
        jobs = [row for row in line.rows if row.kind is RowKind.JOB]
        assert sorted(int(row.name) for row in jobs) == list(range(1, len(given.occupations) + 1))
        for past in jobs:
            source = given.occupations[int(past.name) - 1]
            assert (past.first, past.last) == (source.start, source.end)
        for each in line.rows:
            for before, after in zip(each.spans, each.spans[1:], strict=False):
                assert before.last < after.first
                assert each.kind is RowKind.PERIOD or before.last + SHIFT == after.first
            for span in each.spans:
                assert span.meaning not in COUNTED or line.counts_from <= span.first <= span.last < line.claim
            assert each.counted == 0 or any(span.meaning in COUNTED for span in each.spans)
