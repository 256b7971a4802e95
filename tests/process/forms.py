"""The forms of every party, as models: each names by its ticket what it builds on. An invented person and centre."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from schemas.models import (
    Attachment,
    Calculation,
    CalculationRequest,
    Cancellation,
    Completion,
    Contact,
    ContactPerson,
    Derogation,
    Employer,
    Escalation,
    EscalationReply,
    FormHeader,
    HistoricOccupation,
    Language,
    NaturalPerson,
    PlannedOccupation,
    Reference,
    ReturnReason,
    ReviewOutcome,
    StatusQuestion,
)

CREATED = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CPAS = "0212345668"
PERSON, BORN = "96050100180", date(1996, 5, 1)
ANOTHER_PERSON, ANOTHER_BORN = "85073003328", date(1985, 7, 30)
SOCIAL_WORKER = ContactPerson(name="A. Dubois", telephone="+3242000000", email="social@cpas.example")
AGENT = "A0042"
REMARK = "Vu les pièces du dossier."
UNUSUAL = (2, 3, 4, 5, 6)
"""Tuesday to Saturday: a week that an agent must look at (AM 7, al. 1)."""
PLEASE = Derogation(requested=True, reason="Dossier complexe: deux employeurs simultanés")

_numbers = count(1)


def own_reference() -> str:
    """Give a reference that its sender used for nothing else."""
    return f"REF-{next(_numbers):06d}"


def header(identification: str, status: int, type_form: str, *references: tuple[int, int, str], own: str = "") -> Any:
    named = [(1, 1, own or own_reference()), *references]
    return FormHeader(
        identification=identification,
        created=CREATED,
        status=status,
        type_form=type_form,  # type: ignore[arg-type]
        references=tuple(Reference(type=t, origin=o, number=n) for t, o, n in named),  # type: ignore[arg-type]
    )


def planned(**changes: Any) -> PlannedOccupation:
    given: dict[str, Any] = {
        "start": date(2027, 1, 4),
        "joint_commission": "999",
        "working_days_system": Decimal(5),
        "contract_type": 0,
        "reference_mean_hours": Decimal(38),
        "mean_hours": Decimal(38),
        "worker_code": "090",
    }
    return PlannedOccupation(**{**given, **changes})


def request(head: FormHeader, **changes: Any) -> CalculationRequest:
    given: dict[str, Any] = {
        "header": head,
        "language": Language.FR,
        "reason": "001",
        "channel": 6,
        "employer": Employer(company_id=CPAS),
        "contact": SOCIAL_WORKER,
        "person": NaturalPerson(inss=PERSON, birth_date=BORN, residence_postal_code="4000"),
        "planned": planned(),
    }
    return CalculationRequest(**{**given, **changes})


def new(*, own: str = "", **changes: Any) -> CalculationRequest:
    """Ask for a calculation."""
    return request(header("OCCP001", 0, "RE", own=own), **changes)


def modification(last: str, *, own: str = "", **changes: Any) -> CalculationRequest:
    """Send changed data, complete; other hours where nothing else is said."""
    given = {"reason": "002", "planned": planned(reference_mean_hours=Decimal(36), mean_hours=Decimal(36))}
    return request(header("OCCP001", 1, "RE", (3, 2, last), own=own), **{**given, **changes})


def overtaking(predecessor: str, **changes: Any) -> CalculationRequest:
    """Send a modification that names its request by the sender's own reference."""
    given = {"reason": "002", "planned": planned(reference_mean_hours=Decimal(36), mean_hours=Decimal(36))}
    return request(header("OCCP001", 1, "RE", (3, 1, predecessor)), **{**given, **changes})


def revision(last: str, **changes: Any) -> CalculationRequest:
    """Ask for a recalculation after a decision; the second calculation where nothing else is said."""
    return request(header("OCCP001", 4, "RE", (3, 2, last)), **{"reason": "004", **changes})


def cancellation(last: str, inss: str = PERSON, *, origin: int = 2) -> Cancellation:
    """Take a request back, named by its ticket; by the sender's own reference where `origin` is 1."""
    return Cancellation(header=header("OCCP001", 3, "RE", (3, origin, last)), inss=inss)


def answer_to(ticket: str, **changes: Any) -> Completion:
    """Answer a return, a reminder or a question."""
    return _completion(header("OCCP002", 0, "FA", (5, 2, ticket)), **changes)


def addition(request_ticket: str, **changes: Any) -> Completion:
    """Add to a request of one's own accord."""
    return _completion(header("OCCP002", 0, "SU", (0, 2, request_ticket)), **changes)


def _completion(head: FormHeader, **changes: Any) -> Completion:
    given: dict[str, Any] = {"header": head, "language": Language.FR, "inss": PERSON}
    return Completion(**{**given, **(changes or {"planned": planned()})})


def addition_withdrawn(ticket: str, inss: str = PERSON) -> Cancellation:
    """Take an OCCP002 back."""
    return Cancellation(header=header("OCCP002", 3, "SU", (3, 2, ticket)), inss=inss)


def contact(dossier: str, kind: str = "substance", **changes: Any) -> Contact:
    """Contact ONEM on a dossier."""
    return _contact(header("OCCP006", 0, "RE", (2, 2, dossier)), kind=kind, person=SOCIAL_WORKER, **changes)


def reply(contact_ticket: str, **changes: Any) -> Contact:
    """Answer a contact, as the CPAS."""
    return _contact(header("OCCP006", 0, "FA", (5, 2, contact_ticket)), person=SOCIAL_WORKER, **changes)


def question(dossier: str, **changes: Any) -> Contact:
    """Ask the CPAS, as ONEM."""
    return _contact(header("OCCP006", 0, "RE", (2, 2, dossier)), agent_id=AGENT, **changes)


def onem_reply(contact_ticket: str, **changes: Any) -> Contact:
    """Answer a contact, as ONEM."""
    return _contact(header("OCCP006", 0, "FA", (5, 2, contact_ticket)), agent_id=AGENT, **changes)


def _contact(head: FormHeader, **changes: Any) -> Contact:
    given = {"header": head, "language": Language.FR, "kind": "substance", "text": "Pourquoi ces dates ?"}
    return Contact(**{**given, **changes})


def escalation(dossier: str) -> Escalation:
    """Go to the second line, as a federation."""
    return Escalation(
        header=header("OCCP007", 0, "RE", (2, 2, dossier)),
        language=Language.FR,
        reasons=("no_answer",),
        every_means_used=True,
        unsolved_after_requests=True,
        payment_delayed_over_a_month=True,
    )


def escalation_reply(escalation_ticket: str) -> EscalationReply:
    """Answer an escalation, as ONEM's single point of contact."""
    head = header("OCCP007", 0, "FA", (5, 2, escalation_ticket))
    return EscalationReply(header=head, language=Language.FR, agent_id=AGENT, answer="taken_up")


def status(dossier: str | None = None) -> StatusQuestion:
    """Ask where one dossier stands, or all open ones."""
    named = ((2, 2, dossier),) if dossier else ()
    return StatusQuestion(header=header("OCCP008", 0, "RE", *named), language=Language.FR)


OWN_FIGURES = Calculation(
    law="ar-1991@2026-03-01",
    route="30",
    articles=("AR 30",),
    required_days=312,
    proven_days=Decimal("100.0000"),
    remaining_days=212,
    period_start=date(2024, 9, 10),
    period_end=date(2027, 9, 9),
    contract_end=date(2027, 9, 9),
    first_claim_date=date(2027, 9, 10),
)
"""What an agent counted: the claim is possible from 10 September 2027."""


def outcome(task: str, what: str, **changes: Any) -> ReviewOutcome:
    """Settle a review task, as an agent."""
    given: dict[str, Any] = {
        "confirm": {"proposal": 1},
        "decide": {"calculation": OWN_FIGURES},
        "return": {"returned": (ReturnReason(code="CAREER_MISSING", label="Le passé professionnel manque."),)},
        "grant": {},
    }[what]
    return _outcome(header("OCCP102", 0, "FA", (5, 2, task)), what, **{**given, **changes})


def own_change(dossier: str, what: str, **changes: Any) -> ReviewOutcome:
    """Correct or withdraw ONEM's own decision, as an agent."""
    given = {"calculation": OWN_FIGURES} if what == "correct" else {}
    return _outcome(header("OCCP102", 0, "FA", (2, 2, dossier)), what, **{**given, **changes})


def _outcome(head: FormHeader, what: str, **changes: Any) -> ReviewOutcome:
    given = {"header": head, "agent_id": AGENT, "outcome": what, "reason": REMARK}
    return ReviewOutcome(**{**given, **changes})


def foreign_job() -> HistoricOccupation:
    """Give a job that no engine may judge (AR 37, § 2)."""
    return HistoricOccupation(
        employer=Employer(),
        country="FR",
        start=date(2025, 1, 6),
        end=date(2025, 6, 30),
        working_days_system=Decimal(5),
        reference_mean_hours=Decimal(38),
        mean_hours=Decimal(38),
    )


def document() -> Attachment:
    """Give a readable document."""
    from hashlib import sha256

    content = b"Attestation d'emploi\n"
    return Attachment(
        file_name="attestation.txt", media_type="text/plain", sha256=sha256(content).hexdigest(), content=content
    )
