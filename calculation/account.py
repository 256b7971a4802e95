"""The account of an answer: the step tree that shows how it came about.

It recounts the answer's window in the open, quarter by quarter and job by job, and decides nothing. Each step has a
stable rule id (`RULES`), the instrument, the article and the numbers; `calculation.explain` makes texts of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from calculation import days
from calculation.admission import OLDER_ROW, OWN_ROW, TEN_YEARS, Ledger, Route, age_on
from calculation.counting import CONTRACT, TEN_THOUSAND, Job, rounded_up
from calculation.days import Spell
from calculation.law import Effect, Law, Method
from calculation.reading_a import JobQuarter, ReadingA
from calculation.reading_b import ClusterPart, JobPart
from calculation.steps import Step

RULES: dict[str, str] = {
    "claim.first_date": "the answer: the first day on which both readings are met",
    "law.in_force": "the law is that of the claim date",
    "law.earlier_days": "the law of the claim date judges days before it took effect too",
    "stage.own_row": "days needed by the row of the person's own age",
    "stage.ten_years": "fewer days inside the period, with earlier years (AR 32)",
    "stage.older_row": "days needed by the row of an older age class",
    "stage.part_time": "half-days needed by a voluntary part-time worker (AR 33)",
    "period.base": "the months before the claim",
    "period.clipped": "the start had to fall on a month's last day",
    "period.extended": "events move the start back",
    "period.event": "one event that moves the start back by all its days",
    "period.event_too_short": "one event shorter than its minimum",
    "period.event_outside": "one event that does not touch the period",
    "period.fresh_start": "days before an earlier admission do not count",
    "absences.effect": "what absences and periods outside any contract do to the count",
    "absence.counts": "one absence whose days count as work",
    "absence.lost": "one absence whose days are lost",
    "absence.extends": "one absence whose days are lost and extend the period",
    "absence.quota": "one unpaid absence, of which the year's pool covers a part or all",
    "absence.unsettled": "one absence that a human must judge, left out meanwhile",
    "outside.unsettled": "a period outside any contract that a human must judge",
    "outside.counts": "a period outside any contract whose days count as work",
    "outside.lost": "a period outside any contract that neither counts nor extends",
    "reading_a.total": "reading A, the letter of AM 7",
    "reading_a.quarter": "one quarter over all jobs and periods",
    "reading_a.quarter_most": "one quarter, cut to the most that a quarter may hold",
    "reading_a.job_most": "one job in one quarter, cut to the most that a quarter may hold",
    "reading_a.whole_quarter": "a whole quarter without a day lost",
    "reading_a.days": "days of a full-time job by dates",
    "reading_a.hours": "hours of a part-time job by dates",
    "reading_a.declared": "days or hours as declared for the quarter",
    "reading_a.start_cap": "a declared total in the quarter in which the period starts",
    "reading_b.total": "reading B, the administration's working method",
    "reading_b.job": "one job over its whole part inside the period",
    "reading_b.job_cap": "one job, cut to the days that its part holds",
    "reading_b.cluster_cap": "overlapping jobs, cut to the days of their common span",
    "count.periods": "Monday-Saturday days of periods that count",
    "proven.days": "days proven without the contract",
    "remaining.days": "days still to work",
    "readings.compared": "both readings' first dates, and the later one wins",
    "readings.one_alone": "the date of one reading alone, proposed beside the other",
}
"""Rule ids, with what each is about: public contract."""

_STAGE = {OWN_ROW: "stage.own_row", TEN_YEARS: "stage.ten_years", OLDER_ROW: "stage.older_row"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an account is given of: one route met on one claim date."""

    ledger: Ledger
    route: Route
    method: Method
    contract_start: int
    claim: int
    base: int
    start: int
    counts_from: int
    reading: str
    reading_a: int | None
    reading_b: int | None
    prior: int
    remaining: int
    half_days: ReadingA | None = None
    alone: bool = False
    """True for the proposal of one reading alone, where the other may not be met."""

    @property
    def law(self) -> Law:
        """The law of the claim date."""
        return self.ledger.law

    @property
    def window(self) -> Spell:
        """The days that may count."""
        return self.counts_from, self.claim - 1


def written(amount: int) -> str:
    """Write ten-thousandths of a day as a plain decimal: `99.6`."""
    whole, rest = divmod(amount, TEN_THOUSAND)
    return f"{whole}.{rest:04d}".rstrip("0") if rest else str(whole)


def _dates(spell: Spell) -> tuple[date, date]:
    return date.fromordinal(spell[0]), date.fromordinal(spell[1])


def _job_name(job: Job) -> str:
    return "contract" if job.place == CONTRACT else str(job.place + 1)


def account_of(answer: Answer) -> Step:
    """Give the step tree of an answer."""
    law, claim = answer.law, days.iso(answer.claim)
    required = str(answer.route.days)
    children = (
        Step("law.in_force", law.identifier, "LP 209-216", inputs=(("claim", claim),), result=law.identifier),
        *_earlier_days(answer),
        _stage(answer),
        *_period(answer),
        *_absences(answer),
        *_readings(answer),
        _proven(answer),
        Step(
            "remaining.days",
            law.identifier,
            answer.route.rule.article,
            inputs=(("required", required), ("proven", written(answer.prior))),
            formula=_difference(answer.route.days, rounded_up(answer.prior)),
            result=str(answer.remaining),
        ),
        *(() if answer.half_days else (_compared(answer),)),
    )
    return Step(
        "claim.first_date",
        law.identifier,
        answer.route.rule.article,
        period=_dates((answer.start, answer.claim - 1)),
        inputs=(
            ("required", required),
            ("proven", written(answer.prior)),
            ("remaining", str(answer.remaining)),
            ("contract_start", days.iso(answer.contract_start)),
            ("contract_end", days.iso(answer.claim - 1)),
            ("claim", claim),
        ),
        result=claim,
        practice=True,
        children=children,
    )


def _earlier_days(answer: Answer) -> Iterator[Step]:
    """Say that the law judges days before it took effect too, where the period has work or a period of then."""
    law, rule = answer.law, answer.law.earlier_days
    before = answer.counts_from, law.effective_from.toordinal() - 1
    spells = [(job.first, job.last) for job in answer.ledger.jobs]
    spells += [(period.start.toordinal(), period.end.toordinal()) for period in answer.ledger.facts.periods]
    if rule is not None and any(days.cut(*spell, before) for spell in spells):
        yield Step(
            "law.earlier_days",
            law.identifier,
            rule.article,
            period=_dates(before),
            result=law.effective_from.isoformat(),
            practice=rule.confidence.is_practice,
        )


def _stage(answer: Answer) -> Step:
    route, law = answer.route, answer.law
    inputs = [
        ("days", str(route.days)),
        ("months", str(route.months)),
        ("age", str(age_on(answer.ledger.facts.birth_date, answer.claim))),
    ]
    if route.career is not None:
        reading = answer.ledger.a if answer.reading == "a" else answer.ledger.b
        total = rounded_up(reading.count(answer.counts_from, answer.claim - 1))
        earlier = answer.ledger.earlier_days(reading, answer.counts_from, route.career)
        inputs += [("earlier_needed", str(route.career.earlier_days(total))), ("earlier", written(earlier))]
    return Step(
        _STAGE.get(route.name, "stage.part_time"),
        law.identifier,
        route.rule.article,
        inputs=tuple(inputs),
        result=str(route.days),
        practice=route.rule.confidence.is_practice,
    )


def _period(answer: Answer) -> Iterator[Step]:
    law, rule = answer.law.identifier, answer.route.rule
    claim, months = days.iso(answer.claim), str(answer.route.months)
    yield Step(
        "period.base",
        law,
        rule.article,
        period=_dates((answer.base, answer.claim - 1)),
        inputs=(("claim", claim), ("months", months)),
        result=days.iso(answer.base),
    )
    if days.is_clipped(answer.claim, -answer.route.months):
        inputs = (("claim", claim), ("months", months))
        yield Step("period.clipped", law, rule.article, inputs=inputs, result=days.iso(answer.base), practice=True)
    yield from _extension(answer)
    if answer.counts_from > answer.start and answer.law.fresh_start is not None:
        yield Step(
            "period.fresh_start",
            law,
            answer.law.fresh_start.rule.article,
            period=_dates(answer.window),
            inputs=(("admission", days.iso(answer.counts_from)),),
            result=days.iso(answer.counts_from),
        )


def _extension(answer: Answer) -> Iterator[Step]:
    law, found = answer.law.identifier, answer.ledger.extension.events(answer.claim - 1)
    if not found:
        return
    steps = []
    for rule, spell, part in found:
        name = "period.event_outside"
        if part is None:
            name = "period.event_too_short"
        elif part[1] >= answer.start:
            name = "period.event"
        taken = part or spell
        steps.append(
            Step(
                name,
                law,
                rule.rule.article,
                period=_dates(taken),
                inputs=(("kind", rule.kind), ("minimum_months", str(rule.minimum_months))),
                result=str(taken[1] - taken[0] + 1),
                practice=True,
            )
        )
    yield Step(
        "period.extended",
        law,
        "AR 30, al. 3",
        period=_dates((answer.start, answer.claim - 1)),
        inputs=(("base", days.iso(answer.base)), ("days", str(answer.base - answer.start))),
        formula=f"{days.iso(answer.base)} − {answer.base - answer.start} = {days.iso(answer.start)}",
        result=days.iso(answer.start),
        practice=True,
        children=tuple(steps),
    )


def _absences(answer: Answer) -> Iterator[Step]:
    """Say what each absence and each period outside any contract does inside the period."""
    steps = (*_of_absences(answer), *_of_periods(answer))
    if steps:
        yield Step(
            "absences.effect",
            answer.law.identifier,
            "AR 38, § 1",
            period=_dates(answer.window),
            result=str(len(steps)),
            children=steps,
        )


def _of_absences(answer: Answer) -> Iterator[Step]:
    facts = answer.ledger.facts
    for job in answer.ledger.jobs:
        source = facts.contract if job.place == CONTRACT else facts.occupations[job.place]
        part = days.cut(job.first, job.last, answer.window)
        # a declared total replaces the dates of its quarter
        totals = days.merged(days.quarter_span(quarter) for quarter in job.declared)
        for absence in source.absences:
            spell = days.cut(absence.start.toordinal(), absence.end.toordinal(), part) if part else None
            dated = days.subtract([spell], totals) if spell else []
            extends = absence.kind in answer.law.extensions and absence.kind in answer.law.absences
            if spell and (dated or extends):
                yield _absence(answer, job, absence.kind, spell, dated)


def _absence(answer: Answer, job: Job, kind: str, spell: Spell, dated: list[Spell]) -> Step:
    known = answer.law.absences.get(kind)
    scheduled = sum(job.schedule.count(*piece) for piece in dated)
    lost = sum(job.schedule.lost(*piece, job.lost) for piece in dated)
    rule = "absence.lost" if lost else "absence.counts"
    if known is None:
        rule = "absence.unsettled"
    elif kind in answer.law.extensions:
        rule = "absence.extends"
    elif known is not None and known[0] is Effect.QUOTA:
        rule = "absence.quota"
    pool = answer.law.unpaid_days.days_a_year if answer.law.unpaid_days is not None else 0
    return Step(
        rule,
        answer.law.identifier,
        known[1].article if known else "AR 38, § 1",
        period=_dates(spell),
        inputs=(
            ("job", _job_name(job)),
            ("kind", kind),
            ("days", str(scheduled)),
            ("fits", str(scheduled - lost)),
            ("pool", str(pool)),
            ("unit", "scheduled" if job.full_time else "calendar"),
        ),
        result=str(lost),
        practice=known is not None and known[1].confidence.is_practice,
    )


def _of_periods(answer: Answer) -> Iterator[Step]:
    law = answer.law
    extending = {rule.kind for rule, _, part in answer.ledger.extension.events(answer.claim - 1) if part}
    for period in answer.ledger.facts.periods:
        spell = days.cut(period.start.toordinal(), period.end.toordinal(), answer.window)
        known = law.absences.get(period.kind)
        if spell is None or period.kind in extending:
            continue
        counts = known is not None and known[0] is Effect.COUNTS and period.benefit_paid is not False
        rule = "outside.counts" if counts else "outside.lost"
        if known is None and period.kind not in law.extensions and period.kind not in law.no_effect:
            rule = "outside.unsettled"
        yield Step(
            rule,
            law.identifier,
            known[1].article if known else "AR 38, § 1",
            period=_dates(spell),
            inputs=(("kind", period.kind),),
            result=str(days.non_sundays(*spell)) if counts else "0",
            practice=known is not None and known[1].confidence.is_practice,
        )


_MOST_TERMS = 40
"""Terms that a written sum has at most: the message's formula holds 500 characters."""


def _sum(terms: list[str]) -> str:
    """Write a sum; a very long one without its middle."""
    if len(terms) > _MOST_TERMS:
        terms = [*terms[: _MOST_TERMS - 4], "…", *terms[-3:]]
    return " + ".join(terms)


def _difference(required: int, proven: int) -> str:
    """Write what is left of the days required, with the sign of the formulas."""
    return f"{required} − {proven} = {required - proven}".replace("-", "−")


def _equals(terms: list[str], total: str) -> str:
    """Write a sum with its total; a single term that is the total stands alone, and no term is nothing."""
    if not terms:
        return "0"
    return total if terms == [total] else f"{_sum(terms)} = {total}"


def _by_dates(job: Job, scheduled: int, counted: int) -> str:
    """Write days by dates with their worth, such as `(22 − 10) × 6/5`: scheduled days less the lost ones."""
    days_ = f"({scheduled} − {scheduled - counted})" if counted < scheduled else str(counted)
    return f"{days_} × {job.day_written}"


def _readings(answer: Answer) -> Iterator[Step]:
    if answer.half_days is not None:
        yield _reading_a(answer, answer.half_days)
        return
    yield _reading_a(answer, answer.ledger.a)
    yield _reading_b(answer)


def _reading_a(answer: Answer, reading: ReadingA) -> Step:
    quarters = reading.breakdown(*answer.window)
    total = sum(amount for _, amount, _, _ in quarters)
    amounts = [written(amount) for _, amount, _, _ in quarters]
    return Step(
        "reading_a.total",
        answer.ledger.counting.identifier,
        "AM 7",
        period=_dates(answer.window),
        inputs=(("total", written(total)),),
        formula=_equals(amounts, written(total)),
        result=str(rounded_up(total)),
        children=tuple(_quarter(answer, reading, *quarter) for quarter in quarters),
    )


def _quarter(
    answer: Answer, reading: ReadingA, quarter: int, amount: int, parts: list[JobQuarter], outside: int
) -> Step:
    am = answer.ledger.counting.identifier
    total = (sum(part.amount for part in parts) + outside) * reading.times
    low, high = days.quarter_span(quarter)
    spell = max(low, answer.counts_from), min(high, answer.claim - 1)
    steps = [_job_quarter(answer, part) for part in parts]
    if outside:
        steps.append(_periods(answer, spell, outside))
    amounts = [written(part.amount) for part in parts] + ([written(outside)] if outside else [])
    return Step(
        "reading_a.quarter_most" if total > amount else "reading_a.quarter",
        am,
        "AM 8" if reading.times > 1 else "AM 7, al. 2",
        period=_dates(spell),
        inputs=(("quarter", days.quarter_name(quarter)), ("total", written(total))),
        formula=f"({_sum(amounts)}) × {reading.times} = {written(total)}"
        if reading.times > 1
        else _equals(amounts, written(total)),
        result=written(amount),
        children=tuple(steps),
    )


def _job_quarter(answer: Answer, part: JobQuarter) -> Step:
    am, job, six = answer.ledger.counting.identifier, part.job, answer.ledger.counting.six_day_week
    rule, article = "reading_a.days" if job.full_time else "reading_a.hours", "AM 7, al. 1"
    declared = job.declared.get(part.quarter)
    if declared is not None:
        rule, units = "reading_a.declared", written(round(declared.units * TEN_THOUSAND))
    else:
        units = str(job.counted_days(*part.spell))
    if part.start_cap is not None and part.amount < part.uncapped:
        rule, article = "reading_a.start_cap", "AM 7, al. 4"
    elif part.whole:
        rule, article = "reading_a.whole_quarter", "AM 7, al. 2"
    elif part.amount < part.uncapped:
        rule, article = "reading_a.job_most", "AM 7, al. 2"
    worth = f"{units} × {job.unit_written}"
    if declared is None:
        worth = _by_dates(job, job.schedule.count(*part.spell), job.counted_days(*part.spell))
    return Step(
        rule,
        am,
        article,
        period=_dates(part.spell),
        inputs=(
            ("job", _job_name(job)),
            ("units", units),
            ("unit", "day" if job.full_time else "hour"),
            ("six", str(six)),
            ("cap", str(part.start_cap or 0)),
        ),
        formula=f"{worth} = {written(part.uncapped)}",
        result=written(part.amount),
    )


def _periods(answer: Answer, spell: Spell, outside: int) -> Step:
    return Step(
        "count.periods",
        answer.law.identifier,
        "AR 38, § 1",
        period=_dates(spell),
        inputs=(("days", written(outside)),),
        result=written(outside),
        practice=any(rule.confidence.is_practice for _, rule in answer.law.absences.values()),
    )


def _reading_b(answer: Answer) -> Step:
    clusters, outside = answer.ledger.b.breakdown(*answer.window)
    total = sum(cluster.amount for cluster in clusters) + outside
    steps: list[Step] = []
    for cluster in clusters:
        steps += _cluster(answer, cluster)
    if outside:
        steps.append(_periods(answer, answer.window, outside))
    amounts = [written(cluster.amount) for cluster in clusters] + ([written(outside)] if outside else [])
    return Step(
        "reading_b.total",
        answer.ledger.counting.identifier,
        "AM 7",
        period=_dates(answer.window),
        inputs=(("total", written(total)),),
        formula=_equals(amounts, written(total)),
        result=str(rounded_up(total)),
        practice=True,
        children=tuple(steps),
    )


def _cluster(answer: Answer, cluster: ClusterPart) -> list[Step]:
    steps = [_job_part(answer, part) for part in cluster.parts]
    together = sum(part.amount for part in cluster.parts)
    if together <= cluster.amount:
        return steps
    return [
        Step(
            "reading_b.cluster_cap",
            answer.ledger.counting.identifier,
            "AM 7",
            period=_dates(cluster.spell),
            inputs=(("total", written(together)), ("cap", written(cluster.cap))),
            formula=_sum([written(part.amount) for part in cluster.parts]) + f" = {written(together)}",
            result=written(cluster.amount),
            practice=True,
            children=tuple(steps),
        )
    ]


def _job_part(answer: Answer, part: JobPart) -> Step:
    job = part.job
    return Step(
        "reading_b.job_cap" if part.uncapped > part.amount else "reading_b.job",
        answer.ledger.counting.identifier,
        "AM 7",
        period=_dates(part.spell),
        inputs=(("job", _job_name(job)), ("total", written(part.uncapped)), ("cap", written(part.cap))),
        formula=_equals(_terms(answer, part), written(part.uncapped)),
        result=written(part.amount),
        practice=True,
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
        most = days.non_sundays(answer.counts_from, last)
        if first <= answer.counts_from <= last and total.worth > most * job.denominator:
            term = str(most)
        declared.append(term)
    return ([_by_dates(job, scheduled, counted)] if scheduled or not declared else []) + declared


def _proven(answer: Answer) -> Step:
    return Step(
        "proven.days",
        answer.ledger.counting.identifier,
        "AM 7",
        period=_dates(answer.window),
        inputs=(("reading", answer.reading.upper()),),
        result=written(answer.prior),
        practice=answer.reading == "b",
    )


def _compared(answer: Answer) -> Step:
    dates = (("a", answer.reading_a), ("b", answer.reading_b))
    return Step(
        "readings.one_alone" if answer.alone else "readings.compared",
        answer.method.identifier,
        "AM 7",
        inputs=(
            *((name, days.iso(day) if day is not None else "") for name, day in dates),
            ("reading", answer.reading.upper()),
        ),
        result=days.iso(answer.claim),
        practice=True,
    )
