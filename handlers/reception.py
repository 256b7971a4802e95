"""The first two answers to every form: ACRF (we hold it, or why not) and NOTIFICATION (it is acceptable, or why not).

Two levels, never mixed: what could not be read gets an ACRF 0 alone; what was read and refused gets
an ACRF 1 and then a NOTIFICATION 0 with all its anomalies; what was accepted gets both before anything else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from handlers.context import Context
from handlers.outcome import Answer, HistoryEntry, HistoryKind, Outcome
from handlers.rights import FORM_NOT_ALLOWED
from schemas.anomalies import describe
from schemas.findings import Anomaly, Place
from schemas.models import Acknowledgement, Diagnosis, FormHeader, HandlingResult, Language, Notification, Reference
from schemas.parser import Invalid, Opened, Readable, Unreadable

REPORTED_AT_MOST = 50
"""How many anomalies a NOTIFICATION lists (AnomalyReport[0..50]); the total is always given."""


def answer_header(
    context: Context,
    identification: str,
    ticket: str,
    *,
    request_ticket: str,
    sender_reference: str | None,
    dossier: str | None,
    type_form: str = "FA",
) -> FormHeader:
    """Build an answer's header: own ticket (1/2), the request's (5/2), the sender's reference (5/1), dossier (2/2)."""
    references = [Reference(type=1, origin=2, number=ticket), Reference(type=5, origin=2, number=request_ticket)]
    if sender_reference:
        references.append(Reference(type=5, origin=1, number=sender_reference))
    if dossier:
        references.append(Reference(type=2, origin=2, number=dossier))
    return FormHeader(
        identification=identification,
        created=context.envelope.handled_at,
        status=0,
        type_form=type_form,  # type: ignore[arg-type]
        references=tuple(references),
    )


def acknowledge(
    context: Context,
    *,
    language: Language,
    sender_reference: str | None = None,
    dossier: str | None = None,
    faults: Sequence[Anomaly] = (),
) -> Answer:
    """Build the ACRF: ResultCode 1 when there are no faults, else 0 with a diagnosis for each."""
    ticket = context.draw_ticket()
    header = answer_header(
        context,
        "ACRF001",
        ticket,
        request_ticket=context.envelope.ticket,
        sender_reference=sender_reference,
        dossier=dossier,
    )
    diagnoses = tuple(
        Diagnosis(error_id=fault.error_id, line=fault.place.line, label=describe(fault, language).label)
        for fault in faults
    )
    message = Acknowledgement(
        header=header,
        file_name=context.envelope.file_name,
        ticket=context.envelope.ticket,
        accepted=not faults,
        diagnoses=diagnoses,
    )
    return Answer(context.sender.number, ticket, message)


def notify(
    context: Context,
    *,
    identification: str,
    language: Language,
    accepted: bool,
    anomalies: Sequence[Anomaly],
    sender_reference: str | None,
    dossier: str | None = None,
) -> Answer:
    """Build the NOTIFICATION: accepted or rejected, with every anomaly once, by line, the first fifty told."""
    ticket = context.draw_ticket()
    header = answer_header(
        context,
        "NOTI001",
        ticket,
        request_ticket=context.envelope.ticket,
        sender_reference=sender_reference,
        dossier=dossier,
    )
    ordered = in_order(anomalies)
    handling = HandlingResult(
        result_code=1 if accepted else 0,
        total=len(ordered),
        reports=tuple(describe(anomaly, language) for anomaly in ordered[:REPORTED_AT_MOST]),
    )
    message = Notification(
        header=header,
        handled_identification=identification,
        received=context.envelope.received_at,
        language=language,
        handling=handling,
    )
    return Answer(context.sender.number, ticket, message)


def receptions(
    context: Context,
    *,
    identification: str,
    language: Language,
    accepted: bool,
    anomalies: Sequence[Anomaly],
    sender_reference: str | None,
    dossier: str | None = None,
) -> tuple[Answer, ...]:
    """Give both answers of reception; a form that waited got its ACRF when it came."""
    told = notify(
        context,
        identification=identification,
        language=language,
        accepted=accepted,
        anomalies=anomalies,
        sender_reference=sender_reference,
        dossier=dossier,
    )
    if context.resumed:
        return (told,)
    return acknowledge(context, language=language, sender_reference=sender_reference, dossier=dossier), told


def in_order(anomalies: Iterable[Anomaly]) -> tuple[Anomaly, ...]:
    """Put anomalies in order of line, those without one last, none twice."""
    return tuple(sorted(dict.fromkeys(anomalies), key=lambda found: (found.place.line is None, found.place.line or 0)))


def answering_language(context: Context, language: Language | None) -> Language:
    """Give the message's language, or the sender's own where the message's could not be read."""
    return language if language is not None else Language(context.sender.language)


def unreadable(opened: Unreadable, context: Context) -> Outcome:
    """Answer a message that could not be read, or not be received from this sender: an ACRF 0 and nothing else."""
    answer = acknowledge(
        context, language=answering_language(context, opened.language), faults=in_order(opened.anomalies)
    )
    return Outcome(accepted=False, answers=(answer,), anomalies=_ids(opened.anomalies))


def misnamed(context: Context, error_id: str) -> Outcome:
    """Answer a message whose file name or sender is at fault: an ACRF 0 with that one diagnosis."""
    return unreadable(Unreadable(anomalies=(Anomaly(error_id),), language=None), context)


def invalid(opened: Invalid, context: Context) -> Outcome:
    """Answer a form that its schema or its own figures refute: ACRF 1, then NOTIFICATION 0 with every anomaly."""
    return refuse(
        context,
        identification=opened.identification,
        language=answering_language(context, opened.language),
        sender_reference=opened.sender_reference,
        anomalies=opened.anomalies,
    )


def not_allowed(opened: Readable | Invalid, context: Context) -> Outcome:
    """Refuse a form that this sender may not send at all, whatever else is wrong with it."""
    match opened:
        case Readable(message=message, places=places):
            identification, reference = message.header.identification, message.header.reference(1, 1)
            language, place = getattr(message, "language", None), places.find("header.identification")
        case Invalid():
            identification, reference = opened.identification, opened.sender_reference
            language, place = opened.language, Place()
    return refuse(
        context,
        identification=identification,
        language=answering_language(context, language),
        sender_reference=reference,
        anomalies=(Anomaly(FORM_NOT_ALLOWED, place, identification),),
    )


def refuse(
    context: Context,
    *,
    identification: str,
    language: Language,
    sender_reference: str | None,
    anomalies: Sequence[Anomaly],
    dossier: str | None = None,
) -> Outcome:
    """Refuse a form that was read: ACRF 1, then NOTIFICATION 0. The history of a dossier it names tells of it."""
    answers = receptions(
        context,
        identification=identification,
        language=language,
        accepted=False,
        anomalies=anomalies,
        sender_reference=sender_reference,
        dossier=dossier,
    )
    ids = tuple(dict.fromkeys(_ids(anomalies)))
    if dossier is None:
        return Outcome(accepted=False, answers=answers, anomalies=_ids(anomalies))
    refused = HistoryEntry(
        dossier,
        context.envelope.handled_at,
        "service",
        HistoryKind.REFUSED,
        "O1",
        (("form", context.envelope.ticket), ("message", identification), ("anomalies", " ".join(ids))),
    )
    return Outcome(accepted=False, answers=answers, anomalies=_ids(anomalies), about=dossier, history=(refused,))


def name_reused(opened: Opened, context: Context) -> Outcome:
    """Refuse other bytes under a file name that was already used: the first message and its answers stand."""
    language = getattr(opened, "language", None)
    outcome = unreadable(Unreadable(anomalies=(Anomaly("ACRF-133"),), language=language), context)
    return replace(outcome, alerts=(f"file name used for other bytes: {context.envelope.file_name}",))


def _ids(anomalies: Iterable[Anomaly]) -> tuple[str, ...]:
    return tuple(anomaly.error_id for anomaly in anomalies)
