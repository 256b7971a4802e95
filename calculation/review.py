"""Which cases a human must settle, and the question put to that human (calculation specification, section 6).

One function per family of reasons; all that apply are given, in the table's order. A reason that speaks of a job, a
period or a code applies only where that touches the days that can matter: `Scope`. It decides and counts nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from calculation import days, declaration, impossible, texts, wording
from calculation.admission import OWN_ROW
from calculation.counting import HOME, has_regime, is_full_time
from calculation.days import Spell
from calculation.facts import Contract, Facts, Occupation, Service
from calculation.law import Counting, Effect, Law, Method
from calculation.result import Reason, ReviewReason
from calculation.shelf import admission_articles

_ORDER = {reason: position for position, reason in enumerate(ReviewReason)}
_ORDINARY = "ordinary"
_LONGEST_LIST = 190
"""Characters of a list of subjects: the message's element holds 200, with room for what says that there are more."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The days that can matter, and the laws of the claim dates looked at."""

    span: Spell
    laws: tuple[Law, ...]
    counting: Counting

    def touches(self, start: date, end: date | None) -> bool:
        """Tell whether a spell, perhaps open-ended, has a day in the scope."""
        return start.toordinal() <= self.span[1] and (end is None or end.toordinal() >= self.span[0])


def question(reason: Reason, language: str) -> str:
    """Give one plain sentence: what a human must settle. LookupError for an unknown language."""
    template: str = texts.load(language)["question"][reason.code.value]
    return template.format(subject=wording.subject(reason.subject, language), article=reason.article)


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Give each reason once, with all that it is about, in the table's order."""
    found: dict[ReviewReason, list[Reason]] = {}
    for reason in reasons:
        found.setdefault(reason.code, []).append(reason)
    return tuple(
        Reason(
            code,
            _listed((article for reason in found[code] for article in reason.article.split("; ")), "; "),
            _listed((reason.subject for reason in found[code]), ", "),
        )
        for code in sorted(found, key=_ORDER.__getitem__)
    )


def _listed(names: Iterable[str], mark: str) -> str:
    """Write each name once, as many as the message's element holds."""
    listed = ""
    for name in dict.fromkeys(filter(None, names)):
        longer = f"{listed}{mark}{name}" if listed else name
        if listed and len(longer) > _LONGEST_LIST:
            return f"{listed}{mark}…"
        listed = longer
    return listed


def _name(position: int) -> str:
    return f"occupations[{position}]"


def _jobs(facts: Facts, scope: Scope) -> Iterator[tuple[str, Occupation | Contract]]:
    for position, job in enumerate(facts.occupations):
        if scope.touches(job.start, job.end):
            yield _name(position), job
    yield "contract", facts.contract


def from_facts(facts: Facts, scope: Scope, method: Method) -> Iterator[Reason]:
    """Find the reasons that the facts alone raise."""
    yield from declared(facts, method)
    for name, job in _jobs(facts, scope):
        yield from _of_job(name, job, scope.counting)
    yield from _unsettled(facts, scope)
    yield from _overlaps(facts, scope, method)
    yield from _incomplete(facts, scope, method)


def declared(facts: Facts, method: Method) -> Iterator[Reason]:
    """Find the reasons that do not depend on any law or date."""
    if is_part_time(facts):
        yield Reason(ReviewReason.PART_TIME_CONTRACT, "AR 30, AR 33", "contract")
    if facts.work_permit_matters:
        yield Reason(ReviewReason.FOREIGN_WORKER_PERMIT, "AR 43", "work_permit_matters")
    admission = facts.previous_admission
    if admission is not None and (
        (facts.previous_admission_article or OWN_ROW) not in admission_articles() or admission > facts.contract.start
    ):
        yield Reason(ReviewReason.OTHER_ADMISSION, "AR 30, al. 2", "previous_admission")
    if facts.fresh_stage_from is not None:
        yield Reason(ReviewReason.LOSS_OF_RIGHT, "AR 52, 52bis, 155", "fresh_stage_from")
    if facts.career_in_attachments:
        yield Reason(ReviewReason.INCOMPLETE, "AR 30", "career_in_attachments")
    if facts.anomalies_to_investigate:
        yield Reason(ReviewReason.ANOMALY_TO_INVESTIGATE, "", ", ".join(facts.anomalies_to_investigate))
    if facts.human_review_asked:
        yield Reason(ReviewReason.HUMAN_REVIEW_ASKED, "GDPR 22")
    if facts.calculation_number > method.most_calculations:
        yield Reason(ReviewReason.THIRD_CALCULATION, "", str(facts.calculation_number))


def is_part_time(facts: Facts) -> bool:
    """Tell whether the planned contract is part-time (Q < S, both declared)."""
    contract = facts.contract
    if contract.hours_per_week is None or contract.reference_hours_per_week is None:
        return False
    return not is_full_time(contract)


def of_contract(facts: Facts, counting: Counting) -> Iterator[Reason]:
    """Find the reasons that the planned contract raises whatever the law: its status, its week, what it leaves out."""
    yield from _of_job("contract", facts.contract, counting)


def _of_job(name: str, job: Occupation | Contract, counting: Counting) -> Iterator[Reason]:
    if isinstance(job, Occupation) and job.country != HOME:
        yield Reason(ReviewReason.FOREIGN_WORK, "AR 37, § 2", name)
    if job.status != _ORDINARY:
        yield Reason(ReviewReason.SPECIAL_STATUS, "AR 37, § 1", name)
    if is_full_time(job) and job.days_per_week is not None and _is_unusual(job, counting):
        yield Reason(ReviewReason.UNUSUAL_WEEK, "AM 7, al. 1", name)
    if not has_regime(job):
        yield Reason(ReviewReason.INCOMPLETE, "AM 7", name)


def _is_unusual(job: Occupation | Contract, counting: Counting) -> bool:
    if job.days_per_week not in counting.usual_weeks:
        return True
    usual = set(range(1, int(job.days_per_week or 0) + 1))
    return job.working_weekdays is not None and set(job.working_weekdays) != usual


def _unsettled(facts: Facts, scope: Scope) -> Iterator[Reason]:
    code = ReviewReason.UNCERTAIN_CODE
    for name, job in _jobs(facts, scope):
        for absence in job.absences:
            unsettled = any(law.absence_effect(absence.kind) is Effect.UNSETTLED for law in scope.laws)
            if unsettled and _within_job(job, absence.start, absence.end, scope):
                yield Reason(code, "AR 38, § 1", f"{name}: {absence.kind}")
        if isinstance(job, Occupation):
            for service in job.services:
                if any(
                    law.code_effect(service.code, benefit_paid=service.benefit_paid) is Effect.UNSETTLED
                    for law in scope.laws
                ) and _quarter_touches(job, service.quarter, scope):
                    yield Reason(code, "AR 38, § 1", f"{name}: {service.code}")
    for position, period in enumerate(facts.periods):
        if scope.touches(period.start, period.end) and any(
            law.is_unsettled(period.kind, benefit_paid=period.benefit_paid) for law in scope.laws
        ):
            yield Reason(code, "AR 30, al. 3; AR 38, § 1", f"periods[{position}]: {period.kind}")


def _within_job(job: Occupation | Contract, start: date, end: date, scope: Scope) -> bool:
    low = max(start, job.start)
    high = min(end, job.end) if isinstance(job, Occupation) else end
    return low <= high and scope.touches(low, high)


def _quarter_touches(job: Occupation, quarter: str, scope: Scope) -> bool:
    span = days.quarter_span(days.quarter_number(quarter))
    part = days.cut(job.start.toordinal(), job.end.toordinal(), span) or span
    return part[0] <= scope.span[1] and part[1] >= scope.span[0]


def _overlaps(facts: Facts, scope: Scope, method: Method) -> Iterator[Reason]:
    full = [(job.start.toordinal(), _end(job, scope), name) for name, job in _jobs(facts, scope) if is_full_time(job)]
    jobs = [(job.start.toordinal(), _end(job, scope), name) for name, job in _jobs(facts, scope)]
    periods = [
        (period.start.toordinal(), period.end.toordinal(), f"periods[{position}]", period.kind)
        for position, period in enumerate(facts.periods)
        if scope.touches(period.start, period.end)
    ]
    subject = _first_overlap(full) or _across(periods, jobs) or _between_kinds(periods)
    if subject is None and impossible.cannot_be_held(facts, method.most_jobs_at_once):
        subject = "occupations"
    if subject:
        yield Reason(ReviewReason.OVERLAP, "AR 37, § 1", subject)


def _end(job: Occupation | Contract, scope: Scope) -> int:
    return job.end.toordinal() if isinstance(job, Occupation) else scope.span[1]


def _first_overlap(spells: list[tuple[int, int, str]]) -> str | None:
    reach, holder = 0, ""
    for first, last, name in sorted(spells):
        if first <= reach:
            return f"{holder}, {name}"
        if last > reach:
            reach, holder = last, name
    return None


def _across(periods: list[tuple[int, int, str, str]], jobs: list[tuple[int, int, str]]) -> str | None:
    edges = sorted([(*job, True) for job in jobs] + [(first, last, name, False) for first, last, name, _ in periods])
    reaches = {True: (0, ""), False: (0, "")}
    for first, last, name, is_job in edges:
        reach, holder = reaches[not is_job]
        if first <= reach:
            return f"{holder}, {name}"
        if last > reaches[is_job][0]:
            reaches[is_job] = (last, name)
    return None


def _between_kinds(periods: list[tuple[int, int, str, str]]) -> str | None:
    reaches: dict[str, tuple[int, str]] = {}
    for first, last, name, kind in sorted(periods):
        for other, (reach, holder) in reaches.items():
            if other != kind and first <= reach:
                return f"{holder}, {name}"
        if last > reaches.get(kind, (0, ""))[0]:
            reaches[kind] = (last, name)
    return None


def _incomplete(facts: Facts, scope: Scope, method: Method) -> Iterator[Reason]:
    for position, job in enumerate(facts.occupations):
        subject = f"{_name(position)}.services"
        if any(_is_incomplete(job, service, facts, scope) for service in job.services) or any(
            _parts_from_dates(job, quarter, scope, method) for quarter in {service.quarter for service in job.services}
        ):
            yield Reason(ReviewReason.INCOMPLETE, "AM 7", subject)


def _is_incomplete(job: Occupation, service: Service, facts: Facts, scope: Scope) -> bool:
    span = days.quarter_span(days.quarter_number(service.quarter))
    part = days.cut(job.start.toordinal(), job.end.toordinal(), span)
    if part is None:
        return scope.touches(job.start, job.end) or (span[0] <= scope.span[1] and span[1] >= scope.span[0])
    if part[0] > scope.span[1] or part[1] < scope.span[0]:
        return False
    if has_regime(job) and (service.days if is_full_time(job) else service.hours) is None:
        return True
    return any(
        declaration.is_undated(job, service, part, law) or _admitted_inside(facts, span, law) for law in scope.laws
    )


def _parts_from_dates(job: Occupation, quarter: str, scope: Scope, method: Method) -> bool:
    return _quarter_touches(job, quarter, scope) and any(
        declaration.parts_from_dates(job, quarter, law, scope.counting, method.most_days_from_dates)
        for law in scope.laws
    )


def _admitted_inside(facts: Facts, quarter: Spell, law: Law) -> bool:
    """Tell whether the count starts again inside a quarter, whose declared total has no dates to cut it by."""
    admission = facts.previous_admission
    if admission is None or law.fresh_start is None:
        return False
    counts = (facts.previous_admission_article or OWN_ROW) in law.fresh_start.articles
    return counts and quarter[0] < admission.toordinal() <= quarter[1]
