"""The deadlines that each event of a dossier sets or ends: the promises O2, O6 and the reminders R1 to R4 as rows.

    treated ─► O2_DECISION (+ R4_WARNING in front of an agent)      decided ─► R1_WINDOW, R2_NOT_ASKED, CLOSURE
    returned ─► R3_COMPLETION, O2 stopped                           ended: what a later event takes the reason from

It only counts days; what happens when one falls due is `handlers.deadline`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from handlers.outcome import Deadline, DeadlineKind, DeadlineState, EndDeadlines
from handlers.promises import (
    NO_OFFICE,
    DueDate,
    OfficeDays,
    Promises,
    brussels_date,
    completion_due,
    decision_due,
    promises_on,
    review_warning,
    second_calculation_window,
    start_of_day,
)

PENDING = (DeadlineKind.O2_DECISION, DeadlineKind.R4_WARNING)
"""What waits for ONEM's answer."""
AFTER_DECISION = (DeadlineKind.R1_WINDOW, DeadlineKind.R2_NOT_ASKED, DeadlineKind.CLOSURE)
"""What a decision sets, and a later one or a cancellation takes away."""
SECOND = (DeadlineKind.R1_WINDOW, DeadlineKind.R2_NOT_ASKED)
"""What a second calculation takes away."""


def _deadline(dossier: str, form: str, kind: DeadlineKind, now: datetime, due: DueDate) -> Deadline:
    return Deadline(dossier, form, kind, now, due.due_date, due.due_at, due.calendar)


def answered_at_once(
    dossier: str, form: str, received_at: datetime, now: datetime, office: OfficeDays = NO_OFFICE
) -> Deadline:
    """Give the promise of an answer (O2) to a form that is answered as soon as it is handled."""
    promise = _deadline(dossier, form, DeadlineKind.O2_DECISION, received_at, decision_due(received_at, office))
    return replace(promise, state=DeadlineState.MET, ended_at=now)


def in_front_of_an_agent(
    dossier: str, form: str, received_at: datetime, office: OfficeDays = NO_OFFICE
) -> Iterator[Deadline]:
    """Give the promise of an answer (O2), and the warning one working day of the office before (R4)."""
    due = decision_due(received_at, office)
    warning = review_warning(due, brussels_date(received_at), office)
    yield _deadline(dossier, form, DeadlineKind.O2_DECISION, received_at, due)
    yield _deadline(dossier, form, DeadlineKind.R4_WARNING, received_at, warning)


def returned(dossier: str, form: str, now: datetime) -> Iterator[Deadline | EndDeadlines]:
    """Stop the clock of the answer, and wait for the completion (O6, R3)."""
    yield EndDeadlines(dossier, PENDING, DeadlineState.STOPPED, now)
    yield _deadline(dossier, form, DeadlineKind.R3_COMPLETION, now, completion_due(now))


def decided(
    dossier: str, form: str, now: datetime, contract_end: date, *, another_is_free: bool, was_second: bool = False
) -> Iterator[Deadline | EndDeadlines]:
    """Follow a decision: remind of the second calculation where one is still free (R1, R2), close after the end.

    `was_second`: the decision answers a second calculation, so nobody says that none was asked (R2).
    """
    today = brussels_date(now)
    promises = promises_on(today)
    yield EndDeadlines(dossier, AFTER_DECISION, DeadlineState.SUPERSEDED, now)
    for kind, day in _after(contract_end, promises):
        is_false = was_second and kind is DeadlineKind.R2_NOT_ASKED
        if kind is DeadlineKind.CLOSURE or (another_is_free and day > today and not is_false):
            yield Deadline(dossier, form, kind, now, day, start_of_day(day), "")


def _after(contract_end: date, promises: Promises) -> Iterator[tuple[DeadlineKind, date]]:
    yield DeadlineKind.R1_WINDOW, second_calculation_window(contract_end, promises)[0]
    yield DeadlineKind.R2_NOT_ASKED, contract_end - timedelta(days=promises.not_asked_days_before_end)
    yield DeadlineKind.CLOSURE, contract_end + timedelta(days=promises.closure_days_after_end)


def superseded(dossier: str, now: datetime, *kinds: DeadlineKind) -> EndDeadlines:
    """End what a later form, decision or cancellation took the reason from."""
    return EndDeadlines(dossier, kinds, DeadlineState.SUPERSEDED, now)
