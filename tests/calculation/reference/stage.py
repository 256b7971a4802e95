"""Whether the stage is met on one claim date: the extended reference period and each route (AR 30, 32, 33)."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any

from calculation.facts import Facts
from tests.calculation.reference.dates import DAY, Spell, is_clipped, merged, plus_months
from tests.calculation.reference.law import (
    ADMISSIONS,
    MOST_YEARS,
    NEW,
    OLD,
    Way,
    absence_effect,
    law_of,
    least_months,
    period_extends,
    ways,
)
from tests.calculation.reference.occupation import Job, jobs_of
from tests.calculation.reference.readings import Readings


@dataclass(frozen=True)
class Met:
    """A route met on a claim date, with the start of its extended period."""

    way: Way
    start: date


class Stage:
    """Judges claim dates, one at a time."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.jobs = jobs_of(facts)
        self.readings = Readings(facts, self.jobs)
        self.known_events = {law: self._events_of(law) for law in (OLD, NEW)}
        self.counted: dict[tuple[Any, ...], Fraction] = {}

    @property
    def contract(self) -> Job:
        return self.jobs[-1]

    def _events_of(self, law: str) -> list[tuple[str, list[Spell]]]:
        spells: dict[str, list[Spell]] = {}
        for job in self.jobs:
            for kind, spell in job.absences:
                if absence_effect(kind, law) == "extends":
                    spells.setdefault(kind, []).append(spell)
        for period in self.facts.periods:
            if period_extends(period.kind, law, period.benefit_paid):
                spells.setdefault(period.kind, []).append((period.start, period.end))
        return [(kind, merged(held)) for kind, held in spells.items()]

    def events(self, claim: date, law: str) -> list[Spell]:
        """Events that may extend: merged by kind, cut to the eve of the claim, long enough, not too long, merged."""
        found = []
        for kind, held in self.known_events[law]:
            for first, last in held:
                end = min(last, claim - DAY)
                if end < first or plus_months(first, least_months(kind, law)) > end + DAY:
                    continue
                if kind in MOST_YEARS:
                    end = min(end, plus_months(first, 12 * MOST_YEARS[kind]) - DAY)
                found.append((first, end))
        return merged(found)

    def extended(self, claim: date, law: str, start: date) -> date:
        """Move the start back by all the days of each event that has a day inside the period as extended so far."""
        waiting = self.events(claim, law)
        while inside := [event for event in waiting if event[1] >= start]:
            for first, last in inside:
                start -= last - first + DAY
                waiting.remove((first, last))
        return start

    def count_from(self, law: str, start: date) -> date:
        """Give the day from which days count: an admission under art. 30 or 33 voids those before it (NEW)."""
        admitted = self.facts.previous_admission
        if law == NEW and admitted and (self.facts.previous_admission_article or "30") in ADMISSIONS:
            return max(start, admitted)
        return start

    def count(self, reading: str, law: str, start: date, last: date, later: date | None = None) -> Fraction:
        """Count a period that starts on `start`, from the day on which days count."""
        key = reading, law, start, last, later
        if key not in self.counted:
            read = self.readings.a if reading == "a" else self.readings.b
            self.counted[key] = read(law, (self.count_from(law, start), last), start, later=later)
        return self.counted[key]

    def met(self, reading: str, claim: date, *, later_start: bool = False) -> Met | None:
        """Give the first route that a reading meets; `later_start` begins a clipped period one day later."""
        law = law_of(claim)
        assert law is not None
        for way in ways(self.facts.birth_date, claim):
            shift = DAY if later_start and is_clipped(claim, -way.months) else 0 * DAY
            start = self.extended(claim, law, plus_months(claim, -way.months) + shift)
            inside = ceil(self.count(reading, law, start, claim - DAY))
            if inside >= way.days and self._earlier_years(reading, law, way, start, inside):
                return Met(way, start)
        return None

    def _earlier_years(self, reading: str, law: str, way: Way, start: date, inside: int) -> bool:
        if way.earlier is None:
            return True
        earlier = self.count(reading, law, plus_months(start, -120), start - DAY, start)
        return ceil(earlier) >= way.earlier(inside)

    def proven(self, reading: str, law: str, start: date, claim: date, *, half_days: bool = False) -> Fraction:
        """Count occupations and periods alone over the same period."""
        window = self.count_from(law, start), claim - DAY
        if reading == "a":
            return self.readings.a(law, window, start, contract=False, half_days=half_days)
        return self.readings.b(law, window, start, contract=False)

    def half_days_met(self, claim: date) -> date | None:
        """AR 33: 312 half-days in 36 months by reading A; the period's start, or None."""
        start = self.extended(claim, NEW, plus_months(claim, -36))
        window = self.count_from(NEW, start), claim - DAY
        enough = ceil(self.readings.a(NEW, window, start, half_days=True)) >= 312
        return start if enough and self._last_part_time_is_wide(claim) else None

    def _last_part_time_is_wide(self, claim: date) -> bool:
        """Judge the last part-time job of four weeks or more: 12 hours a week, or a third of the reference's."""
        held = []
        for job in self.jobs:
            last = min(job.last, claim - DAY)
            if job.part and job.is_work and (last - job.first).days + 1 >= 28:
                held.append((last, job.first, job.q >= 12 or 3 * job.q >= job.s))
        return bool(held) and max(held)[2]
