"""A broker that keeps its word or breaks it: AMQP 0-9-1 as far as our client and service speak it, over streams.

    client ─► FakeBroker ─► `published`, what came                       `on_publish` decides the answer:
           ◄─ confirmations, returns, nonsense, silence ◄──────────────── confirm · never · late · returned · …

For what a real broker does once in a year and never on command. It stores nothing and routes nothing; `queues` says
what a look at a queue finds, and `silent_after` the method from which on a connection hears nothing more.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

from pamqp import frame
from pamqp.base import Frame
from pamqp.body import ContentBody
from pamqp.commands import Basic, Channel, Confirm, Connection, Exchange, Queue
from pamqp.header import ContentHeader

UNKNOWN_FRAME = b"\x09\x00\x01\x00\x00\x00\x04\xde\xad\xbe\xef\xce"
"""A frame of a type that the protocol does not have."""
_HEADER = 7


@dataclass(frozen=True, slots=True)
class Published:
    """A message as it came, and where: the number of the connection, and of its channel."""

    connection: int
    channel: int
    tag: int
    method: Basic.Publish
    properties: Basic.Properties
    body: bytes


@dataclass(eq=False, slots=True)
class Link:
    """One connection of a client."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_silent: bool = False
    tags: dict[int, int] = field(default_factory=dict)
    """By channel, how many messages came on it since it opened."""
    owed: list[tuple[Frame, int]] = field(default_factory=list)
    """What is said when the client closes a channel, before that is confirmed."""

    def say(self, method: Frame | ContentHeader | ContentBody, channel: int) -> None:
        """Send one frame."""
        if not self.is_silent:
            self.writer.write(frame.marshal(method, channel))

    async def frame(self) -> tuple[int, object]:
        """Read one frame. Raises IncompleteReadError at the end."""
        head = await self.reader.readexactly(_HEADER)
        rest = await self.reader.readexactly(int.from_bytes(head[3:7]) + 1)
        _, channel, what = frame.unmarshal(head + rest)
        return channel, what


Answer = Callable[[Link, Published], Coroutine[Any, Any, None]]


async def confirm(link: Link, message: Published) -> None:
    """Confirm at once, as a broker does that has it."""
    link.say(Basic.Ack(message.tag), message.channel)


async def never(link: Link, message: Published) -> None:
    """Do not answer."""


async def nonsense(link: Link, message: Published) -> None:
    """Answer with a frame that nobody knows."""
    link.writer.write(UNKNOWN_FRAME)


async def close_channel(link: Link, message: Published) -> None:
    """Close the channel in the middle, as a broker does that finds fault."""
    link.say(Channel.Close(406, "PRECONDITION_FAILED - told to", 60, 40), message.channel)


async def return_then_ack(link: Link, message: Published) -> None:
    """Give it back because it leads nowhere, and confirm that."""
    returned = Basic.Return(312, "NO_ROUTE", message.method.exchange, message.method.routing_key)
    link.say(returned, message.channel)
    link.say(ContentHeader(properties=message.properties, body_size=len(message.body)), message.channel)
    link.say(ContentBody(message.body), message.channel)
    link.say(Basic.Ack(message.tag), message.channel)


async def crossing(link: Link, message: Published) -> None:
    """Confirm when the client gives the channel up: the two cross on their way."""
    link.owed.append((Basic.Ack(message.tag), message.channel))


def late(moment: asyncio.Event) -> Answer:
    """Confirm when the moment has come."""

    async def answer(link: Link, message: Published) -> None:
        await moment.wait()
        link.say(Basic.Ack(message.tag), message.channel)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """Answer each message in another way, and all further ones as the last."""
    left = list(answers)

    async def answer(link: Link, message: Published) -> None:
        chosen = left.pop(0) if len(left) > 1 else left[0]
        await chosen(link, message)

    return answer


class FakeBroker:
    """Listens on a port of its own for as long as the context is open."""

    def __init__(self, on_publish: Answer = confirm, silent_after: type[Frame] | None = None) -> None:
        self.on_publish = on_publish
        self.silent_after = silent_after
        self.published: list[Published] = []
        self.queues: dict[str, tuple[int, int]] = {}
        """By queue, how many messages are said to wait and how many consumers to be there; else none and one."""
        self.consumed: list[str] = []
        """Each queue in the order in which consumers came."""
        self.looks: list[str] = []
        """Each queue in the order in which somebody looked at it."""
        self.acknowledged: list[tuple[int, bool]] = []
        """What consumers acknowledged: tag, and whether all before it too."""
        self.accepted = 0
        self._links: dict[Link, asyncio.Task[None]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Give the URL of a user on it."""
        return self.url_of("guest")

    def url_of(self, user: str) -> str:
        """Give the URL of that user."""
        assert self._server is not None
        return f"amqp://{user}:secret@127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End every connection and listen no more."""
        assert self._server is not None
        self._server.close()
        conversations = list(self._links.items())
        for link, _ in conversations:
            link.writer.transport.abort()
        for answering in self._answering:
            answering.cancel()
        await asyncio.gather(*(task for _, task in conversations), *self._answering, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        link = Link(self.accepted, reader, writer)
        task = asyncio.current_task()
        assert task is not None
        self._links[link] = task
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            await self._converse(link)
        del self._links[link]
        writer.transport.abort()

    async def _converse(self, link: Link) -> None:
        await link.reader.readexactly(len(b"AMQP\x00\x00\x09\x01"))
        capabilities = {"publisher_confirms": True, "basic.nack": True, "consumer_cancel_notify": True}
        link.say(Connection.Start(server_properties={"capabilities": capabilities}, mechanisms="PLAIN"), 0)
        while True:
            channel, what = await link.frame()
            if isinstance(what, Basic.Publish):
                await self._take(link, channel, what)
            elif isinstance(what, Frame):
                self._reply(link, channel, what)
            if self.silent_after is not None and isinstance(what, self.silent_after):
                link.is_silent = True

    async def _take(self, link: Link, channel: int, method: Basic.Publish) -> None:
        _, header = await link.frame()
        assert isinstance(header, ContentHeader)
        body = b""
        while len(body) < header.body_size:
            _, part = await link.frame()
            assert isinstance(part, ContentBody)
            body += part.value
        link.tags[channel] = link.tags.get(channel, 0) + 1
        message = Published(link.number, channel, link.tags[channel], method, header.properties, body)
        self.published.append(message)
        answering = asyncio.create_task(self.on_publish(link, message))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)

    def _reply(self, link: Link, channel: int, method: Frame) -> None:
        answer: Frame | None = None
        match method:
            case Connection.StartOk():
                answer = Connection.Tune(channel_max=2047, frame_max=131072, heartbeat=60)
            case Connection.Open():
                answer = Connection.OpenOk()
            case Connection.Close():
                answer = Connection.CloseOk()
            case Basic.Ack(delivery_tag=number, multiple=multiple):
                self.acknowledged.append((number, multiple))
            case Channel.Open():
                link.tags[channel] = 0
                answer = Channel.OpenOk()
            case Channel.Close():
                for owed in link.owed:
                    link.say(*owed)
                link.owed.clear()
                answer = Channel.CloseOk()
            case Confirm.Select():
                answer = Confirm.SelectOk()
            case Exchange.Declare():
                answer = Exchange.DeclareOk()
            case Queue.Declare(queue=queue):
                self.looks.append(queue)
                answer = Queue.DeclareOk(queue, *self.queues.get(queue, (0, 1)))
            case Queue.Bind():
                answer = Queue.BindOk()
            case Basic.Qos():
                answer = Basic.QosOk()
            case Basic.Consume(queue=queue, consumer_tag=tag):
                self.consumed.append(queue)
                answer = Basic.ConsumeOk(tag)
            case Basic.Cancel(consumer_tag=tag):
                answer = Basic.CancelOk(tag)
        if answer is not None:
            link.say(answer, channel)
