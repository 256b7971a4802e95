"""Dead letters of a real broker end in the quarantine, with what the broker says, and nothing stays in the queue."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiormq.abc import AbstractChannel
from sqlalchemy import text

from service.channel import topology
from service.channel.amqp import AmqpInlet
from service.channel.connection import connect
from service.clock import Clock
from service.dead_letters import DeadLetters
from service.store import quarantine
from tests.broker.tools import depth, publish, until
from tests.faults import raw
from tests.service.building import Store, opened_store


@pytest.fixture
async def store(postgresql_url: str) -> AsyncIterator[Store]:
    """Give an empty store."""
    async with opened_store(postgresql_url) as store:
        yield store


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[AbstractChannel]:
    """Give a channel on a broker with the topology."""
    connection = await connect(amqp_url, "test")
    await topology.apply(connection)
    yield await connection.channel()
    await connection.close()


async def reject_all(channel: AbstractChannel, count: int) -> None:
    """Be a consumer that gives up on messages."""
    for _ in range(count):
        message = await channel.basic_get(topology.INBOX)
        assert message.delivery_tag is not None
        await channel.basic_reject(message.delivery_tag, requeue=False)


async def test_dead_letters_are_drained_whole_and_once(channel: AbstractChannel, amqp_url: str, store: Store) -> None:
    await publish(channel, b"<a/>", headers={"FileName": "one"})
    # one byte that is no UTF-8 in a property: the same tolerant decoder reads the dead letters
    for _ in range(2):
        await raw.publish(channel, topology.IN, "x", raw.LATIN, b"<b/>")  # type: ignore[arg-type]
    await reject_all(channel, 3)
    inlet = AmqpInlet(amqp_url, topology.DEAD)
    await inlet.start()
    draining = asyncio.create_task(DeadLetters(inlet, store.engine, store.vault, Clock()).run())

    async def both_are_held() -> bool:
        return (await store.count("quarantine"))["quarantine"] == 2

    await until(both_are_held)
    await inlet.stop_receiving()
    await draining
    await inlet.close()
    assert await depth(amqp_url, topology.DEAD) == 0
    async with store.engine.begin() as connection:
        first, second = await quarantine.listed(connection, store.vault)
    assert (first.delivery.body, first.delivery.file_name, first.delivery.source) == (b"<a/>", "one", "onem.dead")
    assert first.trail == "rejected in onem.inbox"
    assert first.reason == "dead letter: rejected in onem.inbox"
    assert second.delivery.body == b"<b/>"


async def test_dead_letters_wait_for_the_database(channel: AbstractChannel, amqp_url: str, store: Store) -> None:
    """The broker keeps them: acknowledged only after the commit."""
    await publish(channel, b"<c/>")
    await reject_all(channel, 1)
    inlet = AmqpInlet(amqp_url, topology.DEAD)
    await inlet.start()
    async with store.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE quarantine RENAME TO away"))
    draining = asyncio.create_task(DeadLetters(inlet, store.engine, store.vault, Clock()).run())

    async def taken() -> bool:
        return await depth(amqp_url, topology.DEAD) == 0

    await until(taken)
    await inlet.close()
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)

    async def back() -> bool:
        return await depth(amqp_url, topology.DEAD) == 1

    await until(back)
