"""OCCP008: where a dossier stands, asked and answered (promises O1, O7)."""

from datetime import date, datetime

from schemas.models.decision import OfficeContact, SecondCalculation
from schemas.models.header import FormHeader, Language, Model


class StatusQuestion(Model):
    """OCCP008, TypeForm RE: about the dossier named by 2/2, or about all open dossiers of one's CPAS.

    `company_id` narrows the question to one CPAS.
    """

    header: FormHeader
    language: Language
    company_id: str | None = None


class HistoryLine(Model):
    """One line of a dossier's history, as the CPAS may see it: no agent's name, no internal remark."""

    at: datetime
    actor: str
    kind: str
    ground: str = ""
    text: str


class DossierStatus(Model):
    """One dossier as it stands. `label` is the state in the words CPAS staff know; dates are Brussels dates."""

    ticket: str
    reference: str
    company_id: str
    state: str
    label: str
    occupation_start: date
    contract_end: date | None = None
    last_form: str
    calculations: int
    answer_due: date | None = None
    is_late: bool = False
    completion_due: date | None = None
    window: SecondCalculation | None = None
    office: OfficeContact
    history: tuple[HistoryLine, ...] = ()


class StatusReport(Model):
    """OCCP008, TypeForm FA: the dossiers asked about; the history is told for a single one only."""

    header: FormHeader
    language: Language
    dossiers: tuple[DossierStatus, ...] = ()
