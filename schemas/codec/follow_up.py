"""OCCP002, OCCP004 and OCCP005 on the wire: what ONEM asks for, reminds of, and is given.

The elements' meaning, zone numbers and domains are in the schemas; the fields' in `schemas.models`.
"""

from schemas.codec.header import HEADER
from schemas.codec.request import ADMISSION, ATTACHMENT, HISTORIC, PERIOD, PLANNED
from schemas.codec.shape import Block, Inside, Leaf, Many, Shape
from schemas.codec.values import CODE, DATE, INTEGER, LINE, TEXT
from schemas.models import completion, decision, follow_up

WINDOW = Shape(
    decision.SecondCalculation,
    Leaf("WindowStartingDate", "first_date", DATE),
    Leaf("WindowEndingDate", "last_date", DATE),
)
OFFICE = Shape(
    decision.OfficeContact,
    Leaf("OfficeCode", "code", CODE),
    Leaf("OfficeName", "name", LINE),
    Leaf("Email", "email", CODE),
    Leaf("Telephone", "telephone", CODE),
)
RETURN_REASON = Shape(
    follow_up.ReturnReason,
    Leaf("ReturnCode", "code", CODE),
    Leaf("ReturnElement", "element", CODE, omit=""),
    Leaf("ReturnLocation", "location", TEXT, omit=""),
    Leaf("ReturnLabel", "label", TEXT),
)
ASKED = LINE
"""How a document asked for is written: one line of text."""

COMPLETION = Shape(
    completion.Completion,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Leaf("INSS", "inss", CODE),
    Many(
        "CompletedItem",
        "items",
        Shape(completion.CompletedItem, Leaf("ItemCode", "code", CODE), Leaf("ItemText", "text", TEXT)),
    ),
    Block("PlannedOccupation", "planned", PLANNED),
    Inside("OccupationHistory", Many("EmployerOccupation", "history", HISTORIC)),
    Many("OutsidePeriod", "periods", PERIOD),
    Block("EarlierAdmission", "earlier_admission", ADMISSION),
    Leaf("FreshStageFrom", "fresh_stage_from", DATE),
    Leaf("Comment", "comment", TEXT, omit=""),
    Many("Data", "attachments", ATTACHMENT),
)
RETURN = Shape(
    follow_up.Return,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Leaf("INSS", "inss", CODE),
    Many("ReturnReason", "reasons", RETURN_REASON),
    Many("AskedDocument", "documents", ASKED),
    Leaf("AnswerDueDate", "due_date", DATE),
    Block("OfficeContact", "office", OFFICE),
)
REMINDER = Shape(
    follow_up.Reminder,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Leaf("ReminderCode", "reminder", CODE),
    Leaf("ReminderDate", "due_date", DATE),
    Block("SecondCalculationWindow", "window", WINDOW),
    Leaf("ReminderText", "text", TEXT),
    Block("OfficeContact", "office", OFFICE),
)
