"""The account of an answer: the step tree that shows how it came about.

    claim.first_date ─► law in force ─► stage and period ─► absences ─► both readings ─► proven, remaining, compared
                                        (`period`)          (`absences`) (`counts`)

It recounts the answer's window in the open, quarter by quarter and job by job, and decides nothing. Each step has a
stable rule id (`RULES`), the instrument, the article and the numbers; `calculation.explain` makes texts of it.
"""

from calculation import days
from calculation.account.absences import absences
from calculation.account.answer import Answer, dates, difference, written
from calculation.account.counts import readings
from calculation.account.period import earlier_days, period, stage
from calculation.steps import Step

__all__ = ["RULES", "Answer", "account_of", "written"]

RULES: dict[str, str] = {
    "claim.first_date": "the answer: the first day on which both readings are met",
    "law.in_force": "the law is that of the claim date",
    "law.earlier_days": "the law of the claim date judges days before it took effect too",
    "stage.own_row": "days needed by the row of the person's own age",
    "stage.ten_years": "fewer days inside the period, with earlier years (AR 32)",
    "stage.older_row": "days needed by the row of an older age class",
    "stage.part_time": "half-days needed by a voluntary part-time worker (AR 33)",
    "stage.part_time_job": "the last part-time job, by which a voluntary part-time worker is judged",
    "period.base": "the months before the claim",
    "period.clipped": "the start had to fall on a month's last day",
    "period.extended": "events move the start back",
    "period.not_extended": "no event moves the start back",
    "period.event": "one event that moves the start back by all its days",
    "period.event_too_short": "one event shorter than its minimum",
    "period.event_outside": "one event too old: it ends before the period",
    "period.fresh_start": "days before an earlier admission do not count",
    "absences.effect": "what absences and periods outside any contract do to the count",
    "absence.counts": "one absence whose days count as work",
    "absence.counts_in_part": "one absence whose days count as work where no other absence loses them",
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


def account_of(answer: Answer) -> Step:
    """Give the step tree of an answer."""
    law, claim = answer.law, days.iso(answer.claim)
    required = str(answer.route.days)
    children = (
        _in_force(answer),
        *earlier_days(answer),
        stage(answer),
        *period(answer),
        *absences(answer),
        *readings(answer),
        _proven(answer),
        Step(
            "remaining.days",
            law.identifier,
            answer.route.rule.article,
            inputs=(("required", required), ("proven", written(answer.prior)), ("unit", answer.unit)),
            formula=difference(answer.route.days, answer.prior),
            result=str(answer.remaining),
            practice=answer.route.rule.is_practice or answer.ledger.counting.total.is_practice,
        ),
        *(() if answer.half_days else (_compared(answer),)),
    )
    return Step(
        "claim.first_date",
        law.identifier,
        answer.route.rule.article,
        period=dates((answer.start, answer.claim - 1)),
        inputs=(
            ("required", required),
            ("proven", written(answer.prior)),
            ("remaining", str(answer.remaining)),
            ("contract_start", days.iso(answer.contract_start)),
            ("contract_end", days.iso(answer.claim - 1)),
            ("claim", claim),
            ("unit", answer.unit),
        ),
        result=claim,
        practice=answer.method.search.is_practice,
        children=children,
    )


def _in_force(answer: Answer) -> Step:
    law, rule = answer.law, answer.law.in_force
    inputs = (("claim", days.iso(answer.claim)),)
    return Step(
        "law.in_force",
        law.identifier,
        rule.article,
        inputs=inputs,
        result=law.identifier,
        practice=rule.is_practice,
    )


def _proven(answer: Answer) -> Step:
    counting = answer.ledger.counting
    rule = counting.working_method if answer.reading == "b" else answer.letter
    return Step(
        "proven.days",
        counting.identifier,
        rule.article,
        period=dates(answer.window),
        inputs=(("reading", answer.reading.upper()), ("unit", answer.unit)),
        result=written(answer.prior),
        practice=rule.is_practice,
    )


def _compared(answer: Answer) -> Step:
    dates = (("a", answer.reading_a), ("b", answer.reading_b))
    return Step(
        "readings.one_alone" if answer.alone else "readings.compared",
        answer.method.identifier,
        answer.letter.article,
        inputs=(
            *((name, days.iso(day) if day is not None else "") for name, day in dates),
            ("reading", answer.reading.upper()),
        ),
        result=days.iso(answer.claim),
        practice=answer.method.readings.is_practice,
    )
