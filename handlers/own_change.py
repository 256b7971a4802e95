"""OCCP102 on a decided dossier (2/2): ONEM changes its own decision, without a task and without a form of the CPAS.

    correct  ──► OCCP003 status 4    the agent's figures take the decision's place
    withdraw ──► OCCP003 status 3    the decision no longer stands; dossier WITHDRAWN, a new request is free

Neither counts for the two calculations (promise C4): the CPAS did not cause it.
"""

from dataclasses import replace

from calculation.case import facts_to_json
from calculation.engine import calculate
from handlers import timers
from handlers.answering import Asked, Ruling, decide, withdraw
from handlers.dossier import Dossier, State
from handlers.form import Form
from handlers.mapping import to_facts, to_receipt
from handlers.outcome import DeadlineKind, HistoryKind, Outcome
from handlers.references import check_state, check_ticket
from handlers.transitions import Event
from handlers.treatment import after_decision, decision_story
from schemas.models import CalculationRequest, Language, ReviewOutcome

EVENTS = {"correct": Event.CORRECT, "withdraw": Event.WITHDRAW}
"""The outcomes that answer no task."""


def handle(outcome: ReviewOutcome, form: Form) -> Outcome:
    """Change a decision."""
    form = form.found(check_ticket(form, ("OCCP001",)))
    dossier, request = form.context.dossier, form.context.request
    if form.is_blocked or dossier is None or request is None:
        return form.refuse()
    form = form.found(check_state(form, EVENTS[outcome.outcome]))
    if form.is_blocked:
        return form.refuse(dossier.ticket)
    asked = _asked(dossier, request)
    if outcome.outcome == "withdraw":
        return _withdrawn(outcome, form, dossier, asked)
    return _corrected(outcome, form, dossier, asked, request)


def _asked(dossier: Dossier, request: CalculationRequest) -> Asked:
    return Asked(
        recipient=dossier.sender,
        form=dossier.last_accepted,
        dossier=dossier.ticket,
        reference=dossier.reference,
        language=Language(dossier.language),
        inss=dossier.inss,
        residence=request.person.residence_postal_code,
        replaces=dossier.decision,
    )


def _withdrawn(outcome: ReviewOutcome, form: Form, dossier: Dossier, asked: Asked) -> Outcome:
    story = form.told(
        dossier.ticket,
        HistoryKind.WITHDRAWN,
        "O7",
        ("decision", dossier.decision or ""),
        ("reason", outcome.reason),
        actor=f"agent {outcome.agent_id}",
    )
    return Outcome(
        accepted=True,
        answers=(
            *form.receive(dossier.ticket),
            withdraw(asked, outcome.reason, form.context, automatic=False),
        ),
        anomalies=form.error_ids,
        dossier=replace(dossier, state=State.WITHDRAWN, decision=None, is_agents_word=True, updated_at=form.now),
        deadlines=(timers.superseded(dossier.ticket, form.now, *DeadlineKind),),
        history=(form.received(dossier.ticket), story),
    )


def _corrected(
    outcome: ReviewOutcome, form: Form, dossier: Dossier, asked: Asked, request: CalculationRequest
) -> Outcome:
    if outcome.calculation is None:
        raise ValueError("a correction carries a calculation: its checks demand it")
    facts = to_facts(request, calculation_number=max(1, dossier.calculations))
    ruling = Ruling(
        calculation=outcome.calculation,
        receipt=to_receipt(calculate(facts).receipt),
        agent=outcome.agent_id,
        motivation=outcome.reason,
        facts=facts_to_json(facts),
    )
    answer, record = decide(asked, ruling, dossier, form.context, caused_by=form.ticket)
    corrected = replace(
        dossier,
        state=State.CALCULATED,
        contract_end=record.contract_end,
        decision=record.ticket,
        is_agents_word=True,
        updated_at=form.now,
    )
    return Outcome(
        accepted=True,
        answers=(*form.receive(dossier.ticket), answer),
        anomalies=form.error_ids,
        dossier=corrected,
        decision=record,
        # what falls due later answers the CPAS's form, not the agent's
        deadlines=tuple(after_decision(corrected, asked.form, record, form, request.reason)),
        history=(
            form.received(dossier.ticket),
            decision_story(record, ruling, form, ("corrects", dossier.decision or "")),
        ),
    )
