"""OCCP001, the calculation request: a CPAS asks ONEM how long an article 60 contract must last."""

import datetime as dt
from datetime import date
from decimal import Decimal
from typing import Literal

from schemas.models.attachment import Attachment
from schemas.models.header import FormHeader, Language, Model


class Derogation(Model):
    """Whether more than two calculations are asked for, and why (promise C4); `reason` at most 200 characters."""

    requested: bool
    reason: str = ""


class Employer(Model):
    """An employer: enterprise number (10 digits) and ONSS number (up to 9 digits, leading zeros kept)."""

    company_id: str | None = None
    noss_registration_nbr: str | None = None


class ContactPerson(Model):
    """Who at the CPAS answers ONEM's questions; telephone and mail are mandatory."""

    name: str
    telephone: str
    email: str


class NaturalPerson(Model):
    """The person. `inss` is text of 11 digits. Nationality and permit only with foreign work or a permit."""

    inss: str
    birth_date: date
    residence_postal_code: str
    name: str | None = None
    nationality: str | None = None
    work_permit_matters: bool = False


class AbsenceSpell(Model):
    """An absence inside an occupation; `kind` is a token of the case format."""

    kind: str
    start: date
    end: date


class PlannedOccupation(Model):
    """The planned contract. `working_days_system` is R (days a week), `mean_hours` Q, `reference_mean_hours` S."""

    start: date
    end: date | None = None
    joint_commission: str
    working_days_system: Decimal
    working_weekdays: tuple[int, ...] | None = None
    contract_type: Literal[0, 1]
    reference_mean_hours: Decimal
    mean_hours: Decimal
    worker_code: Literal["090", "400"]
    absences: tuple[AbsenceSpell, ...] = ()


class ServiceLine(Model):
    """Days and hours declared for one performance code in one quarter, written `2025Q1`."""

    code: int
    quarter: str
    days: Decimal | None = None
    hours: Decimal | None = None
    benefit_paid: bool = True


class HistoricOccupation(Model):
    """A past occupation with its employer. `data_source`: 1 DmfA, 2 Dimona, 3 C4, 4 declared by the CPAS."""

    employer: Employer = Employer()
    country: str = "BE"
    status: str = "ordinary"
    start: date
    end: date
    working_days_system: Decimal | None = None
    working_weekdays: tuple[int, ...] | None = None
    contract_type: Literal[0, 1] | None = None
    reference_mean_hours: Decimal | None = None
    mean_hours: Decimal | None = None
    absences: tuple[AbsenceSpell, ...] = ()
    services: tuple[ServiceLine, ...] = ()
    data_source: Literal[1, 2, 3, 4] = 4


class InsuredPeriod(Model):
    """A period outside any contract; `kind` is a token of the case format."""

    kind: str
    start: date
    end: date
    benefit_paid: bool | None = None


class EarlierAdmission(Model):
    """An earlier admission to benefits.

    `right_until`, the last day of the right it opened, is mandatory on the wire; a past day says that it is over.
    """

    date: dt.date
    article: str
    right_until: dt.date | None = None


class CalculationRequest(Model):
    """OCCP001, status 0 (new), 1 (modification) or 4 (recalculation after a decision).

    `reason`: 001 new, 002 contract data changed, 003 event during the contract, 004 second calculation, 005 review by a
    human. `channel`: 1 portal, 5 paper (with `paper_reception_date`), 6 machine. `paper_reference` is the C60.7
    reference of a dossier that began on paper and goes on here (promise C5).
    """

    header: FormHeader
    language: Language
    reason: Literal["001", "002", "003", "004", "005"]
    channel: Literal[1, 5, 6]
    paper_reception_date: date | None = None
    paper_reference: str | None = None
    prior_calculations: int = 0
    derogation: Derogation | None = None
    employer: Employer
    contact: ContactPerson
    person: NaturalPerson
    planned: PlannedOccupation
    history: tuple[HistoricOccupation, ...] = ()
    periods: tuple[InsuredPeriod, ...] = ()
    earlier_admission: EarlierAdmission | None = None
    fresh_stage_from: date | None = None
    career_in_attachments: bool = False
    comment: str = ""
    attachments: tuple[Attachment, ...] = ()


class Cancellation(Model):
    """OCCP001 or OCCP002, status 3: the form named by its reference of type 3 is taken back."""

    header: FormHeader
    inss: str
