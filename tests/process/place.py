"""ONEM in memory: real bytes through the real parser, handlers and world; no database, no channel, no waiting.

message ─► encode ─► open_message ─► handler in its Context ─► World keeps ─► what the next message will find
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from handlers import deadline as falling_due
from handlers import dispatch
from handlers.context import Needs, Referred, Reported
from handlers.dossier import Dossier, Mandate, PartyKind, Sender, State, StoredTask, TaskState
from handlers.outcome import Answer, Deadline, DeadlineKind, EndDeadlines, Outcome, Wait
from schemas.codec import encode
from schemas.findings import Report
from schemas.models import Notification
from schemas.parser import open_message
from service.intake import keep
from service.store.loaded import Loaded
from service.tickets import draw_ticket, message_id_of
from service.world import Source, World, envelope_of
from tests.process.forms import CPAS

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANOTHER_CPAS = "0298765427"
VENDOR, SECOND_VENDOR, STRANGER, FEDERATION, ONEM = "123456", "234567", "345678", "900001", "000001"
VERSION = "20264"


def _party(number: str, kind: PartyKind, *companies: str) -> tuple[Sender, tuple[Mandate, ...]]:
    mandates = tuple(Mandate(company, date(2023, 10, 2)) for company in companies)
    return Sender(number, f"party {number}", kind, 2), mandates


PARTIES = {
    VENDOR: _party(VENDOR, PartyKind.VENDOR, CPAS),
    SECOND_VENDOR: _party(SECOND_VENDOR, PartyKind.VENDOR, CPAS),
    STRANGER: _party(STRANGER, PartyKind.VENDOR, ANOTHER_CPAS),
    FEDERATION: _party(FEDERATION, PartyKind.FEDERATION),
    ONEM: _party(ONEM, PartyKind.ONEM),
}


@dataclass(frozen=True)
class Heard:
    """What became of one message."""

    ticket: str
    outcome: Outcome
    body: bytes

    @property
    def kinds(self) -> list[str]:
        """The identifications of the answers."""
        return [answer.message.header.identification for answer in self.outcome.answers]

    def answer(self, identification: str) -> Answer:
        (found,) = (a for a in self.outcome.answers if a.message.header.identification == identification)
        return found

    @property
    def reports(self) -> tuple[Report, ...]:
        """The anomalies as the NOTIFICATION tells them."""
        message = self.answer("NOTI001").message
        assert isinstance(message, Notification)
        return message.handling.reports

    @property
    def error_ids(self) -> list[str]:
        return [report.error_id for report in self.reports]


@dataclass(frozen=True)
class Sent:
    """A form as it came."""

    ticket: str
    message: Any
    sender: str
    received_at: datetime


@dataclass
class Place:
    """ONEM with what it holds; `now` is its clock."""

    now: datetime = NOW
    world: World = field(default_factory=lambda: World(Loaded()))
    deadlines: dict[tuple[str, str, DeadlineKind], Deadline] = field(default_factory=dict)
    waiting: dict[str, tuple[Sent, Wait]] = field(default_factory=dict)
    parties: dict[str, tuple[Sender, tuple[Mandate, ...]]] = field(default_factory=lambda: dict(PARTIES))

    def send(self, message: Any, sender: str = VENDOR) -> Heard:
        """Let a party send a form, in a transaction of its own."""
        return self._handle(Sent(draw_ticket(), message, sender, self.now))

    def _handle(self, sent: "Sent", *, resumed: bool = False) -> Heard:
        body = encode(sent.message)
        opened = open_message(body, schema_version=VERSION)
        needs = dispatch.needs(opened)
        party, mandates = self.parties[sent.sender]
        source = Source(sent.ticket, message_id_of(sent.ticket), VERSION)
        self._report(needs)
        envelope = envelope_of(source, self.now, received_at=sent.received_at)
        context = self.world.context(party, mandates, envelope, needs, resumed=resumed)
        outcome = dispatch.handle(opened, context)
        keep(self.world, source, sent.sender, opened, outcome)
        if outcome.wait is None:
            self._store(sent.ticket, sent.message, sent.sender, outcome)
        else:
            self.waiting[sent.ticket] = sent, outcome.wait
        return Heard(sent.ticket, outcome, body)

    def resume(self) -> list[Heard]:
        """Handle the forms that waited and whose predecessor is there, or whose time is over."""
        known = self.world.loaded.by_reference
        ready = [
            ticket
            for ticket, (sent, wait) in self.waiting.items()
            if (sent.sender, wait.reference) in known or wait.until <= self.now
        ]
        return [self._handle(self.waiting.pop(ticket)[0], resumed=True) for ticket in ready]

    def _store(self, ticket: str, message: Any, sender: str, outcome: Outcome) -> None:
        """Make what was written findable, as the next transaction finds it in the tables."""
        referred, own = self.world.loaded.referred, message.header
        number = outcome.dossier.ticket if outcome.dossier is not None else outcome.about
        referred[ticket] = Referred(
            ticket, own.identification, number, ticket, sender, message_id_of(ticket), outcome.accepted
        )
        self._send_out(outcome)
        self._count(outcome)

    def _send_out(self, outcome: Outcome) -> None:
        referred = self.world.loaded.referred
        for answer in outcome.answers:
            header = answer.message.header
            form = header.reference(5, 2) or ""
            origin = referred[form]
            if header.identification not in ("ACRF001", "NOTI001"):
                referred[answer.ticket] = Referred(
                    answer.ticket,
                    header.identification,
                    header.reference(2, 2),
                    form,
                    origin.sender,
                    origin.message_id,
                    recipient=answer.recipient,
                    reference=header.reference(5, 1),
                )

    def _count(self, outcome: Outcome) -> None:
        for change in outcome.deadlines:
            if isinstance(change, Deadline):
                self.deadlines[change.dossier, change.form, change.kind] = change
                continue
            self._end(change)

    def _end(self, change: EndDeadlines) -> None:
        self.deadlines |= {key: change.end(row) for key, row in self.deadlines.items() if change.ends(row)}

    def _report(self, needs: Needs) -> None:
        """Load what a status question needs."""
        loaded = self.world.loaded
        loaded.reported.clear()
        if needs.is_report:
            for number, dossier in loaded.dossiers.items():
                # what was kept so far, the world itself adds
                loaded.reported[number] = Reported(dossier, (), ())

    def wait(self, **duration: float) -> list[Outcome]:
        """Let time pass, and what falls due fall due, the first due first."""
        self.now += timedelta(**duration)
        happened = []
        while due := self._due():
            happened.append(self.fall_due(due))
        return happened

    def _due(self) -> Deadline | None:
        waiting = (d for d in self.deadlines.values() if d.state == "open" and d.breached_at is None)
        due = sorted((d for d in waiting if d.due_at <= self.now), key=lambda d: d.due_at)
        return due[0] if due else None

    def fall_due(self, deadline: Deadline) -> Outcome:
        nobody = Sender("000000", "CPAS@ONEM", PartyKind.ONEM, 2)
        source = Source(deadline.form, message_id_of(deadline.form), VERSION)
        context = self.world.context(nobody, (), envelope_of(source, self.now), Needs())
        outcome = falling_due.handle(deadline, self.dossier(deadline.dossier), context)
        self.world.apply(source, outcome)
        self._send_out(outcome)
        self._count(outcome)
        return outcome

    def dossier(self, ticket: str) -> Dossier:
        return self.world.loaded.dossiers[ticket]

    def state(self, ticket: str) -> State:
        return self.dossier(ticket).state

    def open_task(self, dossier: str) -> StoredTask:
        (found,) = (t for t in self.tasks(dossier) if t.state is TaskState.OPEN)
        return found

    def tasks(self, dossier: str) -> list[StoredTask]:
        return [task for task in self.world.loaded.tasks.values() if task.dossier == dossier]

    def put(self, dossier: Dossier) -> None:
        """Put a dossier into a state that passes within a transaction."""
        self.world.loaded.dossiers[dossier.ticket] = dossier
