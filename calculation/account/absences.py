"""The part of an account that says what became of each absence and each period outside a contract (AR 38)."""

from collections.abc import Iterator

from calculation import days
from calculation.account.answer import Answer, dates, job_name
from calculation.counting import CONTRACT, Job
from calculation.days import Spell
from calculation.law import Effect, Law, Rule
from calculation.steps import Step


def absences(answer: Answer) -> Iterator[Step]:
    """Say what each absence and each period outside any contract does inside the period."""
    steps = (*_of_absences(answer), *_of_periods(answer))
    if steps:
        yield Step(
            "absences.effect",
            answer.law.identifier,
            answer.law.assimilated.article,
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
    ground = known[1] if known else answer.law.assimilated
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
        ground.article,
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
        practice=ground.is_practice,
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
        grounds = _grounds(law, period.kind, rule)
        yield Step(
            rule,
            law.identifier,
            "; ".join(ground.article for ground in grounds),
            period=dates(spell),
            inputs=(("kind", period.kind),),
            result=str(days.non_sundays(*spell)) if rule == "outside.counts" else "0",
            practice=any(ground.is_practice for ground in grounds),
        )


def _grounds(law: Law, kind: str, rule: str) -> list[Rule]:
    """Give what speaks of a kind: whether it extends the period, where that is the question, and whether it counts."""
    event, known = law.extensions.get(kind), law.absences.get(kind)
    if kind in law.no_effect:
        return [law.no_effect[kind]]
    extends = [event.rule] if event is not None and rule == "outside.unsettled" else []
    return [*extends, known[1] if known else law.assimilated]
