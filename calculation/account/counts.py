"""The part of an account that recounts the window in the open: both readings, quarter by quarter and job by job."""

from collections.abc import Iterator

from calculation import days
from calculation.account.answer import Answer, by_dates, dates, doubled, equals, job_name, summed, written
from calculation.counting import TEN_THOUSAND, declared_cap, rounded_up
from calculation.days import Spell
from calculation.reading_a import JobQuarter, ReadingA
from calculation.reading_b import ClusterPart, JobPart
from calculation.steps import Step


def readings(answer: Answer) -> Iterator[Step]:
    """Recount both readings; half-days (AM 8) are counted by the first alone."""
    if answer.half_days is not None:
        yield _reading_a(answer, answer.half_days)
        return
    yield _reading_a(answer, answer.ledger.a)
    yield _reading_b(answer)


def _reading_a(answer: Answer, reading: ReadingA) -> Step:
    quarters = reading.breakdown(answer.start, answer.claim - 1)
    total = sum(amount for _, amount, _, _ in quarters)
    amounts = [written(amount) for _, amount, _, _ in quarters]
    return Step(
        "reading_a.total",
        answer.ledger.counting.identifier,
        answer.letter.article,
        period=dates(answer.window),
        inputs=(("total", written(total)), ("unit", answer.unit)),
        formula=equals(amounts, written(total)),
        result=str(rounded_up(total)),
        practice=answer.letter.is_practice or answer.ledger.counting.total.is_practice,
        children=tuple(_quarter(answer, reading, *quarter) for quarter in quarters),
    )


def _quarter(
    answer: Answer, reading: ReadingA, quarter: int, amount: int, parts: list[JobQuarter], outside: int
) -> Step:
    counting = answer.ledger.counting
    law = counting.half_days if reading.times > 1 else counting.quarter
    total = (sum(part.amount for part in parts) + outside) * reading.times
    low, high = days.quarter_span(quarter)
    spell = max(low, answer.counts_from), min(high, answer.claim - 1)
    steps = [_job_quarter(answer, part) for part in parts]
    if outside:
        steps.append(_periods(answer, spell, outside))
    amounts = [written(part.amount) for part in parts] + ([written(outside)] if outside else [])
    return Step(
        "reading_a.quarter_most" if total > amount else "reading_a.quarter",
        counting.identifier,
        law.article,
        period=dates(spell),
        inputs=(("quarter", days.quarter_name(quarter)), ("total", written(total)), ("unit", answer.unit)),
        formula=doubled(amounts, reading.times, written(total))
        if reading.times > 1
        else equals(amounts, written(total)),
        result=written(amount),
        practice=law.is_practice,
        children=tuple(steps),
    )


def _job_quarter(answer: Answer, part: JobQuarter) -> Step:
    counting, job = answer.ledger.counting, part.job
    rule, law = "reading_a.days" if job.full_time else "reading_a.hours", counting.conversion
    declared = job.declared.get(part.quarter)
    if declared is not None:
        rule, units = "reading_a.declared", written(round(declared.units * TEN_THOUSAND))
    else:
        units = str(job.counted_days(*part.spell))
    most = counting.most_a_quarter * TEN_THOUSAND
    # whatever lies below the quarter's own limit was cut where the period starts
    if part.amount < min(most if part.whole else part.uncapped, most):
        rule, law = "reading_a.start_cap", counting.start_quarter
    elif part.whole:
        rule, law = "reading_a.whole_quarter", counting.quarter
    elif part.amount < part.uncapped:
        rule, law = "reading_a.job_most", counting.quarter
    worth = f"{units} × {job.unit_written}"
    if declared is None:
        worth = by_dates(job, job.schedule.count(*part.spell), job.counted_days(*part.spell))
    return Step(
        rule,
        counting.identifier,
        law.article,
        period=dates(part.spell),
        inputs=(
            ("job", job_name(job.place)),
            ("units", units),
            ("unit", "day" if job.full_time else "hour"),
            ("six", str(counting.six_day_week)),
            ("cap", str(part.start_cap or 0)),
        ),
        formula=f"{worth} = {written(part.uncapped)}",
        result=written(part.amount),
        practice=law.is_practice,
    )


def _periods(answer: Answer, spell: Spell, outside: int) -> Step:
    return Step(
        "count.periods",
        answer.law.identifier,
        answer.law.assimilated.article,
        period=dates(spell),
        inputs=(("days", written(outside)),),
        result=written(outside),
        practice=any(rule.is_practice for _, rule in answer.law.absences.values()),
    )


def _reading_b(answer: Answer) -> Step:
    counting = answer.ledger.counting
    clusters, outside = answer.ledger.b.breakdown(answer.start, answer.claim - 1)
    total = sum(cluster.amount for cluster in clusters) + outside
    steps: list[Step] = []
    for cluster in clusters:
        steps += _cluster(answer, cluster)
    if outside:
        steps.append(_periods(answer, answer.window, outside))
    amounts = [written(cluster.amount) for cluster in clusters] + ([written(outside)] if outside else [])
    return Step(
        "reading_b.total",
        counting.identifier,
        counting.working_method.article,
        period=dates(answer.window),
        inputs=(("total", written(total)),),
        formula=equals(amounts, written(total)),
        result=str(rounded_up(total)),
        practice=counting.working_method.is_practice or counting.total.is_practice,
        children=tuple(steps),
    )


def _cluster(answer: Answer, cluster: ClusterPart) -> list[Step]:
    steps = [_job_part(answer, part) for part in cluster.parts]
    together = sum(part.amount for part in cluster.parts)
    if together <= cluster.amount:
        return steps
    counting = answer.ledger.counting
    return [
        Step(
            "reading_b.cluster_cap",
            counting.identifier,
            counting.working_method.article,
            period=dates(cluster.spell),
            inputs=(("total", written(together)), ("cap", written(cluster.cap))),
            formula=summed([written(part.amount) for part in cluster.parts]) + f" = {written(together)}",
            result=written(cluster.amount),
            practice=counting.working_method.is_practice,
            children=tuple(steps),
        )
    ]


def _job_part(answer: Answer, part: JobPart) -> Step:
    job, counting = part.job, answer.ledger.counting
    return Step(
        "reading_b.job_cap" if part.uncapped > part.amount else "reading_b.job",
        counting.identifier,
        counting.working_method.article,
        period=dates(part.spell),
        inputs=(("job", job_name(job.place)), ("total", written(part.uncapped)), ("cap", written(part.cap))),
        formula=equals(_terms(answer, part), written(part.uncapped)),
        result=written(part.amount),
        practice=counting.working_method.is_practice,
    )


def _terms(answer: Answer, part: JobPart) -> list[str]:
    """Write what a job's part is the sum of: its days by dates, then each declared quarter."""
    job = part.job
    declared: list[str] = []
    scheduled, counted = job.schedule.count(*part.spell), job.counted_days(*part.spell)
    for quarter, total in sorted(job.declared.items()):
        first, last = days.quarter_span(quarter)
        piece = days.cut(first, last, part.spell)
        if piece is None:
            continue
        scheduled -= job.schedule.count(*piece)
        counted -= job.counted_days(*piece)
        units = written(round(total.units * TEN_THOUSAND))
        term = f"{units} × {job.unit_written}"
        most = declared_cap((first, last), answer.start, answer.counts_from)
        if most is not None and total.worth > most * job.denominator:
            term = str(most)
        declared.append(term)
    return ([by_dates(job, scheduled, counted)] if scheduled or not declared else []) + declared
