"""Publishing what no client library lets through: a message whose properties are bytes of our own making."""

import asyncio
import struct
from dataclasses import dataclass

from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from pamqp import frame
from pamqp.body import ContentBody
from pamqp.commands import Basic

SECONDS = 30
CORRELATION_ID, HEADERS, TIMESTAMP, MESSAGE_ID, USER_ID = 1 << 10, 1 << 13, 1 << 6, 1 << 7, 1 << 4


def short(value: bytes) -> bytes:
    """Write a short string."""
    return bytes([len(value)]) + value


def table(**values: bytes) -> bytes:
    """Write a table of long strings."""
    content = b"".join(short(k.encode()) + b"S" + struct.pack(">I", len(v)) + v for k, v in values.items())
    return struct.pack(">I", len(content)) + content


@dataclass(frozen=True, slots=True)
class Properties:
    """Property flags, and the values in the protocol's order."""

    flags: int
    values: bytes


LATIN = Properties(CORRELATION_ID, short(b"\xe9"))
"""One byte that is no UTF-8: it stops a consumer for ever that decodes as pamqp does."""


async def publish(channel: Channel, exchange: str, key: str, properties: Properties, body: bytes) -> None:
    """Publish and await the confirmation. Raises TimeoutError and what a dead channel raises."""
    header = struct.pack(">HxxQH", Basic.frame_id, len(body), properties.flags) + properties.values
    envelope = struct.pack(">BHI", 2, channel.number, len(header)) + header + b"\xce"
    method = frame.marshal(Basic.Publish(exchange=exchange, routing_key=key), channel.number)
    content = frame.marshal(ContentBody(body), channel.number) if body else b""
    confirmed = channel.create_future()
    async with channel.lock:
        channel.delivery_tag += 1
        channel.confirmations[channel.delivery_tag] = confirmed
        await channel.write_queue.put(ChannelFrame(payload=method + envelope + content, should_close=False))
    async with asyncio.timeout(SECONDS):
        if not isinstance(await confirmed, Basic.Ack):
            raise TimeoutError("refused")
