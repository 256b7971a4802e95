"""The sender's inbox: every answer is written down, what comes again must be the same byte by byte."""

import asyncio
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field

from aiormq.abc import AbstractConnection, DeliveredMessage

from service.channel import topology
from service.channel.connection import connect

DECIDED = frozenset({"ACRF001", "NOTI001", "OCCP003"})
_PREFETCH = 500


@dataclass(slots=True)
class Answers:
    """What came, by request and kind; `differing` are message ids that came with other bytes."""

    ids: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    """Request's message id, kind of answer: the message ids of its answers."""
    differing: set[str] = field(default_factory=set)
    taken: int = 0
    repeated: int = 0
    decided: set[str] = field(default_factory=set)
    """Message ids of the requests with all three answers."""
    _digests: dict[str, bytes] = field(default_factory=dict)

    def take(self, message: DeliveredMessage) -> None:
        """Write one answer down."""
        self.taken += 1
        properties = message.header.properties
        identity, request = properties.message_id or "", properties.correlation_id or ""
        digest = hashlib.sha256(message.body).digest()
        if identity in self._digests:
            self.repeated += 1
            if self._digests[identity] != digest:
                self.differing.add(identity)
        self._digests[identity] = digest
        kinds = self.ids[request]
        kinds[properties.message_type or ""].add(identity)
        if kinds.keys() >= DECIDED:
            self.decided.add(request)

    def doubled(self) -> int:
        """Count what was decided beyond the first time, as the sender sees it: another answer of a kind."""
        return sum(max(map(len, kinds.values())) - 1 for kinds in self.ids.values())

    async def read(self, url: str, sender: str) -> None:
        """Read the sender's queue until cancelled, over every loss of the connection."""
        while True:
            try:
                connection = await connect(url, "chaos reader")
                try:
                    await self._read(connection, topology.out_queue(sender))
                finally:
                    await connection.close()
            except (Exception, asyncio.CancelledError) as loss:
                task = asyncio.current_task()
                if isinstance(loss, asyncio.CancelledError) and task is not None and task.cancelling():
                    raise
            await asyncio.sleep(0.3)

    async def _read(self, connection: AbstractConnection, queue: str) -> None:
        channel = await connection.channel(publisher_confirms=False)
        await channel.basic_qos(prefetch_count=_PREFETCH)

        async def take(message: DeliveredMessage) -> None:
            self.take(message)
            await channel.basic_ack(message.delivery_tag or 0, wait=False)

        await channel.basic_consume(queue, take)
        await asyncio.wait([channel.closing])
