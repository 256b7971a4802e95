"""Message models: what each message of the channel says, free of XML.

Frozen pydantic models in the wire's vocabulary. Units here are natural ones (hours and days as decimals, dates as
dates); the codec turns hundredths and codes of the wire into them and back.
"""

from schemas.models.acknowledgement import Acknowledgement, Diagnosis, HandlingResult, Notification
from schemas.models.attachment import Attachment
from schemas.models.calculation_request import (
    AbsenceSpell,
    CalculationRequest,
    Cancellation,
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
from schemas.models.completion import CompletedItem, Completion
from schemas.models.contact import (
    Contact,
    ContactKind,
    Escalation,
    EscalationAnswer,
    EscalationReason,
    EscalationReply,
)
from schemas.models.decision import (
    Calculation,
    CalculationStep,
    Decision,
    OfficeContact,
    ReceiptLine,
    SecondCalculation,
    Withdrawal,
)
from schemas.models.follow_up import Reminder, Return, ReturnReason
from schemas.models.header import FormHeader, Language, Reference
from schemas.models.review import ReviewOutcome, ReviewReasonLine, ReviewTask
from schemas.models.status import DossierStatus, HistoryLine, StatusQuestion, StatusReport

InboundMessage = (
    CalculationRequest
    | Cancellation
    | Completion
    | Contact
    | Escalation
    | EscalationReply
    | StatusQuestion
    | ReviewOutcome
)
"""What ONEM receives. A contact and an answer to an escalation travel both ways: an agent's come in like any form."""

OutboundMessage = (
    Acknowledgement
    | Notification
    | Decision
    | Withdrawal
    | Return
    | Reminder
    | Contact
    | Escalation
    | EscalationReply
    | StatusReport
    | ReviewTask
)
"""What ONEM sends."""

__all__ = [
    "AbsenceSpell",
    "Acknowledgement",
    "Attachment",
    "Calculation",
    "CalculationRequest",
    "CalculationStep",
    "Cancellation",
    "CompletedItem",
    "Completion",
    "Contact",
    "ContactKind",
    "ContactPerson",
    "Decision",
    "Derogation",
    "Diagnosis",
    "DossierStatus",
    "EarlierAdmission",
    "Employer",
    "Escalation",
    "EscalationAnswer",
    "EscalationReason",
    "EscalationReply",
    "FormHeader",
    "HandlingResult",
    "HistoricOccupation",
    "HistoryLine",
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
    "Reminder",
    "Return",
    "ReturnReason",
    "ReviewOutcome",
    "ReviewReasonLine",
    "ReviewTask",
    "SecondCalculation",
    "ServiceLine",
    "StatusQuestion",
    "StatusReport",
    "Withdrawal",
]
