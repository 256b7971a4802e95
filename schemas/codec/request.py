"""OCCP001 on the wire: which element holds which field of a calculation request, and of a cancellation.

The elements' meaning, zone numbers and domains are in the schema; the fields' in `schemas.models.calculation_request`.
"""

from schemas.codec.header import HEADER
from schemas.codec.shape import Block, Inside, Leaf, Many, Shape
from schemas.codec.values import BASE64, CODE, DATE, FLAG, HUNDREDTHS, INTEGER, LINE, QUARTER, TEXT, WEEKDAYS
from schemas.models import attachment, calculation_request

EMPLOYER = Shape(
    calculation_request.Employer,
    Leaf("NOSSRegistrationNbr", "noss_registration_nbr", CODE),
    Leaf("CompanyID", "company_id", CODE),
)
ABSENCE = Shape(
    calculation_request.AbsenceSpell,
    Leaf("AbsenceKind", "kind", CODE),
    Leaf("AbsenceStartingDate", "start", DATE),
    Leaf("AbsenceEndingDate", "end", DATE),
)
SERVICE = Shape(
    calculation_request.ServiceLine,
    Leaf("ServiceCode", "code", INTEGER),
    Leaf("Quarter", "quarter", QUARTER),
    Leaf("ServiceNbrDays", "days", HUNDREDTHS),
    Leaf("ServiceNbrHours", "hours", HUNDREDTHS),
    Leaf("BenefitPaid", "benefit_paid", FLAG, omit=True),
)
PLANNED = Shape(
    calculation_request.PlannedOccupation,
    Leaf("OccupationStartingDate", "start", DATE),
    Leaf("OccupationEndingDate", "end", DATE),
    Leaf("JointCommissionNbr", "joint_commission", CODE),
    Leaf("WorkingDaysSystem", "working_days_system", HUNDREDTHS),
    Leaf("WorkingWeekdays", "working_weekdays", WEEKDAYS),
    Leaf("ContractType", "contract_type", INTEGER),
    Leaf("RefMeanWorkingHours", "reference_mean_hours", HUNDREDTHS),
    Leaf("MeanWorkingHours", "mean_hours", HUNDREDTHS),
    Leaf("WorkerCode", "worker_code", CODE),
    Many("Absence", "absences", ABSENCE),
)
HISTORIC = Shape(
    calculation_request.HistoricOccupation,
    Block("EmployerId", "employer", EMPLOYER),
    Leaf("Country", "country", CODE),
    Leaf("OccupationStatus", "status", CODE),
    Inside(
        "Occupation",
        Leaf("OccupationStartingDate", "start", DATE),
        Leaf("OccupationEndingDate", "end", DATE),
        Leaf("WorkingDaysSystem", "working_days_system", HUNDREDTHS),
        Leaf("WorkingWeekdays", "working_weekdays", WEEKDAYS),
        Leaf("ContractType", "contract_type", INTEGER),
        Leaf("RefMeanWorkingHours", "reference_mean_hours", HUNDREDTHS),
        Leaf("MeanWorkingHours", "mean_hours", HUNDREDTHS),
        Many("Absence", "absences", ABSENCE),
        Many("Service", "services", SERVICE),
    ),
    Leaf("DataSource", "data_source", INTEGER),
)
PERIOD = Shape(
    calculation_request.InsuredPeriod,
    Leaf("PeriodKind", "kind", CODE),
    Leaf("PeriodStartingDate", "start", DATE),
    Leaf("PeriodEndingDate", "end", DATE),
    Leaf("PeriodBenefitPaid", "benefit_paid", FLAG),
)
ADMISSION = Shape(
    calculation_request.EarlierAdmission,
    Leaf("AdmissionDate", "date", DATE),
    Leaf("AdmissionArticle", "article", CODE),
    Leaf("RightOpenUntil", "right_until", DATE),
)
CONTACT = Shape(
    calculation_request.ContactPerson,
    Leaf("ContactName", "name", LINE),
    Leaf("Telephone", "telephone", CODE),
    Leaf("Email", "email", CODE),
)
ATTACHMENT = Shape(
    attachment.Attachment,
    Leaf("FileName", "file_name", LINE),
    Leaf("MediaType", "media_type", CODE),
    Leaf("Sha256", "sha256", CODE),
    Leaf("Description", "description", TEXT, omit=""),
    Leaf("Content", "content", BASE64),
)
CANCELLATION = Shape(calculation_request.Cancellation, HEADER, Leaf("INSS", "inss", CODE))
REQUEST = Shape(
    calculation_request.CalculationRequest,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Leaf("RequestReason", "reason", CODE),
    Leaf("Channel", "channel", INTEGER),
    Leaf("PaperReceptionDate", "paper_reception_date", DATE),
    Leaf("PaperReference", "paper_reference", CODE),
    Leaf("PriorCalculations", "prior_calculations", INTEGER, omit=0),
    Block(
        "Derogation",
        "derogation",
        Shape(
            calculation_request.Derogation,
            Leaf("DerogationRequested", "requested", FLAG),
            Leaf("DerogationReason", "reason", TEXT, omit=""),
        ),
    ),
    Block("EmployerId", "employer", EMPLOYER),
    Block("ContactPerson", "contact", CONTACT),
    Block(
        "NaturalPerson",
        "person",
        Shape(
            calculation_request.NaturalPerson,
            Leaf("INSS", "inss", CODE),
            Leaf("WorkerName", "name", LINE),
            Leaf("WorkerBirthdate", "birth_date", DATE),
            Leaf("ResidencePostalCode", "residence_postal_code", CODE),
            Leaf("Nationality", "nationality", CODE),
            Leaf("WorkPermit", "work_permit_matters", FLAG, omit=False),
        ),
    ),
    Block("PlannedOccupation", "planned", PLANNED),
    Inside("OccupationHistory", Many("EmployerOccupation", "history", HISTORIC)),
    Many("OutsidePeriod", "periods", PERIOD),
    Block("EarlierAdmission", "earlier_admission", ADMISSION),
    Leaf("FreshStageFrom", "fresh_stage_from", DATE),
    Leaf("CareerInAttachments", "career_in_attachments", FLAG, omit=False),
    Leaf("Comment", "comment", TEXT, omit=""),
    Many("Data", "attachments", ATTACHMENT),
)
