"""The AMQP channel: an inlet that consumes `onem.inbox`, here, and an outlet that publishes, in `amqp_outlet`.

    AmqpInlet   connection 1 ─ channel ─ consumer ─► bounded buffer ─► receive ─► (commit) ─► acknowledge
    AmqpOutlet  connection 2 ─ channel ─ mandatory, persistent publish ─► confirmation

Two connections, because an alarm on the broker blocks those that publish. The consumer's callback only buffers, as much
as the prefetch lets in; what was buffered on a connection that is gone is dropped, since the broker delivers it again.
Refuses to acknowledge by itself, and to requeue.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import structlog
from aiormq.abc import AbstractChannel, AbstractConnection, DeliveredMessage

from service.channel import Delivery, properties, topology
from service.channel.amqp_outlet import AmqpOutlet
from service.channel.connection import LOST, Pause, close_later, connect, reraise_own_cancellation

__all__ = ["PREFETCH", "AmqpInlet", "AmqpOutlet", "Session"]

log = structlog.get_logger(__name__)

PREFETCH = 300
"""Unacknowledged messages the broker may have with us; 100 to 300 is what RabbitMQ advises for quorum queues."""
_RPC_SECONDS = 10


@dataclass(eq=False, slots=True)
class Session:
    """One channel's life: what the broker gave on it and still waits to hear of, in the order of delivery."""

    connection: AbstractConnection
    channel: AbstractChannel
    consumer_tag: str = ""
    unacknowledged: dict[int, None] = field(default_factory=dict)
    """Delivery tags, ascending."""

    def settle(self, tags: set[int]) -> Iterator[tuple[int, bool]]:
        """Give the (tag, multiple) to acknowledge: one for a handled prefix, and each that lies beyond a gap alone."""
        prefix = []
        for tag in self.unacknowledged:
            if tag not in tags:
                break
            prefix.append(tag)
        if prefix:
            yield prefix[-1], len(prefix) > 1
        for tag in sorted(tags.difference(prefix)):
            if tag in self.unacknowledged:
                yield tag, False
        for tag in tags:
            self.unacknowledged.pop(tag, None)


class AmqpInlet:
    """Consumes one queue. Reconnects for as long as it is not stopped; `receive` simply goes on."""

    def __init__(self, url: str, queue: str = topology.INBOX, prefetch: int = PREFETCH) -> None:
        self._url = url
        self._queue = queue
        self._prefetch = prefetch
        self._buffer: deque[Delivery] = deque()
        self._wanted = 1
        self._enough = asyncio.Event()
        self._stopping = asyncio.Event()
        self._session: Session | None = None
        self._supervisor: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Make sure that the topology is there, and consume.

        Raises TopologyMismatch, AMQPError, OSError or TimeoutError: the first connection must succeed.
        """
        connection = await connect(self._url, "cpas-onem intake")
        try:
            await topology.apply(connection)
            session = await self._consume(connection)
        except BaseException:
            await connection.close()
            raise
        self._supervisor = asyncio.create_task(self._supervise(session), name="amqp inlet")

    async def receive(self, limit: int, wait_ms: int) -> Sequence[Delivery]:
        """Wait for a first message, then gather up to `limit` for at most `wait_ms`; empty once stopped."""
        while not self._buffer:
            if self._stopping.is_set():
                return ()
            await self._until(1)
        if len(self._buffer) < limit and not self._stopping.is_set():
            try:
                async with asyncio.timeout(wait_ms / 1000):
                    await self._until(limit)
            except TimeoutError:
                pass
        return [self._buffer.popleft() for _ in range(min(limit, len(self._buffer)))]

    async def _until(self, count: int) -> None:
        self._wanted = count
        self._enough.clear()
        if len(self._buffer) < count and not self._stopping.is_set():
            await self._enough.wait()

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these are committed; harmless when the channel they came on is gone."""
        by_session: dict[Session, set[int]] = {}
        for delivery in deliveries:
            session, tag = delivery.handle
            by_session.setdefault(session, set()).add(tag)
        for session, tags in by_session.items():
            try:
                for tag, multiple in session.settle(tags):
                    await session.channel.basic_ack(tag, multiple=multiple, wait=False)
            except LOST as loss:
                reraise_own_cancellation(loss)
                log.info("acknowledgement_lost", queue=self._queue, count=len(tags))

    async def stop_receiving(self) -> None:
        """Cancel the consumer and give back what was buffered; a pending `receive` returns."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._buffer.clear()
        self._enough.set()
        session = self._session
        if session is None or session.channel.is_closed:
            return
        try:
            await session.channel.basic_cancel(session.consumer_tag, timeout=_RPC_SECONDS)
        except LOST as loss:
            reraise_own_cancellation(loss)

    async def close(self) -> None:
        """Close the connection; what is not acknowledged comes back to whoever receives next."""
        await self.stop_receiving()
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        if self._session is not None:
            await self._session.connection.close()
            self._session = None

    async def _consume(self, connection: AbstractConnection) -> Session:
        channel = await connection.channel(publisher_confirms=False, timeout=_RPC_SECONDS)
        session = Session(connection, channel)

        async def buffer(message: DeliveredMessage) -> None:
            tag = message.delivery_tag
            if tag is None or self._stopping.is_set() or session is not self._session:
                return
            session.unacknowledged[tag] = None
            try:
                delivery = properties.delivery(message, self._queue, (session, tag))
            except Exception as problem:
                # Nothing of it can be told: it goes to the dead letters, and its place becomes free.
                log.error("unreadable_delivery", queue=self._queue, error=type(problem).__name__)
                del session.unacknowledged[tag]
                await channel.basic_reject(tag, requeue=False, wait=False)
                return
            self._buffer.append(delivery)
            if len(self._buffer) >= self._wanted:
                self._enough.set()

        self._buffer.clear()
        self._session = session
        channel.on_consumer_cancel_callbacks.add(lambda _: close_later(connection))
        await channel.basic_qos(prefetch_count=self._prefetch, timeout=_RPC_SECONDS)
        done = await channel.basic_consume(self._queue, buffer, timeout=_RPC_SECONDS)
        session.consumer_tag = done.consumer_tag or ""
        return session

    async def _supervise(self, session: Session) -> None:
        """Wait for the end of the channel, then build everything anew, until stopped."""
        pause = Pause()
        while True:
            await asyncio.wait([session.channel.closing])
            if self._stopping.is_set():
                return
            self._buffer.clear()
            log.warning("inlet_lost", queue=self._queue)
            await session.connection.close()
            session = await self._again(pause)
            log.info("inlet_back", queue=self._queue)

    async def _again(self, pause: Pause) -> Session:
        while True:
            await asyncio.sleep(pause.seconds())
            connection = None
            try:
                connection = await connect(self._url, "cpas-onem intake")
                session = await self._consume(connection)
            except LOST as loss:
                reraise_own_cancellation(loss)
                log.warning("inlet_unreachable", queue=self._queue, error=type(loss).__name__)
                if connection is not None:
                    await connection.close()
            else:
                pause.reset()
                return session
