"""OCCP008, a question of status and its report: one dossier with its history, or the open dossiers of one's CPAS.

The report tells states in the words CPAS staff know, and no agent, no internal remark (promises O1, O7). A dossier of a
CPAS that does not mandate the sender is never told.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from handlers.answering import ONEM, window_of
from handlers.context import Context, Reported
from handlers.dossier import State
from handlers.form import Form, form_of
from handlers.outcome import Answer, DeadlineKind, DeadlineState, HistoryEntry, HistoryKind, Outcome
from handlers.reception import answer_header
from handlers.references import check_ticket
from handlers.rights import reaches
from schemas.models import DossierStatus, HistoryLine, Language, StatusQuestion, StatusReport
from schemas.parser import Readable

IDENTIFICATION = "OCCP008"
CLOSED_STATES = (State.WITHDRAWN, State.CLOSED)


def words(language: Language) -> dict[str, Any]:
    """Give the words of a report in a language of the channel."""
    return words_in(language.name.lower())


@cache
def words_in(tongue: str) -> dict[str, Any]:
    """Give the words in `fr`, `nl`, `de` or `en`: states, kinds of history, who acts."""
    text = resources.files("handlers").joinpath("status.toml").read_text("utf-8")
    found: dict[str, Any] = tomllib.loads(text)[tongue]
    return found


def handle(question: StatusQuestion, opened: Readable, context: Context) -> Outcome:
    """Report on the dossiers asked about."""
    form = form_of(question, opened, context)
    is_one = bool(question.header.reference(2, 2))
    if is_one:
        form = form.found(check_ticket(form, ("OCCP001",)))
    if form.is_blocked:
        return form.refuse()
    shown = [item for item in context.reported if _may_see(item, form)]
    report = _report(form, [_told(item, form, with_history=is_one) for item in shown])
    about = context.dossier.ticket if is_one and context.dossier is not None else None
    return Outcome(accepted=True, answers=(*form.receive(about), report), anomalies=form.error_ids, about=about)


def _may_see(item: Reported, form: Form) -> bool:
    context = form.context
    return reaches(context.sender, context.mandates, IDENTIFICATION, item.dossier, form.today)


def _report(form: Form, dossiers: list[DossierStatus]) -> Answer:
    ticket = form.context.draw_ticket()
    header = answer_header(
        form.context,
        IDENTIFICATION,
        ticket,
        request_ticket=form.ticket,
        sender_reference=form.reference or None,
        dossier=None,
    )
    report = StatusReport(header=header, language=form.language, dossiers=tuple(dossiers))
    return Answer(form.context.sender.number, ticket, report)


def _told(item: Reported, form: Form, *, with_history: bool) -> DossierStatus:
    dossier, language = item.dossier, form.language
    waiting = {deadline.kind: deadline for deadline in item.deadlines if deadline.state is DeadlineState.OPEN}
    promise = waiting.get(DeadlineKind.O2_DECISION)
    completion = waiting.get(DeadlineKind.R3_COMPLETION)
    return DossierStatus(
        ticket=dossier.ticket,
        reference=dossier.reference,
        company_id=dossier.company_id,
        state=dossier.state.value,
        label=words(language)["state"][dossier.state.value],
        occupation_start=dossier.occupation_start,
        contract_end=dossier.contract_end,
        last_form=dossier.last_accepted,
        calculations=dossier.calculations,
        answer_due=promise.due_date if promise else None,
        is_late=promise is not None and promise.due_at < form.now,
        completion_due=completion.due_date if completion else None,
        window=window_of(dossier, form.today) if dossier.decision is not None else None,
        office=form.context.offices.contact_of(dossier.office, language, form.today),
        history=tuple(history_line(entry, language) for entry in item.history if not entry.internal)
        if with_history
        else (),
    )


_HIDDEN = frozenset(
    {"file", "sent_at", "received_at", "calendar", "task", "office", "executed_late", "reason", "remark", "by"}
)


def history_line(entry: HistoryEntry, language: Language) -> HistoryLine:
    """Tell one entry to the CPAS: no agent's number, no name of a file, no internal ticket."""
    book = words(language)
    detail = ", ".join(value for name, value in entry.detail if name not in _HIDDEN)
    text = book["history"][entry.kind.value]
    return HistoryLine(
        at=entry.at,
        actor=book["actor"][_who(entry)],
        kind=entry.kind.value,
        ground=entry.ground,
        text=f"{text} ({detail})" if detail else text,
    )


def _who(entry: HistoryEntry) -> str:
    """Give the kind of actor: ONEM is a sender too, and so is a federation, which only escalates."""
    kind, _, number = entry.actor.partition(" ")
    if kind == "sender" and number == ONEM:
        return "agent"
    return "federation" if kind == "sender" and entry.kind is HistoryKind.ESCALATED else kind
