"""The part of an account that says what is needed, and in which period: stage, reference period, extension."""

from collections.abc import Iterator

from calculation import days
from calculation.account.answer import Answer, dates, job_name, written
from calculation.admission import OLDER_ROW, OWN_ROW, TEN_YEARS, VOLUNTARY_PART_TIME, age_on, last_part_time
from calculation.counting import rounded_up
from calculation.steps import Step

_STAGE = {OWN_ROW: "stage.own_row", TEN_YEARS: "stage.ten_years", OLDER_ROW: "stage.older_row"}


def earlier_days(answer: Answer) -> Iterator[Step]:
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
            period=dates(before),
            result=law.effective_from.isoformat(),
            practice=rule.is_practice,
        )


def stage(answer: Answer) -> Step:
    """Say how many days are needed, by which row or route."""
    route, law = answer.route, answer.law
    inputs = [
        ("days", str(route.days)),
        ("months", str(route.months)),
        ("age", str(age_on(answer.ledger.facts.birth_date, answer.claim))),
    ]
    if route.career is not None:
        reading = answer.ledger.a if answer.reading == "a" else answer.ledger.b
        total = rounded_up(reading.count(answer.start, answer.claim - 1))
        earlier = answer.ledger.earlier_days(reading, answer.counts_from, route.career)
        inputs += [("earlier_needed", str(route.career.earlier_days(total))), ("earlier", written(earlier))]
    return Step(
        _STAGE.get(route.name, "stage.part_time"),
        law.identifier,
        route.rule.article,
        inputs=tuple(inputs),
        result=str(route.days),
        practice=route.rule.is_practice,
        children=tuple(_part_time_job(answer)) if route.name == VOLUNTARY_PART_TIME else (),
    )


def _part_time_job(answer: Answer) -> Iterator[Step]:
    """Say by which job a voluntary part-time worker is judged, and what is asked of it."""
    asked = answer.law.part_time
    last = last_part_time(answer.ledger.facts, answer.law, answer.claim)
    if asked is None or last is None:
        return
    hours = f"{last.hours.normalize():f}"
    yield Step(
        "stage.part_time_job",
        answer.law.identifier,
        asked.rule.article,
        period=dates((last.first, last.last)),
        inputs=(
            ("job", job_name(last.place)),
            ("hours", hours),
            ("reference", f"{last.reference.normalize():f}"),
            ("minimum_hours", str(asked.minimum_weekly_hours)),
            ("share", str(asked.minimum_share)),
            ("weeks", str(asked.minimum_weeks)),
        ),
        result=hours,
        practice=asked.rule.is_practice,
    )


def period(answer: Answer) -> Iterator[Step]:
    """Say in which period they count: its months, its clipping, its extension, an earlier admission."""
    law, rule = answer.law.identifier, answer.route.rule
    claim, months = days.iso(answer.claim), str(answer.route.months)
    yield Step(
        "period.base",
        law,
        rule.article,
        period=dates((answer.base, answer.claim - 1)),
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
            period=dates(answer.window),
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
                period=dates(taken),
                inputs=(("kind", rule.kind), ("minimum_months", str(rule.minimum_months))),
                result=str(taken[1] - taken[0] + 1),
                practice=rule.rule.is_practice or answer.law.extending.is_practice,
            )
        )
    moved = answer.base - answer.start
    yield Step(
        "period.extended" if moved else "period.not_extended",
        law,
        answer.law.extending.article,
        period=dates((answer.start, answer.claim - 1)),
        inputs=(("base", days.iso(answer.base)), ("days", str(moved))),
        formula=f"{days.iso(answer.base)} − {moved} = {days.iso(answer.start)}" if moved else "",
        result=days.iso(answer.start),
        practice=answer.law.extending.is_practice,
        children=tuple(steps),
    )
