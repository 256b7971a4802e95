"""OCCP004 and OCCP005: what ONEM sends back to be completed, and what it reminds of."""

from datetime import date
from typing import Literal

from schemas.models.decision import OfficeContact, SecondCalculation
from schemas.models.header import FormHeader, Language, Model


class ReturnReason(Model):
    """One reason of a return: error id or review reason, the element it is about, where it stands, what is missing."""

    code: str
    element: str = ""
    location: str = ""
    label: str


class Return(Model):
    """OCCP004 ("renvoi"): why a request cannot be treated, which documents are asked, and by when (promise O6)."""

    header: FormHeader
    language: Language
    inss: str
    reasons: tuple[ReturnReason, ...]
    documents: tuple[str, ...] = ()
    due_date: date
    office: OfficeContact


class Reminder(Model):
    """OCCP005: reminder R1 to R4 of the process.

    `window` stands in R1 and R2; `due_date` is the contract's end in R2, else the day by which an answer is due.
    """

    header: FormHeader
    language: Language
    reminder: Literal["R1", "R2", "R3", "R4"]
    due_date: date | None = None
    window: SecondCalculation | None = None
    text: str
    office: OfficeContact
