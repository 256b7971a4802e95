"""The business answers to a request: the decision (OCCP003), the review task (OCCP101), the return (OCCP004).

Each comes with what must be recorded of it. Refuses to decide: it writes down what the engine or an agent decided.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from calculation.result import Review
from handlers.context import Context
from handlers.dossier import Dossier, StoredTask, TaskState
from handlers.mapping import to_calculation, to_reasons, to_receipt
from handlers.offices import Competent, Uncovered
from handlers.outcome import Answer, DecisionRecord
from handlers.promises import (
    OfficeDays,
    brussels_date,
    completion_due,
    decision_due,
    promises_on,
    second_calculation_window,
)
from handlers.reception import answer_header
from schemas.models import (
    Calculation,
    CalculationRequest,
    Decision,
    FormHeader,
    Language,
    ReceiptLine,
    Reference,
    Return,
    ReturnReason,
    ReviewTask,
    SecondCalculation,
    Withdrawal,
)

ONEM = "000001"
AUTOMATIC = "CPAS@ONEM"

REVISED, WITHDRAWN = 4, 3
"""AttestationStatus of a decision that takes another's place, and of one taken back."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The request a business answer answers, wherever it is remembered.

    `replaces` is the ticket of the decision in force, which a new one takes the place of. `message_id` and
    `schema_version` are the request's, where that is not the message at hand.
    """

    recipient: str
    form: str
    dossier: str
    reference: str
    language: Language
    inss: str
    residence: str
    """Postal code of the person's main residence, which decides on the office (AR 142)."""
    replaces: str | None = None
    message_id: str | None = None
    schema_version: str | None = None


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
    """Give the office that answers for the person, on the Brussels day on which the message at hand was received."""
    return context.offices.office_for(asked.residence, brussels_date(context.envelope.received_at), asked.language)


def days_of(asked: Asked, context: Context) -> OfficeDays:
    """Give the days on which that office is closed: its working days count for the answer (promise O2)."""
    return context.offices.days_of(office_of(asked, context).contact.code)


def office_alerts(asked: Asked, context: Context) -> tuple[str, ...]:
    """Give what an operator must hear where no office answers for the residence."""
    match office_of(asked, context):
        case Uncovered(alert=alert):
            return (alert,)
        case Competent():
            return ()


def _header(
    asked: Asked, identification: str, ticket: str, context: Context, *, status: int = 0, type_form: str = "FA"
) -> FormHeader:
    header = answer_header(
        context,
        identification,
        ticket,
        request_ticket=asked.form,
        sender_reference=asked.reference,
        dossier=asked.dossier,
        type_form=type_form,
    )
    if not status:
        return header
    earlier = Reference(type=3, origin=2, number=asked.replaces or "")
    return header.model_copy(update={"status": status, "references": (*header.references, earlier)})


def _answer(asked: Asked, ticket: str, message: Decision | Withdrawal | Return) -> Answer:
    return Answer(
        asked.recipient, ticket, message, correlation_id=asked.message_id, schema_version=asked.schema_version
    )


def window_of(dossier: Dossier, today: date) -> SecondCalculation | None:
    """Give the window for the second calculation (C3) while one is left to ask (C4), however late."""
    promises = promises_on(today)
    if dossier.contract_end is None or not dossier.has_calculation_left(promises.calculations_at_most):
        return None
    opens, closes = second_calculation_window(dossier.contract_end, promises)
    return SecondCalculation(first_date=opens, last_date=closes)


def decide(
    asked: Asked, ruling: Ruling, dossier: Dossier, context: Context, *, caused_by: str | None = None
) -> tuple[Answer, DecisionRecord]:
    """Make the OCCP003 and the record of it: status 4 where it takes another decision's place.

    `dossier` counts the calculation already (C4). `caused_by` is the form that made ONEM decide, where that is not the
    one asked (a correction of its own).
    """
    ticket = context.draw_ticket()
    today = brussels_date(context.envelope.handled_at)
    calculation = ruling.calculation
    office = office_of(asked, context).contact
    decision = Decision(
        header=_header(asked, "OCCP003", ticket, context, status=REVISED if asked.replaces else 0),
        language=asked.language,
        inss=asked.inss,
        decision_date=today,
        handler=AUTOMATIC if ruling.agent is None else office.name,
        automatic=ruling.agent is None,
        calculation=calculation,
        receipt=ruling.receipt,
        second_calculation=window_of(replace(dossier, contract_end=calculation.contract_end), today),
        office=office,
        warnings=ruling.warnings,
        motivation=ruling.motivation,
    )
    record = DecisionRecord(
        ticket=ticket,
        dossier=asked.dossier,
        form=caused_by or asked.form,
        automatic=ruling.agent is None,
        agent=ruling.agent,
        law=calculation.law,
        route=calculation.route,
        first_claim_date=calculation.first_claim_date,
        contract_end=calculation.contract_end,
        remaining_days=calculation.remaining_days,
        facts=ruling.facts,
        receipt=json.dumps(ruling.receipt.model_dump(), sort_keys=True),
        decided_at=context.envelope.handled_at,
    )
    return _answer(asked, ticket, decision), record


def withdraw(asked: Asked, motivation: str, context: Context, *, automatic: bool) -> Answer:
    """Make the OCCP003 that takes the decision `asked.replaces` back (status 3)."""
    ticket = context.draw_ticket()
    office = office_of(asked, context).contact
    message = Withdrawal(
        header=_header(asked, "OCCP003", ticket, context, status=WITHDRAWN),
        language=asked.language,
        inss=asked.inss,
        decision_date=brussels_date(context.envelope.handled_at),
        handler=AUTOMATIC if automatic else office.name,
        automatic=automatic,
        office=office,
        motivation=motivation,
    )
    return _answer(asked, ticket, message)


def send_back(asked: Asked, reasons: Sequence[ReturnReason], documents: Sequence[str], context: Context) -> Answer:
    """Make the OCCP004: what is missing, and by when (promise O6)."""
    ticket = context.draw_ticket()
    message = Return(
        header=_header(asked, "OCCP004", ticket, context, type_form="PA"),
        language=asked.language,
        inss=asked.inss,
        reasons=tuple(reasons),
        documents=tuple(documents),
        due_date=completion_due(context.envelope.handled_at).due_date,
        office=office_of(asked, context).contact,
    )
    return _answer(asked, ticket, message)


def ask_a_human(
    asked: Asked,
    request: CalculationRequest,
    review: Review,
    remarks: Sequence[str],
    context: Context,
    *,
    due_at: datetime | None = None,
) -> tuple[Answer, StoredTask]:
    """Make the OCCP101 with all reasons, the engine's proposals and the CPAS's remarks, and the task to store.

    `due_at`: when the answer is due, where that is not counted from the message at hand.
    """
    ticket = context.draw_ticket()
    due_at = due_at or decision_due(context.envelope.received_at, days_of(asked, context)).due_at
    office = office_of(asked, context).contact
    task = ReviewTask(
        header=_header(asked, "OCCP101", ticket, context, type_form="RE"),
        office=office.code,
        language=asked.language,
        due_at=due_at,
        request=request,
        reasons=to_reasons(review.reasons, asked.language),
        proposals=tuple(to_calculation(proposal, asked.language) for proposal in review.proposals),
        receipt=to_receipt(review.receipt),
        warnings=review.warnings,
        remarks=tuple(remarks),
    )
    stored = StoredTask(
        ticket=ticket,
        dossier=asked.dossier,
        form=asked.form,
        office=office.code,
        state=TaskState.OPEN,
        reasons=tuple(reason.code.value for reason in review.reasons),
        due_at=due_at,
        body=task.model_dump_json().encode(),
        created_at=context.envelope.handled_at,
        request_message_id=asked.message_id or context.envelope.message_id,
        schema_version=asked.schema_version or context.envelope.schema_version,
    )
    return Answer(ONEM, ticket, task, office=office.code, schema_version=asked.schema_version), stored
