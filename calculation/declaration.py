"""Whether what a quarter declares as a total and what dates say of the same quarter can both be true.

A declared total replaces the dates of its quarter, but the dates of what extends the period move its start all the
same: where the two part, a day could count by the one and extend by the other. It does not say which of them is right.
"""

from collections.abc import Iterable
from decimal import Decimal

from calculation import days
from calculation.counting import declared_units, has_regime, is_full_time, schedule_of
from calculation.days import Schedule, Spell
from calculation.facts import Occupation, Service
from calculation.law import Counting, Effect, Law

_WEEK = 7


def is_undated(job: Occupation, service: Service, part: Spell, law: Law) -> bool:
    """Tell whether a code extends the period but no absence of the job says when."""
    kind = law.code_dates.get(service.code)
    return kind is not None and kind not in _dated(job, part, law)


def parts_from_dates(job: Occupation, quarter: str, law: Law, counting: Counting, most_days: int) -> bool:
    """Tell whether a declared quarter and the dates of what extends the period part by more than `most_days`."""
    schedule = schedule_of(job, counting) if has_regime(job) else None
    part = days.cut(job.start.toordinal(), job.end.toordinal(), days.quarter_span(days.quarter_number(quarter)))
    if schedule is None or part is None:
        return False
    dated = _dated(job, part, law)
    counted, coded = _declared(job, quarter, law)
    day = Decimal(1) if is_full_time(job) else (job.hours_per_week or 0) / (job.days_per_week or 1)
    for kind in law.code_dates.values():
        least, most = _held(job, schedule, dated.get(kind, []))
        declared = coded.get(kind, Decimal(0))
        if least - declared > most_days * day or declared - most > most_days * day or (least >= day and not declared):
            return True
    away, _ = _held(job, schedule, days.merged(spell for spells in dated.values() for spell in spells))
    _, room = _held(job, schedule, [part])
    return bool(away) and counted + away - room > most_days * day


def _dated(job: Occupation, part: Spell, law: Law) -> dict[str, list[Spell]]:
    """Give the spells inside a part of a job that extend the period, by kind."""
    found: dict[str, list[Spell]] = {}
    for absence in job.absences:
        spell = days.cut(absence.start.toordinal(), absence.end.toordinal(), part)
        if spell and law.absence_extends(absence.kind):
            found.setdefault(absence.kind, []).append(spell)
    return {kind: days.merged(spells) for kind, spells in found.items()}


def _declared(job: Occupation, quarter: str, law: Law) -> tuple[Decimal, dict[str, Decimal]]:
    """Give the days or hours of a quarter that count, and those that extend the period, by the kind that dates them."""
    counted, coded, full_time = Decimal(0), dict[str, Decimal](), is_full_time(job)
    for service in job.services:
        if service.quarter != quarter:
            continue
        kind = law.code_dates.get(service.code)
        if kind is not None:
            coded[kind] = coded.get(kind, Decimal(0)) + declared_units(service, full_time=full_time)
        elif law.code_effect(service.code, benefit_paid=service.benefit_paid) is Effect.COUNTS:
            counted += declared_units(service, full_time=full_time)
    return counted, coded


def _held(job: Occupation, schedule: Schedule, spells: Iterable[Spell]) -> tuple[Decimal, Decimal]:
    """Give the fewest and the most days (full-time) or hours (part-time) that spells hold.

    A part-time week may have its hours on any of its days: a spell holds those of its whole weeks, and at most those of
    each week begun.
    """
    if is_full_time(job):
        number = Decimal(sum(schedule.count(*spell) for spell in spells))
        return number, number
    lengths = [last - first + 1 for first, last in spells]
    week = job.hours_per_week or Decimal(0)
    return week * sum(length // _WEEK for length in lengths), week * sum(-(-length // _WEEK) for length in lengths)
