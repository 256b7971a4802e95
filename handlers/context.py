"""What a handler knows besides the message: loaded by the intake, so that the handler itself does no I/O.

The intake asks `needs(opened)` what to load, loads it for a whole batch at once, and hands each handler its `Context`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from handlers.dossier import Dossier, Mandate, Sender, StoredTask
from handlers.offices import Offices, shipped


@dataclass(frozen=True, slots=True)
class Envelope:
    """The transport's part of a message that handlers may use. `ticket` is the form's own, drawn by the intake."""

    ticket: str
    file_name: str
    message_id: str
    schema_version: str
    received_at: datetime
    """The database's time at intake, aware UTC."""
    sent_at: datetime | None = None
    """The sender's own timestamp, if it gave one."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be loaded for one message: keys, each None where it does not apply."""

    inss: str | None = None
    company_id: str | None = None
    task_ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The world as one message finds it.

    `siblings`: all dossiers of the same person (by INSS) at the same CPAS. `task` and `task_dossier`: the review task
    an OCCP102 refers to, and its dossier. `draw_ticket` gives a fresh, unguessable 13-character ticket per call.
    `offices`: the table of the offices that answer by residence.
    """

    sender: Sender
    mandates: tuple[Mandate, ...]
    envelope: Envelope
    draw_ticket: Callable[[], str]
    siblings: tuple[Dossier, ...] = ()
    task: StoredTask | None = None
    task_dossier: Dossier | None = None
    offices: Offices = field(default_factory=shipped)
