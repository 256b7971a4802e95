"""Random histories from a fixed seed, nasty on purpose: what the engine and the reference count are compared on.

Dates sit around the ends of months and quarters, 29 February and the reform of 1 March 2026; absences lie at, across
and beyond the edges of a job; declared services agree with the dates or not; ages sit around 36, 50 and the pension.
About a third of the histories are `odd`: they hold what a human must settle. The facts may be impossible: a caller
keeps those that `calculation.impossible` has nothing against.
"""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from calculation.facts import Absence, Contract, Facts, Occupation, Period, Service
from tests.calculation.reference.dates import DAY, plus_months, quarter_name, quarter_of, quarters
from tests.calculation.reference.law import ASSIMILATED, BENEFITS, ILLNESS, UNPAID

ABSENCES = [*sorted(ASSIMILATED), *sorted(ILLNESS) * 2, *sorted(UNPAID) * 4, *sorted(BENEFITS)]
ABSENCES += ["career_interruption"] * 2
ODD_ABSENCES = ["youth_holiday", "preventive_removal", "something", "self_employment", "detention", "studies"]
PERIODS = [*sorted(ILLNESS) * 2, *["self_employment"] * 6, *["career_interruption"] * 3, *["unemployment_benefit"] * 2]
PERIODS += ["child_raising", "force_majeure", "studies", "maternity", "temporary_unemployment", "birth_leave"]
ODD_PERIODS = ["detention", "youth_holiday", "mystery", "unpaid_leave"]
COMMON_CODES = [1, 1, 1, 1, 2, 3, 5, 10, 12, 20, 21, 52, 70, 71, 72, 75, 76, 77]
UNPAID_CODES = [22, 24, 25, 26, 30, 30, 30]
ALL_CODES = [*range(1, 6), *range(10, 15), *range(20, 27), 30, 50, 51, 52, 60, 61, *range(70, 78), 301, 99]
AGES = [20, 24, 27, 30, 34, 35, 35, 35, 36, 40, 44, 48, 49, 49, 50, 55, 59, 63, 64, 65, 66]


def days(number: int) -> timedelta:
    return timedelta(days=number)


class Maker:
    """Makes one history; every choice comes from its own random numbers."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - test data
        self.odd = self.chance(0.3)
        self.start = self.edge(self._start())
        self.birth = plus_months(self.start, -12 * self.one(AGES)) - days(self.rng.randint(-30, 364))
        if self.chance(0.05):
            self.birth = date(self.birth.year // 4 * 4, 2, 29)
        self.old = self.start < date(2026, 3, 1)
        self.jobs: list[Occupation] = []
        self.periods: list[Period] = []

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def one(self, choices: Any) -> Any:
        return self.rng.choice(choices)

    def _start(self) -> date:
        era = self.rng.random()
        if era < 0.45:
            return date(2026, 2, 26) + days(self.rng.randint(0, 1100))
        if era < 0.8:
            return date(2013, 1, 1) + days(self.rng.randint(0, 4400))
        if era < 0.98:
            return date(2024, 6, 1) + days(self.rng.randint(0, 640))
        return date(2012, 10, 25) + days(self.rng.randint(0, 12))

    def edge(self, day: date) -> date:
        """Perhaps push a day to the border of a month or a quarter, or to the eve of March."""
        first = day.replace(day=1)
        borders = [first, plus_months(first, 1) - DAY, *quarter_of(day), date(day.year, 3, 1) - DAY]
        return self.rng.choices([day, *borders], [52, 15, 15, 7, 7, 4])[0]

    def regime(self, *, contract: bool = False) -> dict[str, Any]:
        """Choose R, Q and S, mostly full-time; an odd history's may be unusual or missing."""
        if self.chance(0.88 if contract else 0.5):
            r, q, s = self.one([5, 5, 5, 5, 6]), "40" if self.chance(0.1) else "38", "38"
        else:
            q = self.one(["19", "20", "12", "12.67", "12.66", "24", "28.5", "30", "37.5", "11.5", "9.5"])
            r, s = self.one([1, 2, 3, 4, 5, 5, 6, "2.5", "4.5"]), self.one(["38", "38", "38", "40", "36.5", "34.5"])
        found: dict[str, Any] = {
            "days_per_week": Decimal(r),
            "hours_per_week": Decimal(q),
            "reference_hours_per_week": Decimal(s),
        }
        if self.odd and self.chance(0.12):
            found |= self._odd_week(found)
        elif r in (5, 6) and self.chance(0.05):
            found["working_weekdays"] = tuple(range(1, r + 1))
        return found

    def _odd_week(self, regime: dict[str, Any]) -> dict[str, Any]:
        weekdays = [(1, 2, 3, 4, 5), (2, 3, 4, 5, 6), (1, 2, 3, 4), (1, 2, 3, 4, 7), (1, 2, 3, 4, 5, 6)]
        return self.one(
            [
                {"days_per_week": Decimal(self.one(["4", "3", "5.5", "7", "4.5"]))},
                {"working_weekdays": self.one(weekdays)},
                {"days_per_week": Decimal(4), "working_weekdays": self.one([(1, 2, 3, 4), (2, 3, 5, 6), (1, 3, 5, 7)])},
                {self.one(list(regime)): None},
            ]
        )

    def absences(self, first: date, last: date) -> tuple[Absence, ...]:
        found = []
        for _ in range(self.one([0, 0, 0, 1, 1, 2, 3, 4])):
            start = first + days(self.rng.randint(-8, max(1, (last - first).days + 4)))
            start = self.edge(start) if self.chance(0.5) else start
            end = start + days(self.one([0, 0, 1, 1, 2, 4, 6, 9, 11, 13, 30, 59, 75, 90, 200, 400]))
            kind = self.one(ODD_ABSENCES if self.odd and self.chance(0.15) else ABSENCES)
            kind = "detention" if self.chance(0.03) else kind
            found.append(Absence(kind, start, end))
            if self.chance(0.2):
                again = end + days(self.one([-2, 0, 1, 1, 2]))
                found.append(Absence(kind if self.chance(0.5) else self.one(ABSENCES), again, end + days(20)))
        return tuple(found)

    def services(self, first: date, last: date, regime: dict[str, Any]) -> tuple[Service, ...]:
        """Declare some quarters, mostly near what the dates say, in days (full-time) or hours (part-time)."""
        hours, reference = regime["hours_per_week"] or 0, regime["reference_hours_per_week"] or 99
        found: list[Service] = []
        share = self.one([0.3, 0.7, 1])
        for quarter in quarters(first, last):
            if self.chance(share):
                held = max(first, quarter[0]), min(last, quarter[1])
                week = regime["days_per_week"] or 5
                scheduled = sum(
                    1 for n in range((held[1] - held[0]).days + 1) if (held[0] + days(n)).isoweekday() <= week
                )
                found += self._declaration(quarter_name(quarter[0]), scheduled, full=hours >= reference)
        if self.odd and found and self.chance(0.05):
            stray = self.one(["2010Q1", "2027Q4", f"{last.year + 1}Q1"])
            found.append(Service(stray, found[0].code, found[0].days, found[0].hours))
        return tuple(found)

    def _declaration(self, quarter: str, scheduled: int, *, full: bool) -> list[Service]:
        codes = [1] + [self._code() for _ in range(self.one([0, 0, 1, 1, 2]))]
        left = max(0, scheduled + self.one([0, 0, 0, 0, -1, 1, -3, -10, 5, 8]))
        found = []
        for place, code in enumerate(codes):
            number = left if place == len(codes) - 1 else self.rng.randint(0, left)
            left -= number
            worked = min(Decimal(92), number + Decimal("0.5") * self.chance(0.1))
            hours = number * Decimal(self.one(["4", "3.8", "5.07", "7.6", "2.33"]))
            missing, both = self.odd and self.chance(0.03), self.chance(0.3)
            found.append(
                Service(
                    quarter,
                    code,
                    worked if (full and not missing) or (not full and both) else None,
                    hours if (not full and not missing) or (full and both) else None,
                    benefit_paid=not self.chance(0.08),
                )
            )
        return found

    def _code(self) -> int:
        if self.chance(0.6):
            return self.one(COMMON_CODES)
        return self.one(ALL_CODES if self.odd and self.chance(0.4) else UNPAID_CODES)

    def contract(self) -> Contract:
        given: dict[str, Any] = {"start": self.start, **self.regime(contract=True)}
        if self.chance(0.45):
            given["absences"] = self.absences(self.start, plus_months(self.start, 16))
        if self.chance(0.25):
            length = self.one([self.rng.randint(0, 700), self.rng.randint(300, 400)])
            given["planned_end"] = self.start + days(length)
        if self.odd and self.chance(0.05):
            given["status"] = "artist"
        return Contract(**given)

    def occupations(self, contract: Contract) -> None:
        """Chain jobs back from the contract, or strew them; a plain history keeps two full-time ones apart."""
        known = contract.hours_per_week is not None and contract.reference_hours_per_week is not None
        busy = known and contract.hours_per_week >= contract.reference_hours_per_week
        cursor = self.start
        number = self.one([0, 1, 1, 1, 2, 2, 3, 5]) + (self.one([0, 2, 4]) if self.old else 0)
        for _ in range(number):
            chained = self.chance(0.45)
            first, last = self._chained(cursor) if chained else self._strewn()
            regime = self.regime()
            if not self.odd:
                if last >= self.start and busy and self.chance(0.97):
                    last = self.start - DAY
                if any(job.start <= last and job.end >= first for job in self.jobs) and self.chance(0.97):
                    regime |= {"hours_per_week": Decimal(19), "reference_hours_per_week": Decimal(38)}
            cursor = min(first, cursor) if chained else cursor
            if self.birth <= first <= last:
                self._add_job(first, last, regime)

    def _chained(self, cursor: date) -> tuple[date, date]:
        last = cursor - days(self.one([1, 1, 2, 30, 200, self.rng.randint(1, 500)]))
        lengths = [5, 27, 60, 91, 91, 120, 180, 364, 700] + ([1500, 2500] if self.old else [])
        return self.edge(last - days(self.one(lengths))), self.edge(last)

    def _strewn(self) -> tuple[date, date]:
        reach = self.one([300, 800, 1150, 1300, 3000, 4800 if self.old else 7500])
        first = self.start - days(self.rng.randint(2, reach))
        return self.edge(first), self.edge(first + days(self.one([0, 10, 60, 91, 91, 180, 364, 700, 1500])))

    def _add_job(self, first: date, last: date, regime: dict[str, Any]) -> None:
        absent, declared = self.chance(0.35), self.chance(0.45)
        job = Occupation(
            first,
            last,
            **regime,
            absences=self.absences(first, last) if absent else (),
            services=self.services(first, last, regime) if declared else (),
            country="FR" if self.odd and self.chance(0.08) else "BE",
            status=self.one(["teacher", "student", "statutory", "apprentice"])
            if self.odd and self.chance(0.06)
            else "ordinary",
        )
        self.jobs.append(job)
        if self.chance(0.15) and (job.hours_per_week or 99) < (job.reference_hours_per_week or 0):
            beside = first + days(self.one([0, 0, 10, 40])), last + days(self.one([0, 0, 20, -5]))
            if beside[0] <= beside[1]:
                self.jobs.append(Occupation(*beside, **regime, absences=job.absences))

    def spells(self) -> None:
        """Strew periods outside any contract; a plain history keeps them out of jobs and of other kinds' periods."""
        for _ in range(self.one([0, 0, 0, 1, 1, 2, 3])):
            kind = self.one(ODD_PERIODS if self.odd and self.chance(0.1) else PERIODS)
            after = self.jobs and self.chance(0.5)
            first = self.start - days(self.rng.randint(1, self.one([400, 1100, 1500])))
            if after:
                first = self.one(self.jobs).end + days(self.one([1, 1, 1, 5]))
            months = plus_months(first, self.one([1, 2, 3, 3, 6, 6, 12])) - days(self.one([0, 1, 1, 2]))
            last = self.one([months, first + days(self.one([0, 5, 40, 90, 180, 400, 900])), self._long(first)])
            if not self.odd:
                first, last = self._apart(kind, first, last)
            if self.birth <= first <= last and (self.odd or self._is_free(kind, first, last)):
                self._add_period(kind, first, last)

    def _long(self, first: date) -> date:
        return plus_months(first, 181 if self.chance(0.1) else 24)

    def _apart(self, kind: str, first: date, last: date) -> tuple[date, date]:
        for other in [*self.jobs, *(period for period in self.periods if period.kind != kind)]:
            if first < other.start <= last:
                last = other.start - DAY
            if other.start <= first <= other.end:
                first = other.end + DAY
        return first, min(last, self.start - DAY) if first < self.start and self.chance(0.9) else last

    def _is_free(self, kind: str, first: date, last: date) -> bool:
        others = [*self.jobs, *(period for period in self.periods if period.kind != kind)]
        apart = last < self.start or self.chance(0.05)
        return apart and not any(first <= other.end and other.start <= last for other in others)

    def _add_period(self, kind: str, first: date, last: date) -> None:
        paid = None
        if (kind == "self_employment" and self.chance(0.2)) or (self.odd and self.chance(0.05)):
            paid = self.chance(0.6)
        self.periods.append(Period(kind, first, last, paid))
        more = last + DAY, last + days(self.one([1, 30, 60, 100]))
        if self.chance(0.2) and (self.odd or self._is_free(kind, *more)):
            self.periods.append(Period(kind, *more))

    def declarations(self) -> dict[str, Any]:
        """Declare an earlier admission and, in an odd history, what the person or the message says beside the facts."""
        found: dict[str, Any] = {}
        if self.chance(0.15):
            back = self.rng.randint(-20 if self.odd else 0, self.one([100, 900, 1400]))
            admitted = self.edge(self.start - days(back))
            if admitted >= self.birth:
                found["previous_admission"] = admitted
                article = self.one(["30", "33", "33", "36"] if self.odd else ["30", "33"])
                found["previous_admission_article"] = article if self.chance(0.4) else None
        if self.chance(0.12 if self.odd else 0.02):
            found["right_until"] = self.start + days(self.rng.randint(0, 800))
        said = {
            "work_permit_matters": True,
            "fresh_stage_from": self.start,
            "career_in_attachments": True,
            "calculation_number": self.one([2, 3]),
            "human_review_asked": True,
            "anomalies_to_investigate": ("00024-003",),
        }
        return found | {key: value for key, value in said.items() if self.odd and self.chance(0.02)}


def history(seed: int) -> Facts:
    """Give the history of a seed: always the same one."""
    maker = Maker(seed)
    contract = maker.contract()
    maker.occupations(contract)
    maker.spells()
    declared = maker.declarations()
    return Facts(maker.birth, contract, tuple(maker.jobs), tuple(maker.periods), **declared)
