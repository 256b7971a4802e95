"""The guarantees of the AMQP edge, each scaled down to seconds, on a broker and a database of everybody's.

    G5 refused answers are seen · G6 bad bodies · G7 bad properties · G9 dead links · G10 clean stop · G18 any version

What needs a broker or a database to break is in `test_outages`. Each test was seen to fail with its mechanism switched
off, as its docstring says.
"""

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest
import rabbitmq
from aiormq.abc import AbstractChannel
from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError
from pamqp.commands import Basic
from structlog.testing import capture_logs

from service.bench import measure
from service.bench.load import Load, draw_sender, requests
from service.channel import topology
from service.channel.connection import connect
from tests.broker.ground import Ground, admit, are_consumed, empty
from tests.broker.tools import PATIENCE, depth, until
from tests.faults import raw
from tests.faults.proxy import Proxy, Way

SENDER = draw_sender()
KEY = f"OCCP001.0.{SENDER}"
QUEUE = topology.out_queue(SENDER)
BAD_BODIES = [
    b"",
    b"   \n",
    b"x" * (1024 * 1024 + 1),
    b"\x1f\x8b\x08\x00",
    b'<!DOCTYPE r [<!ENTITY e "85073003328">]><r><niss>&e;</niss></r>',
    b'<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY b "&a;">]><r>&a;</r>',
    "<r>é</r>".encode("utf-16"),
    b'<?xml version="1.0" encoding="UTF-7"?><r/>',
    b"<r>\x00</r>",
    b"<a>" * 300,
    b"<r/><r/>",
    b"%PDF-1.7",
    b"{}",
]


@pytest.fixture(scope="module")
def sender_url(broker: rabbitmq.Broker, amqp_url: str) -> Iterator[str]:
    """Make the sender's user and queue, and give its URL."""
    yield asyncio.run(admit(broker, amqp_url, SENDER))
    broker.drop_user(SENDER)


@pytest.fixture
async def ground(amqp_url: str, sender_url: str, postgresql_url: str, tmp_path: Path) -> Ground:
    """Give a broker with empty queues and a database that knows the sender."""
    await empty(amqp_url, postgresql_url, SENDER)
    return Ground(amqp_url, sender_url, postgresql_url, tmp_path)


@pytest.fixture
async def owner(ground: Ground) -> AbstractChannel:
    """Give a channel of the virtual host's owner."""
    return await (await connect(ground.amqp_url, "test")).channel()


@pytest.fixture
async def sender(ground: Ground) -> AbstractChannel:
    """Give a channel of the sender."""
    return await (await connect(ground.sender_url, "test")).channel()


async def send(sender: AbstractChannel, loads: list[Load]) -> None:
    """Publish requests, confirmed."""
    await asyncio.gather(*(measure.publish(sender, load) for load in loads))


async def taken(channel: AbstractChannel, queue: str) -> list[Basic.Properties]:
    """Take everything from a queue."""
    found = []
    while isinstance((message := await channel.basic_get(queue, no_ack=True)).delivery, Basic.GetOk):
        found.append(message.header.properties)
    return found


async def is_settled(ground: Ground, wanted: int) -> bool:
    """Tell whether there are so many decisions and no answer waits."""
    decided = await ground.value("SELECT count(DISTINCT form) FROM decision")
    return decided == wanted and not await ground.value("SELECT count(*) FROM outbox WHERE sent_at IS NULL")


async def nothing_doubled(ground: Ground, wanted: int) -> None:
    """See that each request has one row of each kind, and that the broker gave up on none."""
    assert await ground.value("SELECT count(*) FROM decision") == wanted
    assert await ground.value("SELECT count(*) FROM inbox") == wanted
    assert await ground.value("SELECT count(*) FROM outbox WHERE replay_of IS NULL") == 3 * wanted
    assert await depth(ground.amqp_url, topology.INBOX) == 0
    assert await depth(ground.amqp_url, topology.DEAD) == 0


async def test_g05_an_answer_without_a_way_is_not_called_sent(
    ground: Ground, owner: AbstractChannel, sender: AbstractChannel
) -> None:
    """Seen to fail with `mandatory=False` in `pipelined`: all 60 were marked sent and none had arrived."""
    await owner.queue_unbind(QUEUE, topology.OUT, f"{SENDER}.#")
    async with ground.served():
        await send(sender, list(requests(20, 10_000, SENDER)))

        async def all_were_tried() -> bool:
            return await ground.value("SELECT count(*) FROM outbox WHERE attempts > 0") == 60

        await until(all_were_tried)
        assert await ground.value("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL") == 0
        await owner.queue_bind(QUEUE, topology.OUT, f"{SENDER}.#")
        await until(lambda: is_settled(ground, 20))
    ids = [properties.message_id for properties in await taken(owner, QUEUE)]
    assert len(ids) == len(set(ids)) == 60


@pytest.fixture
async def full_queue(owner: AbstractChannel) -> AsyncIterator[AbstractChannel]:
    """Give a channel on a broker where the sender's queue takes nothing more."""
    full = {"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"}
    await owner.queue_delete(QUEUE)
    await owner.queue_declare(QUEUE, durable=True, arguments=full)
    await owner.queue_bind(QUEUE, topology.OUT, f"{SENDER}.#")
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(DeliveryError):
            while True:
                await owner.basic_publish(b"filler", routing_key=QUEUE)
    yield owner
    await owner.queue_delete(QUEUE)
    await topology.apply(owner.connection, [SENDER])


async def test_g05_an_answer_that_its_full_queue_refuses_is_not_called_sent(
    ground: Ground, full_queue: AbstractChannel, sender: AbstractChannel
) -> None:
    """Seen to fail with a refusal taken for a confirmation: all were marked sent and none arrived."""
    async with ground.served():
        await send(sender, list(requests(5, 11_000, SENDER)))

        async def all_were_tried() -> bool:
            return await ground.value("SELECT count(*) FROM outbox WHERE attempts > 0") == 15

        await until(all_were_tried)
        assert await ground.value("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL") == 0
        arrived: Counter[str | None] = Counter()

        async def all_came() -> bool:
            arrived.update(properties.correlation_id for properties in await taken(full_queue, QUEUE))
            return await is_settled(ground, 5)

        await until(all_came)
    arrived.update(properties.correlation_id for properties in await taken(full_queue, QUEUE))
    del arrived[None]
    assert list(arrived.values()) == [3] * 5


async def test_g06_bad_bodies_stop_nobody(ground: Ground, owner: AbstractChannel, sender: AbstractChannel) -> None:
    """Seen to fail with an intake that takes a body it cannot read for a fault of its own: the good ones waited too."""
    good = list(requests(150, 12_000, SENDER))
    bad = [
        Load(body, load.file_name, SENDER)
        for body, load in zip(BAD_BODIES, requests(len(BAD_BODIES), 13_000, SENDER), strict=True)
    ]
    mixed = [load for pair in zip(good[::11], bad, strict=False) for load in pair]
    async with ground.service() as service:
        await send(sender, mixed + [load for load in good if load not in mixed])

        async def all_are_handled() -> bool:
            forms = await ground.value("SELECT count(*) FROM form")
            held = await ground.value("SELECT count(*) FROM quarantine")
            return forms + held == len(good) + len(bad) and await is_settled(ground, len(good))

        await until(all_are_handled)
        assert service.returncode is None
        service.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(service.wait(), 30) == 0
    assert "inlet_lost" not in ground.log()
    assert "replica_ended" not in ground.log()
    assert await ground.value("SELECT count(*) FROM form WHERE NOT accepted") == len(bad)
    assert await depth(ground.amqp_url, topology.DEAD) == 0


POISON = [
    raw.LATIN,
    raw.Properties(raw.MESSAGE_ID, raw.short(b"\xff" * 255)),
    raw.Properties(raw.TIMESTAMP, (2**63).to_bytes(8)),
    raw.Properties(raw.HEADERS, b"\x00\x00\x00\x04\x01\xe9t\x01"),
    raw.Properties(raw.HEADERS, b"\x00\x00\x00\x0b\x01aT" + (2**63).to_bytes(8)),
]


async def test_g07_bad_properties_stop_nobody(ground: Ground, owner: AbstractChannel, sender: AbstractChannel) -> None:
    """Seen to fail without `properties.install`: the inlet reconnects for ever and nothing more is decided."""
    loads = list(requests(100, 14_000, SENDER))
    with capture_logs() as told:
        async with ground.served(prefetch=100):
            for number in range(10):
                await send(sender, loads[number * 10 : number * 10 + 10])
                await raw.publish(
                    cast(Channel, sender), topology.IN, KEY, POISON[number % len(POISON)], b"<a>%d</a>" % number
                )

            async def all_are_handled() -> bool:
                held = await ground.value("SELECT count(*) FROM quarantine")
                return held == 10 and await is_settled(ground, 100)

            await until(all_are_handled)
    assert not [line for line in told if line["event"] in ("inlet_lost", "inlet_broken")]
    assert await ground.value("SELECT count(*) FROM quarantine WHERE reason LIKE 'dead letter%'") == 0
    await nothing_doubled(ground, 100)


@pytest.mark.parametrize("way", list(Way))
async def test_g09_a_link_that_loses_everything_is_noticed(
    ground: Ground, owner: AbstractChannel, sender: AbstractChannel, way: Way
) -> None:
    """Seen to fail with `heartbeat=0` and a watch of ten minutes: what was in hand never came back."""
    loads = list(requests(60, 15_000 + 100 * len(way), SENDER))
    async with Proxy.of(ground.amqp_url) as proxy:
        through = Ground(f"{proxy.url(ground.amqp_url)}?heartbeat=1", "", ground.database_url, ground.directory)
        with capture_logs() as told:
            async with through.served(watch_seconds=2, broker_seconds=2):
                await send(sender, loads[:30])
                await until(lambda: is_settled(ground, 30))
                before = proxy.accepted
                proxy.drop(frozenset({way}))
                await send(sender, loads[30:])
                await until(lambda: is_settled(ground, 60))
                assert proxy.accepted > before
    assert [line for line in told if line["event"] in ("inlet_lost", "inlet_broken")]
    await nothing_doubled(ground, 60)


async def test_g10_a_stop_under_load_is_clean(ground: Ground, owner: AbstractChannel, sender: AbstractChannel) -> None:
    """Seen to fail with a stop that ends the process at once: 90 answers stayed unsent."""
    loads = list(requests(600, 16_000, SENDER))
    await measure.preload(owner, sender, loads)
    async with ground.service(prefetch="50", processes="2") as service:

        async def some_are_decided() -> bool:
            return await ground.value("SELECT count(*) FROM decision") >= 50

        await until(some_are_decided)
        service.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(service.wait(), 20) == 0
    left, redelivered = 0, 0
    while isinstance((message := await owner.basic_get(topology.INBOX, no_ack=True)).delivery, Basic.GetOk):
        left += 1
        redelivered += bool(message.redelivered)
    decided = await ground.value("SELECT count(*) FROM decision")
    assert left > 0
    assert decided + left == 600
    assert redelivered <= 2 * 50
    assert await ground.value("SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0
    assert await depth(ground.amqp_url, topology.DEAD) == 0


async def test_g10_a_batch_that_hangs_does_not_hold_up_the_stop(
    ground: Ground, owner: AbstractChannel, sender: AbstractChannel
) -> None:
    """Seen to fail with a drain that waits as long as it takes: the process still ran after twenty times its limit.

    What hangs is given back to the broker, and decided by whoever comes next.
    """
    [load] = requests(1, 17_000, SENDER)
    async with ground.service(processes="1", drain_seconds="1") as service:
        await until(lambda: are_consumed(ground.amqp_url, topology.INBOX))
        async with ground.locked("inbox"):
            await send(sender, [load])
            await until(lambda: _hangs(ground))
            service.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(service.wait(), 20) == 0
    assert "not_drained" in ground.log()
    await until(lambda: _waits(ground, 1))
    async with ground.served():
        await until(lambda: is_settled(ground, 1))
    await nothing_doubled(ground, 1)


async def test_g10_a_start_that_hangs_is_ended_by_a_signal(ground: Ground) -> None:
    """Seen to fail with a signal that only the running service looks at: it was ignored while the start hung."""
    async with ground.locked("alembic_version"), ground.service(processes="1") as service:
        await until(lambda: _hangs(ground))
        service.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(service.wait(), 20) == -signal.SIGTERM


async def _hangs(ground: Ground) -> bool:
    return await ground.value("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0


async def _waits(ground: Ground, count: int) -> bool:
    return await depth(ground.amqp_url, topology.INBOX) == count


async def test_g18_a_message_is_given_up_after_as_many_deliveries_on_any_version(
    ground: Ground, owner: AbstractChannel, sender: AbstractChannel
) -> None:
    """Versions differ in what they do where nothing is said: never, or after twenty. The topology says ten in vain.

    Seen to fail, on RabbitMQ 3.10.8, with an inbox declared without its limit: it was delivered for ever. All tests of
    the broker run on either version; the README says which were run when.
    """
    await send(sender, list(requests(1, 18_000, SENDER)))
    rejected = 0

    async def is_given_up() -> bool:
        nonlocal rejected
        message = await owner.basic_get(topology.INBOX)
        if isinstance(message.delivery, Basic.GetOk):
            rejected += 1
            await owner.basic_reject(message.delivery_tag or 0, requeue=True)
        return await depth(ground.amqp_url, topology.DEAD) == 1

    await until(is_given_up)
    assert rejected == 1 + 10
