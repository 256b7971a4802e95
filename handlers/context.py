"""What a handler knows besides the message: loaded by the intake, so that the handler itself does no I/O.

The intake asks `needs(opened)` what to load, loads it for a whole batch at once, and hands each handler its `Context`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from handlers.dossier import Dossier, Mandate, Sender, StoredTask, TaskState
from handlers.offices import Offices, shipped
from handlers.outcome import Deadline, HistoryEntry
from schemas.catalogue import VERSIONS, SchemaVersion
from schemas.models import CalculationRequest


@dataclass(frozen=True, slots=True)
class Envelope:
    """The transport's part of a message that handlers may use. `ticket` is the form's own, drawn by the intake."""

    ticket: str
    file_name: str
    message_id: str
    schema_version: str
    received_at: datetime
    """The database's time at intake, aware UTC: promises count from it."""
    handled_at: datetime
    """The database's time when it is handled, later where the form waited: what is done is done then."""
    sent_at: datetime | None = None
    """The sender's own timestamp, if it gave one."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be loaded for one message: keys, each None where it does not apply."""

    inss: str | None = None
    company_id: str | None = None
    """The CPAS; with `inss`, the one whose dossiers of the person count: where None, that of the dossier named."""
    ticket: str | None = None
    """A ticket of ours that the message refers to, whatever it names."""
    reference: str | None = None
    """The sender's own reference of an earlier form, where the message names that instead of a ticket."""
    companies: tuple[str, ...] | None = None
    """Report on the open dossiers of these CPAS; empty for all that the sender speaks for."""
    is_report: bool = False
    """Report on the dossier of `ticket`, or on those of `companies`, with deadlines and history."""


@dataclass(frozen=True, slots=True)
class Referred:
    """What a ticket names: a form that we received, or a message of ours that answered one, on which dossier."""

    ticket: str
    identification: str
    dossier: str | None
    form: str
    """The form itself, or the one that the message answered."""
    sender: str
    """Who sent that form."""
    message_id: str
    """That form's message id."""
    accepted: bool = True
    is_answered: bool = False
    """A form that answers it (5/2) was accepted before."""
    recipient: str | None = None
    """Whom a message of ours went to; None for a form that came in."""
    reference: str | None = None
    """The sender's own reference of that form, where a message of ours that was passed on tells it (5/1)."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A dossier with what a status report tells of it."""

    dossier: Dossier
    deadlines: tuple[Deadline, ...]
    history: tuple[HistoryEntry, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """The world as one message finds it.

    `siblings`: all dossiers of the same person (by INSS) at the same CPAS. `referred`: what the ticket that the message
    names is; `dossier`: its dossier, with its current `request`, its `tasks`, and the request as it stood `before` the
    last form, with the ticket of the form that left it so. `draw_ticket` gives a fresh, unguessable 13-character ticket
    per call. `offices`: the table of the offices that answer by residence.
    """

    sender: Sender
    mandates: tuple[Mandate, ...]
    envelope: Envelope
    draw_ticket: Callable[[], str]
    siblings: tuple[Dossier, ...] = ()
    referred: Referred | None = None
    dossier: Dossier | None = None
    request: CalculationRequest | None = None
    before: tuple[str, CalculationRequest] | None = None
    tasks: tuple[StoredTask, ...] = ()
    substance_contacts: int = 0
    """Earlier contacts of kind `substance` on the dossier."""
    deadlines: tuple[Deadline, ...] = ()
    """The dossier's open deadlines."""
    reported: tuple[Reported, ...] = ()
    resumed: bool = False
    """The form waited: its ACRF went out before."""
    offices: Offices = field(default_factory=shipped)
    versions: tuple[SchemaVersion, ...] = VERSIONS
    """The dated table of schema versions."""

    @property
    def open_task(self) -> StoredTask | None:
        """The dossier's review task that waits for an agent."""
        return next((task for task in self.tasks if task.state is TaskState.OPEN), None)
