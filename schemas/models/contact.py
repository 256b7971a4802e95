"""OCCP006 and OCCP007: first line and second line, in both directions."""

from typing import Literal

from schemas.models.calculation_request import ContactPerson
from schemas.models.header import FormHeader, Language, Model

ContactKind = Literal["support", "substance", "suggestion"]
"""What a contact is about: the application, a rule or a dossier, an idea for the product."""

EscalationReason = Literal[
    "no_answer", "contradictory_answers", "decision_not_explained", "deadline_missed", "technical"
]
"""Why a federation escalates; coded, because an escalation carries no personal data and so no free text."""

EscalationAnswer = Literal["taken_up", "solved", "sent_to_office", "not_admissible"]
"""What ONEM's single point of contact answers."""


class Contact(Model):
    """OCCP006 on the dossier named by 2/2 (TypeForm RE), or the answer to the OCCP006 named by 5/2 (FA).

    `agent_id` stands where ONEM speaks, `person` where the CPAS does. `text` has at most 2,000 characters.
    """

    header: FormHeader
    language: Language
    kind: ContactKind
    text: str
    agent_id: str | None = None
    person: ContactPerson | None = None


class Escalation(Model):
    """OCCP007, TypeForm RE: a federation escalates the dossier named by 2/2. All three conditions must hold."""

    header: FormHeader
    language: Language
    reasons: tuple[EscalationReason, ...]
    every_means_used: bool
    unsolved_after_requests: bool
    payment_delayed_over_a_month: bool


class EscalationReply(Model):
    """OCCP007, TypeForm FA: ONEM's answer to the escalation named by 5/2."""

    header: FormHeader
    language: Language
    agent_id: str
    answer: EscalationAnswer
