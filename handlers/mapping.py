"""The only place that knows both the wire's models and the law's facts.

CalculationRequest ──to_facts──► Facts
Computation, Receipt, Reason ──to_calculation, to_receipt, to_reasons──► what a decision or a review task says
"""

from collections.abc import Sequence

from calculation.explain import sentence
from calculation.facts import Absence, Contract, Facts, Occupation, Period, Service
from calculation.result import Computation, Reason, Receipt
from calculation.review import question
from calculation.steps import Step
from schemas.models import (
    AbsenceSpell,
    Calculation,
    CalculationRequest,
    CalculationStep,
    HistoricOccupation,
    Language,
    PlannedOccupation,
    ReceiptLine,
    ReviewReasonLine,
)

HUMAN_REVIEW = "005"


def to_facts(
    request: CalculationRequest,
    anomalies_to_investigate: Sequence[str] = (),
    *,
    calculation_number: int | None = None,
) -> Facts:
    """Turn a request, with the ids of its class I anomalies, into the facts of its calculation.

    `calculation_number` is the dossier's, where there is one. A career given by documents alone has to be read by a
    human (promise O3).
    """
    admission = request.earlier_admission
    return Facts(
        birth_date=request.person.birth_date,
        contract=_contract(request.planned),
        occupations=tuple(_occupation(occupation) for occupation in request.history),
        periods=tuple(Period(p.kind, p.start, p.end, p.benefit_paid) for p in request.periods),
        previous_admission=admission.date if admission else None,
        previous_admission_article=admission.article if admission else None,
        right_until=admission.right_until if admission else None,
        fresh_stage_from=request.fresh_stage_from,
        work_permit_matters=request.person.work_permit_matters,
        career_in_attachments=is_career_on_paper(request),
        calculation_number=request.prior_calculations + 1 if calculation_number is None else calculation_number,
        human_review_asked=request.reason == HUMAN_REVIEW,
        anomalies_to_investigate=tuple(anomalies_to_investigate),
    )


def is_career_on_paper(request: CalculationRequest) -> bool:
    """Tell whether documents give the career, and not the data."""
    only_documents = bool(request.attachments) and not request.history and not request.periods
    return request.career_in_attachments or only_documents


def same_facts(one: CalculationRequest, other: CalculationRequest) -> bool:
    """Tell whether two requests give the same to calculate with, whyever and however often it is asked.

    Their documents are left out: what stands in them no machine knows.
    """
    asked = {"reason": "001", "prior_calculations": 0, "attachments": ()}
    return to_facts(one.model_copy(update=asked)) == to_facts(other.model_copy(update=asked))


def _absences(spells: Sequence[AbsenceSpell]) -> tuple[Absence, ...]:
    return tuple(Absence(spell.kind, spell.start, spell.end) for spell in spells)


def _contract(planned: PlannedOccupation) -> Contract:
    return Contract(
        start=planned.start,
        planned_end=planned.end,
        days_per_week=planned.working_days_system,
        hours_per_week=planned.mean_hours,
        reference_hours_per_week=planned.reference_mean_hours,
        working_weekdays=planned.working_weekdays,
        absences=_absences(planned.absences),
    )


def _occupation(past: HistoricOccupation) -> Occupation:
    return Occupation(
        start=past.start,
        end=past.end,
        days_per_week=past.working_days_system,
        hours_per_week=past.mean_hours,
        reference_hours_per_week=past.reference_mean_hours,
        working_weekdays=past.working_weekdays,
        country=past.country,
        status=past.status,
        absences=_absences(past.absences),
        services=tuple(Service(s.quarter, s.code, s.days, s.hours, s.benefit_paid) for s in past.services),
    )


def language_tag(language: Language) -> str:
    """Give the tag that the law's texts are filed under: `nl`, `fr` or `de`."""
    return language.name.lower()


def to_calculation(computation: Computation, language: Language) -> Calculation:
    """Tell a computation as the wire does, its steps in that language."""
    return Calculation(
        law=computation.law,
        route=computation.route,
        articles=computation.articles,
        required_days=computation.required_days,
        proven_days=computation.prior_days,
        remaining_days=computation.remaining_days,
        period_start=computation.period_start,
        period_end=computation.period_end,
        contract_end=computation.contract_end,
        first_claim_date=computation.first_claim_date,
        reading_a_date=computation.reading_a_date,
        reading_b_date=computation.reading_b_date,
        detail=_step(computation.steps, language_tag(language)),
    )


def _step(step: Step, tag: str) -> CalculationStep:
    return CalculationStep(
        rule=step.rule,
        instrument=step.instrument,
        article=step.article,
        period=step.period,
        formula=step.formula,
        result=step.result,
        text=sentence(step, tag),
        practice=step.practice,
        children=tuple(_step(child, tag) for child in step.children),
    )


def to_receipt(receipt: Receipt) -> ReceiptLine:
    """Tell the receipt as the wire does."""
    return ReceiptLine(engine=receipt.engine, facts_sha256=receipt.facts_sha256, laws=receipt.laws)


def to_reasons(reasons: Sequence[Reason], language: Language) -> tuple[ReviewReasonLine, ...]:
    """Tell the reasons for review as the wire does, each with the question a human must settle."""
    return tuple(
        ReviewReasonLine(
            code=reason.code.value,
            article=reason.article,
            subject=reason.subject,
            text=question(reason, language_tag(language)),
        )
        for reason in reasons
    )
