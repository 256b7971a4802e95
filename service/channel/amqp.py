"""The AMQP channel: an inlet that consumes `onem.inbox`, here, and an outlet that publishes, in `amqp_outlet`.

    AmqpInlet   connection 1 ─ channel ─ consumer ─► bounded buffer ─► receive ─► (commit) ─► acknowledge
    AmqpOutlet  connection 2 ─ channel ─ mandatory, persistent publish ─► confirmation

Two connections, because an alarm on the broker blocks those that publish. The consumer's callback only buffers, as much
as the prefetch lets in; what was buffered on a connection that is gone is dropped, since the broker delivers it again.
One task, the supervisor, owns the consumer: it reconnects, watches, pauses, and changes how much is held. Refuses to
acknowledge by itself, and to requeue.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from aiormq.abc import DeliveredMessage

from service.channel import Delivery, InletFailed, properties, topology
from service.channel.amqp_outlet import AmqpOutlet
from service.channel.caution import Caution
from service.channel.connection import (
    LOST,
    RPC_SECONDS,
    Pause,
    close_later,
    close_within,
    connect,
    is_loss,
    is_set_within,
    reraise_own_cancellation,
)
from service.channel.session import Session

__all__ = ["PREFETCH", "AmqpInlet", "AmqpOutlet", "Session", "Watch"]

log = structlog.get_logger(__name__)

PREFETCH = 300
"""Unacknowledged messages the broker may have with us; 100 to 300 is what RabbitMQ advises for quorum queues."""
LARGEST = 12 * 1024 * 1024
"""Bytes of a body that are kept, and one more: enough to refuse it for its size."""
_FAULTS = 3


@dataclass(frozen=True, slots=True)
class Watch:
    """How often the consumer is looked at, and how long it may be given nothing while messages wait. Seconds."""

    every: float = 30.0
    stalled: float = 60.0


class AmqpInlet:
    """Consumes one queue. Reconnects for as long as it is not stopped; `receive` simply goes on."""

    def __init__(
        self,
        url: str,
        queue: str = topology.INBOX,
        prefetch: int = PREFETCH,
        *,
        watch: Watch | None = None,
        rpc_seconds: float = RPC_SECONDS,
        largest: int = LARGEST,
    ) -> None:
        self.caution = Caution(prefetch)
        self._url = url
        self._queue = queue
        self._watch = watch or Watch()
        self._rpc_seconds = rpc_seconds
        self._largest = largest
        self._buffer: deque[Delivery] = deque()
        self._wanted = 1
        self._enough = asyncio.Event()
        self._stopping = asyncio.Event()
        self._running = asyncio.Event()
        self._running.set()
        self._changed = asyncio.Event()
        self._failure: Exception | None = None
        self._faults = 0
        self._session: Session | None = None
        self._supervisor: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Make sure that the topology is there, and consume.

        Raises TopologyMismatch, AMQPError, OSError or TimeoutError: the first connection must succeed.
        """
        await self._open()
        self._supervisor = asyncio.create_task(self._supervise(), name="amqp inlet")

    async def receive(self, limit: int, wait_ms: int) -> Sequence[Delivery]:
        """Wait for a first message, then gather up to `limit` for at most `wait_ms`; empty only once stopped.

        Raises InletFailed or TopologyMismatch when no more can come.
        """
        while not self._stopping.is_set():
            if self._failure is not None and not self._buffer:
                raise self._failure
            if batch := await self._gather(limit, wait_ms):
                return batch
        return ()

    async def _gather(self, limit: int, wait_ms: int) -> Sequence[Delivery]:
        """Wait for a batch; empty where what was buffered was lost with its connection, and comes again."""
        if not self._buffer:
            await self._until(1)
        most = 1 if self.caution.is_isolated else limit
        if 0 < len(self._buffer) < most:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_ms / 1000):
                    await self._until(most)
        return [self._buffer.popleft() for _ in range(min(most, len(self._buffer)))]

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
                async with asyncio.timeout(self._rpc_seconds):
                    for tag, multiple in session.settle(tags):
                        await session.channel.basic_ack(tag, multiple=multiple, wait=False)
            except (Exception, asyncio.CancelledError) as loss:
                reraise_own_cancellation(loss)
                if not is_loss(loss):
                    raise
                log.info("acknowledgement_lost", queue=self._queue, count=len(tags))
                close_later(session.connection)
            else:
                self.caution.passed(len(tags))
                self._adjust(session)

    async def pause(self) -> None:
        """Take nothing new until `resume`; what was received may still be acknowledged."""
        self._running.clear()
        self._changed.set()

    async def resume(self) -> None:
        """Go on after `pause`."""
        self._running.set()
        self._changed.set()

    async def release(self) -> None:
        """Give back all that is not acknowledged, while paused."""
        self._buffer.clear()
        if self._session is not None:
            self._session.unacknowledged.clear()
            await close_within(self._session.connection, self._rpc_seconds)

    async def stop_receiving(self) -> None:
        """Cancel the consumer and give back what was buffered; a pending `receive` returns."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._buffer.clear()
        self._enough.set()
        self._changed.set()
        self._running.set()
        if self._supervisor is not None and self._session is not None:
            await asyncio.wait([self._supervisor], timeout=self._rpc_seconds)

    async def close(self) -> None:
        """Close the connection; what is not acknowledged comes back to whoever receives next."""
        await self.stop_receiving()
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        if self._session is not None:
            await close_within(self._session.connection, self._rpc_seconds)
            self._session = None

    async def _open(self) -> None:
        connection = await connect(self._url, "cpas-onem intake")
        try:
            await topology.apply(connection)
            channel = await connection.channel(publisher_confirms=False, timeout=self._rpc_seconds)
            channel.on_consumer_cancel_callbacks.add(lambda _: close_later(connection))
            self._buffer.clear()
            self._session = Session(connection, channel)
            await self._consume(self._session)
        except BaseException:
            self._session = None
            close_later(connection)
            raise

    def _prefetch(self) -> int:
        return self.caution.prefetch if self._running.is_set() and not self._stopping.is_set() else 0

    def _adjust(self, session: Session) -> None:
        """Wake the supervisor where the consumer is to hold another number of messages."""
        if session is self._session and session.prefetch != self._prefetch():
            self._changed.set()

    async def _consume(self, session: Session) -> None:
        async def take(message: DeliveredMessage) -> None:
            self._take(session, message)

        await session.consume(self._queue, self._prefetch(), take, self._rpc_seconds)

    def _take(self, session: Session, message: DeliveredMessage) -> None:
        """Buffer one message; nothing that is in it can make this fail."""
        tag = message.delivery_tag
        if tag is None or self._stopping.is_set() or session is not self._session:
            return
        session.unacknowledged[tag] = None
        session.delivered_at = asyncio.get_running_loop().time()
        self._buffer.append(properties.delivery(message, self._queue, (session, tag), self._largest))
        failures = properties.failures(message)
        if failures and self.caution.delivered(failures):
            log.warning("one_by_one", queue=self._queue, failures=failures)
            self._adjust(session)
        if len(self._buffer) >= self._wanted:
            self._enough.set()

    async def _supervise(self) -> None:
        """Keep a session that consumes what it should; build it anew when it is lost, until stopped."""
        pause = Pause()
        while not self._stopping.is_set():
            try:
                if self._session is None:
                    await self._again(pause)
                await self._keep(self._session)
            except (Exception, asyncio.CancelledError) as failure:
                reraise_own_cancellation(failure)
                if isinstance(failure, Exception) and not is_loss(failure):
                    self._failure = failure
                    self._enough.set()
                    return
                log.warning("inlet_broken", queue=self._queue, error=type(failure).__name__)
            if not self._stopping.is_set():
                self._lose()

    async def _keep(self, session: Session | None) -> None:
        """Return when the session is lost or everything is to stop. Raises what a dead connection raises."""
        while session is not None and not session.channel.is_closed:
            if session.prefetch != self._prefetch():
                await self._consume(session)
            if self._stopping.is_set():
                return
            if await self._nothing_happens(session) and session.prefetch and await self._is_silent(session):
                return

    async def _is_silent(self, session: Session) -> bool:
        """Look at the consumer. Raises InletFailed when it was found silent too often in a row."""
        seen = await session.look(self._queue, self._rpc_seconds, self._watch.stalled)
        if seen.fault is None:
            self._faults = 0 if seen.is_sure else self._faults
            return False
        self._faults += 1
        log.error("consumer_silent", queue=self._queue, fault=seen.fault, times=self._faults)
        if self._faults >= _FAULTS:
            raise InletFailed(f"The consumer of {self._queue} stopped {_FAULTS} times: {seen.fault}.")
        return True

    async def _nothing_happens(self, session: Session) -> bool:
        """Wait until the session is lost or something is to change; True when neither came in time."""
        waiting = [session.channel.closing, asyncio.ensure_future(self._changed.wait())]
        try:
            done, _ = await asyncio.wait(waiting, timeout=self._watch.every, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for future in waiting:
                future.cancel()
        self._changed.clear()
        return not done

    def _lose(self) -> None:
        lost, self._session = self._session, None
        self._buffer.clear()
        if lost is not None:
            log.warning("inlet_lost", queue=self._queue, held=len(lost.unacknowledged))
            self.caution.lost(len(lost.unacknowledged))
            close_later(lost.connection)

    async def _again(self, pause: Pause) -> None:
        """Build a new session, for as long as it takes."""
        while self._session is None and not self._stopping.is_set():
            await self._running.wait()
            if await is_set_within(self._stopping, pause.seconds()):
                return
            try:
                await self._open()
            except LOST as loss:
                reraise_own_cancellation(loss)
                log.warning("inlet_unreachable", queue=self._queue, error=type(loss).__name__)
            else:
                pause.reset()
                log.info("inlet_back", queue=self._queue, one_by_one=self.caution.is_isolated)
