"""What a handler wants done: data, applied by the service in one transaction.

Outcome ── answers    messages to send, in order
├─ dossier    the dossier's new row, or None where none changes
├─ request    the request as it now stands, with documents to keep
├─ decision   the decision to record, at most one per form
├─ tasks      the review tasks to open or to close
├─ deadlines  to set or to end
├─ history    who did what, when, on what ground
├─ wait       the form came too early: handle it again later
└─ alerts     what an operator must hear of
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from handlers.dossier import Dossier, StoredTask
from schemas.models import Attachment, CalculationRequest, OutboundMessage


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
    """What falls due; values are contract."""

    O2_DECISION = "O2_DECISION"
    """ONEM answers within five working days from the day after receipt; past it the breach is recorded (O2, R4)."""
    R4_WARNING = "R4_WARNING"
    """One working day before O2_DECISION: the office is reminded of the task (R4)."""
    R1_WINDOW = "R1_WINDOW"
    """The window for the second calculation opens: the CPAS is told (R1)."""
    R2_NOT_ASKED = "R2_NOT_ASKED"
    """Twenty days before the contract's end and no second calculation asked: the CPAS is reminded (R2)."""
    R3_COMPLETION = "R3_COMPLETION"
    """A return was not answered within ten working days: the CPAS is reminded (R3, O6)."""
    CLOSURE = "CLOSURE"
    """Thirty days after the contract's end the dossier closes."""


class DeadlineState(StrEnum):
    """Where a deadline stands."""

    OPEN = "open"
    """It waits for its time, or past it for its answer."""
    MET = "met"
    """Answered in time or late; `ended_at` tells."""
    STOPPED = "stopped"
    """The clock was stopped by a return (promise O6)."""
    SUPERSEDED = "superseded"
    """A later form, decision or cancellation took its reason away."""
    DONE = "done"
    """What was to be done at its time was done."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline of a dossier.

    `due_date` is a Brussels date, `due_at` the moment at which it falls due, as UTC (a promise: the day's last second),
    `calendar` identifies the data it was counted in, empty where it was counted in calendar days.
    """

    dossier: str
    form: str
    kind: DeadlineKind
    received_at: datetime
    due_date: date
    due_at: datetime
    calendar: str
    state: DeadlineState = DeadlineState.OPEN
    ended_at: datetime | None = None
    breached_at: datetime | None = None
    """When it was seen that the promise was broken."""


@dataclass(frozen=True, slots=True)
class EndDeadlines:
    """Give every open deadline of these kinds of a dossier its end."""

    dossier: str
    kinds: tuple[DeadlineKind, ...]
    state: DeadlineState
    at: datetime

    def ends(self, deadline: Deadline) -> bool:
        """Tell whether it ends this one."""
        is_open = deadline.state is DeadlineState.OPEN
        return is_open and deadline.dossier == self.dossier and deadline.kind in self.kinds

    def end(self, deadline: Deadline) -> Deadline:
        """Give it ended."""
        return replace(deadline, state=self.state, ended_at=self.at)


class HistoryKind(StrEnum):
    """What happened to a dossier; values are contract."""

    RECEIVED = "received"
    """A form arrived and got its ticket."""
    ACCEPTED = "accepted"
    """The form is acceptable."""
    REFUSED = "refused"
    """The form was refused; the dossier stays as it was."""
    DECIDED = "decided"
    """A decision went out, automatic or by an agent."""
    SENT_TO_REVIEW = "sent_to_review"
    """A review task went to the back office."""
    TAKEN_OVER = "taken_over"
    """An agent of another office took the review task, and said why."""
    SUPERSEDED = "superseded"
    """A pending review task gave way to a later form."""
    RETURNED = "returned"
    """The request went back to the CPAS with what is missing."""
    COMPLETED = "completed"
    """The CPAS added to its request, or answered a return."""
    WITHDRAWN = "withdrawn"
    """The CPAS took its request or addition back, or ONEM its decision."""
    DEROGATION = "derogation"
    """An agent granted more than two calculations."""
    DOCUMENTS_READ = "documents_read"
    """The documents that came with a request were written out for an agent."""
    CONTACT = "contact"
    """A question or remark, in either direction, or its answer."""
    ESCALATED = "escalated"
    """A federation went to the second line, or was answered."""
    REMINDED = "reminded"
    """A reminder went out."""
    BREACHED = "breached"
    """Five working days passed without an answer."""
    LATE = "late"
    """The CPAS was late (promise C1, C3)."""
    CLOSED = "closed"
    """The contract ended 30 days ago."""


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
    internal: bool = False
    """ONEM's own remark: not told to the CPAS."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The form came before the one it builds on: it is kept, and handled again when that one is there, or at `until`.

    `reference` is the sender's own reference of the form awaited.
    """

    reference: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that follows from one message, or from a deadline.

    `accepted` is False where the form was refused (ACRF 0 or NOTIFICATION 0).
    """

    accepted: bool
    answers: tuple[Answer, ...]
    anomalies: tuple[str, ...] = ()
    """Ids of the anomalies found, for counters."""
    dossier: Dossier | None = None
    request: CalculationRequest | None = None
    """The request as it stands after this form, without the documents' contents."""
    attachments: tuple[Attachment, ...] = ()
    """Documents to keep, whole."""
    decision: DecisionRecord | None = None
    tasks: tuple[StoredTask, ...] = ()
    deadlines: tuple[Deadline | EndDeadlines, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    about: str | None = None
    """The dossier's ticket, where the form is about one that it does not change."""
    topic: str = ""
    """What the form was about, where that matters later: the kind of a contact."""
    wait: Wait | None = None
    alerts: tuple[str, ...] = field(default=())
