"""The composition root: settings in, a running service out.

    inlet ─► intake (one transaction per batch) ─► acknowledge ─► relay ─► outlet
                                deadlines, polled ──────────────────┘

SIGTERM and SIGINT drain, for a bounded time: nothing more is taken, the batch in hand is committed and acknowledged,
what it decided is sent (the rest waits in the outbox), and the exit is 0.
"""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
import uvloop
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.parser import Limits
from service import clock as clocks
from service import dead_letters, faults, replicas
from service.channel import Delivery, Inlet, Outlet, topology
from service.channel.amqp import AmqpInlet, AmqpOutlet, Watch
from service.channel.folder import FolderInlet, FolderOutlet
from service.clock import Clock
from service.deadlines import Deadlines
from service.faults import Point
from service.guard import Guard
from service.intake import Intake
from service.offices import offices_of
from service.pressure import Pressure
from service.relay import Relay
from service.settings import ChannelKind, Settings
from service.store.engine import connect
from service.store.key_check import unlock
from service.store.migrate import newest, revision, upgrade
from service.vault import Vault

log = structlog.get_logger(__name__)

GARBAGE_THRESHOLD = 50_000
"""Allocations between two looks of the collector; a batch of messages makes many objects and hardly a cycle."""
WORKERS = 2
"""Batches in hand at once: while one waits for the database, the next is read."""
_DISPOSE_SECONDS = 5


class NotMigrated(Exception):  # noqa: N818 - the name is the sentence
    """The database is not at the newest schema; the text says what to do."""


class PartEnded(Exception):  # noqa: N818 - the name is the sentence
    """A part of the service ended by itself, without a failure; the text names it."""


class ClockApart(Exception):  # noqa: N818 - the name is the sentence
    """This machine's clock is too far from the database's; the text says by how much."""


def run(settings: Settings) -> None:
    """Serve until a signal ends it.

    Raises NotMigrated, ClockApart, PartEnded, NoKey, TopologyMismatch, or what a first connection raises.
    """
    faults.arm(settings.fault)
    uvloop.run(_until_a_signal(settings))


async def _until_a_signal(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    await prepare(settings)
    # before, nothing is in hand, and a signal ends the process as any other
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, stop.set)
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


async def prepare(settings: Settings) -> Vault:
    """Bring the database to the newest schema and open its vault; in R only an operator does (`cpas-onem migrate`)."""
    if await revision(settings.database_url) != newest():
        if settings.environment == "R" and make_url(settings.database_url).get_backend_name() != "sqlite":
            raise NotMigrated("The database is not at the newest schema. Run: cpas-onem migrate")
        await upgrade(settings.database_url)
    return await unlock(settings.database_url, settings.secret_key_file, settings.environment)


def channel_of(settings: Settings) -> tuple[Inlet, Outlet]:
    """Make both ends of the channel that the settings name."""
    if settings.channel is ChannelKind.AMQP:
        inlet = _amqp_inlet(settings, topology.INBOX, settings.prefetch)
        return inlet, AmqpOutlet(settings.amqp_url or "", settings.broker_seconds)
    return FolderInlet(settings.folder), FolderOutlet(settings.folder)


def dead_letters_of(settings: Settings) -> Inlet | None:
    """Make the inlet of what the broker gave up on; a folder gives nothing up."""
    if settings.channel is not ChannelKind.AMQP:
        return None
    return _amqp_inlet(settings, topology.DEAD, dead_letters.BATCH)


def _amqp_inlet(settings: Settings, queue: str, prefetch: int) -> AmqpInlet:
    return AmqpInlet(
        settings.amqp_url or "",
        queue,
        prefetch,
        watch=Watch(settings.watch_seconds, 2 * settings.watch_seconds),
        rpc_seconds=settings.broker_seconds,
    )


async def serve(settings: Settings, stop: asyncio.Event, clock: Clock | None = None) -> None:
    """Serve until `stop` is set, then drain."""
    vault = await prepare(settings)
    clock = clock or Clock()
    engine = connect(settings.database_url)
    await _agree_on_the_time(engine)
    inlet, outlet = channel_of(settings)
    limits = Limits(max_bytes=settings.max_message_bytes)
    guard = Guard(limits)
    intake = Intake(engine, vault, clock, settings.environment, limits, offices_of(settings), guard=guard)
    relay = Relay(engine, vault, clock, outlet)
    due = Deadlines(
        engine,
        vault,
        clock,
        settings.environment,
        relay.offer,
        offices_of(settings),
        settings.due_seconds,
        limits,
    )
    service = _Service(settings, inlet, Pressure(settings, inlet, intake, engine, clock, stop), relay, due, stop)
    try:
        await outlet.start()
        await inlet.start()
        log.info("serving", channel=settings.channel.value, environment=settings.environment)
        async with dead_letters.drained(dead_letters_of(settings), engine, vault, clock) as draining:
            await service.serve(draining)
        log.info("drained")
    finally:
        await inlet.close()
        await outlet.close()
        await guard.close()
        await _dispose(engine)


async def _agree_on_the_time(engine: AsyncEngine) -> None:
    """Refuse to start, or alert, where this machine's clock is far from the database's. Raises ClockApart."""
    apart = await clocks.apart(engine)
    if apart <= clocks.ALERT:
        return
    found = f"This machine's clock is {apart.total_seconds():.1f} s from the database's."
    if apart > clocks.LIMIT:
        await _dispose(engine)
        raise ClockApart(f"{found} Let both take their time from the same source (NTP), then start again.")
    log.error("alert", what=found)


@dataclass(frozen=True, slots=True)
class _Service:
    settings: Settings
    inlet: Inlet
    pressure: Pressure
    relay: Relay
    deadlines: Deadlines
    stop: asyncio.Event
    receiving: asyncio.Lock = field(default_factory=asyncio.Lock)
    """An inlet serves one receiver at a time."""

    async def serve(self, others: Sequence[asyncio.Task[None]] = ()) -> None:
        """Work until `stop`, or until a part ends; then drain, for a bounded time. `others` are parts that run already.

        Raises what the part raised, or PartEnded where it ended by itself.
        """
        loop = asyncio.get_running_loop()
        helpers = [
            *others,
            loop.create_task(self.relay.run(), name="relay"),
            loop.create_task(self.deadlines.run(), name="deadlines"),
            loop.create_task(self.pressure.watch_backlog(), name="backlog"),
        ]
        workers = [loop.create_task(self._take_in(), name=f"intake {number}") for number in range(WORKERS)]
        stopping = loop.create_task(self.stop.wait())
        try:
            done, _ = await asyncio.wait({stopping, *workers, *helpers}, return_when=asyncio.FIRST_COMPLETED)
            ended = [] if self.stop.is_set() else [task.get_name() for task in done]
            self.stop.set()
            deadline = loop.time() + self.settings.drain_seconds
            await self._drain(workers, deadline)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self.relay.flush()
            _raise_first(workers + helpers)
            if ended:
                raise PartEnded(f"The service stopped because this ended by itself: {', '.join(ended)}.")
        finally:
            await _cancel([*helpers, *workers, stopping])

    async def _drain(self, workers: list[asyncio.Task[None]], deadline: float) -> None:
        """Let the workers finish what is in hand; what is not done in time comes back to whoever consumes next."""
        await self.inlet.stop_receiving()
        seconds = max(0.0, deadline - asyncio.get_running_loop().time())
        _, late = await asyncio.wait(workers, timeout=seconds)
        if late:
            log.warning("not_drained", batches=len(late))
            await _cancel(list(late))

    async def _take_in(self) -> None:
        while deliveries := await self._receive():
            faults.reached(Point.DELIVERED)
            processed = await self.pressure.process(deliveries)
            if processed is not None:
                faults.reached(Point.COMMITTED)
                await self.inlet.acknowledge(deliveries)
                faults.reached(Point.ACKNOWLEDGED)
                self.relay.offer(processed.outgoing)

    async def _receive(self) -> Sequence[Delivery]:
        async with self.receiving:
            return await self.inlet.receive(self.settings.batch_size, self.settings.batch_wait_ms)


def _raise_first(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


async def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _dispose(engine: AsyncEngine) -> None:
    """Close the connections to the database; one that a dead link holds up is left to the end of the process."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DISPOSE_SECONDS):
            await engine.dispose()
