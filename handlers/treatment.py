"""The treatment of a request that was accepted, whichever form brought it: decided at once, or put before an agent.

    Treatment ──calculate──► Decided ──► OCCP003   dossier CALCULATED, O2 met, R1, R2 and closure set
                        └──► Review  ──► OCCP101   dossier IN_REVIEW,  O2 open, R4 set; a pending task is superseded

A first request opens its dossier, a later form continues it. What counts for the two calculations (promise C4) is each
decision that the CPAS caused, but for a review by a human.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from calculation.case import facts_to_json
from calculation.engine import calculate
from calculation.facts import Facts
from calculation.result import Decided, Review
from handlers import timers
from handlers.answering import Asked, Ruling, ask_a_human, days_of, decide, office_alerts, office_of
from handlers.dossier import Dossier, State, StoredTask, TaskState
from handlers.form import Form
from handlers.mapping import HUMAN_REVIEW, to_calculation, to_facts, to_receipt
from handlers.outcome import (
    Answer,
    Deadline,
    DeadlineKind,
    DecisionRecord,
    EndDeadlines,
    HistoryEntry,
    HistoryKind,
    Outcome,
)
from handlers.promises import decision_due, promises_on
from schemas.anomalies import class_of
from schemas.business import check
from schemas.findings import AnomalyClass
from schemas.models import Attachment, CalculationRequest, Language

SECOND_CALCULATION = "004"
_MOST_DOCUMENTS = 20


@dataclass(frozen=True, slots=True)
class Treatment:
    """A request on its way to its answer.

    `dossier` is None for a first request. `is_addition`: an OCCP002 brought it, which leaves the last OCCP001 as it is.
    `story`: what the history tells of the form itself. `counts`: whether a decision on it counts for promise C4.
    """

    form: Form
    request: CalculationRequest
    dossier: Dossier | None
    story: tuple[HistoryEntry, ...] = ()
    remarks: tuple[str, ...] = ()
    documents: tuple[Attachment, ...] = ()
    is_addition: bool = False
    counts: bool = True

    @property
    def number(self) -> str:
        """The dossier's ticket: the first form's."""
        return self.dossier.ticket if self.dossier is not None else self.form.ticket

    @property
    def calculations(self) -> int:
        """Calculations so far (promise C4)."""
        return self.dossier.calculations if self.dossier is not None else made_before(self.request, self.form)

    @property
    def facts(self) -> Facts:
        """What the law judges."""
        return to_facts(
            self.request,
            self._doubts,
            calculation_number=asked_number(self.request, self.calculations, self.dossier, self.form.today),
        )

    @property
    def _doubts(self) -> tuple[str, ...]:
        """The ids of what an agent must look at: in this form, and in the request that it only adds to."""
        if not self.is_addition:
            return self.form.to_investigate
        bare = self.request.model_copy(update={"attachments": ()})
        held = (error_id for error_id, _ in check(bare) if class_of(error_id) is AnomalyClass.I)
        return tuple(dict.fromkeys((*self.form.to_investigate, *held)))

    @property
    def asked(self) -> Asked:
        """Who asked, for the answer."""
        dossier = self.dossier
        return Asked(
            recipient=self.form.context.sender.number,
            form=self.form.ticket,
            dossier=self.number,
            reference=self.form.reference,
            language=Language(self.request.language),
            inss=self.request.person.inss,
            residence=self.request.person.residence_postal_code,
            replaces=dossier.decision if dossier is not None else None,
        )


def made_before(request: CalculationRequest, form: Form) -> int:
    """Give the calculations made of an occupation before its new request (C4): on paper, or taken back by the CPAS.

    A dossier counts those before it, so the last has them all. What ONEM took back itself the CPAS need not answer for.
    """
    taken_back = (
        dossier.calculations
        for dossier in form.context.siblings
        if dossier.state is State.WITHDRAWN
        and not dossier.is_agents_word
        and dossier.occupation_start == request.planned.start
    )
    return max((request.prior_calculations, *taken_back))


def asked_number(request: CalculationRequest, calculations: int, dossier: Dossier | None, day: date) -> int:
    """Give the number of the calculation asked for.

    None is left to ask a derogation for where one was granted, nor for a review by a human, which does not count.
    """
    number = calculations + 1
    if request.reason == HUMAN_REVIEW or (dossier is not None and dossier.has_derogation):
        return min(number, promises_on(day).calculations_at_most)
    return number


def remembered(request: CalculationRequest) -> CalculationRequest:
    """Give the request without the documents' contents, which are kept apart."""
    if not request.attachments:
        return request
    bare = tuple(document.model_copy(update={"content": None}) for document in request.attachments)
    return request.model_copy(update={"attachments": bare})


def documents_of(held: tuple[Attachment, ...], new: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """Give the documents of the dossier, none twice, the newest of too many; all of them are kept with their forms."""
    return tuple({document.sha256: document for document in (*held, *new)}.values())[-_MOST_DOCUMENTS:]


def treat(treatment: Treatment) -> Outcome:
    """Answer the request; where an agent's own figures stand, by an agent: no machine knows what they rest on."""
    if treatment.dossier is not None and treatment.dossier.is_agents_word:
        request = treatment.request.model_copy(update={"career_in_attachments": True})
        treatment = replace(treatment, request=request)
    facts = treatment.facts
    match calculate(facts):
        case Decided() as decided:
            return _decided(treatment, facts, decided)
        case Review() as review:
            return _to_review(treatment, review)


def counted(reason: str) -> int:
    """Give what a decision caused by that reason adds to the calculations: a review by a human adds none (C4)."""
    return 0 if reason == HUMAN_REVIEW else 1


def _decided(treatment: Treatment, facts: Facts, decided: Decided) -> Outcome:
    form, language = treatment.form, treatment.asked.language
    ruling = Ruling(
        calculation=to_calculation(decided.computation, language),
        receipt=to_receipt(decided.receipt),
        warnings=decided.warnings,
        facts=facts_to_json(facts),
    )
    dossier = replace(
        _continued(treatment),
        state=State.CALCULATED,
        calculations=treatment.calculations + (counted(treatment.request.reason) if treatment.counts else 0),
    )
    answer, record = decide(treatment.asked, ruling, dossier, form.context)
    dossier = replace(dossier, contract_end=record.contract_end, decision=record.ticket)
    deadlines: tuple[Deadline | EndDeadlines, ...] = (
        *_taken_over(treatment),
        timers.answered_at_once(
            treatment.number, form.ticket, form.received_at, form.now, days_of(treatment.asked, form.context)
        ),
        *after_decision(dossier, form.ticket, record, form, treatment.request.reason),
    )
    story = (*treatment.story, *_superseded_story(treatment), decision_story(record, ruling, form))
    return _outcome(treatment, dossier, (answer,), deadlines, story, decision=record, tasks=_superseded(treatment))


def after_decision(
    dossier: Dossier, form_ticket: str, record: DecisionRecord, form: Form, reason: str
) -> Iterator[Deadline | EndDeadlines]:
    """Give the deadlines that follow a decision on this dossier; `reason`: why it was asked for."""
    return timers.decided(
        dossier.ticket,
        form_ticket,
        form.now,
        record.contract_end,
        another_is_free=dossier.has_calculation_left(promises_on(form.today).calculations_at_most),
        was_second=reason == SECOND_CALCULATION,
    )


def decision_story(record: DecisionRecord, ruling: Ruling, form: Form, *detail: tuple[str, str]) -> HistoryEntry:
    """Tell of a decision: who, which law, which route."""
    return form.told(
        record.dossier,
        HistoryKind.DECIDED,
        ", ".join(ruling.calculation.articles),
        ("decision", record.ticket),
        *detail,
        ("law", record.law),
        ("route", record.route),
        ("contract_end", record.contract_end.isoformat()),
        actor="service" if ruling.agent is None else f"agent {ruling.agent}",
    )


def _to_review(treatment: Treatment, review: Review) -> Outcome:
    form = treatment.form
    request = remembered(treatment.request)
    answer, task = ask_a_human(treatment.asked, request, review, treatment.remarks, form.context)
    continued = _continued(treatment)
    decided_before = treatment.dossier is not None and treatment.dossier.decision is not None
    dossier = replace(
        continued,
        state=State.IN_REVIEW,
        contract_end=continued.contract_end if decided_before else treatment.request.planned.end,
    )
    deadlines: tuple[Deadline | EndDeadlines, ...] = (
        *_taken_over(treatment),
        *timers.in_front_of_an_agent(
            treatment.number, form.ticket, form.received_at, days_of(treatment.asked, form.context)
        ),
        *_no_second_reminder(treatment),
    )
    story = (*treatment.story, *_superseded_story(treatment), review_story(task, review, form))
    return _outcome(
        treatment,
        dossier,
        (answer,),
        deadlines,
        story,
        tasks=(*_superseded(treatment), task),
        alerts=(f"engine failure: {review.failure}",) if review.failure else (),
    )


def review_story(task: StoredTask, review: Review, form: Form) -> HistoryEntry:
    """Tell that an agent must decide, and why."""
    return form.told(
        task.dossier,
        HistoryKind.SENT_TO_REVIEW,
        ", ".join(dict.fromkeys(reason.article for reason in review.reasons if reason.article)),
        ("task", task.ticket),
        ("office", task.office),
        ("reasons", " ".join(task.reasons)),
        actor="service",
    )


def _continued(treatment: Treatment) -> Dossier:
    """Give the dossier as the form leaves it, before its answer is known."""
    form, request, dossier = treatment.form, treatment.request, treatment.dossier
    if dossier is None:
        return Dossier(
            ticket=form.ticket,
            sender=form.context.sender.number,
            company_id=request.employer.company_id or "",
            inss=request.person.inss,
            occupation_start=request.planned.start,
            state=State.SUBMITTED,
            language=int(request.language),
            reference=form.reference,
            last_form=form.ticket,
            calculations=treatment.calculations,
            contract_end=request.planned.end,
            created_at=form.now,
            updated_at=form.now,
            office=office_of(treatment.asked, form.context).contact.code,
        )
    return replace(
        dossier,
        office=office_of(treatment.asked, form.context).contact.code,
        sender=form.context.sender.number,
        occupation_start=request.planned.start,
        state=State.SUBMITTED,
        language=int(request.language),
        reference=form.reference,
        last_form=dossier.last_form if treatment.is_addition else form.ticket,
        last_addition=form.ticket if treatment.is_addition else None,
        open_return=None,
        updated_at=form.now,
    )


def _taken_over(treatment: Treatment) -> Iterator[EndDeadlines]:
    """End what waited for the answer to an earlier form of the dossier: this form has its own five days."""
    if treatment.dossier is not None:
        yield timers.superseded(
            treatment.number, treatment.form.now, *timers.PENDING, DeadlineKind.R3_COMPLETION, DeadlineKind.CLOSURE
        )


def _no_second_reminder(treatment: Treatment) -> Iterator[EndDeadlines]:
    """Spare the CPAS the reminders of a second calculation that it now asks for, or has no more right to (R1, R2)."""
    dossier, reason = treatment.dossier, treatment.request.reason
    if dossier is None:
        return
    pending = replace(dossier, calculations=dossier.calculations + counted(reason))
    at_most = promises_on(treatment.form.today).calculations_at_most
    if reason == SECOND_CALCULATION or not pending.has_calculation_left(at_most):
        yield timers.superseded(treatment.number, treatment.form.now, *timers.SECOND)


def _superseded(treatment: Treatment) -> tuple[StoredTask, ...]:
    pending = treatment.form.context.open_task if treatment.dossier is not None else None
    return (replace(pending, state=TaskState.SUPERSEDED),) if pending is not None else ()


def _superseded_story(treatment: Treatment) -> tuple[HistoryEntry, ...]:
    return tuple(
        treatment.form.told(task.dossier, HistoryKind.SUPERSEDED, "O2", ("task", task.ticket), actor="service")
        for task in _superseded(treatment)
    )


def acceptance_story(form: Form, dossier: str, residence: str) -> tuple[HistoryEntry, ...]:
    """Tell of the receipt and the acceptance, with the anomalies and the day by which ONEM answers (O1, O2).

    `residence`: the person's postal code, whose office's working days count.
    """
    offices = form.context.offices
    office = offices.office_for(residence, form.today, form.language).contact.code
    due = decision_due(form.received_at, offices.days_of(office))
    ids = form.error_ids
    return (
        form.received(dossier),
        form.told(
            dossier,
            HistoryKind.ACCEPTED,
            "O2",
            *((("anomalies", " ".join(ids)),) if ids else ()),
            ("due", due.due_date.isoformat()),
            ("calendar", due.calendar),
            actor="service",
        ),
    )


def _outcome(
    treatment: Treatment,
    dossier: Dossier,
    answers: tuple[Answer, ...],
    deadlines: tuple[Deadline | EndDeadlines, ...],
    story: tuple[HistoryEntry, ...],
    *,
    decision: DecisionRecord | None = None,
    tasks: tuple[StoredTask, ...] = (),
    alerts: tuple[str, ...] = (),
) -> Outcome:
    return Outcome(
        accepted=True,
        answers=(*treatment.form.receive(treatment.number), *answers),
        anomalies=treatment.form.error_ids,
        dossier=dossier,
        request=remembered(treatment.request),
        attachments=treatment.documents,
        decision=decision,
        tasks=tasks,
        deadlines=deadlines,
        history=story,
        alerts=(*office_alerts(treatment.asked, treatment.form.context), *alerts),
    )
