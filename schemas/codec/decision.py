"""OCCP003, OCCP101 and OCCP102 on the wire: decision, withdrawal, review task and outcome, and the calculation in them.

The elements' meaning, zone numbers and domains are in the schemas; the fields' in `schemas.models`.
"""

from schemas.catalogue import MessageType, namespace_of
from schemas.codec.compound import Embedded, Flat, Moment, Pairs, Span, Written
from schemas.codec.follow_up import ASKED, OFFICE, RETURN_REASON, WINDOW
from schemas.codec.header import HEADER
from schemas.codec.request import REQUEST
from schemas.codec.shape import Block, Inside, Leaf, Many, Shape
from schemas.codec.values import CODE, DATE, FLAG, INTEGER, LINE, MODE, REVIEW_RESULT, TEN_THOUSANDTHS, TEXT, WHOLE_DAYS
from schemas.models import decision, review
from schemas.models.header import Language

_RIGHT = {
    Language.FR: (
        "Vous avez le droit d'obtenir qu'une personne examine cette décision, d'exprimer votre point de vue et de "
        "contester la décision (RGPD, art. 22). Le CPAS le demande par {form}, ou auprès du bureau indiqué."
    ),
    Language.NL: (
        "U hebt het recht om deze beslissing door een persoon te laten onderzoeken, uw standpunt kenbaar te maken en "
        "de beslissing aan te vechten (AVG, art. 22). Het OCMW vraagt dit met {form}, of bij het vermelde kantoor."
    ),
    Language.DE: (
        "Sie haben das Recht, diese Entscheidung durch eine Person prüfen zu lassen, Ihren Standpunkt darzulegen und "
        "die Entscheidung anzufechten (DSGVO, Art. 22). Das ÖSHZ beantragt dies mit {form} oder beim angegebenen Büro."
    ),
}
_REVISION = {
    Language.FR: "une révision (OCCP001, statut 4, motif 005)",
    Language.NL: "een herziening (OCCP001, status 4, reden 005)",
    Language.DE: "einer Revision (OCCP001, Status 4, Grund 005)",
}
_NEW_REQUEST = {
    Language.FR: "une nouvelle demande (OCCP001, statut 0, motif 005)",
    Language.NL: "een nieuwe aanvraag (OCCP001, status 0, reden 005)",
    Language.DE: "einem neuen Antrag (OCCP001, Status 0, Grund 005)",
}
"""A dossier that was withdrawn takes no revision any more."""


def _human_review(form: dict[Language, str]) -> Written:
    """Write the right to ask for a human, as every decision carries it (GDPR art. 22), with the form that asks it."""
    return Written("HumanReviewRight", lambda message: _RIGHT[message.language].format(form=form[message.language]))


STEP = Shape(
    decision.CalculationStep,
    Leaf("Rule", "rule", CODE),
    Leaf("Instrument", "instrument", LINE),
    Leaf("Article", "article", LINE),
    Span("StepStartingDate", "StepEndingDate", "period"),
    Leaf("Formula", "formula", TEXT, omit=""),
    Leaf("StepResult", "result", TEXT, omit=""),
    Leaf("StepText", "text", TEXT),
    Leaf("Practice", "practice", FLAG),
)
STEP.extend(Many("CalculationStep", "children", STEP))
FIGURES = Shape(
    decision.Calculation,
    Leaf("LawIdentifier", "law", CODE),
    Leaf("AdmissibilityRoute", "route", CODE),
    Many("AdmissibilityArticle", "articles", LINE),
    Leaf("RequiredDaysNumber", "required_days", WHOLE_DAYS),
    Leaf("ProvenDaysNumber", "proven_days", TEN_THOUSANDTHS),
    Leaf("RemainingDaysNumber", "remaining_days", WHOLE_DAYS),
    Leaf("RefStartingDate", "period_start", DATE),
    Leaf("RefEndingDate", "period_end", DATE),
    Leaf("ExpectedOccupationEndingDate", "contract_end", DATE),
    Leaf("FirstClaimDate", "first_claim_date", DATE),
    Leaf("ReadingADate", "reading_a_date", DATE),
    Leaf("ReadingBDate", "reading_b_date", DATE),
)
DETAIL = Shape(decision.Calculation, Inside("CalculationDetail", Block("CalculationStep", "detail", STEP)))
RECEIPT = Shape(
    decision.ReceiptLine,
    Leaf("EngineVersion", "engine", LINE),
    Leaf("FactsDigest", "facts_sha256", CODE),
    Pairs("LawUsed", "laws", "LawIdentifier", "LawDigest", CODE),
)
DECISION = Shape(
    decision.Decision,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Leaf("INSS", "inss", CODE),
    Inside(
        "FinalDecisionInformation",
        Written("ResultCode", lambda decision: "1"),
        Leaf("DecisionDate", "decision_date", DATE),
        Leaf("DecisionHandler", "handler", LINE),
        Leaf("DecisionMode", "automatic", MODE),
        Flat("calculation", FIGURES, last=False),
    ),
    Flat("calculation", DETAIL),
    Block("Receipt", "receipt", RECEIPT),
    Block("SecondCalculationWindow", "second_calculation", WINDOW),
    Block("OfficeContact", "office", OFFICE),
    Leaf("Motivation", "motivation", TEXT, omit=""),
    _human_review(_REVISION),
    Many("Warning", "warnings", TEXT),
)
WITHDRAWAL = Shape(
    decision.Withdrawal,
    HEADER,
    Leaf("Language", "language", INTEGER),
    Leaf("INSS", "inss", CODE),
    Inside(
        "FinalDecisionInformation",
        Written("ResultCode", lambda withdrawal: "0"),
        Leaf("DecisionDate", "decision_date", DATE),
        Leaf("DecisionHandler", "handler", LINE),
        Leaf("DecisionMode", "automatic", MODE),
    ),
    Block("OfficeContact", "office", OFFICE),
    Leaf("Motivation", "motivation", TEXT),
    _human_review(_NEW_REQUEST),
)

PROPOSAL = Shape(
    decision.Calculation,
    Inside("FinalDecisionInformation", *FIGURES.fields),
    *DETAIL.fields,
)
TASK = Shape(
    review.ReviewTask,
    HEADER,
    Leaf("OfficeCode", "office", CODE),
    Leaf("Language", "language", INTEGER),
    Moment("DueDate", "DueHour", "due_at"),
    Embedded("RequestReceived", "request", "OCCP001", namespace_of(MessageType.OCCP001), REQUEST),
    Many(
        "ReviewReason",
        "reasons",
        Shape(
            review.ReviewReasonLine,
            Leaf("ReasonCode", "code", CODE),
            Leaf("ReasonArticle", "article", LINE, omit=""),
            Leaf("ReasonSubject", "subject", TEXT, omit=""),
            Leaf("ReasonText", "text", TEXT, omit=""),
        ),
    ),
    Many("Proposal", "proposals", PROPOSAL),
    Block("Receipt", "receipt", RECEIPT),
    Many("Warning", "warnings", TEXT),
    Many("Remark", "remarks", TEXT),
)
OUTCOME = Shape(
    review.ReviewOutcome,
    HEADER,
    Leaf("AgentId", "agent_id", CODE),
    Leaf("ReviewResult", "outcome", REVIEW_RESULT),
    Leaf("ProposalNbr", "proposal", INTEGER),
    Block("FinalDecisionInformation", "calculation", FIGURES),
    Many("ReturnReason", "returned", RETURN_REASON),
    Many("AskedDocument", "documents", ASKED),
    Leaf("DecisionReason", "reason", TEXT),
)
