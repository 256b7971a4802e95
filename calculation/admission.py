"""The stage on one claim date: which routes there are, and whether one is met (AR 30, 32, 33).

It also bounds a whole block of claim dates at once, which lets the search skip it: every count grows with its window,
so the widest window of the block can only say too much, never too little.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from calculation import days
from calculation.counting import CONTRACT, PeriodDays, is_full_time, is_work, jobs_under, rounded_up
from calculation.days import Spell
from calculation.facts import Contract, Facts, Occupation
from calculation.law import CareerRow, Counting, Law, Rule
from calculation.reading_a import ReadingA
from calculation.reading_b import ReadingB
from calculation.reference_period import Extension, base_start

OWN_ROW, TEN_YEARS, OLDER_ROW, VOLUNTARY_PART_TIME = "30", "32", "30-older", "33"

_DAYS_A_WEEK = 7


class Reading(Protocol):
    """Counts the days of any period, in ten-thousandths."""

    def count(self, start: int, last: int, later: int | None = None) -> int:
        """Count a period; `later` is the start of a later one that takes declared totals first."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """One way to meet the stage: so many days in so many months, perhaps with earlier years."""

    name: str
    days: int
    months: int
    rule: Rule
    career: CareerRow | None = None


def age_on(born: date, day: int) -> int:
    """Give the age in whole years; someone born on 29 February comes of age on 28 February in other years."""
    years = date.fromordinal(day).year - born.year
    return years if birthday(born, years) <= day else years - 1


def birthday(born: date, years: int) -> int:
    """Give the day on which that age is reached."""
    return days.add_months(born.toordinal(), 12 * years)


def routes(law: Law, age: int) -> tuple[Route, ...]:
    """Give the routes of full-time workers in the order in which they are tried: own row, art. 32, older rows."""
    position = max(index for index, row in enumerate(law.rows) if age >= row.from_age)
    own = law.rows[position]
    older = law.older_rows or own.rule
    return (
        Route(OWN_ROW, own.days, own.months, own.rule),
        *(Route(TEN_YEARS, row.days, own.months, row.rule, row) for row in law.careers if row.from_age == own.from_age),
        *(Route(OLDER_ROW, row.days, row.months, older) for row in law.rows[position + 1 :]),
    )


class Ledger:
    """Everything one law makes of the facts: the extension, both readings, the start of the count."""

    def __init__(self, facts: Facts, law: Law, counting: Counting, last: int) -> None:
        self.facts, self.law, self.counting = facts, law, counting
        self.extension = Extension(facts, law)
        self.jobs = jobs_under(facts, law, counting)
        self.periods = PeriodDays(facts, law)
        self.last = last
        self.counts_from = _counts_from(facts, law)
        self.a = ReadingA(self.jobs, self.periods, counting, self.counts_from)
        self.a.prepare(last)
        self.b = ReadingB(self.jobs, self.periods, counting, self.counts_from)
        self.b.prepare()

    def half_days(self) -> ReadingA:
        """Give reading A in half-days (AM 8)."""
        reading = ReadingA(self.jobs, self.periods, self.counting, self.counts_from, half_days=True)
        reading.prepare(self.last)
        return reading

    def proven(self, period: Spell, name: str) -> int:
        """Count occupations and periods alone, without the contract, by reading `a` or `b`."""
        jobs = [job for job in self.jobs if job.place != CONTRACT]
        if not jobs and not self.periods.starts:
            return 0
        if name == "a":
            return self.a.count_past(*period)
        reading = ReadingB(jobs, self.periods, self.counting, self.counts_from)
        reading.prepare()
        return reading.count(*period)

    def period_start(self, claim: int, months: int, *, shift: int = 0) -> int:
        """Give the extended start of the reference period of a claim; `shift` moves its plain start."""
        return self.extension.start(base_start(claim, months) + shift, claim - 1)

    def count_start(self, period_start: int) -> int:
        """Give the day from which days count: an earlier admission voids those before it."""
        return max(period_start, self.counts_from)

    def earlier_days(self, reading: Reading, start: int, career: CareerRow) -> int:
        """Count the days of the years before a period that starts on `start` (AR 32), in ten-thousandths."""
        return reading.count(days.add_months(start, -career.months_before), start - 1, start)

    def first_route(
        self, reading: Reading, claim: int, ways: tuple[Route, ...], *, clipped_shift: bool = False
    ) -> Route | None:
        """Give the first route met on a claim date; `clipped_shift` starts a clipped period one day later."""
        counted: dict[int, tuple[int, int]] = {}
        for route in ways:
            if route.months not in counted:
                shift = int(clipped_shift and days.is_clipped(claim, -route.months))
                start = self.period_start(claim, route.months, shift=shift)
                counted[route.months] = start, rounded_up(reading.count(start, claim - 1))
            start, total = counted[route.months]
            if total >= route.days and (
                route.career is None
                or rounded_up(self.earlier_days(reading, start, route.career)) >= route.career.earlier_days(total)
            ):
                return route
        return None

    def shortfall(self, reading: Reading, first: int, last: int, ways: tuple[Route, ...]) -> int:
        """Give a positive number if no claim of a block can meet any route: roughly how many days it lacks."""
        counted: dict[int, tuple[int, int]] = {}
        least = 0
        for route in ways:
            if route.months not in counted:
                start = self.extension.start(base_start(first, route.months), last - 1)
                counted[route.months] = start, rounded_up(reading.count(start, last - 1))
            start, most = counted[route.months]
            short = route.days - most
            if short <= 0 and route.career is not None:
                short = self._career_shortfall(reading, route, (start, most), last)
            if short <= 0:
                return short
            least = min(least or short, short)
        return least

    def _career_shortfall(self, reading: Reading, route: Route, counted: tuple[int, int], last: int) -> int:
        career, (start, most) = route.career, counted
        if career is None:
            return 0
        before = base_start(last, route.months) - 1
        earlier = rounded_up(reading.count(days.add_months(start, -career.months_before), before))
        lacking = career.earlier_days(most) - earlier
        return -(-lacking // (career.times + 1))


def _counts_from(facts: Facts, law: Law) -> int:
    admission, fresh = facts.previous_admission, law.fresh_start
    if admission is None or fresh is None:
        return 0
    return admission.toordinal() if (facts.previous_admission_article or OWN_ROW) in fresh.articles else 0


def last_part_time_changes(facts: Facts, law: Law) -> list[int]:
    """Give the claim dates, in order, on which `last_part_time_qualifies` may say other than on the day before."""
    weeks = law.part_time.minimum_weeks if law.part_time else 0
    jobs: list[Occupation | Contract] = [*facts.occupations, facts.contract]
    found = {job.start.toordinal() + _DAYS_A_WEEK * weeks for job in jobs}
    for job in facts.occupations:
        # on the day after its end a job is as recent as one still running; a day later it is no longer
        found |= {job.end.toordinal() + 1, job.end.toordinal() + 2}
    return sorted(found)


@dataclass(frozen=True, slots=True, order=True)
class LastPartTime:
    """The part-time job last held before a claim, among those long enough for art. 33."""

    last: int
    first: int
    wide: bool
    """Its weekly hours are enough for art. 33."""
    place: int
    hours: Decimal
    """Its weekly hours, and below those of the reference person."""
    reference: Decimal


def last_part_time(facts: Facts, law: Law, claim: int) -> LastPartTime | None:
    """Give the part-time job by which art. 33 judges a claim; None if there is none, or no such article."""
    stage = law.part_time
    if stage is None:
        return None
    held: list[LastPartTime] = []
    jobs: list[tuple[int, Occupation | Contract]] = [*enumerate(facts.occupations), (CONTRACT, facts.contract)]
    for place, job in jobs:
        hours, reference = job.hours_per_week, job.reference_hours_per_week
        if hours is None or reference is None or is_full_time(job) or not is_work(job, law):
            continue
        first = job.start.toordinal()
        last = min(claim - 1, job.end.toordinal()) if isinstance(job, Occupation) else claim - 1
        share = stage.minimum_share
        wide = hours >= stage.minimum_weekly_hours or hours * share.denominator >= reference * share.numerator
        if last - first + 1 >= _DAYS_A_WEEK * stage.minimum_weeks:
            held.append(LastPartTime(last, first, wide, place, hours, reference))
    return max(held, default=None)


def last_part_time_qualifies(facts: Facts, law: Law, claim: int) -> bool:
    """Tell whether the last part-time job before a claim is long and wide enough for art. 33."""
    found = last_part_time(facts, law, claim)
    return found is not None and found.wide
