"""OCCP102, an agent's outcome on a review task: the decision goes out to the CPAS.

    refused   ──► ACRF 1, NOTIFICATION 0 to ONEM     task unknown or answered, no such proposal
    accepted  ──► ACRF 1, NOTIFICATION 1 to ONEM, OCCP003 to the CPAS's sender

The first outcome wins; a second gets 197.
"""

from collections.abc import Iterator
from dataclasses import replace

from calculation.case import facts_to_json
from handlers.answering import Asked, Ruling, decide, office_alerts
from handlers.context import Context
from handlers.dossier import Dossier, State, StoredTask, TaskState
from handlers.mapping import to_facts
from handlers.outcome import Answer, DeadlineKind, DecisionRecord, HistoryEntry, HistoryKind, MeetDeadline, Outcome
from handlers.reception import acknowledge, answering_language, notify, refuse
from schemas.anomalies import class_of
from schemas.findings import Anomaly, AnomalyClass, Place
from schemas.models import Calculation, ReviewOutcome, ReviewTask
from schemas.parser import Places, Readable

IDENTIFICATION = "OCCP102"


def handle(outcome: ReviewOutcome, opened: Readable, context: Context) -> Outcome:
    """Handle an agent's outcome (AttestationStatus 0)."""
    task = ReviewTask.model_validate_json(context.task.body) if context.task else None
    anomalies = (*opened.anomalies, *_check(outcome, task, opened.places, context))
    if _blocking(anomalies) or task is None or context.task is None or context.task_dossier is None:
        return refuse(
            context,
            identification=IDENTIFICATION,
            language=answering_language(context, None),
            sender_reference=outcome.header.reference(1, 1),
            anomalies=anomalies,
        )
    return _decided(outcome, task, context.task, context.task_dossier, anomalies, context)


def _blocking(anomalies: tuple[Anomaly, ...]) -> bool:
    return any(class_of(anomaly.error_id) is AnomalyClass.B for anomaly in anomalies)


def _check(outcome: ReviewOutcome, task: ReviewTask | None, places: Places, context: Context) -> Iterator[Anomaly]:
    if context.task is None or task is None:
        yield Anomaly("00222-166", _ticket_place(outcome, places), outcome.header.reference(5, 2))
    elif context.task.state is not TaskState.OPEN:
        yield Anomaly("00222-197", _ticket_place(outcome, places), context.task.ticket)
    elif outcome.outcome == "confirm" and not _has_proposal(outcome, task):
        yield Anomaly("05104-008", places.find("proposal"), str(outcome.proposal))


def _ticket_place(outcome: ReviewOutcome, places: Places) -> Place:
    references = outcome.header.references
    index = next(i for i, reference in enumerate(references) if (reference.type, reference.origin) == (5, 2))
    return places.find(f"header.references[{index}].number")


def _has_proposal(outcome: ReviewOutcome, task: ReviewTask) -> bool:
    return outcome.proposal is not None and 1 <= outcome.proposal <= len(task.proposals)


def _chosen(outcome: ReviewOutcome, task: ReviewTask) -> Calculation:
    """Give the calculation that the agent decided on: the engine's proposal, or the agent's own."""
    if outcome.outcome == "confirm" and outcome.proposal is not None:
        return task.proposals[outcome.proposal - 1]
    if outcome.calculation is None:
        raise ValueError("an outcome 'decide' carries a calculation: its schema demands it")
    return outcome.calculation


def _decided(
    outcome: ReviewOutcome,
    task: ReviewTask,
    stored: StoredTask,
    dossier: Dossier,
    anomalies: tuple[Anomaly, ...],
    context: Context,
) -> Outcome:
    investigated = tuple(
        subject
        for reason in task.reasons
        if reason.code == "ANOMALY_TO_INVESTIGATE"
        for subject in reason.subject.split()
    )
    ruling = Ruling(
        calculation=_chosen(outcome, task),
        receipt=task.receipt,
        warnings=task.warnings,
        agent=outcome.agent_id,
        motivation=outcome.reason,
        facts=facts_to_json(to_facts(task.request, investigated)),
    )
    asked = Asked(
        recipient=dossier.sender,
        form=stored.form,
        dossier=dossier.ticket,
        reference=task.request.header.reference(1, 1) or "",
        language=task.language,
        inss=dossier.inss,
        residence=task.request.person.residence_postal_code,
    )
    answer, record = decide(asked, ruling, context)
    answer = replace(answer, correlation_id=stored.request_message_id, schema_version=stored.schema_version)
    return Outcome(
        accepted=True,
        answers=(*_receptions(outcome, dossier, anomalies, context), answer),
        anomalies=tuple(anomaly.error_id for anomaly in anomalies),
        dossier=_calculated(dossier, record, context),
        decision=record,
        task=replace(stored, state=TaskState.DONE),
        deadlines=(MeetDeadline(dossier.ticket, stored.form, DeadlineKind.O2_DECISION, record.decided_at),),
        history=(_history(record, ruling, stored),),
        alerts=office_alerts(asked, context),
    )


def _calculated(dossier: Dossier, record: DecisionRecord, context: Context) -> Dossier:
    return replace(
        dossier,
        state=State.CALCULATED,
        calculations=dossier.calculations + 1,
        contract_end=record.contract_end,
        updated_at=context.envelope.received_at,
    )


def _receptions(
    outcome: ReviewOutcome, dossier: Dossier, anomalies: tuple[Anomaly, ...], context: Context
) -> tuple[Answer, ...]:
    language = answering_language(context, None)
    reference = outcome.header.reference(1, 1)
    return (
        acknowledge(context, language=language, sender_reference=reference, dossier=dossier.ticket),
        notify(
            context,
            identification=IDENTIFICATION,
            language=language,
            accepted=True,
            anomalies=anomalies,
            sender_reference=reference,
            dossier=dossier.ticket,
        ),
    )


def _history(record: DecisionRecord, ruling: Ruling, stored: StoredTask) -> HistoryEntry:
    return HistoryEntry(
        dossier=record.dossier,
        at=record.decided_at,
        actor=f"agent {ruling.agent}",
        kind=HistoryKind.DECIDED,
        ground=", ".join(ruling.calculation.articles),
        detail=(("decision", record.ticket), ("task", stored.ticket), ("law", record.law), ("route", record.route)),
    )
