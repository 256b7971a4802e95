"""OCCP002, missing information: what a CPAS adds to its request, asked for or of its own accord."""

from datetime import date

from schemas.models.attachment import Attachment
from schemas.models.calculation_request import EarlierAdmission, HistoricOccupation, InsuredPeriod, PlannedOccupation
from schemas.models.header import FormHeader, Language, Model


class CompletedItem(Model):
    """The answer to one item asked for: the code that the return gave it, and what the CPAS says to it."""

    code: str
    text: str


class Completion(Model):
    """OCCP002, status 0. TypeForm FA answers the OCCP004, 005 or 006 named by 5/2; SU adds to the OCCP001 named by 0/2.

    `history` and `periods` are added to those of the request; `planned`, `earlier_admission` and `fresh_stage_from`
    take their place where given.
    """

    header: FormHeader
    language: Language
    inss: str
    items: tuple[CompletedItem, ...] = ()
    planned: PlannedOccupation | None = None
    history: tuple[HistoricOccupation, ...] = ()
    periods: tuple[InsuredPeriod, ...] = ()
    earlier_admission: EarlierAdmission | None = None
    fresh_stage_from: date | None = None
    comment: str = ""
    attachments: tuple[Attachment, ...] = ()
