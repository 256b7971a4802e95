"""The dossier: one person, one CPAS, one planned occupation; and what hangs on it.

Plain frozen data, as the store gives it to a handler and as a handler gives it back in an `Outcome`.

                 ┌───────────────────────── modified / completed ──────────────────────────┐
                 ▼                                                                         │
 (message) ─► SUBMITTED ──calculable──► CALCULATED ──modified / recalculated──► SUBMITTED  │
                 │  └──not calculable─► IN_REVIEW ──agent decides──► CALCULATED            │
                 │                        └──agent returns──► RETURNED ────────────────────┘
                 └──cancelled──► WITHDRAWN           CALCULATED ──30 days after the end──► CLOSED

Which message is allowed in which state, and what follows, is one table: `handlers.transitions`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class State(StrEnum):
    """State of a dossier. A state is what the CPAS is told, so its values are contract."""

    SUBMITTED = "SUBMITTED"
    """Received and acceptable; nothing decided yet. It passes within the transaction that receives the form."""
    IN_REVIEW = "IN_REVIEW"
    """In front of an agent, with the engine's proposal where there is one."""
    RETURNED = "RETURNED"
    """Sent back to the CPAS with what is missing (OCCP004); the clock is stopped."""
    CALCULATED = "CALCULATED"
    """Decided: the CPAS holds an OCCP003."""
    WITHDRAWN = "WITHDRAWN"
    """Taken back by the CPAS, or its decision by ONEM; a new request is free."""
    CLOSED = "CLOSED"
    """The contract ended 30 days ago; a later modification goes to an agent."""


class PartyKind(StrEnum):
    """Who a sender is."""

    VENDOR = "vendor"
    """A CPAS software house; speaks for the CPAS that mandated it."""
    FEDERATION = "federation"
    """A federation of CPAS (UVCW, Brulocalis, VVSG): the second line; escalates, without personal data."""
    ONEM = "onem"
    """ONEM's own back office, sender 000001."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A party on the channel. `number`: 6 digits; `language`: 1 NL, 2 FR, 3 DE, for answers to unreadable messages."""

    number: str
    name: str
    kind: PartyKind
    language: int
    active: bool = True


@dataclass(frozen=True, slots=True)
class Mandate:
    """A CPAS (enterprise number) lets a sender speak for it; both days included, `valid_to` None while it is open.

    `forms` are the identifications it covers; None is every form that a vendor may send, those to come included.
    """

    company_id: str
    valid_from: date
    valid_to: date | None = None
    forms: frozenset[str] | None = None

    def covers(self, identification: str) -> bool:
        """Tell whether it is given for this form."""
        return self.forms is None or identification in self.forms

    def holds_on(self, day: date) -> bool:
        """Tell whether it stands on this day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Dossier:
    """The dossier as it stands. `ticket` is its number: the first form's ticket.

    `inss`, `birth_date` and `contact` are personal: the store keeps them encrypted and finds a person only through a
    keyed hash.
    """

    ticket: str
    sender: str
    company_id: str
    inss: str
    occupation_start: date
    state: State
    language: int
    reference: str
    """The sender's own reference of the last accepted form (type 1, origin 1)."""
    last_form: str
    """Ticket of the last accepted OCCP001."""
    calculations: int
    """Calculations that count for promise C4."""
    contract_end: date | None
    """The last decision's, else the planned one."""
    created_at: datetime
    updated_at: datetime
    office: str = ""
    """Code of the competent office (AR 142)."""
    last_addition: str | None = None
    """Ticket of the last OCCP002 accepted since."""
    decision: str | None = None
    """Ticket of the decision in force."""
    open_return: str | None = None
    """Ticket of the return that waits for its completion."""
    has_derogation: bool = False
    """A derogation was granted: more than two calculations are allowed (promise C4)."""
    is_agents_word: bool = False
    """An agent had the last word: by figures that the data do not give, or by taking ONEM's decision back."""

    @property
    def is_decided(self) -> bool:
        """Whether its last request was decided: what the CPAS sends now asks for another calculation (promise C4)."""
        return self.state in (State.CALCULATED, State.CLOSED)

    @property
    def last_accepted(self) -> str:
        """Ticket of the last accepted form: the last OCCP001, or the OCCP002 after it."""
        return self.last_addition or self.last_form

    def has_calculation_left(self, at_most: int) -> bool:
        """Tell whether a calculation may be asked without a derogation first, where `at_most` are free (promise C4)."""
        return self.has_derogation or self.calculations < at_most


class TaskState(StrEnum):
    """State of a review task."""

    OPEN = "open"
    """Waiting for an agent."""
    DONE = "done"
    """An agent's outcome was applied; a second one is refused (197)."""
    SUPERSEDED = "superseded"
    """A later form of the CPAS took its place."""


@dataclass(frozen=True, slots=True)
class StoredTask:
    """A review task as stored: the OCCP101 that went out, whole, and where it stands. `ticket` is the OCCP101's own."""

    ticket: str
    dossier: str
    form: str
    office: str
    state: TaskState
    reasons: tuple[str, ...]
    due_at: datetime
    body: bytes
    """The `schemas.models.ReviewTask` as JSON (`model_dump_json`), personal and so encrypted in the store."""
    created_at: datetime
    request_message_id: str
    """Message id of the request under review: the decision's `correlation_id`."""
    schema_version: str
    """Schema version of the request: the decision comes in the same."""
