"""Numbered requests from one sender, some more than once, some bad, published until the broker confirmed each.

    Plan (seeded) ── due copies in order ─► Publisher ── confirmed? no: again, on a new channel ─► confirmed numbers

What was not confirmed may have arrived all the same: it is published again under the same name, as a careful vendor
would. Refuses to count a number as confirmed without the broker's word.
"""

import asyncio
import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from aiormq.abc import AbstractChannel, AbstractConnection
from pamqp.commands import Basic

from service.bench.load import Load, requests
from service.channel import message_id_for, topology
from service.channel.connection import connect
from tests.faults import raw

PUBLISHERS = 48
COPIED_SHARE = 0.20
BAD_SHARE = 0.01
_SECONDS = 15
_COPY_SPREAD_S = 20.0
BURST_S = 2.0
"""A burst every two seconds, so that a breakage finds many messages in flight."""


class Kind(StrEnum):
    """What a numbered message is, and so what must become of it."""

    GOOD = "good"
    """A request: decided exactly once, answered by its three answers."""
    REFUSED = "refused"
    """Bad, from a sender that can be told: answered by a refusal."""
    NOBODYS = "nobody's"
    """From nobody: no answer, held in quarantine."""


@dataclass(frozen=True, slots=True)
class Message:
    """One numbered message."""

    number: int
    kind: Kind
    body: bytes
    file_name: str
    sender: str

    @property
    def message_id(self) -> str:
        """Give the id that its answers refer to."""
        return message_id_for(self.sender, self.file_name)

    @property
    def sha256(self) -> bytes:
        """Give the hash under which the quarantine knows it."""
        return hashlib.sha256(self.body).digest()


def _spoilt(load: Load, way: int, number: int) -> tuple[Kind, bytes, str]:
    """Give one of the bad inputs: kind, body, file name."""
    body, name = load.body, load.file_name
    ways: tuple[tuple[Kind, bytes, str], ...] = (
        (Kind.REFUSED, b"%%PDF-1.7 %d" % number, name),
        (Kind.REFUSED, b"<!DOCTYPE r [<!ENTITY e 'x'>]>" + body.partition(b"?>")[2], name),
        (Kind.REFUSED, body[: len(body) // 2], name),
        (Kind.REFUSED, body.replace(b"<INSS>", b"<INSS>9", 1), name),
        (Kind.REFUSED, body, f"request-{number}.xml"),
        (Kind.REFUSED, b"<!-- %d -->" % number, name),
        (Kind.NOBODYS, b"<nobody n='%d'/>" % number, name),
    )
    return ways[way % len(ways)]


def messages(count: int, sender: str, draw: random.Random) -> list[Message]:
    """Give `count` numbered messages, one in a hundred bad."""
    bad = set(draw.sample(range(count), round(count * BAD_SHARE))) if count else set()
    made = []
    for number, load in enumerate(requests(count, 1, sender)):
        kind, body, name = Kind.GOOD, load.body, load.file_name
        if number in bad:
            kind, body, name = _spoilt(load, len(made), number)
        made.append(Message(number, kind, body, name, sender))
    return made


def schedule(wanted: list[Message], seconds: float, draw: random.Random) -> list[tuple[float, Message]]:
    """Give when each copy is due: in bursts over the whole time, a fifth of the messages two to five times."""
    due = []
    for place, message in enumerate(wanted):
        first = place * seconds / max(1, len(wanted)) // BURST_S * BURST_S
        due.append((first, message))
        if draw.random() < COPIED_SHARE:
            copies = draw.randint(1, 4)
            due += [(first + draw.random() * min(_COPY_SPREAD_S, seconds), message) for _ in range(copies)]
    return sorted(due, key=lambda pair: pair[0])


@dataclass(slots=True)
class Publisher:
    """Publishes a schedule. `waits` says when there is enough unanswered already."""

    url: str
    waits: Callable[[], bool]
    confirmed: dict[int, Message] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """Message ids of the good ones among them."""
    published: int = 0
    _connection: AbstractConnection | None = None
    _channel: AbstractChannel | None = None
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def publish(self, due: list[tuple[float, Message]]) -> None:
        """Publish all, each until it is confirmed."""
        began = asyncio.get_running_loop().time()
        copies = iter(due)
        async with asyncio.TaskGroup() as group:
            for _ in range(PUBLISHERS):
                group.create_task(self._work(copies, began))
        if self._connection is not None:
            await self._connection.close()

    async def _work(self, copies: Iterator[tuple[float, Message]], began: float) -> None:
        loop = asyncio.get_running_loop()
        for at, message in copies:
            await asyncio.sleep(max(0.0, began + at - loop.time()))
            while self.waits():  # noqa: ASYNC110 - the condition is what others count
                await asyncio.sleep(0.05)
            await self._until_confirmed(message)
            self.confirmed[message.number] = message
            if message.kind is Kind.GOOD:
                self.asked.add(message.message_id)
            self.published += 1

    async def _until_confirmed(self, message: Message) -> None:
        while True:
            channel = None
            try:
                channel = await self._open()
                async with asyncio.timeout(_SECONDS):
                    await _publish(channel, message)
                return
            except (Exception, asyncio.CancelledError) as loss:
                # aiormq ends a publish on a dying connection with a bare Exception, among others
                task = asyncio.current_task()
                if isinstance(loss, asyncio.CancelledError) and task is not None and task.cancelling():
                    raise
                await self._give_up(channel)
                await asyncio.sleep(random.uniform(0.2, 0.6))  # noqa: S311 - spreads load

    async def _open(self) -> AbstractChannel:
        async with self._connecting:
            if self._channel is None or self._channel.is_closed:
                self._connection = await connect(self.url, "chaos sender")
                self._channel = await self._connection.channel(timeout=_SECONDS)
            return self._channel

    async def _give_up(self, channel: AbstractChannel | None) -> None:
        """Never use a channel again on which something is unconfirmed."""
        async with self._connecting:
            if channel is not None and channel is self._channel and self._connection is not None:
                connection, self._channel, self._connection = self._connection, None, None
                await connection.close()


async def _publish(channel: AbstractChannel, message: Message) -> None:
    key = topology.inbound_key("OCCP001", 0, message.sender)
    if message.kind is Kind.NOBODYS:
        await raw.publish(channel, topology.IN, key, raw.LATIN, message.body)  # type: ignore[arg-type]
        return
    await channel.basic_publish(
        message.body,
        exchange=topology.IN,
        routing_key=key,
        properties=Basic.Properties(
            content_type="application/xml",
            headers={"FileName": message.file_name, "SchemaVersion": "20264"},
            delivery_mode=2,
            message_id=message.message_id,
            message_type="OCCP001",
            user_id=message.sender,
        ),
        mandatory=True,
    )
