"""What a handler wants done: data, applied by the service in one transaction.

Outcome ── answers    messages to send, in order
├─ dossier    the dossier's new row, or None where none changes
├─ decision   the decision to record, at most one per form
├─ task       the review task to open or to close
├─ deadlines  to set or to meet
├─ history    who did what, when, on what ground
└─ alerts     what an operator must hear of
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from handlers.dossier import Dossier, StoredTask
from schemas.models import OutboundMessage


@dataclass(frozen=True, slots=True)
class Answer:
    """A message to send to the sender number `recipient`. Its message id derives from `ticket`, the message's own."""

    recipient: str
    ticket: str
    message: OutboundMessage
    office: str | None = None
    """For an OCCP101: the office, which is its routing key."""
    correlation_id: str | None = None
    """Message id of the request answered, where that is not the message at hand (a decision after review)."""
    schema_version: str | None = None
    """Version to write it in, where that is not the version of the message at hand."""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as recorded, unique per `form`: nothing is decided twice. `facts` is canonical JSON, encrypted."""

    ticket: str
    """The OCCP003's own ticket."""
    dossier: str
    form: str
    """Ticket of the form decided on."""
    automatic: bool
    agent: str | None
    law: str
    route: str
    first_claim_date: date
    contract_end: date
    remaining_days: int
    facts: bytes
    receipt: str
    """Receipt as JSON, without personal data."""
    decided_at: datetime


class DeadlineKind(StrEnum):
    """Which promise a deadline tracks; values are contract."""

    O2_DECISION = "O2_DECISION"
    """ONEM answers within five working days from the day after receipt."""


class DeadlineState(StrEnum):
    """Where a deadline stands."""

    OPEN = "open"
    """Nothing has answered it yet."""
    MET = "met"
    """Answered in time or late; `met_at` tells."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline of a dossier.

    `due_date` is a Brussels date, `due_at` its last second as UTC, `calendar` identifies the data it was counted in.
    """

    dossier: str
    form: str
    kind: DeadlineKind
    received_at: datetime
    due_date: date
    due_at: datetime
    calendar: str
    state: DeadlineState = DeadlineState.OPEN
    met_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeetDeadline:
    """Mark the open deadline of that kind for that form as met."""

    dossier: str
    form: str
    kind: DeadlineKind
    met_at: datetime


class HistoryKind(StrEnum):
    """What happened to a dossier; values are contract."""

    RECEIVED = "received"
    """A form arrived and got its ticket."""
    ACCEPTED = "accepted"
    """The form is acceptable."""
    DECIDED = "decided"
    """A decision went out, automatic or by an agent."""
    SENT_TO_REVIEW = "sent_to_review"
    """A review task went to the back office."""
    TAKEN_OVER = "taken_over"
    """An agent of another office took the review task, and said why."""
    LATE = "late"
    """The request came after the occupation's start (promise C1)."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a dossier's append-only history (promise O7). `detail` holds codes and tickets, no personal data."""

    dossier: str
    at: datetime
    actor: str
    """`sender 123456`, `service`, or `agent A123`."""
    kind: HistoryKind
    ground: str
    """Legal or contractual ground: an article or a promise id."""
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that follows from one message. `accepted` is False where the form was refused (ACRF 0 or NOTIFICATION 0)."""

    accepted: bool
    answers: tuple[Answer, ...]
    anomalies: tuple[str, ...] = ()
    """Ids of the anomalies found, for counters."""
    dossier: Dossier | None = None
    decision: DecisionRecord | None = None
    task: StoredTask | None = None
    deadlines: tuple[Deadline | MeetDeadline, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    alerts: tuple[str, ...] = field(default=())
