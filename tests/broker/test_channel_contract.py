"""One behavioural contract, two adapters: the folder channel and RabbitMQ, expectations written by hand."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import rabbitmq
from aiormq.abc import AbstractChannel
from pamqp.commands import Basic

from schemas.file_name import FileName
from service.channel import Confirmed, Delivery, Inlet, Outlet, Refused, topology
from service.channel.amqp import AmqpOutlet
from service.channel.connection import connect
from service.channel.folder import FolderInlet, FolderOutlet
from tests.broker.tools import PATIENCE, SENDER, bold_inlet, outgoing, publish, until

FIRST = f"FI.OCCP.{SENDER}.20260302.00001.S.1.1"
SECOND = f"FI.OCCP.{SENDER}.20260302.00002.S.1.1"
THIRD = f"FI.OCCP.{SENDER}.20260302.00003.S.1.1"


@dataclass
class FolderRig:
    """A sender with a folder."""

    root: Path

    def inlet(self) -> Inlet:
        return FolderInlet(self.root, poll_seconds=0.01)

    def outlet(self) -> Outlet:
        return FolderOutlet(self.root)

    async def send(self, name: str, body: bytes) -> None:
        folder = self.root / SENDER / "IN"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
        parsed = FileName.parse(name)
        assert parsed is not None
        (folder / str(parsed.go)).touch()

    async def arrived(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.root / SENDER / "OUT").glob("FO.*"))]

    async def block(self) -> None:
        (self.root / "999999").touch()

    async def until_paused(self, inlet: Inlet) -> None:
        """Nothing to wait for: a pause holds at once."""

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class AmqpRig:
    """A sender on RabbitMQ; the test's own user carries the sender's number."""

    url: str
    channel: AbstractChannel

    def inlet(self) -> Inlet:
        return bold_inlet(self.url)

    def outlet(self) -> Outlet:
        return AmqpOutlet(self.url)

    async def send(self, name: str, body: bytes) -> None:
        await publish(self.channel, body, user_id=SENDER, headers={"FileName": name})

    async def arrived(self) -> list[bytes]:
        found = []
        while True:
            message = await self.channel.basic_get(topology.out_queue(SENDER), no_ack=True)
            if not isinstance(message.delivery, Basic.GetOk):
                return found
            found.append(message.body)

    async def block(self) -> None:
        """Nobody is bound for 999999 anyway."""

    async def until_paused(self, inlet: Inlet) -> None:
        async def consumes_nothing() -> bool:
            session = inlet._session  # type: ignore[attr-defined]
            return session is not None and not session.channel.consumers

        await until(consumes_nothing)

    async def close(self) -> None:
        await self.channel.connection.close()


Rig = FolderRig | AmqpRig


@pytest.fixture(scope="module")
def sender_url(broker: rabbitmq.Broker, amqp_url: str) -> str:
    """Give the URL of a user named as the sender, who may do everything in the test's own virtual host."""
    broker.add_user(SENDER, "contract", amqp_url.rpartition("/")[2], ".*", ".*", ".*")
    return amqp_url.replace("guest:guest", f"{SENDER}:contract")


@pytest.fixture(params=["folder", "amqp"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """Give each channel in turn, empty."""
    if request.param == "folder":
        yield FolderRig(tmp_path)
        return
    connection = await connect(request.getfixturevalue("sender_url"), "test")
    await topology.apply(connection, [SENDER])
    channel = await connection.channel()
    for queue in (topology.INBOX, topology.out_queue(SENDER)):
        await channel.queue_purge(queue)
    rig = AmqpRig(request.getfixturevalue("amqp_url"), channel)
    yield rig
    await rig.close()


@pytest.fixture
async def inlet(rig: Rig) -> AsyncIterator[Inlet]:
    """Give a started inlet."""
    inlet = rig.inlet()
    await inlet.start()
    yield inlet
    await inlet.close()


async def gather(inlet: Inlet, count: int) -> list[Delivery]:
    """Receive until there are that many."""
    found: list[Delivery] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            found += await inlet.receive(64, 5)
    return found


async def test_a_delivery_has_its_bytes_its_sender_and_its_name(rig: Rig, inlet: Inlet) -> None:
    body = b"\x00\xffnot text\r\n"
    await rig.send(FIRST, body)
    [delivery] = await gather(inlet, 1)
    assert (delivery.body, delivery.sender, delivery.file_name) == (body, SENDER, FIRST)


async def test_receive_gives_no_more_than_the_limit(rig: Rig, inlet: Inlet) -> None:
    for name in (FIRST, SECOND, THIRD):
        await rig.send(name, name.encode())
    names = []
    async with asyncio.timeout(PATIENCE):
        while len(names) < 3:
            batch = await inlet.receive(2, 5)
            assert 1 <= len(batch) <= 2
            names += [delivery.file_name for delivery in batch]
    assert sorted(map(str, names)) == [FIRST, SECOND, THIRD]


async def test_nothing_is_delivered_twice_while_it_is_held(rig: Rig, inlet: Inlet) -> None:
    await rig.send(FIRST, b"1")
    held = await gather(inlet, 1)
    await rig.send(SECOND, b"2")
    [other] = await gather(inlet, 1)
    assert (held[0].file_name, other.file_name) == (FIRST, SECOND)


async def test_the_acknowledged_is_gone_and_the_rest_comes_back(rig: Rig) -> None:
    for name in (FIRST, SECOND, THIRD):
        await rig.send(name, name.encode())
    first = rig.inlet()
    await first.start()
    deliveries = await gather(first, 3)
    await first.acknowledge([delivery for delivery in deliveries if delivery.file_name == SECOND])
    await first.close()
    second = rig.inlet()
    await second.start()
    again = await gather(second, 2)
    assert sorted(str(delivery.file_name) for delivery in again) == [FIRST, THIRD]
    await second.acknowledge(again)
    await second.close()


async def test_acknowledging_after_the_end_is_harmless(rig: Rig) -> None:
    await rig.send(FIRST, b"1")
    inlet = rig.inlet()
    await inlet.start()
    held = await gather(inlet, 1)
    await inlet.stop_receiving()
    await inlet.acknowledge(held)
    await inlet.close()
    await inlet.acknowledge(held)


async def test_a_pause_takes_nothing_new_and_lets_what_is_held_be_acknowledged(rig: Rig, inlet: Inlet) -> None:
    """Seen to fail, for each channel, with a `pause` that does nothing."""
    await rig.send(FIRST, b"1")
    held = await gather(inlet, 1)
    await inlet.pause()
    await rig.until_paused(inlet)
    await rig.send(SECOND, b"2")
    receiving = asyncio.create_task(inlet.receive(64, 5))
    done, _ = await asyncio.wait({receiving}, timeout=0.3)
    assert not done
    await inlet.acknowledge(held)
    await inlet.resume()
    async with asyncio.timeout(PATIENCE):
        [second] = await receiving
    assert second.file_name == SECOND
    await inlet.acknowledge([second])


async def test_what_is_released_comes_again_after_the_pause_and_nothing_else_does(rig: Rig, inlet: Inlet) -> None:
    """Seen to fail, for each channel, with a `release` that gives nothing back."""
    for name in (FIRST, SECOND, THIRD):
        await rig.send(name, name.encode())
    first, *held = await gather(inlet, 3)
    await inlet.acknowledge([first])
    await inlet.pause()
    await rig.until_paused(inlet)
    await inlet.release()
    receiving = asyncio.create_task(inlet.receive(1, 0))
    done, _ = await asyncio.wait({receiving}, timeout=0.3)
    assert not done
    await inlet.resume()
    again: list[Delivery] = []
    async with asyncio.timeout(PATIENCE):
        again += await receiving
        await inlet.acknowledge(again)
        while len(again) < len(held):
            again += (more := await inlet.receive(1, 0))
            await inlet.acknowledge(more)
    assert sorted(str(delivery.file_name) for delivery in again) == sorted(str(one.file_name) for one in held)


async def test_stopping_ends_a_pending_receive(inlet: Inlet) -> None:
    pending = asyncio.create_task(inlet.receive(10, 0))
    await asyncio.sleep(0)
    await inlet.stop_receiving()
    async with asyncio.timeout(PATIENCE):
        assert list(await pending) == []
        assert list(await inlet.receive(10, 0)) == []


async def test_every_message_has_its_result_in_order_and_arrives_whole(rig: Rig) -> None:
    outlet = rig.outlet()
    await outlet.start()
    batch = [outgoing(number, body=os.urandom(1000)) for number in (3, 1, 2)]
    assert list(await outlet.publish(batch)) == [Confirmed(3), Confirmed(1), Confirmed(2)]
    await outlet.close()
    assert sorted(await rig.arrived()) == sorted(message.body for message in batch)


async def test_what_cannot_be_delivered_is_refused_and_the_rest_is_not(rig: Rig) -> None:
    await rig.block()
    outlet = rig.outlet()
    await outlet.start()
    name = "FO.ACRF.999999.20260302.00002.S.1.1"
    results = await outlet.publish([outgoing(1), outgoing(2, recipient="999999", file_name=name), outgoing(3)])
    await outlet.close()
    assert [type(result) for result in results] == [Confirmed, Refused, Confirmed]
    assert [result.id for result in results] == [1, 2, 3]
    assert results[1].reason  # type: ignore[union-attr]


async def test_nothing_to_publish(rig: Rig) -> None:
    outlet = rig.outlet()
    await outlet.start()
    assert list(await outlet.publish([])) == []
    await outlet.close()
