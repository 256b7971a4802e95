"""Many publishes in one write, their confirmations awaited together.

    messages ─► one run of frames ─► one write ─► Basic.Ack, Basic.Nack or Basic.Return for each

aiormq publishes one message at a time: a lock, a task and a system call each, half of what a publish costs. This keeps
its bookkeeping (delivery tags, confirmations, returned messages by their id) and writes the frames of a whole batch at
once. It is the only place that touches that bookkeeping. Refuses to guess: what is not answered in time stays open, and
the caller must give up the channel.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog
from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from pamqp import frame
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from service import faults
from service.faults import Point

log = structlog.get_logger(__name__)

_A_MOMENT = 0.05


@dataclass(frozen=True, slots=True)
class Publish:
    """One message with a `message_id`, unique among those of one call: a return names nothing else."""

    exchange: str
    key: str
    properties: Basic.Properties
    body: bytes

    @property
    def message_id(self) -> str:
        """Give the id in its properties."""
        return self.properties.message_id or ""


async def publish(channel: Channel, batch: Sequence[Publish], seconds: float) -> list[BaseException | object]:
    """Publish all, mandatory, and give one outcome each: Basic.Ack, or the exception it failed with.

    What was not answered within `seconds` is a TimeoutError; while the broker blocks the connection because of an alarm
    the time does not run, since it answers afterwards. After any outcome but Basic.Ack, and after a cancellation, the
    channel must not be used again. Raises what a dead channel raises, and ValueError where two messages share an id.
    """
    if len({message.message_id for message in batch} - {""}) != len(batch):
        raise ValueError("a returned message is known by its id alone: each needs one of its own")
    async with asyncio.timeout(seconds):
        async with channel.lock:
            confirmations = [_register(channel, message) for message in batch]
            payload = b"".join(part for message in batch for part in _frames(channel, message))
            await channel.write_queue.put(ChannelFrame(payload=payload, should_close=False))
            faults.about_to(Point.WRITTEN)
    await _answers(channel, confirmations, seconds)
    for message in batch:
        channel.message_id_delivery_tag.pop(message.message_id, None)
    return [_outcome(confirmation) for confirmation in confirmations]


async def _answers(channel: Channel, confirmations: Sequence[asyncio.Future[object]], seconds: float) -> None:
    blocked = True
    while blocked:
        _, pending = await asyncio.wait(confirmations, timeout=seconds)
        blocked = bool(pending) and await _is_blocked(channel)
        if blocked:
            log.warning("broker_blocks_publishing", waiting=len(pending))


async def _is_blocked(channel: Channel) -> bool:
    try:
        async with asyncio.timeout(_A_MOMENT):
            await channel.connection.ready()
    except TimeoutError:
        return True
    return False


def _register(channel: Channel, message: Publish) -> asyncio.Future[object]:
    channel.delivery_tag += 1
    confirmation: asyncio.Future[object] = channel.create_future()
    channel.confirmations[channel.delivery_tag] = confirmation
    channel.message_id_delivery_tag[message.message_id] = channel.delivery_tag
    return confirmation


def _frames(channel: Channel, message: Publish) -> Iterator[bytes]:
    body, number = message.body, channel.number
    yield frame.marshal(Basic.Publish(exchange=message.exchange, routing_key=message.key, mandatory=True), number)
    yield frame.marshal(ContentHeader(properties=message.properties, body_size=len(body)), number)
    for start in range(0, len(body), channel.max_content_size):
        yield frame.marshal(ContentBody(body[start : start + channel.max_content_size]), number)


def _outcome(confirmation: asyncio.Future[object]) -> BaseException | object:
    if not confirmation.done():
        confirmation.cancel()
        return TimeoutError()
    if confirmation.cancelled():
        return asyncio.CancelledError()
    return confirmation.exception() or confirmation.result()
