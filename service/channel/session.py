"""One channel's life at the inlet: its consumer, what it delivered and still waits to hear of.

    Session ─ channel 1 ─ consumer ─► deliveries ─► settle ─► what to acknowledge
            └ channel 2 ─ look ─► is the consumer still there?

Knows nothing of what a delivery is. Refuses to live on: a lost session is replaced, never repaired.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiormq.abc import AbstractChannel, AbstractConnection, DeliveredMessage
from aiormq.exceptions import ChannelAccessRefused

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a consumer: what is wrong with it, None where nothing is."""

    fault: str | None = None
    is_sure: bool = True
    """False where it is too early to tell: messages wait, and it was given none yet."""


@dataclass(eq=False, slots=True)
class Session:
    """A connection with its channel, in the order of delivery what is unacknowledged on it, and its consumer."""

    connection: AbstractConnection
    channel: AbstractChannel
    consumer_tag: str = ""
    prefetch: int = 0
    """How many messages the broker may have with us; 0 while nothing is consumed."""
    unacknowledged: dict[int, None] = field(default_factory=dict)
    """Delivery tags, ascending."""
    began_at: float = 0.0
    """When the consumer began, by the loop's clock."""
    delivered_at: float = 0.0
    """When it was last given something; when it began, if never."""
    _watch: AbstractChannel | None = None

    async def consume(
        self, queue: str, prefetch: int, take: Callable[[DeliveredMessage], Coroutine[Any, Any, None]], seconds: float
    ) -> None:
        """Let the broker have so many messages with us from now on; 0 takes no more. What is held stays held.

        Raises what a dead channel raises.
        """
        if self.consumer_tag:
            tag, self.consumer_tag, self.prefetch = self.consumer_tag, "", 0
            await self.channel.basic_cancel(tag, timeout=seconds)
        if prefetch:
            await self.channel.basic_qos(prefetch_count=prefetch, timeout=seconds)
            self.began_at = self.delivered_at = asyncio.get_running_loop().time()
            self.prefetch = prefetch
            done = await self.channel.basic_consume(queue, take, timeout=seconds)
            self.consumer_tag = done.consumer_tag or ""

    async def look(self, queue: str, seconds: float, stalled: float) -> "Look":
        """Look at the queue from another channel, and say what that tells of our consumer.

        Raises what a dead connection raises, and TimeoutError when the broker does not answer within `seconds`.
        """
        try:
            if self._watch is None or self._watch.is_closed:
                self._watch = await self.connection.channel(publisher_confirms=False, timeout=seconds)
            seen = await self._watch.queue_declare(queue, passive=True, timeout=seconds)
        except ChannelAccessRefused:
            log.warning("consumer_not_watched", queue=queue, remedy="let this account read the queue's state")
            return Look(is_sure=False)
        if not seen.consumer_count:
            return Look("the broker knows no consumer")
        if not seen.message_count or len(self.unacknowledged) >= self.prefetch:
            return Look()
        idle = asyncio.get_running_loop().time() - self.delivered_at
        if idle > stalled:
            return Look(f"{seen.message_count} messages wait and none was delivered for {idle:.0f} seconds")
        return Look(is_sure=self.delivered_at > self.began_at)

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
