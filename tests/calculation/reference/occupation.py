"""Occupations as the count sees them: which single days count, what was declared instead (AR 37, 38; AM 7)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from calculation.facts import Contract, Facts, Occupation, Service
from tests.calculation.reference.dates import Spell, common, each, quarter_named, quarter_of
from tests.calculation.reference.law import NOT_WORK, OLD, absence_effect, code_effect

FOREVER = date(2300, 1, 1)
YEARLY_POOL = Fraction(12)
GONE = {"lost", "extends", "unsettled"}


def exact(number: Any) -> Fraction | None:
    return None if number is None else Fraction(number)


@dataclass(eq=False)
class Job:
    """One occupation, or the planned contract without an end."""

    source: Occupation | Contract
    first: date = field(init=False)
    last: date = field(init=False)
    absences: list[tuple[str, Spell]] = field(init=False)
    services: dict[Spell, list[Service]] = field(init=False)
    misplaced: list[Spell] = field(init=False)
    """Quarters with services that lie outside the job's dates."""
    pool: dict[date, bool] = field(default_factory=dict)
    """OLD: for each dated unpaid day, whether it still fitted into its year's pool."""
    pool_units: dict[Spell, Fraction] = field(default_factory=dict)
    """OLD: for each quarter, the declared unpaid days or hours that still fitted."""
    kept: dict[tuple[str, date, date], tuple[int, int]] = field(default_factory=dict)
    parts: dict[tuple[Any, ...], Fraction] = field(default_factory=dict)
    worths: dict[tuple[str, Spell], tuple[Fraction, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.first = self.source.start
        self.last = self.source.end if isinstance(self.source, Occupation) else FOREVER
        cut = ((absence.kind, common((absence.start, absence.end), self.spell)) for absence in self.source.absences)
        self.absences = [(kind, spell) for kind, spell in cut if spell]
        self.services, self.misplaced = defaultdict(list), []
        for service in self.source.services if isinstance(self.source, Occupation) else ():
            quarter = quarter_named(service.quarter)
            if common(quarter, self.spell):
                self.services[quarter].append(service)
            else:
                self.misplaced.append(quarter)
        self.services = dict(self.services)

    @property
    def spell(self) -> Spell:
        return self.first, self.last

    @cached_property
    def is_contract(self) -> bool:
        return isinstance(self.source, Contract)

    @cached_property
    def r(self) -> Fraction | None:
        return exact(self.source.days_per_week)

    @cached_property
    def q(self) -> Fraction | None:
        return exact(self.source.hours_per_week)

    @cached_property
    def s(self) -> Fraction | None:
        return exact(self.source.reference_hours_per_week)

    @cached_property
    def full(self) -> bool:
        return self.q is not None and self.s is not None and self.q >= self.s

    @cached_property
    def part(self) -> bool:
        return self.q is not None and self.s is not None and self.q < self.s

    @cached_property
    def complete(self) -> bool:
        return None not in (self.r, self.q, self.s)

    @cached_property
    def abroad(self) -> bool:
        return isinstance(self.source, Occupation) and self.source.country != "BE"

    @cached_property
    def is_work(self) -> bool:
        """Work abroad, or outside the unemployment sector, is none."""
        return not self.abroad and self.source.status not in NOT_WORK

    @cached_property
    def weekdays(self) -> set[int]:
        """Days that can count by dates: scheduled ones, but every calendar day of a part-time job; none if unknown."""
        if self.part:
            return {1, 2, 3, 4, 5, 6, 7}
        if self.r in (5, 6):
            return set(range(1, int(self.r) + 1))
        declared = self.source.working_weekdays or ()
        return set(declared) if len(declared) == self.r else set()

    @cached_property
    def countable(self) -> bool:
        """What is no work is left out (AR 37), so is an occupation whose week is not known."""
        return self.complete and self.is_work and bool(self.weekdays)

    @cached_property
    def unit(self) -> Fraction:
        """Six-day days of one declared day (full-time) or hour (part-time)."""
        return Fraction(6) / ((self.r if self.full else self.s) or 1)

    @cached_property
    def day(self) -> Fraction:
        """Six-day days of one counted day by dates."""
        return self.unit if self.full else (self.q or 0) * self.unit / 7

    def units(self, service: Service) -> Fraction:
        return exact(service.days if self.full else service.hours) or Fraction(0)

    def day_counts(self, law: str, day: date) -> bool:
        """Tell whether a scheduled day counts; where absences overlap, lost wins over counted."""
        effects = {absence_effect(kind, law) for kind, (first, last) in self.absences if first <= day <= last}
        if effects & GONE:
            return False
        return self.pool.get(day, False) if "pool" in effects else True

    def days(self, law: str, first: date, last: date) -> tuple[int, int]:
        """Count, day by day, the scheduled days of a spell and those of them that count."""
        key = law, first, last
        if key not in self.kept:
            scheduled = [day for day in each(first, last) if day.isoweekday() in self.weekdays]
            self.kept[key] = len(scheduled), sum(self.day_counts(law, day) for day in scheduled)
        return self.kept[key]

    def declared(self, law: str, quarter: Spell) -> tuple[Fraction, bool]:
        """Give what a quarter's services are worth, and whether they fill it: nothing lost, all its days declared."""
        if (law, quarter) not in self.worths:
            self.worths[law, quarter] = self._declared(law, quarter)
        return self.worths[law, quarter]

    def _declared(self, law: str, quarter: Spell) -> tuple[Fraction, bool]:
        total, filled = Fraction(0), True
        for service in self.services[quarter]:
            effect = code_effect(service.code, law, benefit_paid=service.benefit_paid)
            if effect == "counts":
                total += self.units(service)
            elif effect != "pool":
                filled = False
        pooled = [
            self.units(service)
            for service in self.services[quarter]
            if code_effect(service.code, law, benefit_paid=service.benefit_paid) == "pool"
        ]
        fitting = self.pool_units.get(quarter, Fraction(0)) if pooled else Fraction(0)
        total += fitting
        filled = filled and fitting == sum(pooled) and total >= self.days(law, *quarter)[0]
        return total * self.unit, filled


def fill_pool(jobs: list[Job]) -> None:
    """Use each year's unpaid days in date order over all jobs; what no longer fits is lost (OLD, AR 38 § 1, 10°).

    A working day costs 6 / R, so that a week costs 6, by dates or declared: a part-time job's calendar day a seventh of
    it, its hour 6 / Q. Declared units have no date: they come in on their quarter's first day.
    """
    left: dict[int, Fraction] = defaultdict(lambda: YEARLY_POOL)
    for day, place, quarter in sorted(_claims_on_pool(jobs)):
        job = jobs[place]
        if quarter is None:
            cost = Fraction(6) / (job.r if job.full else 7)
            job.pool[day] = cost <= left[day.year]
            left[day.year] -= cost if job.pool[day] else 0
        else:
            _draw_units(job, quarter, left)


def _claims_on_pool(jobs: list[Job]) -> set[tuple[date, int, Any]]:
    found: set[tuple[date, int, Any]] = set()
    for place, job in enumerate(jobs):
        if not job.countable:
            continue
        for kind, (first, last) in job.absences:
            for day in each(first, min(last, date(2040, 1, 1))) if absence_effect(kind, OLD) == "pool" else ():
                effects = {absence_effect(other, OLD) for other, (low, high) in job.absences if low <= day <= high}
                taken = quarter_of(day) in job.services or day.isoweekday() not in job.weekdays
                if not taken and not effects & GONE:
                    found.add((day, place, None))
        found |= {(quarter[0], place, quarter) for quarter in job.services}
    return found


def _draw_units(job: Job, quarter: Spell, left: dict[int, Fraction]) -> None:
    year = quarter[0].year
    wanted = sum(
        (
            job.units(service)
            for service in job.services[quarter]
            if code_effect(service.code, OLD, benefit_paid=service.benefit_paid) == "pool"
        ),
        Fraction(0),
    )
    cost = Fraction(6) / (job.r if job.full else job.q)
    fitting = Fraction(0) if job.full else min(wanted, left[year] / cost)
    while job.full and wanted > 0:
        step = min(wanted, Fraction(1))
        if (fitting + step) * cost <= left[year]:
            fitting += step
        wanted -= step
    job.pool_units[quarter] = fitting
    left[year] -= fitting * cost


def jobs_of(facts: Facts) -> list[Job]:
    """Give all jobs, the planned contract last, with the pool of unpaid days shared out."""
    jobs = [*(Job(job) for job in facts.occupations), Job(facts.contract)]
    fill_pool(jobs)
    return jobs
