"""OCCP003, the decision: what ONEM answers, with the calculation explained step by step."""

from datetime import date
from decimal import Decimal

from schemas.models.header import FormHeader, Language, Model


class CalculationStep(Model):
    """One step of the explanation: law, article and version as fields, its text in the sender's language."""

    rule: str
    instrument: str
    article: str
    period: tuple[date, date] | None = None
    formula: str = ""
    result: str = ""
    text: str
    practice: bool = False
    children: tuple["CalculationStep", ...] = ()


class ReceiptLine(Model):
    """The receipt: engine version, digest of the facts, and (instrument id, SHA-256) of each law file used."""

    engine: str
    facts_sha256: str
    laws: tuple[tuple[str, str], ...]


class SecondCalculation(Model):
    """Window for the second calculation: from 30 to 15 calendar days before the contract ends, both included (C3)."""

    first_date: date
    last_date: date


class OfficeContact(Model):
    """The office that answers questions about this decision."""

    code: str
    name: str
    email: str
    telephone: str


class Calculation(Model):
    """One computed answer, as decided or as proposed, in days of the six-day regime (`proven_days` to 4 decimals)."""

    law: str
    route: str
    articles: tuple[str, ...]
    required_days: int
    proven_days: Decimal
    remaining_days: int
    period_start: date
    period_end: date
    contract_end: date
    first_claim_date: date
    reading_a_date: date | None = None
    reading_b_date: date | None = None
    detail: CalculationStep | None = None


class Decision(Model):
    """OCCP003, status 0 (first decision) or 4 (revised: it takes the place of the one before).

    `automatic` is False when an agent decided (`handler` then names the agent's office, never the agent). The right to
    ask for a human (GDPR art. 22) is part of every decision; the codec writes its text.
    """

    header: FormHeader
    language: Language
    inss: str
    decision_date: date
    handler: str
    automatic: bool
    calculation: Calculation
    receipt: ReceiptLine
    second_calculation: SecondCalculation | None = None
    """None where no calculation is left to ask (promise C4)."""
    office: OfficeContact
    warnings: tuple[str, ...] = ()
    motivation: str = ""
    """An agent's reason, where one decided."""


class Withdrawal(Model):
    """OCCP003, status 3: the decision named by its reference of type 3 no longer stands; `motivation` says why."""

    header: FormHeader
    language: Language
    inss: str
    decision_date: date
    handler: str
    automatic: bool
    office: OfficeContact
    motivation: str
