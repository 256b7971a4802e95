"""What must hold for every career, on thousands that hypothesis draws; where the law breaks it, an example.

Each property states its precondition exactly. The draws are the same in every run.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from calculation import days
from calculation.admission import Ledger
from calculation.engine import calculate
from calculation.facts import Absence, Facts, Occupation, Period, Service
from calculation.law import Law
from calculation.result import Computation, Decided, Result
from calculation.search import Search, prepare
from calculation.shelf import shelf
from calculation.steps import Step
from tests.calculation.build import facts, job
from tests.calculation.careers import LOST, REFORMED, careers

DAY = timedelta(days=1)
NEVER = 10**7


def drawn(examples: int) -> settings:
    """Give settings under which every run draws the same examples, however slow the machine is."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )


def search_of(given: Facts) -> Search:
    first = given.contract.start.toordinal() + 1
    return prepare(given, shelf(), first, days.add_months(first - 1, 60))


def dates(given: Facts) -> tuple[int, int, int]:
    """Give the first date of reading A, of reading B, and of both; NEVER where there is none."""
    search = search_of(given)
    a, b = search.first_met("a", search.first), search.first_met("b", search.first)
    both = search.first_both(max(a, b)) if a is not None and b is not None else None
    return tuple(day if day is not None else NEVER for day in (a, b, both))


def walked(given: Facts) -> tuple[int, int, int]:
    """Find the same three dates by looking at every claim date."""
    a = b = NEVER
    search = search_of(given)
    for stretch in search.stretches:
        for claim in range(stretch.span[0], stretch.span[1] + 1):
            ledger = stretch.ledger
            by_a, by_b = (ledger.first_route(reading, claim, stretch.routes) for reading in (ledger.a, ledger.b))
            a = claim if by_a and a == NEVER else a
            b = claim if by_b and b == NEVER else b
            if by_a and by_b:
                return a, b, claim
    return a, b, NEVER


@drawn(2000)
@given(careers())
def test_the_search_gives_what_a_walk_over_every_claim_date_gives(given: Facts) -> None:
    a, b, both = dates(given)
    assert (a, b, both) == walked(given)
    assert both >= max(a, b)


@drawn(400)
@given(careers())
def test_the_answer_is_never_before_either_reading(given: Facts) -> None:
    a, b, both = dates(given)
    found = computed(calculate(given))
    if both < NEVER:
        assert found[0].first_claim_date.toordinal() == both >= max(a, b)
        assert (found[0].reading_a_date, found[0].reading_b_date) == (date.fromordinal(a), date.fromordinal(b))
        assert found[0].contract_end == found[0].first_claim_date - DAY
        assert 0 <= found[0].remaining_days <= found[0].required_days


def computed(result: Result) -> tuple[Computation, ...]:
    return (result.computation,) if isinstance(result, Decided) else result.proposals


def is_free(given: Facts, day: date) -> bool:
    """Tell whether the person neither works on that day nor is anything else."""
    spells = [(item.start, item.end) for item in (*given.occupations, *given.periods)]
    return day < given.contract.start and not any(start <= day <= end for start, end in spells)


def swapped(given: Facts, old: Occupation, *new: Occupation) -> Facts:
    """Put other jobs in the place of one."""
    jobs = (found for one in given.occupations for found in (new if one is old else (one,)))
    return replace(given, occupations=tuple(jobs))


def never_later(before: Facts, after: Facts) -> bool:
    """Tell whether no count is lower than before, and neither reading's first date nor the answer is later."""
    return all(more >= less for more, less in zip(counts(after), counts(before), strict=True)) and all(
        late <= early for late, early in zip(dates(after), dates(before), strict=True)
    )


def counts(given: Facts) -> list[int]:
    """Count the windows of some claims by each reading under each law."""
    start = given.contract.start.toordinal()
    found = []
    for law in shelf().laws:
        book = ledger(given, law)
        for claim in (start + 1, start + 100, start + 200, start + 365):
            for months in (21, 36, 42):
                window = book.period_start(claim, months), claim - 1
                found += [book.a.count(*window), book.b.count(*window)]
    return found


@drawn(500)
@given(careers(), st.integers(1, 1500), st.sampled_from(["19", "38"]))
def test_a_job_of_one_more_day_never_makes_the_claim_later(given: Facts, ago: int, hours: str) -> None:
    # no precondition: inside another job or a period, one more day never narrows what they are capped to together
    day = given.contract.start - timedelta(days=ago)
    more = job(day, day, hours_per_week=Decimal(hours))
    assert never_later(given, replace(given, occupations=(*given.occupations, more)))


@drawn(500)
@given(careers(services=False, worked=True), st.integers(0, 4), st.booleans())
def test_a_job_that_lasts_a_day_longer_never_makes_the_claim_later(given: Facts, which: int, at_the_end: bool) -> None:
    # preconditions: the day is free; no total is declared, since AR 32 shares a total out by the job's dates
    old = given.occupations[which % len(given.occupations)]
    new = replace(old, end=old.end + DAY) if at_the_end else replace(old, start=old.start - DAY)
    assume(is_free(given, new.end if at_the_end else new.start))
    assert never_later(given, swapped(given, old, new))


@drawn(500)
@given(
    careers(absences=(), starts=REFORMED, worked=True),
    st.integers(0, 4),
    st.sampled_from(LOST),
    st.tuples(st.integers(0, 500), st.integers(0, 90), st.integers(0, 90)),
)
def test_a_lost_day_that_is_worked_after_all_never_makes_the_claim_later(
    given: Facts, which: int, kind: str, place: tuple[int, int, int]
) -> None:
    # preconditions: the absence does not extend the period; no yearly pool of unpaid days is shared out in date order
    old = given.occupations[which % len(given.occupations)]
    first = old.start + timedelta(days=place[0] % ((old.end - old.start).days + 1))
    worked = first + timedelta(days=place[1])
    last = worked + timedelta(days=place[2])
    absent = replace(old, absences=(Absence(kind, first, last),))
    back = replace(old, absences=(Absence(kind, first, worked - DAY), Absence(kind, worked + DAY, last)))
    back = replace(back, absences=tuple(absence for absence in back.absences if absence.start <= absence.end))
    assert never_later(swapped(given, old, absent), swapped(given, old, back))


def ledger(given: Facts, law: Law) -> Ledger:
    start = given.contract.start.toordinal()
    return Ledger(given, law, shelf().countings[0], days.add_months(start, 60))


def below_its_cap(one: Occupation, first: int, last: int) -> bool:
    """Tell for sure that a part of a job is worth no more than its days without Sundays.

    Full-time work by dates never is worth more. Half-time work is not either from two days on: 2 x 6/7 x 1/2 < 1.
    """
    hours, reference = one.hours_per_week or Decimal(0), one.reference_hours_per_week or Decimal(0)
    low, high = max(first, one.start.toordinal()), min(last, one.end.toordinal())
    return hours >= reference or low > high or (2 * hours <= reference and high > low)


@drawn(800)
@given(
    careers(services=False, worked=True),
    st.integers(0, 4),
    st.integers(1, 500),
    st.tuples(st.integers(-400, 800), st.integers(0, 1500)),
)
def test_splitting_a_job_changes_reading_b_by_no_more_than_rounding(
    given: Facts, which: int, place: int, window: tuple[int, int]
) -> None:
    # preconditions: the job overlaps no other, no total is declared for it, no part meets its own cap
    old = given.occupations[which % len(given.occupations)]
    assume(old.start < old.end)
    middle = old.start + timedelta(days=1 + (place - 1) % (old.end - old.start).days)
    parts = replace(old, end=middle - DAY), replace(old, start=middle)
    first = old.start.toordinal() + window[0]
    last = first + window[1]
    assume(all(below_its_cap(one, first, last) for one in (old, *parts)))
    for law in shelf().laws:
        whole = ledger(given, law).b.count(first, last)
        # each of two results is rounded for itself: to the nearest ten-thousandth
        assert abs(ledger(swapped(given, old, *parts), law).b.count(first, last) - whole) <= 1


def plain(result: Result) -> Result:
    """Leave out the digest of the facts, which of course are others, and the steps, which name every event."""
    receipt = replace(result.receipt, facts_sha256="")
    if isinstance(result, Decided):
        return replace(result, receipt=receipt, computation=replace(result.computation, steps=NO_STEPS))
    bare = tuple(replace(found, steps=NO_STEPS) for found in result.proposals)
    return replace(result, receipt=receipt, proposals=bare)


NO_STEPS = Step("", "", "")


LONG_AGO = 365 * 16
"""Days before the contract that no claim reaches: 42 months and ten years before them, less than fourteen years."""


@drawn(400)
@given(careers(), st.integers(0, 900), st.integers(0, 300), st.sampled_from(["BE", "FR"]), st.sampled_from(["5", "4"]))
def test_a_job_of_long_ago_changes_nothing_wherever_it_lies(
    given: Facts, ago: int, length: int, country: str, week: str
) -> None:
    # precondition: it ended before the period and its ten earlier years, moved back by every event there is
    old = replace(given, birth_date=given.contract.start - timedelta(days=62 * 365))
    moved = sum((item.end - item.start).days + 1 for item in old.periods)
    moved += sum((a.end - a.start).days + 1 for one in (*old.occupations, old.contract) for a in one.absences)
    end = old.contract.start - timedelta(days=LONG_AGO + moved + ago)
    far = job(end - timedelta(days=length), end, country=country, status="student", days_per_week=Decimal(week))
    assert plain(calculate(replace(old, occupations=(*old.occupations, far)))) == plain(calculate(old))


@drawn(400)
@given(
    careers(starts=REFORMED),
    st.sampled_from(["studies", "child_raising", "force_majeure"]),
    st.integers(1, 3000),
    st.integers(0, 1500),
)
def test_an_event_without_effect_changes_nothing_wherever_it_lies(
    given: Facts, kind: str, ago: int, length: int
) -> None:
    # preconditions: every claim falls under the reformed text, the event lies outside jobs and other periods
    free = min([given.contract.start, *(item.start for item in (*given.occupations, *given.periods))])
    end = free - timedelta(days=ago)
    event = Period(kind, end - timedelta(days=length), end)
    older = replace(given, birth_date=min(given.birth_date, event.start))
    assert plain(calculate(replace(older, periods=(*older.periods, event)))) == plain(calculate(older))


def claim(given: Facts) -> date:
    return computed(calculate(given))[0].first_claim_date


def test_a_sick_day_worked_after_all_may_make_the_claim_later() -> None:
    # The law's own reason: a day of sickness benefit is lost but moves the period's start back (AR 30, al. 3).
    # 19.07.2024-30.06.2025: 52 weekdays 62.4 + three quarters of 65 weekdays, 78 each = 296.4 under both readings.
    # August 2025, half-time, 27 days less 14 sick: 13 x 3/7 = 5.5714. Contract, Tuesday 1 to Thursday 3 September: 3.6.
    # Claim 4 September 2026: from 4 September 2023 back 14 days, to Monday 21 August: five weekdays there, 6.
    # 296.4 + 5.5714 + 3.6 + 6 = 311.5714: 312. With 13 sick days: 296.4 + 6 + 3.6 + 4.8 = 310.8, no better for days.
    sick = (date(2025, 8, 4), date(2025, 8, 17))
    half = job(date(2025, 8, 4), date(2025, 8, 30), hours_per_week=Decimal(19))
    past = job(date(2023, 8, 14), date(2023, 8, 25)), job(date(2024, 7, 19), date(2025, 6, 30))
    longer = replace(half, absences=(Absence("sickness_benefit", *sick),))
    shorter = replace(half, absences=(Absence("sickness_benefit", sick[0] + DAY, sick[1]),))
    assert claim(facts(*past, longer)) == date(2026, 9, 4)
    # without those of 2023: 296.4 + 6 + eight weekdays to 10 September 9.6 = 312
    assert claim(facts(*past, shorter)) == date(2026, 9, 11)


def count_b(*jobs: Occupation) -> int:
    law = shelf().law_on(date(2026, 3, 1))
    assert isinstance(law, Law)
    return ledger(facts(*jobs), law).b.count(date(2025, 1, 1).toordinal(), date(2025, 12, 31).toordinal())


def test_a_day_that_makes_two_jobs_overlap_may_lower_reading_b() -> None:
    # Monday 3 to Friday 7 March: 5 + 0.2 x 5 = 6 at most; Saturday 8 to Thursday 13: five days, 6 at most.
    # Together from Monday 3 to Thursday 13, ten days: 10 + 0.2 x 4 = 10.8 at most.
    declared = (Service("2025Q1", 1, Decimal(5)),)
    second = job(date(2025, 3, 8), date(2025, 3, 13), services=declared)
    assert count_b(job(date(2025, 3, 3), date(2025, 3, 7)), second) == 12_0000
    assert count_b(job(date(2025, 3, 3), date(2025, 3, 8)), second) == 10_8000


def test_splitting_off_a_sunday_lowers_reading_b() -> None:
    # Half-time, 14 days x 3/7 = 6; 13 days x 3/7 = 5.5714, and the Sunday alone has no day from Monday to Saturday.
    half = {"hours_per_week": Decimal(19)}
    first, last = date(2025, 3, 3), date(2025, 3, 16)
    assert count_b(job(first, last, **half)) == 6_0000
    assert count_b(job(first, last - DAY, **half), job(last, last, **half)) == 5_5714
