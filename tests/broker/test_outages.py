"""What needs a server of one's own to break: a broker that restarts or blocks (G8), a database that is away (G11).

Scaled down to seconds. Where a test was seen to fail with its mechanism switched off, its docstring says how.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import postgres
import pytest
import rabbitmq
from pamqp.commands import Basic
from structlog.testing import capture_logs

from service.bench import measure
from service.bench.ground import prepare
from service.bench.load import draw_sender, requests
from service.channel import topology
from service.channel.connection import connect
from tests.broker.ground import Ground, admit, empty
from tests.broker.tools import depth, until

SENDER = draw_sender()
QUEUE = topology.out_queue(SENDER)


@dataclass
class Node:
    """A broker of our own."""

    broker: rabbitmq.Broker
    pid: int
    directory: Path

    async def restart(self, number: signal.Signals) -> None:
        """End it so, and start it again."""
        await asyncio.to_thread(rabbitmq.end_private, self.pid, number)
        self.pid = await asyncio.to_thread(rabbitmq.start_again, self.broker, self.directory)

    async def ctl(self, *arguments: str) -> None:
        """Run `rabbitmqctl` on it."""
        await asyncio.to_thread(rabbitmq.ctl, self.directory, *arguments)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Give a broker of our own."""
    directory = tmp_path_factory.mktemp("node")
    node = Node(*rabbitmq.private(directory), directory)
    yield node
    rabbitmq.stop_private(node.pid, directory)


@pytest.fixture(scope="module")
def own_sender_url(node: Node) -> str:
    """Make the sender's user on the broker of our own, and give its URL."""
    return asyncio.run(admit(node.broker, node.broker.vhost_url("/"), SENDER))


@pytest.fixture
async def own_broker(node: Node, own_sender_url: str, postgresql_url: str, tmp_path: Path) -> Ground:
    """Give a ground on a broker of our own."""
    url = node.broker.vhost_url("/")
    await empty(url, postgresql_url, SENDER)
    return Ground(url, own_sender_url, postgresql_url, tmp_path)


async def send(ground: Ground, count: int, first: int) -> None:
    """Publish requests, confirmed."""
    connection = await connect(ground.sender_url, "test")
    channel = await connection.channel()
    await asyncio.gather(*(measure.publish(channel, load) for load in requests(count, first, SENDER)))
    await connection.close()


async def decided(ground: Ground, wanted: int) -> bool:
    """Tell whether there are so many decisions."""
    return await ground.value("SELECT count(*) FROM decision") == wanted


async def settled(ground: Ground, wanted: int) -> bool:
    """Tell whether there are so many decisions and no answer waits."""
    return await decided(ground, wanted) and not await ground.value("SELECT count(*) FROM outbox WHERE sent_at IS NULL")


async def nothing_lost(ground: Ground, wanted: int) -> None:
    """See that each request was decided once, and that the broker gave up on none."""
    assert await ground.value("SELECT count(DISTINCT form) FROM decision") == wanted
    assert await ground.value("SELECT count(*) FROM decision") == wanted
    assert await ground.value("SELECT count(*) FROM quarantine") == 0
    assert await depth(ground.amqp_url, topology.INBOX) == 0
    assert await depth(ground.amqp_url, topology.DEAD) == 0


async def test_g08_a_broker_that_restarts(own_broker: Ground, node: Node) -> None:
    """Seen to fail with an inlet that does not come back after a loss: the second round was never decided.

    The orderly restart comes first: RabbitMQ 3.10.8 forgets the queue declared last when it is killed soon after.
    """
    ground = own_broker
    async with ground.served():
        for round_, number in enumerate((signal.SIGTERM, signal.SIGKILL)):
            await send(ground, 30, 20_000 + 30 * round_)
            await node.restart(number)
            began = asyncio.get_running_loop().time()
            await until(lambda wanted=30 * round_ + 30: settled(ground, wanted))  # type: ignore[misc]
            assert asyncio.get_running_loop().time() - began < 15
        await send(ground, 30, 20_100)
        await until(lambda: settled(ground, 90))
    assert await depth(ground.amqp_url, QUEUE) >= 3 * 90
    await nothing_lost(ground, 90)


async def test_g08_a_blocked_broker_lets_answers_wait_and_consumption_go_on(own_broker: Ground, node: Node) -> None:
    """Seen to fail with a publish that gives up after its timeout, which would send each answer again and again."""
    ground = own_broker
    await send(ground, 60, 21_000)
    await node.ctl("set_vm_memory_high_watermark", "0.00001")
    with capture_logs() as told:
        async with ground.served(broker_seconds=2):
            await until(lambda: decided(ground, 60))

            async def is_blocked() -> bool:
                return any(line["event"] == "broker_blocks_publishing" for line in told)

            await until(is_blocked)
            assert await depth(ground.amqp_url, QUEUE) == 0
            assert await ground.value("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL") == 0
            await node.ctl("set_vm_memory_high_watermark", "0.6")
            await until(lambda: settled(ground, 60))
    assert await depth(ground.amqp_url, QUEUE) == 3 * 60
    await nothing_lost(ground, 60)


@dataclass
class Cluster:
    """A database server of our own."""

    server: postgres.Server
    pid: int
    data: Path

    async def crash(self) -> None:
        """End it as in a crash."""
        await asyncio.to_thread(postgres.end_private, self.pid)

    async def start(self) -> None:
        """Start it again."""
        self.pid = await asyncio.to_thread(postgres.start_again, self.server, self.data)

    async def read_only(self, *, on: bool) -> None:
        """Refuse every write, or no longer."""
        value = "on" if on else "off"
        await asyncio.to_thread(self.server.sql, f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        await asyncio.to_thread(self.server.sql, "SELECT pg_reload_conf()")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a database server of our own."""
    cluster = Cluster(*postgres.private(tmp_path_factory.mktemp("cluster")))
    yield cluster
    postgres.stop_private(cluster.pid, cluster.data)


@pytest.fixture
async def own_database(
    broker: rabbitmq.Broker, amqp_url: str, cluster: Cluster, tmp_path: Path
) -> AsyncIterator[Ground]:
    """Give a ground on a database server of our own, with requests waiting."""
    name = f"outage-{tmp_path.name}"
    database_url = cluster.server.add_database(name)
    sender_url = await admit(broker, amqp_url, SENDER)
    await prepare(database_url, SENDER)
    await empty(amqp_url, database_url, SENDER)
    yield Ground(amqp_url, sender_url, database_url, tmp_path)
    broker.drop_user(SENDER)


async def failures(ground: Ground) -> list[int]:
    """Take a look at every message that waits in the inbox: how often was it delivered in vain."""
    connection = await connect(ground.amqp_url, "test")
    channel = await connection.channel()
    counts = []
    while isinstance((message := await channel.basic_get(topology.INBOX)).delivery, Basic.GetOk):
        count = (message.header.properties.headers or {}).get("x-delivery-count", 0)
        assert isinstance(count, int)
        counts.append(count)
    await connection.close()
    return counts


NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE disk_full USING MESSAGE = 'could not extend file: No space left on device'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON inbox FOR EACH STATEMENT EXECUTE FUNCTION no_room();
CREATE TRIGGER no_room BEFORE INSERT ON quarantine FOR EACH STATEMENT EXECUTE FUNCTION no_room();
"""
"""What a full disk answers, at the first thing that is written: a real one needs rights that not everybody has."""


async def go_away(ground: Ground, cluster: Cluster, how: str) -> None:
    """Let the database fail in one way."""
    if how == "crashed":
        await cluster.crash()
    elif how == "full":
        await ground.execute(NO_ROOM)
    else:
        await cluster.read_only(on=True)


async def come_back(ground: Ground, cluster: Cluster, how: str) -> None:
    """Let it work again."""
    if how == "crashed":
        await cluster.start()
    elif how == "full":
        await ground.execute("DROP FUNCTION no_room CASCADE")
    else:
        await cluster.read_only(on=False)


@pytest.mark.parametrize("how", ["crashed", "full", "read only"])
async def test_g11_a_database_that_is_away_pauses_and_loses_nothing(
    own_database: Ground, cluster: Cluster, how: str
) -> None:
    """Seen to fail with a `Pressure` that gives back at once what it cannot write: messages had been delivered in vain.

    What is in hand is kept in memory instead, and the broker is asked for no more.
    """
    ground = own_database
    with capture_logs() as told:
        async with ground.served(prefetch=20, batch_size=10):
            await send(ground, 5, 22_000)
            await until(lambda: settled(ground, 5))
            await go_away(ground, cluster, how)
            await send(ground, 100, 22_100)

            async def is_paused() -> bool:
                return any(line["event"] == "inlet_paused" for line in told)

            await until(is_paused)
            waiting = await failures(ground)
            assert len(waiting) >= 70
            assert set(waiting) == {0}
            await come_back(ground, cluster, how)
            await until(lambda: settled(ground, 105))
    await nothing_lost(ground, 105)


async def test_g11_a_database_that_stays_away_gets_its_messages_given_back_once(
    own_database: Ground, cluster: Cluster
) -> None:
    """What was given back once is not taken again before the database has proved that it can write.

    Seen to fail without asking the database first: messages had been delivered in vain twice.
    """
    ground = own_database
    with capture_logs() as told:
        async with ground.served(prefetch=20, batch_size=10, hold_seconds=2):
            await send(ground, 5, 23_000)
            await until(lambda: settled(ground, 5))
            await cluster.crash()
            await send(ground, 50, 23_100)

            async def is_given_back() -> bool:
                after = [line["event"] for line in told]
                return (
                    "messages_given_back" in after
                    and after[after.index("messages_given_back") :].count("database_away") >= 2
                )

            await until(is_given_back)
            await until(lambda: _depth_is(ground, 50))
            waiting = await failures(ground)
            assert len(waiting) == 50
            assert set(waiting) == {0, 1}
            await cluster.start()
            await until(lambda: settled(ground, 55))
    await nothing_lost(ground, 55)


async def _depth_is(ground: Ground, wanted: int) -> bool:
    return await depth(ground.amqp_url, topology.INBOX) == wanted
