"""What happens when a deadline falls due: a reminder goes out, a breach is recorded, a dossier closes.

    O2_DECISION    passed ──► breach in the history and an alert; OCCP005 R4 to the office; it stays open until answered
    R4_WARNING     ──► OCCP005 R4 to the office: due within one working day
    R1_WINDOW      ──► OCCP005 R1 to the CPAS: the window for the second calculation opens
    R2_NOT_ASKED   ──► OCCP005 R2 to the CPAS: twenty days before the end, none was asked
    R3_COMPLETION  ──► OCCP005 R3 to the CPAS: the return is unanswered; nothing closes by itself
    CLOSURE        ──► dossier CLOSED

Each happens once. Reminders to the CPAS go to the sender of the dossier's last accepted form. What happens long after
its time, since the service was down, says so.
"""

import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Literal

from handlers.answering import ONEM
from handlers.context import Context
from handlers.dossier import Dossier, State
from handlers.outcome import Answer, Deadline, DeadlineKind, DeadlineState, HistoryEntry, HistoryKind, Outcome
from handlers.promises import brussels_date, decision_due, promises_on, second_calculation_window
from handlers.reception import answer_header
from handlers.transitions import Allowed, Event, permitted
from schemas.models import Language, Reminder, SecondCalculation

Id = Literal["R1", "R2", "R3", "R4"]
_REMINDERS: dict[DeadlineKind, Id] = {
    DeadlineKind.R1_WINDOW: "R1",
    DeadlineKind.R2_NOT_ASKED: "R2",
    DeadlineKind.R3_COMPLETION: "R3",
    DeadlineKind.R4_WARNING: "R4",
    DeadlineKind.O2_DECISION: "R4",
}
REMINDER_STATUS = 5
EXECUTED_LATE_FROM = timedelta(hours=1)
"""A deadline is polled every few seconds: what is handled so long after its time was missed, and the history tells."""


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline that fell due, with its dossier and that one's open deadlines; `now` is the database's clock."""

    deadline: Deadline
    dossier: Dossier
    now: datetime
    context: Context
    beside: tuple[Deadline, ...] = ()

    @property
    def answer_due(self) -> date:
        """The day by which ONEM answers the form that the deadline is about (promise O2)."""
        kind, form = DeadlineKind.O2_DECISION, self.deadline.form
        promises = (item.due_date for item in self.beside if item.kind is kind and item.form == form)
        office = self.context.offices.days_of(self.dossier.office)
        return next(promises, decision_due(self.deadline.received_at, office).due_date)


def handle(deadline: Deadline, dossier: Dossier, context: Context, beside: tuple[Deadline, ...] = ()) -> Outcome:
    """Do what the deadline is for. The context's envelope tells the time, and the last form that it is about.

    `beside`: the dossier's open deadlines.
    """
    due = Due(deadline, dossier, context.envelope.handled_at, context, beside)
    match deadline.kind:
        case DeadlineKind.CLOSURE:
            return _closed(due)
        case DeadlineKind.O2_DECISION:
            return _breached(due)
        case _:
            return _reminded(due)


def _over(due: Due) -> Deadline:
    return replace(due.deadline, state=DeadlineState.DONE, ended_at=due.now)


def _told(due: Due, kind: HistoryKind, ground: str, *detail: tuple[str, str]) -> HistoryEntry:
    # what was set after its own day, such as the closure after a late decision, was not missed before
    late = due.now - max(due.deadline.due_at, due.deadline.received_at)
    seen = ("due", due.deadline.due_date.isoformat())
    missed = (("executed_late", span(late)),) if late >= EXECUTED_LATE_FROM else ()
    return HistoryEntry(due.dossier.ticket, due.now, "service", kind, ground, (*detail, seen, *missed))


def span(time: timedelta) -> str:
    """Write how long something took: days, hours, minutes of elapsed time, `2d 03:15`."""
    hours, minutes = divmod(time.seconds // 60, 60)
    return f"{time.days}d {hours:02d}:{minutes:02d}" if time.days else f"{hours:02d}:{minutes:02d}"


def _closed(due: Due) -> Outcome:
    verdict = permitted(due.dossier.state, Event.CONTRACT_OVER)
    if not isinstance(verdict, Allowed):
        return Outcome(accepted=True, answers=(), about=due.dossier.ticket, deadlines=(_over(due),))
    return Outcome(
        accepted=True,
        answers=(),
        dossier=replace(due.dossier, state=State.CLOSED, updated_at=due.now),
        deadlines=(_over(due),),
        history=(_told(due, HistoryKind.CLOSED, "30 days after the contract's end"),),
    )


def _breached(due: Due) -> Outcome:
    """Record that five working days passed without an answer; the promise stays open until it is kept (O2)."""
    reminder = _reminder(due, "R4", "breached")
    return Outcome(
        accepted=True,
        answers=(reminder,),
        about=due.dossier.ticket,
        deadlines=(replace(due.deadline, breached_at=due.now),),
        history=(
            _told(due, HistoryKind.BREACHED, "O2", ("form", due.deadline.form)),
            _told(due, HistoryKind.REMINDED, "R4", ("reminder", "R4"), ("message", reminder.ticket)),
        ),
        alerts=(broken_promise(due.deadline),),
    )


def broken_promise(deadline: Deadline) -> str:
    """Say to an operator that a promise was broken."""
    return f"promise O2 broken: dossier {deadline.dossier}, due {deadline.due_date.isoformat()}"


def _reminded(due: Due) -> Outcome:
    name = _REMINDERS[due.deadline.kind]
    reminder = _reminder(due, name, name)
    return Outcome(
        accepted=True,
        answers=(reminder,),
        about=due.dossier.ticket,
        deadlines=(_over(due),),
        history=(_told(due, HistoryKind.REMINDED, name, ("reminder", name), ("message", reminder.ticket)),),
    )


def _reminder(due: Due, name: Id, text: str) -> Answer:
    dossier, context = due.dossier, due.context
    to_onem = name == "R4"
    language = Language(dossier.language)
    ticket = context.draw_ticket()
    header = answer_header(
        context,
        "OCCP005",
        ticket,
        request_ticket=due.deadline.form,
        sender_reference=None if to_onem else dossier.reference,
        dossier=dossier.ticket,
        type_form="RE",
    ).model_copy(update={"status": REMINDER_STATUS})
    end = dossier.contract_end
    message = Reminder(
        header=header,
        language=language,
        reminder=name,
        due_date=_date_of(name, due),
        window=_window(end, due) if name in ("R1", "R2") else None,
        text=texts(language)[text],
        office=context.offices.contact_of(dossier.office, language, brussels_date(due.now)),
    )
    return Answer(ONEM if to_onem else dossier.sender, ticket, message, office=dossier.office if to_onem else None)


def _date_of(name: Id, due: Due) -> date | None:
    """Give the date that a reminder names: the contract's end, or the day by which an answer is due."""
    match name:
        case "R1" | "R2":
            return due.dossier.contract_end
        case "R3":
            return due.deadline.due_date
        case "R4":
            return due.answer_due


def _window(end: date | None, due: Due) -> SecondCalculation | None:
    if end is None:
        return None
    first, last = second_calculation_window(end, promises_on(due.deadline.due_date))
    return SecondCalculation(first_date=first, last_date=last)


@cache
def texts(language: Language) -> dict[str, str]:
    """Give the sentences of the reminders in a language."""
    text = resources.files("handlers").joinpath("reminders.toml").read_text("utf-8")
    found: dict[str, str] = tomllib.loads(text)[language.name.lower()]
    return found
