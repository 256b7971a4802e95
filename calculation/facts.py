"""The facts of one calculation: a person, a past, a planned article 60 contract.

Leaf module: plain frozen data in the case format's own words (calculation specification, section 8). It holds what was
declared and judges nothing: impossible facts are found by `calculation.impossible`, unsettled ones by
`calculation.review`.

Units: days per week and hours per week are plain decimals (`Decimal("38")`); a service's days and hours likewise.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Absence:
    """A spell inside an occupation or the contract during which no work was done (AR 38); both ends included."""

    kind: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Service:
    """Days or hours declared for one DmfA performance code in one calendar quarter of one job (zones 00062-00064).

    `quarter` is written `2025Q1`. `benefit_paid = False` loses a code that counts only when its benefit was paid.
    """

    quarter: str
    code: int
    days: Decimal | None = None
    hours: Decimal | None = None
    benefit_paid: bool = True


@dataclass(frozen=True, slots=True)
class Occupation:
    """A past employment.

    `days_per_week` is R, `hours_per_week` Q, `reference_hours_per_week` S; None where not declared.
    """

    start: date
    end: date
    days_per_week: Decimal | None = None
    hours_per_week: Decimal | None = None
    reference_hours_per_week: Decimal | None = None
    working_weekdays: tuple[int, ...] | None = None
    country: str = "BE"
    status: str = "ordinary"
    absences: tuple[Absence, ...] = ()
    services: tuple[Service, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """The planned article 60 § 7 contract; its end is what the calculation looks for."""

    start: date
    planned_end: date | None = None
    days_per_week: Decimal | None = None
    hours_per_week: Decimal | None = None
    reference_hours_per_week: Decimal | None = None
    working_weekdays: tuple[int, ...] | None = None
    status: str = "ordinary"
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """A spell outside any contract: an insured period, self-employment, detention, … Both ends included."""

    kind: str
    start: date
    end: date
    benefit_paid: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the engine may use; a request message maps to exactly these facts."""

    birth_date: date
    contract: Contract
    occupations: tuple[Occupation, ...] = ()
    periods: tuple[Period, ...] = ()
    previous_admission: date | None = None
    previous_admission_article: str | None = None
    right_until: date | None = None
    fresh_stage_from: date | None = None
    work_permit_matters: bool = False
    career_in_attachments: bool = False
    calculation_number: int = 1
    human_review_asked: bool = False
    anomalies_to_investigate: tuple[str, ...] = ()
