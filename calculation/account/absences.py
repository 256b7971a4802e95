"""The part of an account that says what became of each absence and each period outside a contract (AR 38)."""

from collections.abc import Iterator

from calculation import days
from calculation.account.answer import Answer, dates, job_name
from calculation.counting import CONTRACT, Job
from calculation.days import Spell
from calculation.law import Effect, Law
from calculation.steps import Step


def absences(answer: Answer) -> Iterator[Step]:
    """Say what each absence and each period outside any contract does inside the period."""
    steps = (*_of_absences(answer), *_of_periods(answer))
    if steps:
        yield Step(
            "absences.effect",
            answer.law.identifier,
            "AR 38, § 1",
            period=dates(answer.window),
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
            extends = answer.law.absence_extends(absence.kind)
            if spell and (dated or extends):
                yield _absence(answer, job, absence.kind, spell, dated)


def _absence(answer: Answer, job: Job, kind: str, spell: Spell, dated: list[Spell]) -> Step:
    known = answer.law.absences.get(kind)
    scheduled = sum(job.schedule.count(*piece) for piece in dated)
    lost = sum(job.schedule.lost(*piece, job.lost) for piece in dated)
    rule = "absence.lost"
    if known is None:
        rule = "absence.unsettled"
    elif kind in answer.law.extensions:
        rule = "absence.extends"
    elif known[0] is Effect.QUOTA:
        rule = "absence.quota"
    elif known[0] is Effect.COUNTS:
        # its own kind loses nothing: another absence at the same time does
        rule = "absence.counts_in_part" if lost else "absence.counts"
    pool = answer.law.unpaid_days.days_a_year if answer.law.unpaid_days is not None else 0
    return Step(
        rule,
        answer.law.identifier,
        known[1].article if known else "AR 38, § 1",
        period=dates(spell),
        inputs=(
            ("job", job_name(job.place)),
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
    events = [(rule.kind, part) for rule, _, part in answer.ledger.extension.events(answer.claim - 1) if part]
    for period in answer.ledger.facts.periods:
        spell = days.cut(period.start.toordinal(), period.end.toordinal(), answer.window)
        if spell is None:
            continue
        known = law.absences.get(period.kind)
        rule = "outside.lost"
        if law.is_unsettled(period.kind, benefit_paid=period.benefit_paid):
            rule = "outside.unsettled"
        elif any(kind == period.kind and days.cut(*spell, part) for kind, part in events):
            continue
        elif known is not None and known[0] is Effect.COUNTS:
            rule = "outside.counts"
        yield Step(
            rule,
            law.identifier,
            _ground(law, period.kind, unsettled=rule == "outside.unsettled"),
            period=dates(spell),
            inputs=(("kind", period.kind),),
            result=str(days.non_sundays(*spell)) if rule == "outside.counts" else "0",
            practice=known is not None and known[1].confidence.is_practice,
        )


def _ground(law: Law, kind: str, *, unsettled: bool) -> str:
    """Cite what speaks of a kind: whether it counts and, where that is unsettled, whether it extends the period."""
    known, event = law.absences.get(kind), law.extensions.get(kind)
    counts = known[1].article if known else "AR 38, § 1"
    return f"{event.rule.article}; {counts}" if unsettled and event is not None else counts
