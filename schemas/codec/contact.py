"""OCCP006, OCCP007 and OCCP008 on the wire: contacts, escalations, status questions, and what is answered to them.

The elements' meaning, zone numbers and domains are in the schemas; the fields' in `schemas.models`.
"""

from schemas.codec.compound import Moment
from schemas.codec.follow_up import OFFICE, WINDOW
from schemas.codec.header import HEADER
from schemas.codec.request import CONTACT as PERSON
from schemas.codec.shape import Block, Leaf, Many, Shape
from schemas.codec.values import CODE, DATE, FLAG, INTEGER, LINE, TEXT
from schemas.models import contact, status

CONTACT = Shape(
    contact.Contact,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Leaf("ContactKind", "kind", CODE),
    Leaf("ContactText", "text", TEXT),
    Leaf("AgentId", "agent_id", CODE),
    Block("ContactPerson", "person", PERSON),
)
ESCALATION = Shape(
    contact.Escalation,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Many("EscalationReason", "reasons", CODE),
    Leaf("EveryMeansUsed", "every_means_used", FLAG),
    Leaf("UnsolvedAfterRequests", "unsolved_after_requests", FLAG),
    Leaf("PaymentDelayed", "payment_delayed_over_a_month", FLAG),
)
ESCALATION_REPLY = Shape(
    contact.EscalationReply,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Leaf("AgentId", "agent_id", CODE),
    Leaf("EscalationAnswer", "answer", CODE),
)
STATUS_QUESTION = Shape(
    status.StatusQuestion,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Leaf("CompanyID", "company_id", CODE),
)
DOSSIER = Shape(
    status.DossierStatus,
    Leaf("DossierTicket", "ticket", CODE),
    Leaf("SenderReference", "reference", CODE),
    Leaf("CompanyID", "company_id", CODE),
    Leaf("DossierState", "state", CODE),
    Leaf("StateLabel", "label", LINE),
    Leaf("OccupationStartingDate", "occupation_start", DATE),
    Leaf("ExpectedOccupationEndingDate", "contract_end", DATE),
    Leaf("LastFormTicket", "last_form", CODE),
    Leaf("CalculationsMade", "calculations", INTEGER),
    Leaf("DecisionDueDate", "answer_due", DATE),
    Leaf("DecisionLate", "is_late", FLAG),
    Leaf("AnswerDueDate", "completion_due", DATE),
    Block("SecondCalculationWindow", "window", WINDOW),
    Block("OfficeContact", "office", OFFICE),
    Many(
        "HistoryLine",
        "history",
        Shape(
            status.HistoryLine,
            Moment("HistoryDate", "HistoryHour", "at"),
            Leaf("HistoryActor", "actor", LINE),
            Leaf("HistoryKind", "kind", CODE),
            Leaf("HistoryGround", "ground", LINE, omit=""),
            Leaf("HistoryText", "text", TEXT),
        ),
    ),
)
STATUS_REPORT = Shape(
    status.StatusReport,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Many("DossierStatus", "dossiers", DOSSIER),
)
