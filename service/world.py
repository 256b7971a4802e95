"""The world of one transaction: what each form or deadline finds, and what all of them leave behind.

    loaded ─► World ─► a Context for each ─► handler ─► World keeps ─► written at once

What one changes, a later one of the same transaction sees. Nothing here touches the database but `write`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.context import Context, Envelope, Needs, Referred, Reported
from handlers.dossier import Dossier, Mandate, Sender, StoredTask
from handlers.offices import Offices, shipped
from handlers.outcome import Answer, Deadline, DecisionRecord, EndDeadlines, HistoryEntry, Outcome
from handlers.status_query import CLOSED_STATES
from schemas.models import Attachment, FormHeader
from service.store import attachments, deadlines, dossiers, forms, history, tasks, waiting
from service.store.forms import SUBSTANCE, HandledForm
from service.store.loaded import Loaded
from service.store.waiting import WaitingForm
from service.tickets import draw_ticket
from service.vault import Vault


@dataclass(frozen=True, slots=True)
class Source:
    """What answers answer: the form, in which version of the schemas, by which message id."""

    ticket: str
    message_id: str
    schema_version: str


@dataclass(slots=True)
class World:
    """The dossiers of a transaction as they stand, and all that is to be written of it."""

    loaded: Loaded
    offices: Offices = field(default_factory=shipped)
    stored_dossiers: frozenset[str] = field(init=False)
    stored_tasks: frozenset[str] = field(init=False)
    changed_dossiers: dict[str, Dossier] = field(default_factory=dict)
    changed_tasks: dict[str, StoredTask] = field(default_factory=dict)
    forms: list[HandledForm] = field(default_factory=list)
    waiting: list[WaitingForm] = field(default_factory=list)
    documents: list[tuple[str, str, Sequence[Attachment]]] = field(default_factory=list)
    decisions: list[DecisionRecord] = field(default_factory=list)
    deadlines: list[Deadline | EndDeadlines] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)
    answers: list[tuple[Source, Answer]] = field(default_factory=list)
    alerts: list[tuple[str, str]] = field(default_factory=list)
    """Ticket of the form, and what an operator must hear of it."""

    def __post_init__(self) -> None:
        self.stored_dossiers = frozenset(self.loaded.dossiers)
        self.stored_tasks = frozenset(self.loaded.tasks)

    def context(
        self, sender: Sender, mandates: tuple[Mandate, ...], envelope: Envelope, needs: Needs, *, resumed: bool = False
    ) -> Context:
        """Give a handler what it may know."""
        loaded = self.loaded
        referred = self._referred(sender, needs)
        dossier = loaded.dossiers.get(referred.dossier or "") if referred is not None else None
        last = dossier.last_accepted if dossier is not None else ""
        request, before = loaded.requests.get(last, (None, None))
        earlier = loaded.requests.get(before or "")
        number = dossier.ticket if dossier is not None else None
        return Context(
            sender=sender,
            mandates=mandates,
            envelope=envelope,
            draw_ticket=draw_ticket,
            siblings=self._siblings(needs, dossier),
            referred=referred,
            dossier=dossier,
            request=request,
            before=(before, earlier[0]) if before is not None and earlier is not None else None,
            tasks=tuple(task for task in loaded.tasks.values() if task.dossier == number),
            substance_contacts=loaded.contacts.get(number or "", 0),
            deadlines=applied(
                loaded.deadlines.get(number or "", ()), [row for row in self.deadlines if row.dossier == number]
            ),
            reported=self._reported(needs, number) if needs.is_report else (),
            resumed=resumed,
            offices=self.offices,
        )

    def _referred(self, sender: Sender, needs: Needs) -> Referred | None:
        ticket = needs.ticket
        if ticket is None and needs.reference is not None:
            ticket = self.loaded.by_reference.get((sender.number, needs.reference))
        return self.loaded.referred.get(ticket) if ticket is not None else None

    def _siblings(self, needs: Needs, named: Dossier | None) -> tuple[Dossier, ...]:
        if needs.inss is None:
            return ()
        company = named.company_id if named is not None and needs.company_id is None else needs.company_id
        return tuple(
            dossier
            for dossier in self.loaded.dossiers.values()
            if dossier.inss == needs.inss and dossier.company_id == company
        )

    def _reported(self, needs: Needs, number: str | None) -> tuple[Reported, ...]:
        """Give the dossiers asked about as they now stand: other questions of the transaction loaded theirs beside."""
        changed = {ticket: Reported(dossier, (), ()) for ticket, dossier in self.changed_dossiers.items()}
        held = {**changed, **self.loaded.reported}
        if needs.ticket is not None:
            return (self._fresh(held[number]),) if number in held else ()
        fresh = (self._fresh(item) for item in held.values())
        return tuple(item for item in fresh if _is_open(item.dossier, needs.company_id))

    def _fresh(self, item: Reported) -> Reported:
        number = item.dossier.ticket
        return Reported(
            dossier=self.loaded.dossiers.get(number, item.dossier),
            deadlines=applied(item.deadlines, (change for change in self.deadlines if change.dossier == number)),
            history=(*item.history, *(entry for entry in self.history if entry.dossier == number)),
        )

    def keep(
        self, source: Source, outcome: Outcome, *, sender: str, identification: str | None, header: FormHeader | None
    ) -> None:
        """Take in what a handler wants done with a form."""
        if outcome.wait is not None:
            reference = sender, outcome.wait.reference
            self.waiting.append(WaitingForm(source.ticket, reference, outcome.wait.until))
        else:
            self._keep_form(source, outcome, sender, identification, header)
        self.apply(source, outcome)

    def _keep_form(
        self, source: Source, outcome: Outcome, sender: str, identification: str | None, header: FormHeader | None
    ) -> None:
        number = outcome.dossier.ticket if outcome.dossier is not None else outcome.about
        was = self.loaded.dossiers.get(number or "")
        form = HandledForm(
            ticket=source.ticket,
            dossier=number,
            identification=identification,
            accepted=outcome.accepted,
            anomalies=outcome.anomalies,
            sender=sender,
            reference=(header.reference(1, 1) or "") if header is not None else "",
            answers=header.reference(5, 2) if header is not None else None,
            topic=outcome.topic,
            request=outcome.request,
            before=was.last_accepted if was is not None and outcome.request is not None else None,
        )
        self.forms.append(form)
        self._remember(form, source)

    def _remember(self, form: HandledForm, source: Source) -> None:
        """Let a later form of the transaction find this one."""
        loaded = self.loaded
        if form.request is not None:
            loaded.requests[form.ticket] = form.request, form.before
        if not form.accepted or form.dossier is None:
            return
        if form.identification == "OCCP001" and form.reference:
            loaded.by_reference[form.sender, form.reference] = form.ticket
            loaded.referred[form.ticket] = Referred(
                form.ticket, form.identification, form.dossier, form.ticket, form.sender, source.message_id
            )
        if form.answers in loaded.referred:
            loaded.referred[form.answers] = replace(loaded.referred[form.answers], is_answered=True)
        if form.topic == SUBSTANCE:
            loaded.contacts[form.dossier] = loaded.contacts.get(form.dossier, 0) + 1

    def apply(self, source: Source, outcome: Outcome) -> None:
        """Take in what a handler wants done, by a form or by a deadline."""
        loaded = self.loaded
        if outcome.dossier is not None:
            number = outcome.dossier.ticket
            loaded.dossiers[number] = self.changed_dossiers[number] = outcome.dossier
            if outcome.attachments:
                self.documents.append((source.ticket, number, outcome.attachments))
        for task in outcome.tasks:
            loaded.tasks[task.ticket] = self.changed_tasks[task.ticket] = task
        if outcome.decision is not None:
            self.decisions.append(outcome.decision)
        self.deadlines.extend(outcome.deadlines)
        for change in outcome.deadlines:
            if isinstance(change, EndDeadlines):
                before = loaded.deadlines.get(change.dossier, [])
                loaded.deadlines[change.dossier] = [item for item in before if item.kind not in change.kinds]
        self.history.extend(outcome.history)
        self.answers.extend((source, answer) for answer in outcome.answers)
        self.alerts.extend((source.ticket, alert) for alert in outcome.alerts)

    async def write(self, connection: AsyncConnection, vault: Vault) -> None:
        """Write all that was kept but the answers."""
        await dossiers.write(connection, self.changed_dossiers.values(), self.stored_dossiers, vault)
        await forms.write(connection, self.forms, vault)
        await waiting.write(connection, self.waiting, vault)
        await attachments.write(connection, self.documents, vault)
        await tasks.write(connection, self.changed_tasks.values(), self.stored_tasks, vault)
        await dossiers.write_decisions(connection, self.decisions, vault)
        await deadlines.write(connection, self.deadlines)
        await history.write(connection, self.history)


def _is_open(dossier: Dossier, company_id: str | None) -> bool:
    return dossier.state not in CLOSED_STATES and company_id in (None, dossier.company_id)


def applied(held: Sequence[Deadline], changes: Iterable[Deadline | EndDeadlines]) -> tuple[Deadline, ...]:
    """Give a dossier's deadlines after these changes, in their order."""
    rows = {(deadline.form, deadline.kind): deadline for deadline in held}
    for change in changes:
        if isinstance(change, Deadline):
            rows[change.form, change.kind] = change
        else:
            rows.update((key, change.end(row)) for key, row in rows.items() if change.ends(row))
    return tuple(rows.values())


def envelope_of(
    source: Source,
    now: datetime,
    *,
    received_at: datetime | None = None,
    file_name: str = "",
    sent_at: datetime | None = None,
) -> Envelope:
    """Give the transport's part of a form, as handlers see it; `received_at` where it was received before now."""
    return Envelope(
        ticket=source.ticket,
        file_name=file_name,
        message_id=source.message_id,
        schema_version=source.schema_version,
        received_at=received_at or now,
        handled_at=now,
        sent_at=sent_at,
    )
