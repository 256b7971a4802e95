"""Two answers side by side: which steps differ, and by how much.

    Result, Result ──► compare ──► Comparison
                                     ├─ outcome, reasons gained and lost
                                     └─ Difference …   one for each step that says something else

Steps are aligned by what they speak of - the rule's family, the job, the quarter, the event - and not by their place
in the tree, so that one step more does not make all that follow it look different. A review stands by its first
proposal. It judges nothing: which of the two is right is not its business.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from calculation.facts import Facts, Occupation
from calculation.result import Computation, Decided, Result, Review
from calculation.steps import Step

_FAMILIES = {
    "stage.own_row": "stage",
    "stage.ten_years": "stage",
    "stage.older_row": "stage",
    "stage.part_time": "stage",
    "period.not_extended": "period.extended",
    "period.event_too_short": "period.event",
    "period.event_outside": "period.event",
    "reading_a.quarter_most": "reading_a.quarter",
    "reading_a.whole_quarter": "reading_a.job",
    "reading_a.days": "reading_a.job",
    "reading_a.hours": "reading_a.job",
    "reading_a.declared": "reading_a.job",
    "reading_a.job_most": "reading_a.job",
    "absence.counts": "absence",
    "absence.counts_in_part": "absence",
    "absence.lost": "absence",
    "absence.extends": "absence",
    "absence.quota": "absence",
    "outside.counts": "outside",
    "outside.lost": "outside",
    "absence.unsettled": "absence",
    "outside.unsettled": "outside",
    "readings.one_alone": "readings.compared",
    "reading_a.start_cap": "reading_a.job",
    "reading_b.job_cap": "reading_b.job",
}
"""Rules that say the same thing of the same subject in other circumstances: each is compared with the others."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a step speaks of. `number` tells apart the steps that speak of the same thing otherwise, from 1."""

    family: str
    quarter: str = ""
    job: str = ""
    kind: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class Difference:
    """One step that differs. `before` or `after` is None where only the other answer has it."""

    subject: Subject
    before: Step | None
    after: Step | None
    parts: tuple[str, ...]
    """The fields of the step that differ: `rule`, `instrument`, `article`, `period`, `inputs`, `formula`, `result`."""
    days: int | None = None
    """Calendar days from the earlier result to the later one, where both are dates."""
    amount: Decimal | None = None
    """What the result grew by, where it is a figure; a step that is missing counts as nothing."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results side by side; empty differences mean that the answers are the same step for step."""

    outcomes: tuple[str, str]
    reasons_lost: tuple[str, ...]
    reasons_gained: tuple[str, ...]
    warnings: tuple[tuple[str, ...], tuple[str, ...]]
    differences: tuple[Difference, ...]
    same_steps: int
    """How many steps say the same in both."""


def compare(before: Result, after: Result, jobs: Mapping[str, str] | None = None) -> Comparison:
    """Compare two results; `jobs` gives the name in `before` of a job of `after`, where they are numbered otherwise."""
    old, new = _steps(before, {}), _steps(after, jobs or {})
    found = [_difference(subject, old.get(subject), new.get(subject)) for subject in _in_order(old, new)]
    differences = tuple(one for one in found if one is not None)
    was, now = _reasons(before), _reasons(after)
    return Comparison(
        outcomes=(_outcome(before), _outcome(after)),
        reasons_lost=tuple(code for code in was if code not in now),
        reasons_gained=tuple(code for code in now if code not in was),
        warnings=(before.warnings, after.warnings),
        differences=differences,
        same_steps=len(found) - len(differences),
    )


def _in_order(old: Iterable[Subject], new: Iterable[Subject]) -> list[Subject]:
    """Give all subjects in the order of the later account, those that it has lost behind what they stood behind."""
    kept = set(new)
    followers: dict[Subject | None, list[Subject]] = {}
    place: Subject | None = None
    for subject in old:
        if subject in kept:
            place = subject
        else:
            followers.setdefault(place, []).append(subject)
    ordered = followers.get(None, [])
    for subject in new:
        ordered += [subject, *followers.get(subject, [])]
    return ordered


def matching_jobs(before: Facts, after: Facts) -> dict[str, str]:
    """Find which job of `before` each job of `after` is, by its dates, then by its start or its end.

    Jobs are named by their number from 1, as in the steps. A job that matches none gets a name that none has.
    """
    left = dict(enumerate(before.occupations, start=1))
    names: dict[str, str] = {}
    for same in (_same_dates, _same_start, _same_end):
        for number, job in enumerate(after.occupations, start=1):
            if str(number) not in names:
                known = next((known for known, other in left.items() if same(job, other)), None)
                if known is not None:
                    names[str(number)] = str(known)
                    del left[known]
    count = len(before.occupations)
    unknown = (number for number in range(1, len(after.occupations) + 1) if str(number) not in names)
    names.update({str(number): str(count + place) for place, number in enumerate(unknown, start=1)})
    return names


def _same_dates(one: Occupation, other: Occupation) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _same_start(one: Occupation, other: Occupation) -> bool:
    return one.start == other.start


def _same_end(one: Occupation, other: Occupation) -> bool:
    return one.end == other.end


def _outcome(result: Result) -> str:
    return "decided" if isinstance(result, Decided) else "review"


def _reasons(result: Result) -> tuple[str, ...]:
    return tuple(reason.code.value for reason in result.reasons) if isinstance(result, Review) else ()


def answer_of(result: Result) -> Computation | None:
    """Give what a result stands by: its computation, or a review's first proposal; None where there is none."""
    match result:
        case Decided(computation=found):
            return found
        case Review(proposals=proposals):
            return proposals[0] if proposals else None


def _steps(result: Result, jobs: Mapping[str, str]) -> dict[Subject, Step]:
    """Give each step of the answer under what it speaks of, in the order of the account."""
    found: dict[Subject, Step] = {}
    answer = answer_of(result)
    for subject, step in _walk(answer.steps, "", jobs) if answer else ():
        number = 1
        while (numbered := Subject(subject.family, subject.quarter, subject.job, subject.kind, number)) in found:
            number += 1
        found[numbered] = step
    return found


def _walk(step: Step, quarter: str, jobs: Mapping[str, str]) -> Iterator[tuple[Subject, Step]]:
    inputs = dict(step.inputs)
    family = _FAMILIES.get(step.rule, step.rule)
    quarter = inputs.get("quarter", quarter)
    job = inputs.get("job", "")
    if not job and step.children and family == "reading_b.cluster_cap":
        job = _together(step.children, jobs)
    yield Subject(family, quarter, jobs.get(job, job), inputs.get("kind", "")), step
    for child in step.children:
        yield from _walk(child, quarter, jobs)


def _together(steps: Iterable[Step], jobs: Mapping[str, str]) -> str:
    names = (dict(step.inputs).get("job", "") for step in steps)
    return "+".join(sorted((jobs.get(name, name) for name in names), key=lambda name: (len(name), name)))


def _difference(subject: Subject, before: Step | None, after: Step | None) -> Difference | None:
    if before is None or after is None:
        only = after or before
        figure = _figure(only.result) if only and subject.job + subject.quarter else None
        return Difference(subject, before, after, (), amount=-figure if figure and after is None else figure)
    was_said, now_said = _said(before), _said(after)
    parts = tuple(name for name, value in was_said.items() if now_said[name] != value)
    if not parts:
        return None
    earlier, later = _day(before.result), _day(after.result)
    if earlier is not None and later is not None:
        return Difference(subject, before, after, parts, days=later - earlier)
    was, now = _figure(before.result), _figure(after.result)
    amount = now - was if was is not None and now is not None else None
    return Difference(subject, before, after, parts, amount=amount)


def _said(step: Step) -> dict[str, object]:
    """Give the fields of a step without the job's number, which is part of the subject, and without its children."""
    return {
        "rule": step.rule,
        "instrument": step.instrument,
        "article": step.article,
        "period": step.period,
        "inputs": tuple((name, value) for name, value in step.inputs if name != "job"),
        "formula": step.formula,
        "result": step.result,
    }


def _day(written: str) -> int | None:
    try:
        return date.fromisoformat(written).toordinal()
    except ValueError:
        return None


def _figure(written: str) -> Decimal | None:
    try:
        return Decimal(written)
    except InvalidOperation:
        return None


def moved(before: tuple[date, date] | None, after: tuple[date, date] | None) -> tuple[int, int] | None:
    """Give by how many days the first and the last day of a step's period moved; None where it has none."""
    if before is None or after is None:
        return None
    (low, high), (new_low, new_high) = before, after
    return (new_low - low).days, (new_high - high).days
