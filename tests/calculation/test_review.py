"""Each reason for review fires on its own facts and keeps silent on the nearest harmless ones."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from calculation.engine import calculate
from calculation.facts import Absence, Facts, Period, Service
from calculation.result import Decided, Review, ReviewReason
from tests.calculation.build import contract, facts, job

QUARTER = (date(2025, 1, 1), date(2025, 3, 31))


def reasons(given: Facts) -> list[str]:
    result = calculate(given)
    return [reason.code.value for reason in result.reasons] if isinstance(result, Review) else []


def services(*codes: int, **changes) -> tuple[Service, ...]:
    return tuple(Service(**{"quarter": "2025Q1", "code": code, "days": Decimal(10), **changes}) for code in codes)


FIRING = {
    "PART_TIME_CONTRACT": facts(contract=contract(hours_per_week=Decimal(19))),
    "FOREIGN_WORK": facts(job(*QUARTER, country="FR")),
    "FOREIGN_WORKER_PERMIT": facts(work_permit_matters=True),
    "READINGS_STRADDLE": facts(contract=contract(start=date(2026, 3, 2), planned_end=date(2027, 3, 1))),
    "REGIME_BOUNDARY": facts(contract=contract(start=date(2025, 3, 3))),
    "UNUSUAL_WEEK": facts(job(*QUARTER, working_weekdays=(1, 2, 3, 4, 7))),
    "SPECIAL_STATUS": facts(job(*QUARTER, status="student")),
    "UNCERTAIN_CODE": facts(periods=(Period("detention", *QUARTER),)),
    "RUNNING_RIGHT": facts(right_until=date(2027, 8, 31)),
    "OTHER_ADMISSION": facts(previous_admission=date(2025, 1, 1), previous_admission_article="36"),
    "LOSS_OF_RIGHT": facts(fresh_stage_from=date(2026, 1, 1)),
    "OVERLAP": facts(job(*QUARTER), job(date(2025, 3, 31), date(2025, 4, 2))),
    "INCOMPLETE": facts(job(*QUARTER, services=services(1, 50))),
    "AGE_LIMIT": facts(birth_date=date(1960, 7, 31)),
    "NEVER_REACHED": facts(contract=contract(absences=(Absence("unpaid_leave", date(2026, 9, 2), date(2035, 1, 1)),))),
    "NOT_YET_MODELLED": facts(contract=contract(start=date(2012, 10, 30))),
    "ANOMALY_TO_INVESTIGATE": facts(anomalies_to_investigate=("334",)),
    "HUMAN_REVIEW_ASKED": facts(human_review_asked=True),
    "THIRD_CALCULATION": facts(calculation_number=3),
}

SILENT = {
    "foreign job before the period": facts(job(date(2019, 1, 1), date(2020, 3, 31), country="FR")),
    "usual weekdays": facts(job(*QUARTER, working_weekdays=(1, 2, 3, 4, 5))),
    "right that ends the day before": facts(right_until=date(2027, 8, 30)),
    "admission under art. 33": facts(previous_admission=date(2025, 1, 1), previous_admission_article="33"),
    "jobs that adjoin": facts(job(*QUARTER), job(date(2025, 4, 1), date(2025, 4, 2))),
    "sickness code with its dates": facts(
        job(
            *QUARTER,
            services=services(1, 50),
            absences=(Absence("sickness_benefit", date(2025, 2, 3), date(2025, 2, 14)),),
        )
    ),
    "born a month later": facts(birth_date=date(1960, 8, 1), contract=contract(start=date(2025, 8, 1))),
    "second calculation": facts(calculation_number=2),
    "part-time job beside a full-time one": facts(job(*QUARTER), job(*QUARTER, hours_per_week=Decimal(10))),
    "unsettled absence after the contract": facts(
        contract=contract(absences=(Absence("youth_holiday", date(2028, 1, 3), date(2028, 1, 4)),))
    ),
}


@pytest.mark.parametrize("code", FIRING)
def test_the_reason_fires_alone(code: str) -> None:
    assert reasons(FIRING[code]) == [code]


@pytest.mark.parametrize("name", SILENT)
def test_harmless_facts_are_decided(name: str) -> None:
    assert isinstance(calculate(SILENT[name]), Decided)


def test_all_reasons_are_given_in_the_order_of_the_table() -> None:
    given = replace(
        FIRING["FOREIGN_WORK"], human_review_asked=True, calculation_number=4, work_permit_matters=True, periods=()
    )
    assert reasons(given) == ["FOREIGN_WORK", "FOREIGN_WORKER_PERMIT", "HUMAN_REVIEW_ASKED", "THIRD_CALCULATION"]


def test_a_review_carries_the_answer_as_proposal() -> None:
    result = calculate(FIRING["HUMAN_REVIEW_ASKED"])
    assert isinstance(result, Review)
    assert [found.first_claim_date for found in result.proposals] == [date(2027, 8, 31)]


def test_a_part_time_contract_has_both_proposals() -> None:
    result = calculate(FIRING["PART_TIME_CONTRACT"])
    assert isinstance(result, Review)
    assert [found.route for found in result.proposals] == ["30", "33"]


def test_the_receipt_names_the_law_of_each_proposal() -> None:
    # 5 x 78 days before June 2025 meet the old art. 30 at once, art. 33 is modelled from 1 March 2026 only
    past = job(date(2024, 1, 1), date(2025, 3, 31))
    result = calculate(facts(past, contract=contract(start=date(2025, 6, 2), hours_per_week=Decimal(19))))
    assert isinstance(result, Review)
    assert [(found.route, found.first_claim_date) for found in result.proposals] == [
        ("30", date(2025, 6, 3)),
        ("33", date(2026, 3, 1)),
    ]
    assert {found.law for found in result.proposals} <= {name for name, _ in result.receipt.laws}


def test_art_33_met_on_the_first_day_names_its_article() -> None:
    past = job(date(2025, 1, 1), date(2026, 8, 31), hours_per_week=Decimal(19))
    result = calculate(facts(past, contract=contract(hours_per_week=Decimal(10))))
    assert isinstance(result, Review)
    found = [(reason.code, reason.article, reason.subject) for reason in result.reasons]
    assert found[-1] == (ReviewReason.ALREADY_MET, "AR 33", "2026-09-01")


def test_readings_far_apart_propose_both_dates() -> None:
    # 12 declared days in a two-week job count 14.4 by the letter and 12 by the working method: seven such jobs.
    spells = [(date(2025, month, 3), date(2025, month, 14)) for month in (2, 3, 6, 11)]
    jobs = []
    for start, end in spells:
        quarter = f"2025Q{(start.month + 2) // 3}"
        jobs.append(job(start, end, services=(Service(quarter, 1, Decimal(20)),)))
    result = calculate(facts(*jobs))
    assert isinstance(result, Review)
    assert [reason.code for reason in result.reasons] == [ReviewReason.READINGS_FAR_APART]
    dates = {found.first_claim_date for found in result.proposals}
    assert dates == {result.proposals[0].reading_a_date, result.proposals[0].reading_b_date}
