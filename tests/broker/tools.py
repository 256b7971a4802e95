"""What the broker's tests share: messages to publish as a sender, answers to publish as the service, waiting."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

from aiormq.abc import AbstractChannel
from pamqp.commands import Basic
from rabbitmq import Broker
from yarl import URL

from service.channel import Outgoing, topology
from service.channel.amqp import AmqpInlet
from service.channel.connection import connect

SENDER = f"1{secrets.randbelow(10**5):05d}"
"""Drawn anew: broker users are shared by all virtual hosts, and another test run may be using the broker now."""
PATIENCE = 30


def outgoing(number: int, **changes: object) -> Outgoing:
    """Make an answer to SENDER; `changes` are fields."""
    fields = {
        "id": number,
        "recipient": SENDER,
        "identification": "ACRF001",
        "file_name": f"FO.ACRF.{SENDER}.20260302.{number:05d}.S.1.1",
        "message_id": str(uuid4()),
        "correlation_id": str(uuid4()),
        "body": f"<ACRF>{number}</ACRF>".encode(),
        "headers": {"FileName": f"FO.ACRF.{SENDER}.20260302.{number:05d}.S.1.1", "SchemaVersion": "20264"},
        "created_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    }
    return Outgoing(**{**fields, **changes})  # type: ignore[arg-type]


async def publish(
    channel: AbstractChannel, body: bytes, key: str = f"OCCP001.0.{SENDER}", **properties: object
) -> None:
    """Publish one inbound message and await its confirmation."""
    await channel.basic_publish(
        body,
        exchange=topology.IN,
        routing_key=key,
        properties=Basic.Properties(delivery_mode=2, **properties),  # type: ignore[arg-type]
        mandatory=True,
        timeout=PATIENCE,
    )


def bold_inlet(url: str) -> AmqpInlet:
    """Make an inlet that holds many messages at once from the start, as it does once the first was handled."""
    inlet = AmqpInlet(url)
    inlet.caution.passed(1)
    return inlet


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the condition holds; fails after half a minute."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - the state is the broker's
            await asyncio.sleep(0.05)


async def depth(url: str, queue: str) -> int:
    """Give how many messages are ready in a queue."""
    connection = await connect(url, "test")
    try:
        channel = await connection.channel()
        return (await channel.queue_declare(queue, passive=True)).message_count or 0
    finally:
        await connection.close()


def limited_user(broker: Broker, url: str, *, configure: str, write: str, read: str) -> str:
    """Make a broker user with just these rights in the URL's virtual host, and give its URL."""
    name, vhost = f"limited-{uuid4().hex[:8]}", url.rpartition("/")[2]
    broker.add_user(name, "limited", vhost, configure, write, read)
    return str(URL(url).with_user(name).with_password("limited"))
