"""Message models: what each message of the channel says, free of XML.

Frozen pydantic models in the wire's vocabulary. Units here are natural ones (hours and days as decimals, dates as
dates); the codec turns hundredths and codes of the wire into them and back.
"""

from schemas.models.acknowledgement import Acknowledgement, Diagnosis, HandlingResult, Notification
from schemas.models.calculation_request import (
    AbsenceSpell,
    CalculationRequest,
    ContactPerson,
    Derogation,
    EarlierAdmission,
    Employer,
    HistoricOccupation,
    InsuredPeriod,
    NaturalPerson,
    PlannedOccupation,
    ServiceLine,
)
from schemas.models.decision import (
    Calculation,
    CalculationStep,
    Decision,
    OfficeContact,
    ReceiptLine,
    SecondCalculation,
)
from schemas.models.header import FormHeader, Language, Reference
from schemas.models.review import ReviewOutcome, ReviewReasonLine, ReviewTask

InboundMessage = CalculationRequest | ReviewOutcome
OutboundMessage = Acknowledgement | Notification | Decision | ReviewTask | ReviewOutcome | CalculationRequest

__all__ = [
    "AbsenceSpell",
    "Acknowledgement",
    "Calculation",
    "CalculationRequest",
    "CalculationStep",
    "ContactPerson",
    "Decision",
    "Derogation",
    "Diagnosis",
    "EarlierAdmission",
    "Employer",
    "FormHeader",
    "HandlingResult",
    "HistoricOccupation",
    "InboundMessage",
    "InsuredPeriod",
    "Language",
    "NaturalPerson",
    "Notification",
    "OfficeContact",
    "OutboundMessage",
    "PlannedOccupation",
    "ReceiptLine",
    "Reference",
    "ReviewOutcome",
    "ReviewReasonLine",
    "ReviewTask",
    "SecondCalculation",
    "ServiceLine",
]
