"""A slow, obvious count for comparison, written from the articles and not from the engine.

It walks claim date by claim date and looks at single days; it shares no code with `calculation` but the facts.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import ceil, floor

from calculation.facts import Facts

DAY = timedelta(days=1)
REFORM = date(2026, 3, 1)

COUNTS = {
    "paid_holiday", "public_holiday", "paid_leave", "compensatory_rest", "guaranteed_pay", "strike", "lay_judge",
    "foster_care", "maternity", "birth_leave", "adoption_leave", "temporary_unemployment",
}  # fmt: skip
ILL = {"sickness_benefit", "work_accident", "occupational_disease"}
UNPAID = {"unpaid_leave", "unjustified_absence"}
NEW_COUNTS = COUNTS
OLD_COUNTS = COUNTS | ILL | {"unemployment_benefit", "waiting_day"}
CODES_NEW = {1, 2, 3, 5, 10, 11, 12, 20, 21, 52, 75}
CODES_NEW_PAID = {70, 71, 72, 76, 77}
CODES_OLD = {1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 20, 21, 23, 75}
CODES_OLD_PAID = {50, 51, 52, 60, 61, 70, 71, 72, 73, 76, 77}


def plus_months(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 + months
    year, month = total // 12, total % 12 + 1
    for number in range(day.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError


def quarter(day: date) -> tuple[date, date]:
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return first, plus_months(first, 3) - DAY


def name(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def non_sundays(first: date, last: date) -> int:
    return sum(1 for number in range((last - first).days + 1) if (first + number * DAY).isoweekday() != 7)


def rounded(value: Fraction) -> Fraction:
    return Fraction(floor(value * 10000 + Fraction(1, 2)), 10000)


@dataclass
class Line:
    """One job, its days flagged one by one."""

    start: date
    end: date
    r: Fraction
    q: Fraction
    s: Fraction
    declared: dict
    counted: list
    scheduled: list
    contract: bool

    @property
    def full(self) -> bool:
        return self.q >= self.s


class Reference:
    """Solves one case by looking at every claim date."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.last = plus_months(facts.contract.start, 60)
        starts = [facts.contract.start, *(o.start for o in facts.occupations), *(p.start for p in facts.periods)]
        self.zero = min(starts)
        self.days = span(self.zero, self.last)
        self.lines = {law: self.build(law) for law in ("old", "new")}
        self.outside = {law: self.build_outside(law) for law in ("old", "new")}
        self.free = self.sums(
            [(self.zero + n * DAY).isoweekday() != 7 for n in range((self.last - self.zero).days + 1)]
        )

    def sums(self, flags: list) -> list:
        total, result = 0, [0]
        for flag in flags:
            total += int(flag)
            result.append(total)
        return result

    def between(self, sums: list, first: date, last: date) -> int:
        low = max(0, (first - self.zero).days)
        high = min(len(sums) - 1, (last - self.zero).days + 1)
        return sums[high] - sums[low] if high > low else 0

    def build(self, law: str) -> list[Line]:
        jobs = []
        for source in (*self.facts.occupations, self.facts.contract):
            contract = source is self.facts.contract
            end = self.last if contract else source.end
            jobs.append((source, contract, source.start, end))
        status: list[dict] = [{} for _ in jobs]
        wanted = []
        for index, (source, _contract, start, end) in enumerate(jobs):
            full = source.hours_per_week >= source.reference_hours_per_week
            day = start
            while day <= end:
                scheduled = not full or day.isoweekday() <= source.days_per_week
                kinds = [a.kind for a in source.absences if a.start <= day <= a.end]
                if law == "new":
                    lost = any(kind not in NEW_COUNTS for kind in kinds)
                else:
                    lost = any(kind not in OLD_COUNTS | UNPAID for kind in kinds)
                    declared = {x.quarter for x in getattr(source, "services", ())}
                    if not lost and scheduled and UNPAID & set(kinds) and name(day) not in declared:
                        wanted.append((day, index))
                status[index][day] = (scheduled, scheduled and not lost)
                day += DAY
        left: dict[int, Fraction] = {}
        for day, index in sorted(wanted):
            cost = Fraction(6) / Fraction(jobs[index][0].days_per_week)
            have = left.get(day.year, Fraction(12))
            if cost <= have:
                left[day.year] = have - cost
            else:
                status[index][day] = (True, False)
        lines = []
        for index, (source, contract, start, end) in enumerate(jobs):
            every = [
                status[index].get(self.zero + n * DAY, (False, False)) for n in range((self.last - self.zero).days + 1)
            ]
            r, q, s = (
                Fraction(x) for x in (source.days_per_week, source.hours_per_week, source.reference_hours_per_week)
            )
            line = Line(
                start, end, r, q, s, {}, self.sums([x[1] for x in every]), self.sums([x[0] for x in every]), contract
            )
            for service in getattr(source, "services", ()):
                self.declare(line, service, law)
            lines.append(line)
        return lines

    def declare(self, line: Line, service, law: str) -> None:
        sure, paid = (CODES_NEW, CODES_NEW_PAID) if law == "new" else (CODES_OLD, CODES_OLD_PAID)
        counts = service.code in sure or (service.code in paid and service.benefit_paid)
        amount, lost = line.declared.get(service.quarter, (Fraction(0), False))
        units = Fraction(service.days if line.full else service.hours)
        line.declared[service.quarter] = (amount + units, lost) if counts else (amount, True)

    def build_outside(self, law: str) -> list:
        kinds = NEW_COUNTS if law == "new" else OLD_COUNTS
        flags = []
        for n in range((self.last - self.zero).days + 1):
            day = self.zero + n * DAY
            covered = any(p.kind in kinds and p.start <= day <= p.end for p in self.facts.periods)
            flags.append(covered and day.isoweekday() != 7)
        return self.sums(flags)

    def events(self, law: str, claim: date) -> list[tuple[date, date]]:
        if law == "new":
            limits = dict.fromkeys(ILL | {"career_interruption", "detention"}, (0, 0))
            limits["self_employment"] = (3, 180)
        else:
            limits = dict.fromkeys(("career_interruption", "detention", "force_majeure", "studies"), (0, 0))
            limits |= {"self_employment": (6, 180), "child_raising": (6, 72)}
        found: dict[str, set[date]] = {}
        for period in self.facts.periods:
            if period.kind not in limits or (period.kind == "self_employment" and period.benefit_paid):
                continue
            if period.kind == "detention" and law == "new":
                continue
            found.setdefault(period.kind, set()).update(span(period.start, period.end))
        for job in (*self.facts.occupations, self.facts.contract):
            for absence in job.absences:
                if absence.kind in limits:
                    end = min(absence.end, getattr(job, "end", self.last))
                    found.setdefault(absence.kind, set()).update(span(max(absence.start, job.start), end))
        every: set[date] = set()
        for kind, days in found.items():
            least, most = limits[kind]
            for first, last in runs({day for day in days if day < claim}):
                if least and plus_months(first, least) > last + DAY:
                    continue
                end = min(last, plus_months(first, most) - DAY) if most else last
                every.update(span(first, end))
        return runs(every)

    def start(self, law: str, claim: date, months: int, events: list) -> date:
        start = plus_months(claim, -months)
        for first, last in reversed(events):
            if last >= start:
                start -= ((last - first).days + 1) * DAY
        return start

    def counting_start(self, law: str, start: date) -> date:
        admission = self.facts.previous_admission
        return max(start, admission) if law == "new" and admission else start

    def reading_a(self, law: str, start: date, end: date, past: bool = False, later: date | None = None) -> Fraction:
        total = Fraction(0)
        first = quarter(max(start, self.zero))[0]
        while first <= end:
            q_first, q_last = quarter(first)
            low, high = max(start, q_first), min(end, q_last)
            in_quarter = Fraction(self.between(self.outside[law], low, high))
            for line in self.lines[law]:
                if past and line.contract:
                    continue
                a, b = max(low, line.start), min(high, line.end)
                if a > b:
                    continue
                whole = line.full and a == q_first and b == q_last
                declared = line.declared.get(name(q_first))
                if declared is None:
                    counted = self.between(line.counted, a, b)
                    if line.full:
                        value = min(Fraction(78), rounded(counted * 6 / line.r))
                        if whole and counted == self.between(line.scheduled, a, b):
                            value = Fraction(78)
                    else:
                        value = min(Fraction(78), rounded(counted * line.q / 7 * 6 / line.s))
                else:
                    units, lost = declared
                    value = min(Fraction(78), rounded(units * 6 / (line.r if line.full else line.s)))
                    weekdays = sum(1 for d in span(q_first, q_last) if d.isoweekday() <= line.r)
                    if whole and not lost and units >= weekdays:
                        value = Fraction(78)
                    if later and later <= min(line.end, q_last):
                        value -= min(value, non_sundays(later, q_last))
                    if q_first <= start <= q_last:
                        value = min(value, Fraction(non_sundays(start, q_last)))
                in_quarter += value
            total += min(in_quarter, Fraction(78))
            first = q_last + DAY
        return total

    def cap(self, first: date, last: date, five: bool) -> Fraction:
        free = self.between(self.free, first, last)
        return free + (Fraction(free % 6, 5) if five else 0)

    def reading_b(self, law: str, start: date, end: date, past: bool = False, later: date | None = None) -> Fraction:
        parts = []
        for line in self.lines[law]:
            a, b = max(start, line.start), min(end, line.end)
            if a > b or (past and line.contract):
                continue
            per_day = 6 / line.r if line.full else line.q / 7 * 6 / line.s
            value = self.between(line.counted, a, b) * per_day
            for q_name, (units, _) in line.declared.items():
                q_first, q_last = quarter(date(int(q_name[:4]), int(q_name[5]) * 3, 1))
                low, high = max(a, q_first), min(b, q_last)
                if low > high:
                    continue
                worth = units * 6 / (line.r if line.full else line.s)
                if later and later <= min(line.end, q_last):
                    worth -= min(worth, non_sundays(later, q_last))
                if q_first <= start <= q_last:
                    worth = min(worth, Fraction(non_sundays(start, q_last)))
                value += worth - self.between(line.counted, low, high) * per_day
            five = line.full and line.r == 5
            parts.append([a, b, min(rounded(value), self.cap(a, b, five)), five])
        parts.sort(key=lambda part: (part[0], part[1]))
        groups: list[list] = []
        for a, b, value, five in parts:
            if groups and a <= groups[-1][1]:
                group = groups[-1]
                groups[-1] = [group[0], max(group[1], b), group[2] + value, group[3] or five]
            else:
                groups.append([a, b, value, five])
        total = sum((min(value, self.cap(a, b, five)) for a, b, value, five in groups), Fraction(0))
        return total + self.between(self.outside[law], start, end)

    def age(self, day: date) -> int:
        born = self.facts.birth_date
        years = day.year - born.year
        return years if plus_months(born, 12 * years) <= day else years - 1

    def ways(self, claim: date) -> list[tuple]:
        if claim >= REFORM:
            return [("30", 312, 36, None)]
        age = self.age(claim)
        rows = [(312, 21), (468, 33), (624, 42)]
        own = 0 if age < 36 else 1 if age < 50 else 2
        result = [("30", *rows[own], None)]
        if own == 1:
            result += [("32", 234, 33, lambda d: 1560), ("32", 312, 33, lambda d: 8 * (468 - d))]
        if own == 2:
            result += [("32", 312, 42, lambda d: 1560), ("32", 416, 42, lambda d: 8 * (624 - d))]
        return result + [("30-older", *row, None) for row in rows[own + 1 :]]

    def met(self, which: str, claim: date) -> tuple | None:
        law = "new" if claim >= REFORM else "old"
        count = self.reading_a if which == "a" else self.reading_b
        events = self.events(law, claim) if self.facts.periods or self.has_absences() else []
        for route, needed, months, career in self.ways(claim):
            start = self.start(law, claim, months, events)
            counted_from = self.counting_start(law, start)
            total = ceil(count(law, counted_from, claim - DAY))
            if total < needed:
                continue
            if career is not None:
                before = ceil(count(law, plus_months(start, -120), start - DAY, False, start))
                if before < career(total):
                    continue
            return route, needed, start, counted_from, law
        return None

    def has_absences(self) -> bool:
        return any(job.absences for job in (*self.facts.occupations, self.facts.contract))

    def solve(self) -> dict:
        first: dict[str, date | None] = {"a": None, "b": None}
        claim = self.facts.contract.start + DAY
        while claim <= self.last:
            here = {}
            for which in "ab":
                # Before both first dates are known there is no need to look again at a reading that has its own.
                if first[which] is None or None not in (*(v for k, v in first.items() if k != which),):
                    here[which] = self.met(which, claim)
                    if here[which] and first[which] is None:
                        first[which] = claim
            if None not in first.values():
                a, b = (here.get(w) or (self.met(w, claim) if w not in here else None) for w in "ab")
                if a and b:
                    late = "b" if first["b"] > first["a"] else "a"
                    route, needed, start, counted_from, law = a if late == "a" else b
                    count = self.reading_a if late == "a" else self.reading_b
                    prior = count(law, counted_from, claim - DAY, True)
                    return {
                        "route": route,
                        "required_days": needed,
                        "prior_days": f"{int(prior * 10000) // 10000}.{int(prior * 10000) % 10000:04d}",
                        "remaining_days": max(0, needed - ceil(prior)),
                        "first_claim_date": claim.isoformat(),
                        "period_start": start.isoformat(),
                        "reading_a_date": first["a"].isoformat(),
                        "reading_b_date": first["b"].isoformat(),
                        "law": "ar-1991@2026-03-01" if law == "new" else "ar-1991@2012-11-01",
                    }
            claim += DAY
        return {"first_claim_date": None}


@cache
def solution(facts: Facts) -> dict:
    """Solve a case, once: mutation testing asks for the same ones thousands of times."""
    return Reference(facts).solve()


def span(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def runs(days: set[date]) -> list[tuple[date, date]]:
    result: list[tuple[date, date]] = []
    for day in sorted(days):
        if result and day == result[-1][1] + DAY:
            result[-1] = (result[-1][0], day)
        else:
            result.append((day, day))
    return result
