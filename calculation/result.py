"""What a calculation gives back.

    calculate(facts) ──► Decided(computation, warnings, receipt)
                     └─► Review(reasons, proposals, warnings, receipt)

"Cannot be decided" is a result with reasons, not an exception.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from calculation.steps import Step


class ReviewReason(StrEnum):
    """Why a human must settle the case; the order here is the order of a report."""

    PART_TIME_CONTRACT = "PART_TIME_CONTRACT"
    FOREIGN_WORK = "FOREIGN_WORK"
    FOREIGN_WORKER_PERMIT = "FOREIGN_WORKER_PERMIT"
    READINGS_STRADDLE = "READINGS_STRADDLE"
    READINGS_FAR_APART = "READINGS_FAR_APART"
    REGIME_BOUNDARY = "REGIME_BOUNDARY"
    UNUSUAL_WEEK = "UNUSUAL_WEEK"
    SPECIAL_STATUS = "SPECIAL_STATUS"
    UNCERTAIN_CODE = "UNCERTAIN_CODE"
    RUNNING_RIGHT = "RUNNING_RIGHT"
    OTHER_ADMISSION = "OTHER_ADMISSION"
    LOSS_OF_RIGHT = "LOSS_OF_RIGHT"
    OVERLAP = "OVERLAP"
    INCOMPLETE = "INCOMPLETE"
    ALREADY_MET = "ALREADY_MET"
    AGE_LIMIT = "AGE_LIMIT"
    CLIPPED_MONTH = "CLIPPED_MONTH"
    NEVER_REACHED = "NEVER_REACHED"
    NOT_YET_MODELLED = "NOT_YET_MODELLED"
    ANOMALY_TO_INVESTIGATE = "ANOMALY_TO_INVESTIGATE"
    HUMAN_REVIEW_ASKED = "HUMAN_REVIEW_ASKED"
    THIRD_CALCULATION = "THIRD_CALCULATION"
    ENGINE_FAILURE = "ENGINE_FAILURE"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for review: which, on what ground, about what (never a person's name or number)."""

    code: ReviewReason
    article: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Computation:
    """One route computed to its end: the answer of a decision, or a proposal of a review.

    Days are days of the six-day regime. `prior_days` has four decimals; `contract_days` are the Monday-Saturday days
    from the contract's start to `contract_end`. `route` is `30`, `32`, `30-older` or `33`.
    """

    law: str
    route: str
    required_days: int
    prior_days: Decimal
    remaining_days: int
    first_claim_date: date
    contract_end: date
    period_start: date
    period_end: date
    reading_a_date: date | None
    reading_b_date: date | None
    contract_days: int
    articles: tuple[str, ...]
    steps: Step


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is needed to run the same computation again years later: versions and digests, no timings."""

    engine: str
    laws: tuple[tuple[str, str], ...]
    """Instrument id and SHA-256 (hex) of each law file used, sorted by id."""
    facts_sha256: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The engine decided: one computation, perhaps with warnings (`PLANNED_END_TOO_EARLY`, `PLANNED_END_TOO_LATE`)."""

    computation: Computation
    warnings: tuple[str, ...]
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Review:
    """A human must settle it: all reasons that apply in the table's order, and what the engine could compute."""

    reasons: tuple[Reason, ...]
    proposals: tuple[Computation, ...]
    warnings: tuple[str, ...]
    receipt: Receipt
    failure: str = field(default="", compare=False)
    """For ENGINE_FAILURE: the exception's type and place, for the operator's alert; never a value of the case."""


Result = Decided | Review
