"""What took too long, seen when a form is handled: on its way in, or in front of ONEM until this answer.

own time far before the receipt  ──► alert: a backlog must not hide
answer after its promise, before anything looked ──► breach in the history and in the deadline (O2), an alert

The second case is rare: the service was down when the promise fell due, and what ends it came first. Nothing else
changes: a form is never refused for the time it took to arrive.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from handlers.context import Context
from handlers.deadline import broken_promise, span
from handlers.outcome import Deadline, DeadlineKind, EndDeadlines, HistoryEntry, HistoryKind, Outcome
from handlers.promises import brussels_date, promises_on


def told(outcome: Outcome, context: Context) -> Outcome:
    """Give the outcome of a form with what was late about it."""
    broken = tuple(_broken(outcome, context))
    now = context.envelope.handled_at
    return replace(
        outcome,
        deadlines=(*(replace(deadline, breached_at=now) for deadline in broken), *outcome.deadlines),
        history=(*(_story(deadline, context) for deadline in broken), *outcome.history),
        alerts=(*outcome.alerts, *map(broken_promise, broken), *_backlog(context)),
    )


def _broken(outcome: Outcome, context: Context) -> Iterator[Deadline]:
    """Give the promises that this form ends after their time, and that nobody has looked at since."""
    ended = {
        (change.dossier, kind)
        for change in outcome.deadlines
        if isinstance(change, EndDeadlines)
        for kind in change.kinds
    }
    for deadline in context.deadlines:
        is_over = deadline.due_at < context.envelope.handled_at and deadline.breached_at is None
        if deadline.kind is DeadlineKind.O2_DECISION and is_over and (deadline.dossier, deadline.kind) in ended:
            yield deadline


def _story(deadline: Deadline, context: Context) -> HistoryEntry:
    detail = (("form", deadline.form), ("due", deadline.due_date.isoformat()))
    return HistoryEntry(deadline.dossier, context.envelope.handled_at, "service", HistoryKind.BREACHED, "O2", detail)


def _backlog(context: Context) -> Iterator[str]:
    envelope = context.envelope
    if envelope.sent_at is None or context.resumed:
        return
    apart = envelope.received_at - envelope.sent_at
    if apart > timedelta(hours=promises_on(brussels_date(envelope.received_at)).receipt_hours_apart):
        yield f"received {span(apart)} after its own time, from sender {context.sender.number}: is there a backlog?"
