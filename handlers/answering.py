"""The business answers: the decision (OCCP003) and the review task (OCCP101), with what must be recorded of each."""

import json
from dataclasses import dataclass

from calculation.result import Review
from handlers.context import Context
from handlers.dossier import StoredTask, TaskState
from handlers.mapping import to_calculation, to_reasons, to_receipt
from handlers.offices import Competent, Uncovered
from handlers.outcome import Answer, DecisionRecord
from handlers.promises import DueDate, brussels_date, promises_on, second_calculation_window
from handlers.reception import answer_header
from schemas.models import (
    Calculation,
    CalculationRequest,
    Decision,
    Language,
    ReceiptLine,
    ReviewTask,
    SecondCalculation,
)

ONEM = "000001"
AUTOMATIC = "CPAS@ONEM"


@dataclass(frozen=True, slots=True)
class Asked:
    """The request a business answer answers, wherever it is remembered."""

    recipient: str
    form: str
    dossier: str
    reference: str
    language: Language
    inss: str
    residence: str
    """Postal code of the person's main residence, which decides on the office (AR 142)."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """Who decided, on what: the engine, or an agent with a reason."""

    calculation: Calculation
    receipt: ReceiptLine
    warnings: tuple[str, ...] = ()
    agent: str | None = None
    motivation: str = ""
    facts: bytes = b""


def office_of(asked: Asked, context: Context) -> Competent | Uncovered:
    """Give the office that answers for the person, on the Brussels day of the message at hand."""
    return context.offices.office_for(asked.residence, brussels_date(context.envelope.received_at), asked.language)


def office_alerts(asked: Asked, context: Context) -> tuple[str, ...]:
    """Give what an operator must hear where no office answers for the residence."""
    match office_of(asked, context):
        case Uncovered(alert=alert):
            return (alert,)
        case Competent():
            return ()


def decide(asked: Asked, ruling: Ruling, context: Context) -> tuple[Answer, DecisionRecord]:
    """Make the OCCP003 and the record of it."""
    ticket = context.draw_ticket()
    today = brussels_date(context.envelope.received_at)
    calculation = ruling.calculation
    opens, closes = second_calculation_window(calculation.contract_end, promises_on(today))
    office = office_of(asked, context).contact
    decision = Decision(
        header=answer_header(
            context,
            "OCCP003",
            ticket,
            request_ticket=asked.form,
            sender_reference=asked.reference,
            dossier=asked.dossier,
        ),
        language=asked.language,
        inss=asked.inss,
        decision_date=today,
        handler=AUTOMATIC if ruling.agent is None else office.name,
        automatic=ruling.agent is None,
        calculation=calculation,
        receipt=ruling.receipt,
        second_calculation=SecondCalculation(first_date=opens, last_date=closes),
        office=office,
        warnings=ruling.warnings,
        motivation=ruling.motivation,
    )
    record = DecisionRecord(
        ticket=ticket,
        dossier=asked.dossier,
        form=asked.form,
        automatic=ruling.agent is None,
        agent=ruling.agent,
        law=calculation.law,
        route=calculation.route,
        first_claim_date=calculation.first_claim_date,
        contract_end=calculation.contract_end,
        remaining_days=calculation.remaining_days,
        facts=ruling.facts,
        receipt=json.dumps(ruling.receipt.model_dump(), sort_keys=True),
        decided_at=context.envelope.received_at,
    )
    return Answer(asked.recipient, ticket, decision), record


def ask_a_human(
    asked: Asked, request: CalculationRequest, review: Review, due: DueDate, context: Context
) -> tuple[Answer, StoredTask]:
    """Make the OCCP101 with all reasons and the engine's proposals, and the task to store."""
    ticket = context.draw_ticket()
    office = office_of(asked, context).contact
    task = ReviewTask(
        header=answer_header(
            context,
            "OCCP101",
            ticket,
            request_ticket=asked.form,
            sender_reference=asked.reference,
            dossier=asked.dossier,
            type_form="RE",
        ),
        office=office.code,
        language=asked.language,
        due_at=due.due_at,
        request=request,
        reasons=to_reasons(review.reasons, asked.language),
        proposals=tuple(to_calculation(proposal, asked.language) for proposal in review.proposals),
        receipt=to_receipt(review.receipt),
        warnings=review.warnings,
    )
    stored = StoredTask(
        ticket=ticket,
        dossier=asked.dossier,
        form=asked.form,
        office=office.code,
        state=TaskState.OPEN,
        reasons=tuple(reason.code.value for reason in review.reasons),
        due_at=due.due_at,
        body=task.model_dump_json().encode(),
        created_at=context.envelope.received_at,
        request_message_id=context.envelope.message_id,
        schema_version=context.envelope.schema_version,
    )
    return Answer(ONEM, ticket, task, office=office.code), stored
