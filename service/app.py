"""The composition root: settings in, a running service out.

    inlet ─► intake (one transaction per batch) ─► acknowledge ─► relay ─► outlet

SIGTERM and SIGINT drain: nothing more is taken, the batch in hand is committed and acknowledged, what it decided is
sent for a bounded time (the rest waits in the outbox), and the exit is 0.
"""

import asyncio
import contextlib
import gc
import random
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
import uvloop
from sqlalchemy.engine import make_url

from schemas.parser import Limits
from service import dead_letters, replicas
from service.channel import Delivery, Inlet, Outlet
from service.channel.amqp import AmqpInlet, AmqpOutlet
from service.channel.folder import FolderInlet, FolderOutlet
from service.clock import Clock
from service.intake import Intake, Processed, StoreAway
from service.offices import offices_of
from service.relay import Relay
from service.settings import ChannelKind, Settings
from service.store.engine import connect
from service.store.migrate import newest, revision, upgrade
from service.vault import load_or_make

log = structlog.get_logger(__name__)

SHORTEST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
GARBAGE_THRESHOLD = 50_000
"""Allocations between two looks of the collector; a batch of messages makes many objects and hardly a cycle."""
WORKERS = 2
"""Batches in hand at once: while one waits for the database, the next is read."""


class NotMigrated(Exception):  # noqa: N818 - the name is the sentence
    """The database is not at the newest schema; the text says what to do."""


def run(settings: Settings) -> None:
    """Serve until a signal ends it. Raises NotMigrated, NoKey, TopologyMismatch, or what a first connection raises."""
    uvloop.run(_until_a_signal(settings))


async def _until_a_signal(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, stop.set)
    await prepare(settings)
    gc.collect()
    # what start-up made lives as long as the process: the collector need not look at it again and again
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    async with asyncio.TaskGroup() as group:
        group.create_task(replicas.keep(settings, stop), name="replicas")
        group.create_task(_serve_and_stop(settings, stop), name="service")


async def _serve_and_stop(settings: Settings, stop: asyncio.Event) -> None:
    """Serve; however this ends, the replicas end with it."""
    try:
        await serve(settings, stop)
    finally:
        stop.set()


async def prepare(settings: Settings) -> None:
    """Bring the database to the newest schema; in the real environment only an operator does (`cpas-onem migrate`)."""
    if await revision(settings.database_url) == newest():
        return
    if settings.environment == "R" and make_url(settings.database_url).get_backend_name() != "sqlite":
        raise NotMigrated("The database is not at the newest schema. Run: cpas-onem migrate")
    await upgrade(settings.database_url)


def channel_of(settings: Settings) -> tuple[Inlet, Outlet]:
    """Make both ends of the channel that the settings name."""
    if settings.channel is ChannelKind.AMQP:
        url = settings.amqp_url or ""
        return AmqpInlet(url), AmqpOutlet(url)
    return FolderInlet(settings.folder), FolderOutlet(settings.folder)


async def serve(settings: Settings, stop: asyncio.Event, clock: Clock | None = None) -> None:
    """Serve until `stop` is set, then drain."""
    await prepare(settings)
    clock = clock or Clock()
    vault = load_or_make(settings.secret_key_file, settings.environment)
    engine = connect(settings.database_url)
    inlet, outlet = channel_of(settings)
    limits = Limits(max_bytes=settings.max_message_bytes)
    intake = Intake(engine, vault, clock, settings.environment, limits, offices_of(settings))
    relay = Relay(engine, vault, clock, outlet)
    service = _Service(settings, inlet, intake, relay, stop)
    try:
        await outlet.start()
        await inlet.start()
        log.info("serving", channel=settings.channel.value, environment=settings.environment)
        async with dead_letters.drained(settings, engine, vault, clock):
            await service.serve()
        log.info("drained")
    finally:
        await inlet.close()
        await outlet.close()
        await engine.dispose()


@dataclass(frozen=True, slots=True)
class _Service:
    settings: Settings
    inlet: Inlet
    intake: Intake
    relay: Relay
    stop: asyncio.Event
    receiving: asyncio.Lock = field(default_factory=asyncio.Lock)
    """An inlet serves one receiver at a time."""

    async def serve(self) -> None:
        relaying = asyncio.create_task(self.relay.run(), name="relay")
        stopping = asyncio.create_task(self._stop_receiving(), name="stop")
        try:
            async with asyncio.TaskGroup() as workers:
                for number in range(WORKERS):
                    workers.create_task(self._take_in(), name=f"intake {number}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.relay.flush(), self.settings.drain_seconds)
        finally:
            for task in (relaying, stopping):
                task.cancel()
            await asyncio.gather(relaying, stopping, return_exceptions=True)

    async def _stop_receiving(self) -> None:
        await self.stop.wait()
        await self.inlet.stop_receiving()

    async def _take_in(self) -> None:
        while deliveries := await self._receive():
            processed = await self._process(deliveries)
            if processed is None:
                return
            await self.inlet.acknowledge(deliveries)
            self.relay.offer(processed.outgoing)

    async def _receive(self) -> Sequence[Delivery]:
        async with self.receiving:
            return await self.inlet.receive(self.settings.batch_size, self.settings.batch_wait_ms)

    async def _process(self, deliveries: Sequence[Delivery]) -> Processed | None:
        """Process, for as long as the database takes to come back; None when the service is to stop before it does."""
        pause = SHORTEST_PAUSE_S
        while True:
            try:
                return await self.intake.process(deliveries)
            except StoreAway as away:
                log.error("database_away", failure=str(away), retry_in_s=round(pause, 1))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load
            if self.stop.is_set():
                return None
            pause = min(LONGEST_PAUSE_S, pause * 2)
