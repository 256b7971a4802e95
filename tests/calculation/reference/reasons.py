"""Why a human must settle a case: every reason that facts and dates raise, in the order of the published table."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import combinations
from math import ceil, floor

from calculation.facts import Period
from tests.calculation.reference.dates import Spell, common, each, merged, plus_months
from tests.calculation.reference.law import (
    ADMISSIONS,
    CODE_DATES,
    EVENTS,
    NEW,
    absence_effect,
    code_effect,
    period_extends,
    ways,
)
from tests.calculation.reference.occupation import Job
from tests.calculation.reference.stage import Stage

ORDER = [
    *("PART_TIME_CONTRACT", "FOREIGN_WORK", "FOREIGN_WORKER_PERMIT", "READINGS_STRADDLE", "READINGS_FAR_APART"),
    *("REGIME_BOUNDARY", "UNUSUAL_WEEK", "SPECIAL_STATUS", "UNCERTAIN_CODE", "RUNNING_RIGHT", "OTHER_ADMISSION"),
    *("LOSS_OF_RIGHT", "OVERLAP", "INCOMPLETE", "ALREADY_MET", "AGE_LIMIT", "CLIPPED_MONTH", "NEVER_REACHED"),
    *("NOT_YET_MODELLED", "ANOMALY_TO_INVESTIGATE", "HUMAN_REVIEW_ASKED", "THIRD_CALCULATION"),
]


def of_declaration(stage: Stage) -> Iterator[str]:
    """Reasons that need neither a law nor a date: what was declared, and the planned contract itself."""
    facts = stage.facts
    admitted, article = facts.previous_admission, facts.previous_admission_article or "30"
    said = {
        "PART_TIME_CONTRACT": stage.contract.part,
        "FOREIGN_WORKER_PERMIT": facts.work_permit_matters,
        "LOSS_OF_RIGHT": facts.fresh_stage_from is not None,
        "OTHER_ADMISSION": admitted and (article not in ADMISSIONS or admitted > facts.contract.start),
        "INCOMPLETE": facts.career_in_attachments,
        "ANOMALY_TO_INVESTIGATE": facts.anomalies_to_investigate,
        "HUMAN_REVIEW_ASKED": facts.human_review_asked,
        "THIRD_CALCULATION": facts.calculation_number >= 3,
    }
    yield from (reason for reason, holds in said.items() if holds)
    yield from of_job(stage.contract)


def of_job(job: Job) -> Iterator[str]:
    """Reasons that an occupation raises by itself; R = 5 stands for Monday to Friday, R = 6 adds Saturday."""
    if job.abroad:
        yield "FOREIGN_WORK"
    if job.source.status != "ordinary":
        yield "SPECIAL_STATUS"
    if not job.complete:
        yield "INCOMPLETE"
    if job.full and job.r is not None:
        declared = job.source.working_weekdays
        if job.r not in (5, 6) or (declared and set(declared) != set(range(1, int(job.r) + 1))):
            yield "UNUSUAL_WEEK"


def scope_start(stage: Stage, claim: date, law: str) -> date:
    """Give the first day that matters to the earliest claim: any route's period, with the ten years of art. 32."""
    starts = []
    for way in ways(stage.facts.birth_date, claim):
        start = stage.extended(claim, law, plus_months(claim, -way.months))
        starts.append(plus_months(start, -120) if way.earlier else start)
    return min(starts)


def of_scope(stage: Stage, scope: Spell, laws: list[str]) -> Iterator[str]:
    """Reasons that speak of an occupation, a period or a code: only what touches the days that can matter."""
    jobs = [job for job in stage.jobs if job.is_contract or common(job.spell, scope)]
    periods = [period for period in stage.facts.periods if common((period.start, period.end), scope)]
    for job in jobs:
        yield from of_job(job)
        if any(common(spell, scope) and _unsettled(kind, laws) for kind, spell in job.absences):
            yield "UNCERTAIN_CODE"
        for quarter in job.services:
            yield from _of_quarter(stage, job, quarter, scope, laws)
    for job in stage.jobs:
        if any(common(job.spell, scope) or common(quarter, scope) for quarter in job.misplaced):
            yield "INCOMPLETE"
    if any(_period_is_uncertain(period, law) for period in periods for law in laws):
        yield "UNCERTAIN_CODE"
    if _overlap(jobs, periods, scope) or cannot_be_held(stage):
        yield "OVERLAP"


def _unsettled(kind: str, laws: list[str]) -> bool:
    return any(absence_effect(kind, law) == "unsettled" for law in laws)


def _of_quarter(stage: Stage, job: Job, quarter: Spell, scope: Spell, laws: list[str]) -> Iterator[str]:
    part = common(quarter, job.spell)
    if part is None or not common(part, scope):
        return
    for service in job.services[quarter]:
        effects = {code_effect(service.code, law, benefit_paid=service.benefit_paid) for law in laws}
        dated = any(kind == CODE_DATES.get(service.code) and common(spell, part) for kind, spell in job.absences)
        if "unsettled" in effects:
            yield "UNCERTAIN_CODE"
        if "extends" in effects and not dated:
            yield "INCOMPLETE"
        if job.complete and (service.days if job.full else service.hours) is None:
            yield "INCOMPLETE"
    if any(_parts_from_dates(job, quarter, part, law) for law in laws):
        yield "INCOMPLETE"
    admitted = stage.facts.previous_admission
    voids = NEW in laws and (stage.facts.previous_admission_article or "30") in ADMISSIONS
    if voids and admitted and quarter[0] < admitted <= quarter[1]:
        yield "INCOMPLETE"


def _parts_from_dates(job: Job, quarter: Spell, part: Spell, law: str) -> bool:
    """Tell whether a declared quarter and the dates of what extends the period cannot both be true, a day apart.

    A full-time job's days are those of its week; a part-time job's spell holds the hours of its whole weeks at least,
    those of each week begun at most.
    """
    if not job.complete or not job.weekdays:
        return False
    apart = 1 if job.full else job.q / job.r
    dated = [(kind, common(spell, part)) for kind, spell in job.absences if absence_effect(kind, law) == "extends"]
    spells = {kind: merged(spell for other, spell in dated if spell and other == kind) for kind, _ in dated}
    coded = dict.fromkeys(CODE_DATES.values() if law == NEW else (), Fraction(0))
    counted = Fraction(0)
    for service in job.services[quarter]:
        effect = code_effect(service.code, law, benefit_paid=service.benefit_paid)
        counted += job.units(service) if effect == "counts" else 0
        if effect == "extends":
            coded[CODE_DATES[service.code]] += job.units(service)
    for kind, declared in coded.items():
        least, most = _held(job, spells.get(kind, []))
        if declared < least - apart or declared > most + apart or (declared == 0 and least >= apart):
            return True
    away, _ = _held(job, merged(spell for found in spells.values() for spell in found))
    return away > 0 and counted + away > _held(job, [part])[1] + apart


def _held(job: Job, spells: list[Spell]) -> tuple[Fraction, Fraction]:
    if job.full:
        number = sum(1 for spell in spells for day in each(*spell) if day.isoweekday() in job.weekdays)
        return Fraction(number), Fraction(number)
    weeks = [Fraction((last - first).days + 1, 7) for first, last in spells]
    return job.q * sum(floor(number) for number in weeks), job.q * sum(ceil(number) for number in weeks)


def _period_is_uncertain(period: Period, law: str) -> bool:
    effect = absence_effect(period.kind, law)
    if period.kind == "detention" and law == NEW:
        return True
    unpaid = period.benefit_paid is False and period.kind != "self_employment"
    if unpaid and (effect == "counts" or period_extends(period.kind, law, None)):
        return True
    return effect == "unsettled" and period.kind not in EVENTS


def _overlap(jobs: list[Job], periods: tuple[Period, ...] | list[Period], scope: Spell) -> bool:
    spells = [((job.first, scope[1] if job.is_contract else job.last), job.full) for job in jobs]
    outside = [((period.start, period.end), period.kind) for period in periods]
    return (
        any(common(one, other) for (one, full), (other, also) in combinations(spells, 2) if full and also)
        or any(common(spell, job) for spell, _ in outside for job, _ in spells)
        or any(common(one, other) for (one, kind), (other, second) in combinations(outside, 2) if kind != second)
    )


def cannot_be_held(stage: Stage) -> bool:
    """Tell whether jobs held on one day have more hours than a week, or are more than twenty."""
    for day in {job.first for job in stage.jobs}:
        held = [job.q or 0 for job in stage.jobs if job.first <= day <= job.last]
        if sum(held) > 168 or len(held) > 20:
            return True
    return False
