"""Jobs and periods as the count sees them under one law: which days are scheduled, lost, declared.

Amounts are whole numbers: a day's or an hour's worth in six-day days is a fraction over the job's own denominator, and
a result is rounded once, half up, to ten-thousandths (`TEN_THOUSAND` of them make a day). It refuses to guess a week:
a job whose scheduled days are not known cannot be counted and is left out.
"""

from bisect import bisect_right
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from heapq import merge
from itertools import accumulate
from math import gcd, lcm
from typing import NamedTuple

from calculation import days
from calculation.days import Schedule, Spell
from calculation.facts import Contract, Facts, Occupation, Service
from calculation.law import Counting, Effect, Law, UnpaidDays

TEN_THOUSAND = 10_000
"""Results are counted in ten-thousandths of a day."""

CONTRACT = -1
"""The planned contract's place among the jobs."""

FOREVER = days.quarter_span(2400 * 4)[0]
"""Beyond every date the facts may hold: the open end of the planned contract."""

HOME = "BE"
"""Days worked elsewhere count only after a human judged them (AR 37 § 2)."""

_DAYS_A_WEEK = 7


def rounded(numerator: int, denominator: int) -> int:
    """Round to ten-thousandths of a day, half up."""
    return (2 * numerator * TEN_THOUSAND + denominator) // (2 * denominator)


def rounded_up(amount: int) -> int:
    """Round ten-thousandths up to whole days: only a grand total is."""
    return -(-amount // TEN_THOUSAND)


@dataclass(slots=True)
class Declared:
    """What was declared for one quarter of one job."""

    worth: int
    """Six-day days over the job's denominator."""
    units: Fraction
    """Days (full-time) or hours (part-time) that count."""
    without_loss: bool
    """No code is lost, and at least as many days as the quarter has scheduled ones."""


@dataclass(slots=True)
class Job:
    """One occupation, or the planned contract with an open end."""

    place: int
    first: int
    last: int
    full_time: bool
    five_days: bool
    schedule: Schedule
    day_worth: int
    """Six-day days, over `denominator`, of one scheduled day (full-time) or calendar day (part-time)."""
    denominator: int
    unit: tuple[int, int]
    """Six-day days of one declared day (full-time) or hour (part-time), as numerator and denominator."""
    lost: list[Spell] = field(default_factory=list)
    declared: dict[int, Declared] = field(default_factory=dict)

    @property
    def unit_written(self) -> str:
        """The worth of a declared unit, as in `6/5`."""
        shared = gcd(*self.unit)
        return f"{self.unit[0] // shared}/{self.unit[1] // shared}"

    @property
    def day_written(self) -> str:
        """The worth of a day by dates, as in `6/5`."""
        shared = gcd(self.day_worth, self.denominator)
        return f"{self.day_worth // shared}/{self.denominator // shared}"

    def counted_days(self, first: int, last: int) -> int:
        """Count the scheduled (full-time) or calendar (part-time) days of a spell that are not lost."""
        total = self.schedule.count(first, last)
        return total - self.schedule.lost(first, last, self.lost) if self.lost else total


_Draft = tuple[Job, list[Spell], dict[int, list[Service]]]
"""A job, its spells of unpaid days and its services by quarter."""


def has_regime(job: Occupation | Contract) -> bool:
    """Tell whether R, Q and S are all declared."""
    return None not in (job.days_per_week, job.hours_per_week, job.reference_hours_per_week)


def is_full_time(job: Occupation | Contract) -> bool:
    """Tell whether Q ≥ S; False where either is not declared."""
    if job.hours_per_week is None or job.reference_hours_per_week is None:
        return False
    return job.hours_per_week >= job.reference_hours_per_week


def is_work(job: Occupation | Contract, law: Law) -> bool:
    """Tell whether a job's days may count: work in Belgium, subject to the unemployment sector (AR 37)."""
    return getattr(job, "country", HOME) == HOME and job.status not in law.not_work


def schedule_of(job: Occupation | Contract, counting: Counting) -> Schedule | None:
    """Give the weekdays that may count: every day for part-time, those of R for full-time; None if they are unknown."""
    if not is_full_time(job):
        return days.EVERY_DAY
    for week, schedule in zip(counting.usual_weeks, (days.MONDAY_TO_FRIDAY, days.MONDAY_TO_SATURDAY), strict=True):
        if job.days_per_week == week:
            return schedule
    if job.working_weekdays is not None and len(job.working_weekdays) == job.days_per_week:
        return Schedule(job.working_weekdays)
    return None


def _ratio(number: Decimal | None) -> tuple[int, int]:
    return (number or Decimal(0)).as_integer_ratio()


def _line(job: Occupation | Contract, place: int, schedule: Schedule, counting: Counting) -> Job:
    """Make the job's line: what a day by dates and a declared unit are worth."""
    full_time = is_full_time(job)
    top, bottom = _ratio(job.days_per_week if full_time else job.reference_hours_per_week)
    unit_top, unit_bottom = counting.six_day_week * bottom, top
    if full_time:
        day_top, day_bottom = unit_top, unit_bottom
    else:
        hours, parts = _ratio(job.hours_per_week)
        day_top, day_bottom = unit_top * hours, unit_bottom * _DAYS_A_WEEK * parts
    shared = gcd(day_top, day_bottom)
    return Job(
        place=place,
        first=job.start.toordinal(),
        last=job.end.toordinal() if isinstance(job, Occupation) else FOREVER,
        full_time=full_time,
        five_days=full_time and job.days_per_week == counting.usual_weeks[0],
        schedule=schedule,
        day_worth=day_top // shared,
        denominator=day_bottom // shared,
        unit=(unit_top, unit_bottom),
    )


def _absences(job: Occupation | Contract, law: Law, within: Spell) -> tuple[list[Spell], list[Spell]]:
    """Give the spells that are lost and, apart from those, the spells that draw on the pool of unpaid days."""
    lost: list[Spell] = []
    pooled: list[Spell] = []
    for absence in job.absences:
        spell = days.cut(absence.start.toordinal(), absence.end.toordinal(), within)
        effect = law.absence_effect(absence.kind)
        if spell and effect is Effect.QUOTA:
            pooled.append(spell)
        elif spell and effect is not Effect.COUNTS:
            lost.append(spell)
    gone = days.merged(lost)
    return gone, days.subtract(days.merged(pooled), gone) if pooled else []


class _UnpaidPool:
    """The pool of unpaid days of each calendar year over all jobs, used in date order (AR 38 § 1, 10°)."""

    def __init__(self, days_a_year: int) -> None:
        self._days_a_year = days_a_year
        self._left: dict[int, Fraction] = {}

    def draw(self, year: int, cost: Fraction) -> bool:
        """Take so many days from the year's pool; False, and nothing taken, if they no longer fit."""
        left = self._left.get(year, Fraction(self._days_a_year))
        if cost > left:
            return False
        self._left[year] = left - cost
        return True

    def take(self, year: int, most: Fraction) -> Fraction:
        """Take up to so many days from the year's pool and give what was taken."""
        taken = min(most, self._left.get(year, Fraction(self._days_a_year)))
        self.draw(year, taken)
        return taken


def declared_units(service: Service, *, full_time: bool) -> Decimal:
    """Give what a service declares: days for full-time, hours for part-time; 0 where that is not given."""
    return (service.days if full_time else service.hours) or Decimal(0)


class _Cost(NamedTuple):
    """What an unpaid day takes from the pool, and a declared day (full-time) or hour (part-time): a week takes six."""

    day: Fraction
    unit: Fraction


def _cost(source: Occupation | Contract, counting: Counting) -> _Cost:
    """Share a week's cost over its working days, or over the calendar days and the hours of a part-time week."""
    six = Fraction(counting.six_day_week)
    if is_full_time(source):
        return _Cost(six / Fraction(source.days_per_week or 1), six / Fraction(source.days_per_week or 1))
    return _Cost(six / _DAYS_A_WEEK, six / Fraction(source.hours_per_week or 1))


def _fitting(job: Job, units: Decimal, year: int, pool: _UnpaidPool, cost: Fraction) -> Fraction:
    """Draw declared unpaid units from the pool: day by day for full-time, by the hour for part-time."""
    if not job.full_time:
        return pool.take(year, Fraction(units) * cost) / cost
    fitting = Fraction(0)
    left = Fraction(units)
    while left > 0:
        step = min(left, Fraction(1))
        if pool.draw(year, step * cost):
            fitting += step
        left -= step
    return fitting


_Claim = tuple[int, int, int, Decimal]
"""A day, the place of the job that asks for it, and, where it stands for declared units, the quarter and how many."""


class _UnpaidDays:
    """The dated unpaid days of one job, in date order, and those that the pool no longer held.

    The pool of a year only shrinks: once a day of this job did not fit, the rest of its year does not either, and the
    walk goes on in the next year.
    """

    def __init__(self, position: int, spells: list[Spell], *, schedule: Schedule, quarters: Container[int]) -> None:
        """Take the job's spells (merged); days of `quarters` are counted as declared and take nothing."""
        self._position, self._spells = position, spells
        self._schedule, self._quarters = schedule, quarters
        self._gone: list[Spell] = []

    def __iter__(self) -> Iterator[_Claim]:
        """Give each day that asks for a place in the pool."""
        for first, last in self._spells:
            day = max(first, self._gone_until() + 1)
            while day <= last:
                if self._schedule.count(day, day) and days.quarter_of(day) not in self._quarters:
                    yield day, self._position, 0, Decimal(0)
                day = max(day, self._gone_until()) + 1

    def _gone_until(self) -> int:
        return self._gone[-1][1] if self._gone else 0

    def lose_from(self, day: int) -> None:
        """Lose every day from `day` to the end of its year."""
        self._gone.append((day, date(date.fromordinal(day).year, 12, 31).toordinal()))

    def lost(self) -> list[Spell]:
        """Give the days lost, cut to the job's spells."""
        return days.common(self._spells, days.merged(self._gone))


def _draw_unpaid(
    drafts: list[_Draft], law: Law, unpaid: UnpaidDays, costs: dict[int, _Cost]
) -> dict[tuple[int, int], Fraction]:
    """Share out the pool in date order: mark dated days that no longer fit as lost, give the declared units that do.

    Declared units have no date inside their quarter: they come in at the quarter's first day.
    """
    pool = _UnpaidPool(unpaid.days_a_year)
    dated = {
        position: _UnpaidDays(position, spells, schedule=job.schedule, quarters=services)
        for position, (job, spells, services) in enumerate(drafts)
        if spells
    }
    fits: dict[tuple[int, int], Fraction] = {}
    for day, position, quarter, units in merge(*dated.values(), sorted(_declared_unpaid(drafts, law))):
        year = date.fromordinal(day).year
        if quarter:
            fits[position, quarter] = _fitting(drafts[position][0], units, year, pool, costs[position].unit)
        elif not pool.draw(year, costs[position].day):
            dated[position].lose_from(day)
    for position, unpaid_days in dated.items():
        job = drafts[position][0]
        job.lost = days.merged(job.lost + unpaid_days.lost())
    return fits


def _declared_unpaid(drafts: list[_Draft], law: Law) -> Iterator[_Claim]:
    for position, (job, _, services) in enumerate(drafts):
        for quarter, declared in services.items():
            unpaid = (item for item in declared if _effect(law, item) is Effect.QUOTA)
            units = sum((declared_units(item, full_time=job.full_time) for item in unpaid), Decimal(0))
            if units:
                yield days.quarter_span(quarter)[0], position, quarter, units


def _effect(law: Law, service: Service) -> Effect:
    return law.code_effect(service.code, benefit_paid=service.benefit_paid)


def _declare(job: Job, quarter: int, services: list[Service], law: Law, fitting: Fraction) -> None:
    """Add up a quarter's declaration and keep it on the job's line."""
    counted, quota, lost = Decimal(0), Decimal(0), False
    for service in services:
        match _effect(law, service):
            case Effect.COUNTS:
                counted += declared_units(service, full_time=job.full_time)
            case Effect.QUOTA:
                quota += declared_units(service, full_time=job.full_time)
            case _:
                lost = True
    units = Fraction(counted) + fitting
    worth = units * Fraction(*job.unit)
    _widen(job, worth.denominator)
    whole = not lost and fitting == quota and units >= job.schedule.count(*days.quarter_span(quarter))
    job.declared[quarter] = Declared(worth.numerator * (job.denominator // worth.denominator), units, whole)


def _widen(job: Job, denominator: int) -> None:
    factor = lcm(job.denominator, denominator) // job.denominator
    if factor > 1:
        job.day_worth, job.denominator = job.day_worth * factor, job.denominator * factor
        for declared in job.declared.values():
            declared.worth *= factor


def jobs_under(facts: Facts, law: Law, counting: Counting) -> list[Job]:
    """Give every job that can be counted under a law, the contract last; what is no work (AR 37) is left out."""
    drafts: list[_Draft] = []
    costs: dict[int, _Cost] = {}
    sources: list[tuple[int, Occupation | Contract]] = [*enumerate(facts.occupations), (CONTRACT, facts.contract)]
    for place, source in sources:
        schedule = schedule_of(source, counting) if has_regime(source) and is_work(source, law) else None
        if schedule is None:
            continue
        job = _line(source, place, schedule, counting)
        pooled: list[Spell] = []
        if source.absences:
            job.lost, pooled = _absences(source, law, (job.first, job.last))
        services: dict[int, list[Service]] = {}
        if isinstance(source, Occupation):
            for service in source.services:
                services.setdefault(days.quarter_number(service.quarter), []).append(service)
        if law.unpaid_days is not None and (pooled or services):
            costs[len(drafts)] = _cost(source, counting)
        drafts.append((job, pooled, services))
    fits = _draw_unpaid(drafts, law, law.unpaid_days, costs) if law.unpaid_days is not None and costs else {}
    for position, (job, _, services) in enumerate(drafts):
        for quarter, declared in services.items():
            _declare(job, quarter, declared, law, fits.get((position, quarter), Fraction(0)))
    return [job for job, _, _ in drafts]


def declared_cap(quarter: Spell, start: int, counts_from: int) -> int | None:
    """Give the most days of a declared total in a quarter that is not all there; None where it is.

    The total has no place inside its quarter: where the period starts in it (AM 7 al. 4), or an earlier admission cuts
    it, at most the non-Sundays from the day on which the count starts.
    """
    first, last = quarter
    return days.non_sundays(counts_from, last) if start == first or first < counts_from <= last else None


class PeriodDays:
    """The spells outside any contract whose kind counts: each adds its Monday-Saturday days, once."""

    def __init__(self, facts: Facts, law: Law) -> None:
        spells = days.merged(
            (period.start.toordinal(), period.end.toordinal())
            for period in facts.periods
            if law.absence_effect(period.kind) is Effect.COUNTS and period.benefit_paid is not False
        )
        self.starts = [first for first, _ in spells]
        self._ends = [last for _, last in spells]
        self._before = [0, *accumulate(days.non_sundays(first, last) for first, last in spells)]

    def _upto(self, day: int) -> int:
        place = bisect_right(self.starts, day)
        beyond = days.non_sundays(day + 1, self._ends[place - 1]) if place else 0
        return self._before[place] - beyond

    def count(self, first: int, last: int) -> int:
        """Count the days of a window, in ten-thousandths."""
        if not self.starts or last < first:
            return 0
        return (self._upto(last) - self._upto(first - 1)) * TEN_THOUSAND
