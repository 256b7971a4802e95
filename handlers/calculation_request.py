"""OCCP001, a new calculation request: decided at once where the law settles it, else put in front of an agent.

refused by a check ──► ACRF 1, NOTIFICATION 0
calculable         ──► ACRF 1, NOTIFICATION 1, OCCP003     dossier CALCULATED, deadline O2 met
not calculable     ──► ACRF 1, NOTIFICATION 1, OCCP101     dossier IN_REVIEW,  deadline O2 open
"""

from dataclasses import dataclass
from datetime import date

from calculation.case import facts_to_json
from calculation.engine import calculate
from calculation.facts import Facts
from calculation.result import Decided, Review
from handlers.answering import Asked, Ruling, ask_a_human, decide, office_alerts
from handlers.checks import check_request
from handlers.context import Context
from handlers.dossier import Dossier, State
from handlers.mapping import to_calculation, to_facts, to_receipt
from handlers.outcome import Answer, Deadline, DeadlineKind, DeadlineState, HistoryEntry, HistoryKind, Outcome
from handlers.promises import DueDate, decision_due
from handlers.reception import acknowledge, notify, refuse
from schemas.anomalies import class_of
from schemas.findings import Anomaly, AnomalyClass
from schemas.models import CalculationRequest
from schemas.parser import Readable

IDENTIFICATION = "OCCP001"
LATE = "05010-460"


@dataclass(frozen=True, slots=True)
class _Accepted:
    """An accepted request on its way to its answer."""

    request: CalculationRequest
    facts: Facts
    asked: Asked
    due: DueDate
    anomalies: tuple[Anomaly, ...]
    receptions: tuple[Answer, ...]
    context: Context


def handle(request: CalculationRequest, opened: Readable, context: Context) -> Outcome:
    """Handle a new request (AttestationStatus 0)."""
    anomalies = (*opened.anomalies, *check_request(request, opened.places, context))
    if any(class_of(anomaly.error_id) is AnomalyClass.B for anomaly in anomalies):
        return refuse(
            context,
            identification=IDENTIFICATION,
            language=request.language,
            sender_reference=request.header.reference(1, 1),
            anomalies=anomalies,
        )
    accepted = _accept(request, anomalies, context)
    match calculate(accepted.facts):
        case Decided() as decided:
            return _decided(accepted, decided)
        case Review() as review:
            return _to_review(accepted, review)


def _accept(request: CalculationRequest, anomalies: tuple[Anomaly, ...], context: Context) -> _Accepted:
    form = context.envelope.ticket
    reference = request.header.reference(1, 1) or ""
    investigate = tuple(a.error_id for a in anomalies if class_of(a.error_id) is AnomalyClass.I)
    receptions = (
        acknowledge(context, language=request.language, sender_reference=reference, dossier=form),
        notify(
            context,
            identification=IDENTIFICATION,
            language=request.language,
            accepted=True,
            anomalies=anomalies,
            sender_reference=reference,
            dossier=form,
        ),
    )
    return _Accepted(
        request=request,
        facts=to_facts(request, investigate),
        asked=Asked(
            recipient=context.sender.number,
            form=form,
            dossier=form,
            reference=reference,
            language=request.language,
            inss=request.person.inss,
            residence=request.person.residence_postal_code,
        ),
        due=decision_due(context.envelope.received_at),
        anomalies=anomalies,
        receptions=receptions,
        context=context,
    )


def _decided(accepted: _Accepted, decided: Decided) -> Outcome:
    ruling = Ruling(
        calculation=to_calculation(decided.computation, accepted.request.language),
        receipt=to_receipt(decided.receipt),
        warnings=decided.warnings,
        facts=facts_to_json(accepted.facts),
    )
    answer, record = decide(accepted.asked, ruling, accepted.context)
    now = accepted.context.envelope.received_at
    return Outcome(
        accepted=True,
        answers=(*accepted.receptions, answer),
        anomalies=_ids(accepted),
        dossier=_dossier(accepted, State.CALCULATED, calculations=1, contract_end=record.contract_end),
        decision=record,
        deadlines=(_deadline(accepted, met=True),),
        history=(
            *_reception_history(accepted),
            HistoryEntry(
                dossier=record.dossier,
                at=now,
                actor="service",
                kind=HistoryKind.DECIDED,
                ground=", ".join(ruling.calculation.articles),
                detail=(("decision", record.ticket), ("law", record.law), ("route", record.route)),
            ),
        ),
        alerts=office_alerts(accepted.asked, accepted.context),
    )


def _to_review(accepted: _Accepted, review: Review) -> Outcome:
    answer, task = ask_a_human(accepted.asked, accepted.request, review, accepted.due, accepted.context)
    return Outcome(
        accepted=True,
        answers=(*accepted.receptions, answer),
        anomalies=_ids(accepted),
        dossier=_dossier(accepted, State.IN_REVIEW, calculations=0, contract_end=accepted.request.planned.end),
        task=task,
        deadlines=(_deadline(accepted, met=False),),
        history=(
            *_reception_history(accepted),
            HistoryEntry(
                dossier=task.dossier,
                at=task.created_at,
                actor="service",
                kind=HistoryKind.SENT_TO_REVIEW,
                ground=", ".join(dict.fromkeys(reason.article for reason in review.reasons if reason.article)),
                detail=(("task", task.ticket), ("reasons", " ".join(task.reasons))),
            ),
        ),
        alerts=(
            *office_alerts(accepted.asked, accepted.context),
            *((f"engine failure: {review.failure}",) if review.failure else ()),
        ),
    )


def _dossier(accepted: _Accepted, state: State, *, calculations: int, contract_end: date | None) -> Dossier:
    request, asked, now = accepted.request, accepted.asked, accepted.context.envelope.received_at
    return Dossier(
        ticket=asked.dossier,
        sender=asked.recipient,
        company_id=request.employer.company_id or "",
        inss=asked.inss,
        occupation_start=request.planned.start,
        state=state,
        language=int(asked.language),
        reference=asked.reference,
        last_form=asked.form,
        calculations=request.prior_calculations + calculations,
        contract_end=contract_end,
        created_at=now,
        updated_at=now,
    )


def _deadline(accepted: _Accepted, *, met: bool) -> Deadline:
    received_at = accepted.context.envelope.received_at
    return Deadline(
        dossier=accepted.asked.dossier,
        form=accepted.asked.form,
        kind=DeadlineKind.O2_DECISION,
        received_at=received_at,
        due_date=accepted.due.due_date,
        due_at=accepted.due.due_at,
        calendar=accepted.due.calendar,
        state=DeadlineState.MET if met else DeadlineState.OPEN,
        met_at=received_at if met else None,
    )


def _reception_history(accepted: _Accepted) -> tuple[HistoryEntry, ...]:
    """Tell of the receipt, of the acceptance with its anomalies, and of a breach of C1."""
    dossier, now = accepted.asked.dossier, accepted.context.envelope.received_at
    sent_at = accepted.context.envelope.sent_at
    received = [("file", accepted.context.envelope.file_name)]
    if sent_at is not None:
        received.append(("sent_at", sent_at.isoformat()))
    ids = _ids(accepted)
    entries = [
        HistoryEntry(dossier, now, f"sender {accepted.asked.recipient}", HistoryKind.RECEIVED, "O1", tuple(received)),
        HistoryEntry(
            dossier,
            now,
            "service",
            HistoryKind.ACCEPTED,
            "O2",
            (
                *((("anomalies", " ".join(ids)),) if ids else ()),
                ("due", accepted.due.due_date.isoformat()),
                ("calendar", accepted.due.calendar),
            ),
        ),
    ]
    if LATE in ids:
        entries.append(HistoryEntry(dossier, now, "service", HistoryKind.LATE, "C1"))
    return tuple(entries)


def _ids(accepted: _Accepted) -> tuple[str, ...]:
    return tuple(anomaly.error_id for anomaly in accepted.anomalies)
