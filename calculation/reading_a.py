"""Reading A: the letter of AM 7. Jobs are counted by calendar quarter, no quarter above 78 days.

Amounts are ten-thousandths of a six-day day. Widening the window never lowers the total: the search relies on it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from calculation import days
from calculation.counting import CONTRACT, TEN_THOUSAND, Job, PeriodDays, declared_cap, rounded
from calculation.days import Spell
from calculation.law import Counting


@dataclass(slots=True)
class JobQuarter:
    """One job in one quarter of the window: its result and how it came about."""

    job: Job
    quarter: int
    spell: Spell
    amount: int
    whole: bool
    uncapped: int
    start_cap: int | None
    """Non-Sundays to the quarter's end, where a declared total meets the day from which days count."""


class ReadingA:
    """Counts any window of days for one set of jobs and periods."""

    def __init__(
        self,
        jobs: list[Job],
        periods: PeriodDays,
        counting: Counting,
        counts_from: int = 0,
        *,
        half_days: bool = False,
    ) -> None:
        """Take the jobs and periods; no day before `counts_from` counts; `half_days` counts double (art. 33, AM 8)."""
        self._jobs, self._periods, self._counts_from = jobs, periods, counts_from
        self._most = counting.most_a_quarter * TEN_THOUSAND
        self.times = counting.half_days_times if half_days else 1
        self._most_in_sum = (counting.most_half_days_a_quarter if half_days else counting.most_a_quarter) * TEN_THOUSAND
        self._members: dict[int, list[Job]] = {}
        self._first = self._last = 0
        self._sums: list[int] = []

    def prepare(self, last: int) -> None:
        """Make ready for windows up to the day `last`: sums of whole quarters leave a window two cut quarters."""
        self._last = days.quarter_of(last)
        starts = [job.first for job in self._jobs] + self._periods.starts[:1]
        self._first = days.quarter_of(min(starts, default=last))
        for job in self._jobs:
            for quarter in range(days.quarter_of(job.first), min(days.quarter_of(job.last), self._last) + 1):
                self._members.setdefault(quarter, []).append(job)
        self._sums = [0]

    def job_quarter(
        self, job: Job, quarter: int, spell: Spell, start: int, later: int | None = None
    ) -> JobQuarter | None:
        """Count one job in the part `spell` of a quarter; the period starts on `start`.

        `later` is the first day of a later window that has already taken its share of a declared total (AR 32).
        """
        first, last = days.quarter_span(quarter)
        low, high = max(job.first, spell[0]), min(job.last, spell[1])
        if low > high:
            return None
        inside = job.full_time and low == first and high == last
        declared = job.declared.get(quarter)
        cap: int | None = None
        if declared is None:
            counted = job.counted_days(low, high)
            whole = inside and counted == job.schedule.count(low, high)
            uncapped = rounded(counted * job.day_worth, job.denominator)
        else:
            whole = inside and declared.without_loss
            uncapped = rounded(declared.worth, job.denominator)
            cap = declared_cap((first, last), start, max(start, self._counts_from))
        amount = self._most if whole else min(uncapped, self._most)
        if declared is not None and later is not None and later <= min(job.last, last):
            amount -= min(amount, days.non_sundays(later, last) * TEN_THOUSAND)
        if cap is not None:
            amount = min(amount, cap * TEN_THOUSAND)
        return JobQuarter(job, quarter, (low, high), amount, whole, uncapped, cap)

    def quarter(self, quarter: int, first: int, last: int, start: int, later: int | None = None) -> int:
        """Count the part of a quarter, over all jobs and periods."""
        return self._sum(quarter, (first, last), start, later, self._members.get(quarter, ()))

    def _sum(self, quarter: int, spell: Spell, start: int, later: int | None, jobs: Iterable[Job]) -> int:
        total = self._periods.count(*spell)
        for job in jobs:
            found = self.job_quarter(job, quarter, spell, start, later)
            if found:
                total += found.amount
        return min(total * self.times, self._most_in_sum)

    def count(self, start: int, last: int, later: int | None = None) -> int:
        """Count a period that starts on `start`: ten-thousandths of a day, to be rounded up once."""
        first = max(start, self._counts_from)
        if last < first:
            return 0
        low, high = days.quarter_of(first), days.quarter_of(last)
        if low == high:
            return self.quarter(low, first, last, start, later)
        edges = self.quarter(low, first, days.quarter_span(low)[1], start)
        edges += self.quarter(high, days.quarter_span(high)[0], last, start, later)
        return edges + self._between(low + 1, high)

    def _between(self, first: int, end: int) -> int:
        """Sum the whole quarters from `first` to before `end`."""
        size = self._last - self._first + 1
        low, high = min(max(first - self._first, 0), size), min(max(end - self._first, 0), size)
        while len(self._sums) <= high:
            # only as far as a search looks: the open contract goes on for years
            quarter = self._first + len(self._sums) - 1
            start, last = days.quarter_span(quarter)
            self._sums.append(self._sums[-1] + self.quarter(quarter, start, last, start - 1))
        return self._sums[high] - self._sums[low]

    def count_past(self, start: int, last: int) -> int:
        """Count a period without the planned contract."""
        total = 0
        for quarter, spell in self._parts(start, last):
            jobs = [job for job in self._members.get(quarter, ()) if job.place != CONTRACT]
            total += self._sum(quarter, spell, start, None, jobs)
        return total

    def _parts(self, start: int, last: int) -> Iterator[tuple[int, Spell]]:
        """Give each quarter of a period with its part that counts."""
        first = max(start, self._counts_from)
        for quarter in range(days.quarter_of(first), days.quarter_of(last) + 1):
            span = days.quarter_span(quarter)
            yield quarter, (max(first, span[0]), min(last, span[1]))

    def breakdown(self, start: int, last: int) -> list[tuple[int, int, list[JobQuarter], int]]:
        """Give each quarter of a period that holds anything: its number, result, jobs and days of periods."""
        found: list[tuple[int, int, list[JobQuarter], int]] = []
        for quarter, spell in self._parts(start, last):
            parts = [self.job_quarter(job, quarter, spell, start) for job in self._members.get(quarter, ())]
            outside = self._periods.count(*spell)
            held = [part for part in parts if part]
            if outside or held:
                total = (outside + sum(part.amount for part in held)) * self.times
                found.append((quarter, min(total, self._most_in_sum), held, outside))
        return found
