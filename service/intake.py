"""The intake: a batch of deliveries in, one transaction, everything that follows from them written at once.

    open each message                      no transaction yet: nothing is locked while XML is read
    BEGIN
      claim the file names                 the idempotent receiver; another instance's claim is waited for
      load what the messages need          dossiers and tasks, locked
      handle each message                  pure; a later one sees what an earlier one changed
      write                                dossiers, decisions, tasks, deadlines, history, outbox
    COMMIT                                 only now may the caller acknowledge and publish

A batch that fails is taken apart: each message alone, and one that fails alone goes to quarantine, whole and sealed.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers import dispatch, reception
from handlers.context import Context, Needs
from handlers.offices import Offices, shipped
from handlers.outcome import Outcome
from schemas.file_name import Environment
from schemas.parser import Limits, Opened, Readable, Unclear, open_message
from service import faults, posting
from service.batch import NAME_REUSED, Form, by_size, form_of, identification_of, in_order, waves
from service.channel import Delivery, Outgoing
from service.clock import Clock
from service.failures import place_of
from service.faults import Point
from service.guard import Guard
from service.processed import CannotServe, Held, Processed, StoreAway, StoreBusy, hindrance_of, summed
from service.store import inbox, loaded, outbox, parties, quarantine
from service.store.engine import LOST_RACES, state_of
from service.store.loaded import Wanted
from service.store.parties import Party
from service.vault import Vault
from service.world import Source, World

log = structlog.get_logger(__name__)

PROBE_BYTES = 64 * 1024
"""More than a page has room for: a full disk shows."""
TRANSACTION_BYTES = 16 * 1024 * 1024
"""Bodies that are read and written at once; read, they take five times as much."""
READ_BYTES = 256 * 1024
"""Bodies that are read without letting anything else go on: a tenth of a second; a larger one is read alone."""
TRIES_ALONE = 3
"""A message that lost a race with another instance is tried again; one that fails each time is poison."""
MOST_LATE = 2
"""Messages of a batch that may wait in vain for what somebody else holds; where more do, all would."""

Handle = Callable[[Opened, Context], Outcome]
Reception = Callable[[Form, Context, Handle], Outcome]
"""How a form that arrived is answered."""

Hold = Callable[[AsyncConnection, Sequence[Held], datetime, Vault], Awaitable[None]]
"""How what cannot be handled is put aside."""


_Settled = list[tuple[Sequence[Delivery], Processed]]


@dataclass(frozen=True, slots=True)
class Read:
    """A delivery with what was found in it."""

    delivery: Delivery
    opened: Opened


class Intake:
    """Turns deliveries into committed decisions and answers. One instance serves many tasks."""

    def __init__(
        self,
        engine: AsyncEngine,
        vault: Vault,
        clock: Clock,
        environment: str,
        limits: Limits | None = None,
        offices: Offices | None = None,
        open_body: Callable[..., Opened] = open_message,
        handle: Callable[[Opened, Context], Outcome] = dispatch.handle,
        hold: Hold = quarantine.hold,
        guard: Guard | None = None,
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock
        self._environment = cast(Environment, environment)
        self._limits = limits or Limits()
        self._offices = offices or shipped()
        self._open_body = open_body
        self._handle = handle
        self._hold = hold
        self._guard = guard

    async def process(self, deliveries: Sequence[Delivery]) -> Processed:
        """Process a batch. Raises CannotServe; any other failure is contained in the quarantine.

        A name that comes twice is taken in twice, one after the other: the second finds the answers of the first.
        """
        settled: _Settled = []
        try:
            for wave in waves(deliveries):
                for part in by_size(wave, TRANSACTION_BYTES):
                    await self._batch(part, settled)
        except CannotServe as failure:
            committed = {id(delivery) for part, _ in settled for delivery in part}
            failure.done = _told(settled)
            failure.left = [delivery for delivery in deliveries if id(delivery) not in committed]
            raise
        return _told(settled)

    async def rehearse(self, delivery: Delivery) -> Processed:
        """Tell what processing it now would do, by doing it in a transaction that is rolled back.

        Raises what the handling raises, and CannotServe.
        """
        try:
            async with self._engine.connect() as connection, connection.begin() as transaction:
                done = await self._transact(connection, await self._read_all([delivery]))
                await transaction.rollback()
        except Exception as failure:
            if hindrance := hindrance_of(failure):
                raise hindrance from failure
            raise
        return done

    async def probe(self, deliveries: Sequence[Delivery] = ()) -> None:
        """See whether the database takes a write of a message's size, and what these need works; leave nothing.

        Raises CannotServe.
        """
        sample = Delivery(os.urandom(PROBE_BYTES), None, None, None, None, source="probe")
        try:
            async with self._engine.connect() as connection, connection.begin() as transaction:
                await quarantine.hold(connection, [(sample, "probe")], await self._clock.now(connection), self._vault)
                await transaction.rollback()
        except Exception as failure:
            raise hindrance_of(failure) or StoreAway(place_of(failure)) from failure
        for delivery in deliveries:
            try:
                await self.rehearse(delivery)
            except CannotServe:
                raise
            except Exception as failure:  # its own fault: the quarantine takes it when it comes again
                log.debug("probe_failed", failure=place_of(failure))

    async def _batch(self, deliveries: Sequence[Delivery], settled: _Settled) -> None:
        try:
            settled.append((deliveries, await self._together(deliveries)))
        except Exception as failure:
            hindrance = hindrance_of(failure)
            if hindrance and not isinstance(hindrance, StoreBusy):
                raise hindrance from failure
            log.warning("batch_taken_apart", messages=len(deliveries), failure=place_of(failure))
        else:
            return
        late = []
        for delivery in deliveries:
            try:
                settled.append(([delivery], await self._alone(delivery)))
            except StoreBusy:
                late.append(delivery)
                if len(late) > MOST_LATE:
                    raise
        for delivery in late:
            settled.append(([delivery], await self._alone(delivery)))

    async def _together(self, deliveries: Sequence[Delivery]) -> Processed:
        read = await self._read_all(deliveries)
        faults.reached(Point.READ)
        async with self._engine.begin() as connection:
            processed = await self._transact(connection, read)
            faults.reached(Point.IN_TRANSACTION)
            faults.about_to(Point.COMMIT_SENT)
        return processed

    async def _alone(self, delivery: Delivery) -> Processed:
        for attempt in range(1, TRIES_ALONE + 1):
            try:
                return await self._together([delivery])
            except Exception as failure:
                if hindrance := hindrance_of(failure):
                    raise hindrance from failure
                if attempt == TRIES_ALONE or not _lost_a_race(failure):
                    return await self._quarantine(delivery, place_of(failure))
        raise AssertionError("the last try returns")

    async def _quarantine(self, delivery: Delivery, reason: str) -> Processed:
        try:
            async with self._engine.begin() as connection:
                now = await self._clock.now(connection)
                await self._hold(connection, [(delivery, reason)], now, self._vault)
        except Exception as failure:
            raise hindrance_of(failure) or StoreAway(place_of(failure)) from failure
        return Processed(held=((delivery, reason),))

    async def _read_all(self, deliveries: Sequence[Delivery]) -> list[Read]:
        """Read a batch; what kills a reader is unclear, and never read here."""
        deadly = await self._guard.deadly(deliveries) if self._guard else {}
        unclear = {id(deliveries[place]): Unclear(reason) for place, reason in deadly.items()}
        reading = self._guard.reading if self._guard else contextlib.nullcontext
        read: list[Read] = []
        for part in by_size(deliveries, READ_BYTES):
            if read:
                # heartbeats, answers and deadlines do not wait for a whole batch of large messages
                await asyncio.sleep(0)
            with reading():
                read += [Read(one, unclear[id(one)]) if id(one) in unclear else self._read(one) for one in part]
        return read

    def _read(self, delivery: Delivery) -> Read:
        opened = self._open_body(delivery.body, schema_version=delivery.schema_version, limits=self._limits)
        return Read(delivery, opened)

    async def _transact(self, connection: AsyncConnection, read: Sequence[Read]) -> Processed:
        now = await self._clock.now(connection)
        forms, held = await self._sort(connection, read, now)
        await self._hold(connection, held, now, self._vault)
        handled, replayed = await self._receive(connection, forms)
        world = await self._treat(connection, handled)
        entries = await self._answers(connection, world, replayed, now)
        await world.write(connection, self._vault)
        await outbox.write(connection, entries, self._vault)
        return Processed(tuple(entry.outgoing for entry in entries), tuple(held), tuple(world.alerts))

    async def _sort(
        self, connection: AsyncConnection, read: Sequence[Read], now: datetime
    ) -> tuple[list[Form], list[Held]]:
        """Part what can be answered from what cannot: no identifiable sender, or of unclear validity."""
        numbers = {item.delivery.sender for item in read if item.delivery.sender}
        known = await parties.load(connection, numbers) if numbers else {}
        forms, held = [], []
        for item in read:
            party = known.get(item.delivery.sender or "")
            if party is None:
                held.append((item.delivery, "the sender cannot be identified"))
            elif isinstance(item.opened, Unclear):
                held.append((item.delivery, item.opened.reason))
            else:
                forms.append(form_of(item.delivery, party, item.opened, now, self._environment))
        return forms, held

    async def _receive(
        self, connection: AsyncConnection, forms: Sequence[Form]
    ) -> tuple[list[tuple[Form, Reception]], list[tuple[Form, str]]]:
        """Store what arrived. Gives the forms to handle, and those to replay with the ticket they repeat."""
        named = [form for form in forms if form.fault is None]
        claimed = await inbox.claim(connection, [form.received for form in named], self._vault)
        again = [form for form in named if form.received.ticket not in claimed]
        before = await inbox.known(connection, {form.key for form in again})
        repeated = [(f, before[f.key].ticket) for f in again if before[f.key].sha256 == f.received.sha256]
        refused = [
            *((form.refused(form.fault, self._vault), _misnamed) for form in forms if form.fault is not None),
            *(
                (form.refused(NAME_REUSED, self._vault), _reused)
                for form in again
                if before[form.key].sha256 != form.received.sha256
            ),
        ]
        new, refused_again = await self._receive_refused(connection, refused)
        treated = [*((form, _handled) for form in named if form.received.ticket in claimed), *new]
        ways = {id(form.delivery): way for form, way in treated}
        order = [form.delivery for form in forms]
        fresh = [(form, ways[id(form.delivery)]) for form in in_order([form for form, _ in treated], order)]
        return fresh, [*repeated, *refused_again]

    async def _receive_refused(
        self, connection: AsyncConnection, refused: Sequence[tuple[Form, Reception]]
    ) -> tuple[list[tuple[Form, Reception]], list[tuple[Form, str]]]:
        """Store what is refused for its name, as what `_receive` gives: one that comes again finds its answer."""
        claimed = await inbox.claim_refusals(connection, [form.received for form, _ in refused], self._vault)
        again = [form for form, _ in refused if form.received.ticket not in claimed]
        before = await inbox.known_refusals(connection, {form.received.refusal or b"" for form in again})
        new = [(form, way) for form, way in refused if form.received.ticket in claimed]
        return new, [(form, before[form.received.refusal or b""]) for form in again]

    async def _treat(self, connection: AsyncConnection, forms: Sequence[tuple[Form, Reception]]) -> World:
        needs = {id(form): dispatch.needs(form.opened) if way is _handled else Needs() for form, way in forms}
        wanted = [wanted_of(form.party, needs[id(form)]) for form, _ in forms]
        world = World(await loaded.load(connection, wanted, self._vault), self._offices)
        for form, way in forms:
            context = world.context(form.party.sender, form.party.mandates, form.envelope, needs[id(form)])
            keep(world, form.source, form.received.sender, form.opened, way(form, context, self._handle))
        return world

    async def _answers(
        self, connection: AsyncConnection, world: World, replayed: Sequence[tuple[Form, str]], now: datetime
    ) -> list[outbox.Entry]:
        stored = await outbox.answers_of(connection, {ticket for _, ticket in replayed}, self._vault)
        again = list(_to_repeat(replayed, stored))
        count = len(world.answers)
        ids = await outbox.draw_ids(connection, count + len(again)) if count or again else []
        fresh = posting.entries(world.answers, ids[:count], now, self._environment)
        return [*fresh, *(_repeated(*item, number, now) for item, number in zip(again, ids[count:], strict=True))]


def wanted_of(party: Party, needs: Needs) -> Wanted:
    """Say what the store must give for a form of this party."""
    companies = tuple(sorted({mandate.company_id for mandate in party.mandates}))
    return Wanted(party.sender.number, needs, companies)


def keep(world: World, source: Source, sender: str, opened: Opened, outcome: Outcome) -> None:
    """Let the world keep what became of a form."""
    header = opened.message.header if isinstance(opened, Readable) else None
    world.keep(source, outcome, sender=sender, identification=identification_of(opened), header=header)


def _repeated(ticket: str, answer: Outgoing, version: str, number: int, now: datetime) -> outbox.Entry:
    """Give the row of a stored answer that goes out again: the same in all that the recipient sees."""
    headers = outbox.headers(answer.file_name, version, duplicate_of=ticket)
    again = replace(answer, id=number, headers=headers, created_at=now)
    return outbox.Entry(again, form=ticket, schema_version=version, replay_of=answer.id)


def _handled(form: Form, context: Context, handle: Handle) -> Outcome:
    return handle(form.opened, context)


def _misnamed(form: Form, context: Context, _: Handle) -> Outcome:
    return reception.misnamed(context, form.fault or "")


def _reused(form: Form, context: Context, _: Handle) -> Outcome:
    return reception.name_reused(form.opened, context)


def _to_repeat(
    replayed: Sequence[tuple[Form, str]], stored: Mapping[str, Sequence[tuple[Outgoing, str]]]
) -> Iterator[tuple[str, Outgoing, str]]:
    """Give (ticket repeated, answer, its version) for what the same sender was answered before."""
    for form, ticket in replayed:
        for answer, version in stored.get(ticket, ()):
            if answer.recipient == form.received.sender:
                yield ticket, answer, version


def _told(settled: _Settled) -> Processed:
    """Give as one what was committed, and tell what somebody must hear of it."""
    done = summed([processed for _, processed in settled])
    for delivery, reason in done.held:
        log.error("quarantined", source=delivery.source, sender=delivery.sender, reason=reason)
    for ticket, alert in done.alerts:
        log.error("alert", ticket=ticket, what=alert)
    return done


def _lost_a_race(failure: Exception) -> bool:
    """Tell a conflict with a concurrent transaction, which a second try resolves, from a defect."""
    return isinstance(failure, IntegrityError) or (isinstance(failure, DBAPIError) and state_of(failure) in LOST_RACES)
