"""Histories built for one edge each, where a day more or less changes the answer.

    border   a declared quarter in which the reference period starts
    career   the ten years of art. 32, a few days around what they must hold
    event    an extension around its shortest or its greatest length
    nudged   any of them, changed again by a day around the date that it gave

Like `tests.calculation.histories` they come from a fixed seed.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from calculation.facts import Contract, Facts, Occupation, Period
from tests.calculation.histories import Maker, days
from tests.calculation.reference.dates import DAY, plus_months, quarter_of

FULL = {"days_per_week": Decimal(5), "hours_per_week": Decimal(38), "reference_hours_per_week": Decimal(38)}
SIX = {**FULL, "days_per_week": Decimal(6)}


class _Edges(Maker):
    """Makes the history of one edge."""

    def job(self, first: date, last: date, regime: dict[str, Any], *, declared: bool) -> Occupation:
        return Occupation(first, last, **regime, services=self.services(first, last, regime) if declared else ())

    def week(self) -> dict[str, Any]:
        return self.one([FULL, FULL, SIX])

    def border(self) -> Facts:
        """Let the period start inside an old declared job, with enough recent work that its days matter."""
        start = self.edge(date(2026, 4, 1) + days(self.rng.randint(0, 700)))
        first = plus_months(start, -36) + days(self.rng.randint(-60, 150))
        first = self.one([first, quarter_of(first)[0]])
        last = first + days(self.rng.randint(40, 250))
        last = self.one([last, quarter_of(last)[1], plus_months(start, -36) + days(self.rng.randint(30, 150))])
        part = {**FULL, "hours_per_week": Decimal(self.one(["19", "30"]))}
        jobs = [self.job(first, max(first, last), self.one([FULL, SIX, part]), declared=True)]
        recent = start - days(self.rng.randint(60, 300))
        jobs.append(self.job(recent, start - DAY, self.week(), declared=self.chance(0.4)))
        admitted = first + days(self.rng.randint(-5, 60)) if self.chance(0.15) else None
        return Facts(date(1996, 5, 1), Contract(start, **self.week()), tuple(jobs), previous_admission=admitted)

    def career(self) -> Facts:
        """Let the ten years hold a few days more or less than art. 32 asks, beside some recent work."""
        start = self.edge(date(2014, 1, 1) + days(self.rng.randint(0, 4000)))
        older = self.chance(0.4)
        months, row = (42, 624) if older else (33, 468)
        worked = self.one([0, 0, self.rng.randint(80, row - 40)])
        asked = 1560 if not worked or self.chance(0.5) else 8 * (row - worked)
        last = plus_months(start, -months) + days(self.rng.randint(-60, 200))
        first = last - days(asked * 7 // 6 + self.rng.randint(-25, 25))
        jobs = [self.job(first, last, self.week(), declared=self.chance(0.4))]
        if worked:
            jobs.append(self.job(start - days(worked * 7 // 6), start - DAY, self.week(), declared=False))
        birth = plus_months(start, -12 * (51 if older else self.one([35, 36, 40, 49]))) - days(self.rng.randint(0, 300))
        return Facts(birth, Contract(start, **self.week()), tuple(jobs))

    def event(self) -> Facts:
        """Let an event be a day too short or too long, and an old job lie where only the extension reaches it."""
        new = self.chance(0.5)
        start = date(2026, 4, 1) if new else date(2015, 1, 1)
        start = self.edge(start + days(self.rng.randint(0, 900)))
        kind = self.one(["self_employment", "self_employment", "child_raising", "career_interruption"])
        long = self.chance(0.4)
        length = self.one([72, 180]) if long else (3 if new else 6)
        first = start - days(self.rng.randint(length * 31, length * 31 + 500))
        last = plus_months(first, length) - days(self.one([0, 1, 1, 2]))
        periods = [Period(kind, first, min(last, start - DAY))]
        if self.chance(0.3):
            periods.append(Period(kind, last + days(self.one([1, 1, 2])), last + days(self.rng.randint(2, 40))))
        before = first - days(self.rng.randint(1, 60))
        job = self.job(before - days(self.rng.randint(50, 300)), before, self.week(), declared=self.chance(0.3))
        recent = [self.job(last + days(60), start - DAY, FULL, declared=False)] if last + days(60) < start else []
        birth = plus_months(start, -12 * self.one([38, 45, 52]))
        contract = Contract(start, **self.week())
        return Facts(birth, contract, (job, *recent), tuple(period for period in periods if period.end < start))

    def nudged(self, facts: Facts, claim: date, start: date) -> Facts:
        """Change a history around the claim date and the period's start that it gave."""
        contract = facts.contract
        event_end = start - days(self.one([0, 1, 2]))
        event = Period("career_interruption", event_end - days(self.rng.randint(0, 20)), event_end)
        pension = plus_months(claim, -12 * (65 if claim.year < 2025 else 66))
        return self.one(
            [
                replace(
                    facts,
                    contract=replace(
                        contract, planned_end=max(contract.start, claim + days(self.one([-3, -2, -1, 0])))
                    ),
                ),
                replace(facts, right_until=claim - days(self.one([0, 1]))),
                replace(facts, birth_date=plus_months(pension, -1).replace(day=self.one([1, 15, 28]))),
                replace(facts, birth_date=pension.replace(day=self.one([1, 15, 28]))),
                replace(facts, periods=(*facts.periods, event)),
                replace(facts, previous_admission=start + days(self.one([-1, 0, 1, 30, 200]))),
                replace(facts, contract=replace(contract, start=contract.start + days(self.one([-1, 1])))),
            ]
        )


def edge_history(seed: int) -> Facts:
    """Give the history of a seed: border, career and event in turn."""
    maker = _Edges(seed)
    return (maker.border, maker.career, maker.event)[seed % 3]()


def nudged(seed: int, facts: Facts, claim: date, start: date) -> Facts:
    """Give the facts changed by a day around the claim date and the period's start that they gave."""
    return _Edges(seed).nudged(facts, claim, start)
