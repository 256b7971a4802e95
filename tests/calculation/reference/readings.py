"""The two readings of AM 7: A by calendar quarter and letter, B over a job's whole part inside the period."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from calculation.facts import Facts, Period
from tests.calculation.reference.dates import Spell, common, merged, non_sundays, quarter_of, quarters, rounded
from tests.calculation.reference.law import NEW, OLD, absence_effect
from tests.calculation.reference.occupation import Job

QUARTER, ZERO = Fraction(78), Fraction(0)


class Readings:
    """Counts any window of days, with or without the planned contract."""

    def __init__(self, facts: Facts, jobs: list[Job]) -> None:
        self.everything = [job for job in jobs if job.countable]
        self.past = [job for job in self.everything if not job.is_contract]
        self.outside = {law: _counting(facts.periods, law) for law in (OLD, NEW)}
        self.quarters: dict[tuple[Any, ...], Fraction] = {}

    def period_days(self, law: str, window: Spell) -> int:
        """Count the Monday-Saturday days of the spells outside any contract whose kind counts, each day once."""
        return sum(non_sundays(*part) for spell in self.outside[law] if (part := common(spell, window)))

    def a(
        self,
        law: str,
        window: Spell,
        begins: date,
        *,
        contract: bool = True,
        later: date | None = None,
        half_days: bool = False,
    ) -> Fraction:
        """Count by reading A: per job and quarter, and no quarter above 78 over all jobs and periods.

        The period `begins` no later than the window, which an earlier admission cuts.

        `later` is the first day of a later window that took its share of a declared quarter first (AR 32).
        """
        jobs, total = self.everything if contract else self.past, Fraction(0)
        for quarter in quarters(*window):
            days = self._quarter(jobs, law, quarter, window, _capped_from(quarter, window[0], begins), later)
            total += min(QUARTER, 2 * days) if half_days else days
        return total

    def _quarter(
        self, jobs: list[Job], law: str, quarter: Spell, window: Spell, start: date | None, later: date | None
    ) -> Fraction:
        part = common(quarter, window)
        assert part is not None
        border = later if later and quarter[0] <= later <= quarter[1] else None
        key = len(jobs), law, part, start, border
        if key not in self.quarters:
            held = [rounded(self._job_quarter(job, law, quarter, part, start, border)) for job in jobs]
            self.quarters[key] = min(QUARTER, sum(held, Fraction(self.period_days(law, part))))
        return self.quarters[key]

    def _job_quarter(
        self, job: Job, law: str, quarter: Spell, inside: Spell, start: date | None, border: date | None
    ) -> Fraction:
        part = common(inside, job.spell)
        if part is None:
            return Fraction(0)
        whole = job.full and part == quarter
        if quarter not in job.services:
            scheduled, counted = job.days(law, *part)
            return QUARTER if whole and counted == scheduled else min(QUARTER, counted * job.day)
        worth, filled = job.declared(law, quarter)
        return _inside(job, QUARTER if whole and filled else min(QUARTER, worth), quarter, start, border)

    def b(self, law: str, window: Spell, begins: date, *, contract: bool = True, later: date | None = None) -> Fraction:
        """Count by reading B: per job, then together with the jobs that overlap it in time. No 78 rule."""
        start = _capped_from(quarter_of(window[0]), window[0], begins)
        parts = [
            (part, self._job_part(job, law, part, start, later), job.full and job.r == 5)
            for job in (self.everything if contract else self.past)
            if (part := common(job.spell, window))
        ]
        total = Fraction(self.period_days(law, window))
        for span in _spans(part for part, _, _ in parts):
            members = [(days, five) for part, days, five in parts if common(part, span)]
            total += min(sum(days for days, _ in members), _room(span, five_days=any(five for _, five in members)))
        return total

    def _job_part(self, job: Job, law: str, part: Spell, start: date | None, later: date | None) -> Fraction:
        key = law, part, start if job.services else None, later
        if key not in job.parts:
            days = sum((self._part_quarter(job, law, quarter, part, start, later) for quarter in quarters(*part)), ZERO)
            job.parts[key] = rounded(min(days, _room(part, five_days=job.full and job.r == 5)))
        return job.parts[key]

    def _part_quarter(
        self, job: Job, law: str, quarter: Spell, part: Spell, start: date | None, later: date | None
    ) -> Fraction:
        if quarter not in job.services:
            return job.days(law, max(quarter[0], part[0]), min(quarter[1], part[1]))[1] * job.day
        since = start if start and quarter[0] <= start <= quarter[1] else None
        border = later if later and quarter[0] <= later <= quarter[1] else None
        return _inside(job, job.declared(law, quarter)[0], quarter, since, border)


def _capped_from(quarter: Spell, first: date, begins: date) -> date | None:
    """Say from which day a total declared for a quarter is capped, the window's first; None where all of it is inside.

    It is in the quarter in which the period begins (AM 7 al. 4), and in one that an earlier admission cuts.
    """
    cut = quarter[0] < first <= quarter[1]
    return first if cut or begins == first == quarter[0] else None


def _inside(job: Job, worth: Fraction, quarter: Spell, start: date | None, border: date | None) -> Fraction:
    """Place a declared total: first inside the later window, at most its non-Sundays (AR 37 § 1 al. 2, AM 7 al. 4)."""
    if border and job.last >= border:
        worth -= min(worth, non_sundays(border, quarter[1]))
    return min(worth, non_sundays(start, quarter[1])) if start else worth


def _counting(periods: Iterable[Period], law: str) -> list[Spell]:
    return merged(
        (period.start, period.end)
        for period in periods
        if absence_effect(period.kind, law) == "counts" and period.benefit_paid is not False
    )


def _room(span: Spell, *, five_days: bool) -> Fraction:
    """Give the most that a span can hold: its non-Sundays, and 0.2 for each beyond whole weeks in a five-day week."""
    days = non_sundays(*span)
    return days + (Fraction(days % 6, 5) if five_days else 0)


def _spans(parts: Iterable[Spell]) -> list[Spell]:
    """Give the common spans of parts that overlap in time, also through a third one; adjoining is no overlap."""
    found: list[Spell] = []
    for first, last in sorted(parts):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found
