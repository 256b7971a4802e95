"""What falls due: deadlines and forms that waited, polled from their tables and handled like messages.

    every few seconds ─► what is due? ─► each, in order of due date: BEGIN, lock its dossier, is it still due?
                             ─► handler ─► dossier, deadlines, history, outbox written ─► COMMIT ─► offered to the relay
                      ─► which waiting form's predecessor is there, or whose time is over? ─► handled as if it came now

The clock is the database's and nothing is kept in memory, so a restart or days of downtime lose nothing: what was
missed is still due, and happens once, whichever instance takes it. What fails is told, tried again after a growing
pause, and stands in nobody's way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar, cast

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers import deadline as falling_due
from handlers import dispatch
from handlers.context import Needs
from handlers.dossier import PartyKind, Sender
from handlers.offices import Offices, shipped
from schemas.file_name import Environment
from schemas.models import Language
from schemas.parser import Limits, open_message
from service import posting
from service.channel import Outgoing
from service.clock import Clock
from service.failures import Outage, place_of
from service.intake import keep, wanted_of
from service.store import deadlines, dossiers, inbox, outbox, parties, waiting
from service.store import loaded as store
from service.store.engine import is_away
from service.vault import Vault
from service.world import Source, World, envelope_of

log = structlog.get_logger(__name__)

POLL_SECONDS = 5.0
AT_ONCE = 100
"""Most that one look takes; the rest follows at once."""
LONGEST_PAUSE = timedelta(minutes=5)
"""Between two tries of what fails each time."""

_NOBODY = Sender("000000", "CPAS@ONEM", PartyKind.ONEM, Language.FR)
"""Who acts when a deadline falls due."""


Thing = deadlines.Key | str
"""A deadline, or the ticket of a form that waits."""
SomeThing = TypeVar("SomeThing", deadlines.Key, str)


@dataclass(frozen=True, slots=True)
class _Failing:
    tries: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Handles what falls due. One instance a process."""

    engine: AsyncEngine
    vault: Vault
    clock: Clock
    environment: str
    offer: Callable[[Sequence[Outgoing]], None]
    """Takes answers that were committed, to send them."""
    offices: Offices | None = None
    poll_seconds: float = POLL_SECONDS
    limits: Limits = field(default_factory=Limits)
    """The intake's own: a form that waited is read as it was when it came."""
    failing: dict[Thing, _Failing] = field(default_factory=dict)
    """What failed at its last try: so many of them never hide what comes after."""
    outage: Outage = field(default_factory=lambda: Outage("deadlines"))

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            try:
                while await self.once():
                    continue
                self.outage.is_over()
            except Exception as failure:
                if not self.outage.explains(failure):
                    log.error("deadlines_failed", failure=place_of(failure))
            await asyncio.sleep(self.poll_seconds)

    async def once(self) -> int:
        """Handle what is due now, at most `AT_ONCE` of each, and give how much was handled."""
        async with self.engine.connect() as connection:
            now = await self.clock.now(connection)
            room = AT_ONCE + len(self.failing)
            keys = self._to_try(await deadlines.due(connection, now, room), now)
            tickets = self._to_try(await waiting.ready(connection, now, room), now)
        handled = [await self._contained(key, now, self._fall_due(key)) for key in keys]
        handled += [await self._contained(ticket, now, self._resume(ticket)) for ticket in tickets]
        return sum(handled)

    def _to_try(self, things: Sequence[SomeThing], now: datetime) -> list[SomeThing]:
        """Leave out what failed a short while ago."""
        free = [thing for thing in things if thing not in self.failing or self.failing[thing].until <= now]
        return free[:AT_ONCE]

    async def _contained(self, thing: Thing, now: datetime, work: Awaitable[bool]) -> bool:
        """Do one thing; what fails is told, and tried again later."""
        try:
            done = await work
        except Exception as failure:
            if is_away(failure):
                raise
            tries = self.failing[thing].tries + 1 if thing in self.failing else 1
            pause = min(LONGEST_PAUSE, POLL_SECONDS * timedelta(seconds=2 ** min(tries, 10)))
            self.failing[thing] = _Failing(tries, now + pause)
            log.error("due_failed", what=thing, tries=tries, failure=place_of(failure))
            return False
        self.failing.pop(thing, None)
        return done

    async def _fall_due(self, key: deadlines.Key) -> bool:
        async with self.engine.begin() as connection:
            now = await self.clock.now(connection)
            # the dossier first, as every form does: two instances never wait for each other
            held = await dossiers.lock(connection, (), [key[0]], self.vault)
            item = await deadlines.take(connection, key, now)
            if item is None:
                return False
            beside = await deadlines.of_dossiers(connection, [item.dossier], only_open=True)
            world = World(store.Loaded(dossiers=held), self.offices or shipped())
            origin = (await inbox.sources(connection, [item.form]))[item.form]
            source = Source(item.form, origin.message_id, origin.schema_version)
            context = world.context(_NOBODY, (), envelope_of(source, now), Needs())
            outcome = falling_due.handle(item, held[item.dossier], context, tuple(beside.get(item.dossier, ())))
            world.apply(source, outcome)
            sent = await self._write(connection, world, now)
        log.info("deadline", kind=item.kind.value, dossier=item.dossier, due=item.due_at.isoformat())
        self._tell(world, sent)
        return True

    async def _write(self, connection: AsyncConnection, world: World, now: datetime) -> list[Outgoing]:
        await world.write(connection, self.vault)
        ids = await outbox.draw_ids(connection, len(world.answers)) if world.answers else []
        entries = posting.entries(world.answers, ids, now, cast(Environment, self.environment))
        await outbox.write(connection, entries, self.vault)
        return [entry.outgoing for entry in entries]

    def _tell(self, world: World, sent: Sequence[Outgoing]) -> None:
        for ticket, what in world.alerts:
            log.error("alert", ticket=ticket, what=what)
        self.offer(sent)

    async def _resume(self, ticket: str) -> bool:
        async with self.engine.begin() as connection:
            if not await waiting.take(connection, ticket):
                return False
            now = await self.clock.now(connection)
            received = await inbox.find(connection, ticket, self.vault)
            party = (await parties.load(connection, [received.sender]))[received.sender]
            opened = open_message(received.body, schema_version=received.schema_version, limits=self.limits)
            needs = dispatch.needs(opened)
            world = World(
                await store.load(connection, [wanted_of(party, needs)], self.vault), self.offices or shipped()
            )
            origin = (await inbox.sources(connection, [ticket]))[ticket]
            source = Source(ticket, origin.message_id, origin.schema_version)
            envelope = envelope_of(
                source,
                now,
                received_at=received.received_at,
                file_name=received.file_name or "",
                sent_at=received.sent_at,
            )
            context = world.context(party.sender, party.mandates, envelope, needs, resumed=True)
            keep(world, source, received.sender, opened, dispatch.handle(opened, context))
            sent = await self._write(connection, world, now)
        self._tell(world, sent)
        return True
