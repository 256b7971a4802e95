"""One batch on its way through a transaction: what each message finds, and what all of them leave behind.

    deliveries ─► Form (name and sender judged, message opened) ─► World gives its Context ─► handler ─► World keeps

The world is loaded once for the whole batch; what one message changes, a later one of the same batch sees. Nothing here
touches the database.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from handlers.context import Context, Envelope, Needs
from handlers.dossier import Dossier, StoredTask
from handlers.offices import Offices, shipped
from handlers.outcome import Answer, Deadline, DecisionRecord, HistoryEntry, MeetDeadline, Outcome
from schemas.catalogue import CURRENT, version_exists
from schemas.file_name import FileName
from schemas.identifiers import TICKET_ALPHABET, TICKET_LENGTH
from schemas.parser import Invalid, Opened, Readable
from service.channel import Delivery, message_id_for
from service.store.dossiers import HandledForm
from service.store.inbox import Received, refusal_of
from service.store.parties import Party
from service.vault import Vault

MESSAGE_IDS: UUID = uuid5(NAMESPACE_URL, "https://cpas-onem.example/message")
"""Namespace of message ids: an answer's derives from its ticket, so it is the same however often it is sent."""

_TICKETS = len(TICKET_ALPHABET) ** TICKET_LENGTH

LONGEST_NAME = 80
"""What an ACRF can repeat of a file name; none of the channel's is longer."""

NO_NAME = "ACRF-001"
WRONG_SENDER = "ACRF-103"
NAME_REUSED = "ACRF-133"
ENCODED = "ACRF-106"
WRONG_ENVIRONMENT = "ACRF-138"


def draw_ticket() -> str:
    """Give a fresh ticket that cannot be guessed from its neighbours."""
    number = secrets.randbelow(_TICKETS)
    characters = []
    for _ in range(TICKET_LENGTH):
        number, character = divmod(number, len(TICKET_ALPHABET))
        characters.append(TICKET_ALPHABET[character])
    return "".join(characters)


def message_id_of(ticket: str) -> str:
    """Give the message id of the answer with that ticket."""
    return str(uuid5(MESSAGE_IDS, ticket))


@dataclass(frozen=True, slots=True)
class Form:
    """A delivery from a known party, with its own ticket. `fault` is set where it cannot count as received."""

    delivery: Delivery
    party: Party
    received: Received
    opened: Opened
    fault: str | None

    @property
    def key(self) -> tuple[str, str]:
        """Its idempotency key; only for a form without fault."""
        return self.received.sender, self.received.file_name or ""

    @property
    def version(self) -> str:
        """The schema version its answers are written in."""
        match self.opened:
            case Readable() | Invalid():
                return self.opened.schema_version
            case _:
                named = self.delivery.schema_version
                return named if named is not None and version_exists(named) else CURRENT

    def refused(self, error_id: str, vault: Vault) -> "Form":
        """Give the same form, stored but not counted by its name: by what was refused, so that it is refused once."""
        name, received = self.delivery.file_name or "", self.received
        refusal = refusal_of(vault, received.sender, name, error_id, received.sha256)
        return replace(self, received=replace(received, file_name=None, refusal=refusal))


def form_of(delivery: Delivery, party: Party, opened: Opened, now: datetime, environment: str) -> Form:
    """Judge name and sender of a delivery and give it its ticket."""
    name = delivery.file_name or ""
    fault = _fault(delivery, party, FileName.parse(name), environment)
    received = Received(
        ticket=draw_ticket(),
        sender=party.sender.number,
        file_name=None if fault else name,
        sha256=hashlib.sha256(delivery.body).digest(),
        message_id=delivery.message_id or message_id_for(party.sender.number, name),
        schema_version=delivery.schema_version,
        received_at=now,
        sent_at=delivery.sent_at,
        traceparent=delivery.traceparent,
        body=delivery.body,
    )
    return Form(delivery, party, received, opened, fault)


def _fault(delivery: Delivery, party: Party, name: FileName | None, environment: str) -> str | None:
    if not party.sender.active:
        return WRONG_SENDER
    if name is None or name.prefix != "FI":
        return NO_NAME
    if name.sender != party.sender.number:
        return WRONG_SENDER
    if name.environment != environment:
        return WRONG_ENVIRONMENT
    if delivery.content_encoding is not None:
        return ENCODED
    return None


@dataclass(slots=True)
class World:
    """The dossiers and tasks of a batch as they stand, and all that is to be written of it."""

    dossiers: dict[str, Dossier]
    tasks: dict[str, StoredTask]
    offices: Offices = field(default_factory=shipped)
    stored_dossiers: frozenset[str] = field(init=False)
    stored_tasks: frozenset[str] = field(init=False)
    changed_dossiers: dict[str, Dossier] = field(default_factory=dict)
    changed_tasks: dict[str, StoredTask] = field(default_factory=dict)
    forms: list[HandledForm] = field(default_factory=list)
    decisions: list[DecisionRecord] = field(default_factory=list)
    deadlines: list[Deadline | MeetDeadline] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)
    answers: list[tuple[Form, Answer]] = field(default_factory=list)
    alerts: list[tuple[str, str]] = field(default_factory=list)
    """Ticket of the form, and what an operator must hear of it."""

    def __post_init__(self) -> None:
        self.stored_dossiers = frozenset(self.dossiers)
        self.stored_tasks = frozenset(self.tasks)

    def context(self, form: Form, needs: Needs) -> Context:
        """Give a handler what it may know."""
        task = self.tasks.get(needs.task_ticket) if needs.task_ticket else None
        return Context(
            sender=form.party.sender,
            mandates=form.party.mandates,
            envelope=_envelope(form),
            draw_ticket=draw_ticket,
            siblings=self._siblings(needs),
            task=task,
            task_dossier=self.dossiers.get(task.dossier) if task else None,
            offices=self.offices,
        )

    def _siblings(self, needs: Needs) -> tuple[Dossier, ...]:
        if needs.inss is None:
            return ()
        return tuple(
            dossier
            for dossier in self.dossiers.values()
            if dossier.inss == needs.inss and dossier.company_id == needs.company_id
        )

    def keep(self, form: Form, outcome: Outcome) -> None:
        """Take in what a handler wants done."""
        ticket = form.received.ticket
        if outcome.dossier is not None:
            self.dossiers[outcome.dossier.ticket] = self.changed_dossiers[outcome.dossier.ticket] = outcome.dossier
        if outcome.task is not None:
            self.tasks[outcome.task.ticket] = self.changed_tasks[outcome.task.ticket] = outcome.task
        if outcome.decision is not None:
            self.decisions.append(outcome.decision)
        self.forms.append(
            HandledForm(
                ticket=ticket,
                dossier=outcome.dossier.ticket if outcome.dossier else None,
                identification=identification_of(form.opened),
                accepted=outcome.accepted,
                anomalies=outcome.anomalies,
            )
        )
        self.deadlines.extend(outcome.deadlines)
        self.history.extend(outcome.history)
        self.answers.extend((form, answer) for answer in outcome.answers)
        self.alerts.extend((ticket, alert) for alert in outcome.alerts)


def _envelope(form: Form) -> Envelope:
    return Envelope(
        ticket=form.received.ticket,
        file_name=(form.delivery.file_name or "")[:LONGEST_NAME],
        message_id=form.received.message_id,
        schema_version=form.version,
        received_at=form.received.received_at,
        sent_at=form.received.sent_at,
    )


def identification_of(opened: Opened) -> str | None:
    """Give the identification of what was opened, None where none could be read."""
    match opened:
        case Readable(message=message):
            return message.header.identification
        case Invalid():
            return opened.identification
        case _:
            return None


def waves(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Part a batch so that no name of a sender comes twice in one part; the order of each name stays.

    What has no name is told apart by its bytes.
    """
    parts: list[list[Delivery]] = []
    seen: Counter[tuple[str | None, str | bytes]] = Counter()
    for delivery in deliveries:
        key = delivery.sender, delivery.body if delivery.file_name is None else delivery.file_name
        place = seen[key]
        seen[key] += 1
        if place == len(parts):
            parts.append([])
        parts[place].append(delivery)
    return parts


def in_order(forms: Sequence[Form], order: Sequence[Delivery]) -> list[Form]:
    """Put forms back in the order of their deliveries."""
    position = {id(delivery): index for index, delivery in enumerate(order)}
    return sorted(forms, key=lambda form: position[id(form.delivery)])
