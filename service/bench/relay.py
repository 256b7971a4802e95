"""The bare relay to compare with: aio-pika as its documentation shows it, and nothing else.

Consumes, publishes as many and as large confirmed persistent answers as the service sends per request, acknowledges. It
reads no message, stores nothing and decides nothing. Concurrent up to its prefetch. Run as a process of its own:
`python -m service.bench.relay`, with broker, sizes and recipient in its environment.
"""

import asyncio
import os
from collections.abc import Sequence

import aio_pika
import uvloop
from aio_pika.abc import AbstractIncomingMessage

from service.channel import topology
from service.channel.amqp import PREFETCH

URL, SIZES, SENDER = "CPAS_ONEM_BENCH_URL", "CPAS_ONEM_BENCH_SIZES", "CPAS_ONEM_BENCH_SENDER"


async def relay(url: str, sizes: Sequence[int], sender: str) -> None:
    """Relay until the process is ended."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.get_queue(topology.INBOX)
        exchange = await channel.get_exchange(topology.OUT)
        bodies = [b"x" * size for size in sizes]

        async def answer(message: AbstractIncomingMessage) -> None:
            for body in bodies:
                await exchange.publish(
                    aio_pika.Message(
                        body,
                        correlation_id=message.message_id,
                        content_type="application/xml",
                        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                    ),
                    routing_key=f"{sender}.ANSWER",
                    mandatory=True,
                )
            await message.ack()

        await queue.consume(answer)
        await asyncio.Future()


if __name__ == "__main__":
    uvloop.run(relay(os.environ[URL], [int(size) for size in os.environ[SIZES].split(",")], os.environ[SENDER]))
