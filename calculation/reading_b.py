"""Reading B: the administration's working method. A job is counted over its whole part inside the period.

Jobs that overlap in time form a cluster that is capped together. Amounts are ten-thousandths of a six-day day.
Widening the window never lowers the total: the search relies on it.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate

from calculation import days
from calculation.counting import FOREVER, TEN_THOUSAND, Job, PeriodDays, declared_cap, rounded
from calculation.days import Spell
from calculation.law import Counting


@dataclass(slots=True)
class JobPart:
    """One job's part inside the window: its result, what it would be without its cap, and the cap."""

    job: Job
    spell: Spell
    amount: int
    uncapped: int
    cap: int


@dataclass(slots=True)
class ClusterPart:
    """Overlapping jobs inside the window: their common result and common cap."""

    spell: Spell
    amount: int
    cap: int
    parts: tuple[JobPart, ...]


class ReadingB:
    """Counts any window of days for one set of jobs and periods."""

    def __init__(self, jobs: list[Job], periods: PeriodDays, counting: Counting, counts_from: int = 0) -> None:
        """Take the jobs and periods; no day before `counts_from` counts."""
        self._periods, self._week, self._counts_from = periods, counting.six_day_week, counts_from
        self._tenth = counting.five_day_tenths * TEN_THOUSAND // 10
        self._clusters = _clusters(jobs)
        self._firsts = [cluster[0].first for cluster in self._clusters]
        self._lasts = [max(job.last for job in cluster) for cluster in self._clusters]
        self._with_services = any(job.declared for job in jobs)
        self._sums: list[int] = []

    def prepare(self) -> None:
        """Build the sums of whole clusters, so that a window costs only the clusters that its ends cut."""
        whole = (
            self._amount(position, (1, FOREVER), None) if last < FOREVER else 0
            for position, last in enumerate(self._lasts)
        )
        self._sums = [0, *accumulate(whole)]

    def _cap(self, first: int, last: int, *, five_days: bool) -> int:
        span = days.non_sundays(first, last)
        return span * TEN_THOUSAND + (self._tenth * (span % self._week) if five_days else 0)

    def job_part(self, job: Job, window: Spell, later: int | None = None) -> JobPart | None:
        """Count one job inside a period; `later` as in reading A."""
        low, high = max(job.first, window[0], self._counts_from), min(job.last, window[1])
        if low > high:
            return None
        worth = job.counted_days(low, high) * job.day_worth
        if job.declared:
            worth += self._services(job, (low, high), window[0], later)
        cap = self._cap(low, high, five_days=job.five_days)
        uncapped = rounded(worth, job.denominator)
        return JobPart(job, (low, high), min(uncapped, cap), uncapped, cap)

    def _services(self, job: Job, part: Spell, start: int, later: int | None) -> int:
        """Give what the declared totals add to the count by dates, which they replace."""
        change = 0
        for quarter, declared in job.declared.items():
            first, last = days.quarter_span(quarter)
            low, high = max(first, part[0]), min(last, part[1])
            if low > high:
                continue
            worth = declared.worth
            if later is not None and later <= min(job.last, last):
                worth -= min(worth, days.non_sundays(later, last) * job.denominator)
            cap = declared_cap((first, last), start, max(start, self._counts_from))
            if cap is not None:
                worth = min(worth, cap * job.denominator)
            change += worth - job.counted_days(low, high) * job.day_worth
        return change

    def cluster(self, jobs: list[Job], window: Spell, later: int | None = None) -> ClusterPart | None:
        """Count overlapping jobs inside a window: together no more than their common span."""
        found = [part for job in jobs if (part := self.job_part(job, window, later))]
        if not found:
            return None
        low, high = min(part.spell[0] for part in found), max(part.spell[1] for part in found)
        cap = self._cap(low, high, five_days=any(part.job.five_days for part in found))
        return ClusterPart((low, high), min(sum(part.amount for part in found), cap), cap, tuple(found))

    def count(self, start: int, last: int, later: int | None = None) -> int:
        """Count a period that starts on `start`: ten-thousandths of a day, to be rounded up once."""
        first = max(start, self._counts_from)
        if last < first:
            return 0
        total = self._periods.count(first, last)
        low, high = bisect_left(self._lasts, first), bisect_right(self._firsts, last)
        cut_before = days.quarter_span(days.quarter_of(first))[1] + 1 if self._with_services else first
        while low < high and self._firsts[low] < cut_before:
            total += self._amount(low, (start, last), later)
            low += 1
        while low < high and self._lasts[high - 1] > last:
            high -= 1
            total += self._amount(high, (start, last), later)
        return total + self._sums[high] - self._sums[low]

    def _amount(self, position: int, window: Spell, later: int | None) -> int:
        found = self.cluster(self._clusters[position], window, later)
        return found.amount if found else 0

    def breakdown(self, start: int, last: int) -> tuple[list[ClusterPart], int]:
        """Give each cluster of a period with its jobs, and the days of periods."""
        found = (self.cluster(cluster, (start, last)) for cluster in self._clusters)
        return [part for part in found if part], self._periods.count(max(start, self._counts_from), last)


def _clusters(jobs: list[Job]) -> list[list[Job]]:
    """Group the jobs that overlap in time, also through a third one; sorted by date."""
    found: list[list[Job]] = []
    reach = 0
    for job in sorted(jobs, key=lambda job: (job.first, job.last)):
        if found and job.first <= reach:
            found[-1].append(job)
        else:
            found.append([job])
        reach = max(reach, job.last)
    return found
