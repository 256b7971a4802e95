"""OCCP102, an agent's outcome on a review task (5/2): the CPAS gets its answer.

    confirm, decide ──► OCCP003                                    dossier CALCULATED
    return          ──► OCCP004                                    dossier RETURNED, the clock stops
    grant           ──► calculated anew, with the derogation (C4)  dossier CALCULATED, or again IN_REVIEW

ONEM gets ACRF and NOTIFICATION like every sender. The first outcome on a task wins; a second gets 197. What ONEM
changes without a task is `handlers.own_change`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from calculation.case import facts_to_json
from calculation.engine import calculate
from calculation.facts import Facts
from calculation.result import Decided, Review
from handlers import own_change, timers
from handlers.answering import Asked, Ruling, ask_a_human, decide, office_alerts, send_back
from handlers.context import Context
from handlers.dossier import Dossier, State, StoredTask, TaskState
from handlers.form import Form, form_of
from handlers.mapping import to_calculation, to_facts, to_receipt
from handlers.outcome import (
    Answer,
    Deadline,
    DeadlineState,
    DecisionRecord,
    EndDeadlines,
    HistoryEntry,
    HistoryKind,
    Outcome,
)
from handlers.promises import promises_on
from handlers.references import ANSWERED, check_state, check_ticket
from handlers.transitions import Event
from handlers.treatment import after_decision, asked_number, counted, decision_story, review_story
from schemas.findings import Anomaly
from schemas.models import Calculation, ReviewOutcome, ReviewTask
from schemas.parser import Readable

NO_SUCH_PROPOSAL = "05104-008"
NOTHING_TO_GRANT = "05105-233"
TASK = "OCCP101"
_EVENTS = {
    "confirm": Event.CONFIRM,
    "decide": Event.DECIDE,
    "return": Event.RETURN,
    "grant": Event.GRANT,
}
_THIRD = "THIRD_CALCULATION"


@dataclass(frozen=True, slots=True)
class _Task:
    """An open task with the agent's outcome on it."""

    form: Form
    outcome: ReviewOutcome
    dossier: Dossier
    stored: StoredTask
    task: ReviewTask

    @property
    def asked(self) -> Asked:
        """Who waits for the answer: the sender of the dossier's last accepted form."""
        return Asked(
            recipient=self.dossier.sender,
            form=self.stored.form,
            dossier=self.dossier.ticket,
            reference=self.dossier.reference,
            language=self.task.language,
            inss=self.dossier.inss,
            residence=self.task.request.person.residence_postal_code,
            replaces=self.dossier.decision,
            message_id=self.stored.request_message_id,
            schema_version=self.stored.schema_version,
        )

    @property
    def asked_number(self) -> int:
        """The number of the calculation asked for, as it was when it was asked."""
        return asked_number(self.task.request, self.dossier.calculations, self.dossier, self.form.today)

    def facts(self, calculation_number: int) -> Facts:
        """Give what the law judges, as it was asked."""
        investigated = [
            subject
            for reason in self.task.reasons
            if reason.code == "ANOMALY_TO_INVESTIGATE"
            for subject in reason.subject.replace(",", " ").split()
        ]
        return to_facts(self.task.request, investigated, calculation_number=calculation_number)


def handle(outcome: ReviewOutcome, opened: Readable, context: Context) -> Outcome:
    """Handle an agent's outcome."""
    form = form_of(outcome, opened, context)
    if outcome.outcome in own_change.EVENTS:
        return own_change.handle(outcome, form)
    form = form.found(check_ticket(form, (TASK,)))
    dossier, referred = context.dossier, context.referred
    if form.is_blocked or dossier is None or referred is None:
        return form.refuse()
    stored = next((task for task in context.tasks if task.ticket == referred.ticket), None)
    if stored is None or stored.state is not TaskState.OPEN:
        waiting = context.open_task.ticket if context.open_task else None
        answered = Anomaly(ANSWERED, form.reference_place, referred.ticket, path=waiting)
        return form.found((answered,)).refuse(dossier.ticket)
    task = ReviewTask.model_validate_json(stored.body)
    form = form.found((*check_state(form, _EVENTS[outcome.outcome]), *_check(outcome, task, form)))
    if form.is_blocked:
        return form.refuse(dossier.ticket)
    return _applied(_Task(form, outcome, dossier, stored, task))


def _check(outcome: ReviewOutcome, task: ReviewTask, form: Form) -> Iterator[Anomaly]:
    if outcome.outcome == "confirm" and not _has_proposal(outcome, task):
        yield Anomaly(NO_SUCH_PROPOSAL, form.places.find("proposal"), str(outcome.proposal))
    if outcome.outcome == "grant" and all(reason.code != _THIRD for reason in task.reasons):
        yield Anomaly(NOTHING_TO_GRANT, form.places.find("outcome"))


def _has_proposal(outcome: ReviewOutcome, task: ReviewTask) -> bool:
    return outcome.proposal is not None and 1 <= outcome.proposal <= len(task.proposals)


def _applied(hand: _Task) -> Outcome:
    match hand.outcome.outcome:
        case "return":
            return _returned(hand)
        case "grant":
            return _granted(hand)
        case _:
            return _decided(hand)


def _decided(hand: _Task) -> Outcome:
    ruling = Ruling(
        calculation=_chosen(hand.outcome, hand.task),
        receipt=hand.task.receipt,
        warnings=hand.task.warnings,
        agent=hand.outcome.agent_id,
        motivation=hand.outcome.reason,
        facts=facts_to_json(hand.facts(hand.asked_number)),
    )
    return _calculated(hand, hand.dossier, ruling)


def _chosen(outcome: ReviewOutcome, task: ReviewTask) -> Calculation:
    """Give the calculation that the agent decided on: the engine's proposal, or the agent's own."""
    if outcome.outcome == "confirm" and outcome.proposal is not None:
        return task.proposals[outcome.proposal - 1]
    if outcome.calculation is None:
        raise ValueError("an outcome with own figures carries a calculation: its checks demand it")
    return outcome.calculation


def _calculated(hand: _Task, dossier: Dossier, ruling: Ruling, *story: HistoryEntry) -> Outcome:
    """Answer the request with a decision, an agent's or the engine's."""
    form = hand.form
    calculated = replace(
        dossier,
        state=State.CALCULATED,
        calculations=dossier.calculations + counted(hand.task.request.reason),
        is_agents_word=hand.outcome.outcome == "decide",
        updated_at=form.now,
    )
    answer, record = decide(hand.asked, ruling, calculated, form.context)
    calculated = replace(calculated, contract_end=record.contract_end, decision=record.ticket)
    ended = EndDeadlines(dossier.ticket, timers.PENDING, DeadlineState.MET, form.now)
    told = decision_story(record, ruling, form, ("task", hand.stored.ticket))
    deadlines = (ended, *after_decision(calculated, hand.stored.form, record, form, hand.task.request.reason))
    return _done(hand, calculated, answer, deadlines, (*story, told), record=record)


def _returned(hand: _Task) -> Outcome:
    form, dossier, outcome = hand.form, hand.dossier, hand.outcome
    answer = send_back(hand.asked, outcome.returned, outcome.documents, form.context)
    story = form.told(
        dossier.ticket,
        HistoryKind.RETURNED,
        "O6",
        ("return", answer.ticket),
        ("task", hand.stored.ticket),
        ("reasons", " ".join(reason.code for reason in outcome.returned)),
        actor=f"agent {outcome.agent_id}",
    )
    remark = replace(story, detail=(("remark", outcome.reason),), internal=True)
    returned = replace(dossier, state=State.RETURNED, open_return=answer.ticket, updated_at=form.now)
    deadlines = tuple(timers.returned(dossier.ticket, hand.stored.form, form.now))
    return _done(hand, returned, answer, deadlines, (story, remark))


def _granted(hand: _Task) -> Outcome:
    """Grant a third calculation, and calculate: decided, or before an agent for what is left to settle."""
    form = hand.form
    facts = hand.facts(promises_on(form.today).calculations_at_most)
    granted = replace(hand.dossier, has_derogation=True, updated_at=form.now)
    story = form.told(
        granted.ticket,
        HistoryKind.DEROGATION,
        "C4",
        ("task", hand.stored.ticket),
        ("reason", hand.outcome.reason),
        actor=f"agent {hand.outcome.agent_id}",
    )
    match calculate(facts):
        case Decided() as decided:
            ruling = Ruling(
                calculation=to_calculation(decided.computation, hand.task.language),
                receipt=to_receipt(decided.receipt),
                warnings=decided.warnings,
                facts=facts_to_json(facts),
            )
            return _calculated(hand, granted, ruling, story)
        case Review() as review:
            return _asked_again(hand, granted, review, story)


def _asked_again(hand: _Task, dossier: Dossier, review: Review, story: HistoryEntry) -> Outcome:
    """Put what is left to settle before an agent; the clock does not begin anew because ONEM granted something."""
    answer, following = ask_a_human(
        hand.asked, hand.task.request, review, hand.task.remarks, hand.form.context, due_at=hand.stored.due_at
    )
    return _done(hand, dossier, answer, (), (story, review_story(following, review, hand.form)), opened=following)


def _done(
    hand: _Task,
    dossier: Dossier,
    answer: Answer,
    deadlines: tuple[Deadline | EndDeadlines, ...],
    story: tuple[HistoryEntry, ...],
    *,
    record: DecisionRecord | None = None,
    opened: StoredTask | None = None,
) -> Outcome:
    form, done = hand.form, replace(hand.stored, state=TaskState.DONE)
    return Outcome(
        accepted=True,
        answers=(*form.receive(dossier.ticket), answer),
        anomalies=form.error_ids,
        dossier=dossier,
        decision=record,
        tasks=(done, opened) if opened is not None else (done,),
        deadlines=deadlines,
        history=(form.received(dossier.ticket), *story),
        alerts=office_alerts(hand.asked, form.context),
    )
