"""The AMQP inlet and outlet against a real broker."""

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
import rabbitmq
from aiormq.abc import AbstractChannel, ChannelFrame
from aiormq.exceptions import AMQPConnectionError, ChannelNotFoundEntity
from pamqp import frame
from pamqp.commands import Basic

from schemas.parser import Limits
from service.app import channel_of
from service.channel import Confirmed, Delivery, InletFailed, Refused, topology
from service.channel.amqp import AmqpInlet, AmqpOutlet, Session, Watch
from service.channel.connection import connect, is_loss
from service.settings import ChannelKind, Settings
from tests.broker.tools import PATIENCE, SENDER, bold_inlet, depth, limited_user, outgoing, publish, until


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[AbstractChannel]:
    """Give a channel on a virtual host with the topology, its queues empty."""
    connection = await connect(amqp_url, "test")
    await topology.apply(connection, [SENDER])
    channel = await connection.channel()
    for queue in (topology.INBOX, topology.DEAD, topology.REVIEW_TASKS, topology.out_queue(SENDER)):
        await channel.queue_purge(queue)
    yield channel
    await connection.close()


@pytest.fixture
async def inlet(amqp_url: str, channel: AbstractChannel) -> AsyncIterator[AmqpInlet]:
    """Give a started inlet."""
    inlet = bold_inlet(amqp_url)
    await inlet.start()
    yield inlet
    await inlet.close()


@pytest.fixture
async def outlet(amqp_url: str, channel: AbstractChannel) -> AsyncIterator[AmqpOutlet]:
    """Give a started outlet."""
    outlet = AmqpOutlet(amqp_url)
    await outlet.start()
    yield outlet
    await outlet.close()


async def gather(inlet: AmqpInlet, count: int) -> list[Delivery]:
    """Receive until there are that many."""
    found: list[Delivery] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            found += await inlet.receive(64, 5)
    return found


async def take(inlet: AmqpInlet, count: int) -> list[Delivery]:
    """Receive and acknowledge until there are that many."""
    found: list[Delivery] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            found += (batch := await inlet.receive(64, 5))
            await inlet.acknowledge(batch)
    return found


async def one(channel: AbstractChannel, queue: str) -> Basic.Properties:
    """Take one message from a queue."""
    message = await channel.basic_get(queue, no_ack=True)
    assert isinstance(message.delivery, Basic.GetOk)
    return message.header.properties


class TestInlet:
    """What comes in."""

    async def test_gives_what_the_sender_wrote(self, inlet: AmqpInlet, channel: AbstractChannel) -> None:
        await publish(
            channel,
            b"<OCCP001/>",
            message_id="6d4ff0f2-0f0c-4a40-8ad6-6f3f0a1c2b3d",
            timestamp=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
            headers={
                "FileName": "FI.OCCP.100001.20260302.00001.S.1.1",
                "SchemaVersion": "20264",
                "traceparent": "00-a",
            },
        )
        [delivery] = await gather(inlet, 1)
        assert delivery.body == b"<OCCP001/>"
        assert delivery.file_name == "FI.OCCP.100001.20260302.00001.S.1.1"
        assert delivery.message_id == "6d4ff0f2-0f0c-4a40-8ad6-6f3f0a1c2b3d"
        assert delivery.schema_version == "20264"
        assert delivery.sent_at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        assert delivery.traceparent == "00-a"
        assert delivery.content_encoding is None
        assert delivery.source == "onem.inbox"

    async def test_believes_no_identity_but_the_checked_user(self, inlet: AmqpInlet, channel: AbstractChannel) -> None:
        await publish(channel, b"x", headers={"FileName": "FI.OCCP.100001.20260302.00001.S.1.1"}, app_id="100001")
        await publish(channel, b"y", user_id="guest")
        deliveries = await gather(inlet, 2)
        assert [delivery.sender for delivery in deliveries] == [None, None]

    async def test_what_is_not_acknowledged_comes_back(self, amqp_url: str, channel: AbstractChannel) -> None:
        first = bold_inlet(amqp_url)
        await first.start()
        for number in range(5):
            await publish(channel, b"%d" % number)
        deliveries = await gather(first, 5)
        await first.acknowledge([deliveries[0], deliveries[1], deliveries[3]])
        await first.close()
        second = bold_inlet(amqp_url)
        await second.start()
        again = await gather(second, 2)
        assert sorted(delivery.body for delivery in again) == [b"2", b"4"]
        await second.acknowledge(again)
        await second.close()
        assert await depth(amqp_url, topology.INBOX) == 0

    async def test_goes_on_after_the_broker_closed_its_connection(
        self, inlet: AmqpInlet, amqp_url: str, channel: AbstractChannel
    ) -> None:
        await publish(channel, b"before")
        held = await gather(inlet, 1)
        assert inlet._session is not None
        # The broker closes a connection on which the same consumer tag is used twice.
        await inlet._session.channel.connection.write_queue.put(_double_consume(inlet._session))
        await publish(channel, b"after")
        again = await take(inlet, 2)
        assert sorted(delivery.body for delivery in again) == [b"after", b"before"]
        await inlet.acknowledge(held)
        await inlet.close()
        assert await depth(amqp_url, topology.INBOX) == 0

    async def test_a_consumer_that_the_broker_no_longer_knows_is_replaced(
        self, amqp_url: str, channel: AbstractChannel
    ) -> None:
        """Seen to fail with a watch of ten minutes: the inlet believed in its consumer."""
        inlet = AmqpInlet(amqp_url, watch=Watch(0.2, 0.4))
        await inlet.start()
        session = inlet._session
        assert session is not None
        await session.channel.basic_cancel(session.consumer_tag)
        await publish(channel, b"waits")
        async with asyncio.timeout(PATIENCE):
            [delivery] = await inlet.receive(1, 0)
        await inlet.acknowledge([delivery])
        assert delivery.body == b"waits"
        assert inlet._session is not session
        await inlet.close()

    async def test_a_queue_that_an_operator_deleted_is_declared_and_consumed_again(
        self, inlet: AmqpInlet, channel: AbstractChannel
    ) -> None:
        """The broker says that it cancels the consumer. Seen to fail with an inlet that does not listen to that."""
        await channel.queue_delete(topology.INBOX)

        async def is_consumed() -> bool:
            other = await channel.connection.channel()
            try:
                return bool((await other.queue_declare(topology.INBOX, passive=True)).consumer_count)
            except ChannelNotFoundEntity:
                return False

        await until(is_consumed)
        await publish(channel, b"after")
        [delivery] = await gather(inlet, 1)
        await inlet.acknowledge([delivery])
        assert delivery.body == b"after"

    async def test_after_two_losses_without_progress_messages_come_one_by_one(
        self, inlet: AmqpInlet, channel: AbstractChannel
    ) -> None:
        """Seen to fail with a `Caution` that forgets losses: it knew of no trouble."""
        for number in range(4):
            await publish(channel, b"%d" % number)
        for _ in range(2):
            await gather(inlet, 1)
            session = inlet._session
            assert session is not None
            await session.connection.close()

            async def is_back(lost: Session = session) -> bool:
                return inlet._session not in (None, lost)

            await until(is_back)
        assert inlet.caution.is_isolated
        for _ in range(4):
            async with asyncio.timeout(PATIENCE):
                batch = await inlet.receive(64, 50)
            assert len(batch) == 1
            assert not inlet._buffer
            await inlet.acknowledge(batch)
        assert inlet.caution.is_isolated

    async def test_a_pending_receive_outlives_the_connection(self, inlet: AmqpInlet, channel: AbstractChannel) -> None:
        waiting = asyncio.create_task(inlet.receive(1, 0))
        await asyncio.sleep(0)
        assert inlet._session is not None
        await inlet._session.connection.close()
        await publish(channel, b"late")
        async with asyncio.timeout(PATIENCE):
            [delivery] = await waiting
        assert delivery.body == b"late"

    @pytest.mark.parametrize("given_back", [False, True])
    async def test_what_is_lost_while_a_batch_fills_does_not_look_like_the_end(
        self, inlet: AmqpInlet, channel: AbstractChannel, given_back: bool
    ) -> None:
        """Seen to fail with what is left of the buffer given as it is: empty, which means stopped."""
        await publish(channel, b"first")
        filling = asyncio.create_task(inlet.receive(64, 500))

        async def buffered() -> bool:
            return len(inlet._buffer) == 1

        await until(buffered)
        session = inlet._session
        assert session is not None
        await inlet.pause()
        if given_back:
            await inlet.release()
        else:
            await session.connection.close()
        done, _ = await asyncio.wait({filling}, timeout=1)
        assert not done
        await inlet.resume()
        async with asyncio.timeout(PATIENCE):
            [again] = await filling
        assert again.body == b"first"

    async def test_what_was_buffered_on_a_lost_connection_comes_once(
        self, inlet: AmqpInlet, amqp_url: str, channel: AbstractChannel
    ) -> None:
        for number in range(3):
            await publish(channel, b"%d" % number)

        async def buffered() -> bool:
            return len(inlet._buffer) == 3

        await until(buffered)
        first = inlet._session
        assert first is not None
        await first.connection.close()

        async def back() -> bool:
            return inlet._session is not first and len(inlet._buffer) >= 1

        await until(back)
        deliveries = await take(inlet, 3)
        assert sorted(delivery.body for delivery in deliveries) == [b"0", b"1", b"2"]
        await inlet.close()
        assert await depth(amqp_url, topology.INBOX) == 0

    async def test_stop_receiving_ends_a_pending_receive_and_leaves_the_rest(
        self, inlet: AmqpInlet, amqp_url: str, channel: AbstractChannel
    ) -> None:
        waiting = asyncio.create_task(inlet.receive(10, 0))
        await asyncio.sleep(0)
        await inlet.stop_receiving()
        async with asyncio.timeout(PATIENCE):
            assert list(await waiting) == []
        await publish(channel, b"for the next")
        assert list(await inlet.receive(10, 0)) == []
        await inlet.close()
        assert await depth(amqp_url, topology.INBOX) == 1

    async def test_poisoned_properties_neither_stop_nor_disconnect(
        self, inlet: AmqpInlet, amqp_url: str, channel: AbstractChannel
    ) -> None:
        session = inlet._session
        for poison in POISON:
            await _publish_raw(channel, poison)
        await publish(channel, b"good", message_id="m-1")
        deliveries = await gather(inlet, len(POISON) + 1)
        await inlet.acknowledge(deliveries)
        assert inlet._session is session
        assert deliveries[-1].body == b"good"
        assert all(delivery.file_name is None for delivery in deliveries)
        assert [delivery.message_id for delivery in deliveries[:-1]] == [None] * len(POISON)
        assert [delivery.sent_at for delivery in deliveries[:-1]] == [None] * len(POISON)
        await inlet.close()
        assert await depth(amqp_url, topology.INBOX) == 0

    async def test_a_service_takes_a_message_whole_with_its_documents(
        self, amqp_url: str, channel: AbstractChannel
    ) -> None:
        """Seen to fail with an inlet that keeps as much as a message may have without them."""
        whole = b"x" * (Limits().max_bytes + 1) + b"y"
        settings = Settings(channel=ChannelKind.AMQP, amqp_url=amqp_url)
        inlet, _ = channel_of(settings)
        await inlet.start()
        await publish(channel, whole)
        async with asyncio.timeout(PATIENCE):
            [delivery] = await inlet.receive(1, 0)
        await inlet.acknowledge([delivery])
        await inlet.close()
        assert delivery.body == whole

    async def test_a_named_encoding_is_passed_on(self, inlet: AmqpInlet, channel: AbstractChannel) -> None:
        await publish(channel, b"x", content_encoding="gzip")
        [delivery] = await gather(inlet, 1)
        assert delivery.content_encoding == "gzip"


@pytest.mark.parametrize(
    ("failure", "is_one"),
    [
        (AMQPConnectionError(), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (asyncio.CancelledError(), True),
        (Exception(), True),
        (ValueError(), False),
        (InletFailed(), False),
        (topology.TopologyMismatch(), False),
    ],
)
def test_a_loss_is_told_from_a_defect(failure: BaseException, is_one: bool) -> None:
    """A bare `Exception` was seen when messages were given back while the consumer was being changed."""
    assert is_loss(failure) is is_one


class TestSession:
    """Which tags are acknowledged together."""

    def settle(self, open_tags: Sequence[int], *batches: set[int]) -> list[list[tuple[int, bool]]]:
        session = Session(None, None, unacknowledged=dict.fromkeys(open_tags))  # type: ignore[arg-type]
        return [list(session.settle(batch)) for batch in batches]

    def test_a_handled_prefix_is_acknowledged_at_once(self) -> None:
        assert self.settle([1, 2, 3, 4], {1, 2, 3}) == [[(3, True)]]

    def test_beyond_a_gap_each_alone(self) -> None:
        assert self.settle([1, 2, 3, 4], {1, 3, 4}) == [[(1, False), (3, False), (4, False)]]

    def test_a_filled_gap_does_not_name_a_tag_twice(self) -> None:
        assert self.settle([1, 2, 3, 4], {2, 3}, {1, 4}) == [[(2, False), (3, False)], [(4, True)]]

    def test_a_tag_is_never_acknowledged_twice(self) -> None:
        assert self.settle([1, 2], {1}, {1}) == [[(1, False)], []]


class TestOutlet:
    """What goes out."""

    async def test_properties_are_those_of_the_contract(self, outlet: AmqpOutlet, channel: AbstractChannel) -> None:
        answer = outgoing(1, headers={"FileName": "FO.1", "SchemaVersion": "20264", "Duplicate": "1"})
        assert await outlet.publish([answer]) == [Confirmed(1)]
        properties = await one(channel, topology.out_queue(SENDER))
        assert properties.message_id == answer.message_id
        assert properties.correlation_id == answer.correlation_id
        assert properties.message_type == "ACRF001"
        assert properties.content_type == "application/xml"
        assert properties.content_encoding is None
        assert properties.delivery_mode == 2
        assert properties.timestamp == answer.created_at
        assert properties.user_id == "guest"
        assert (properties.app_id or "").startswith("cpas-onem/")
        ours = {name: value for name, value in (properties.headers or {}).items() if not name.startswith("x-")}
        assert ours == {"FileName": "FO.1", "SchemaVersion": "20264", "Duplicate": "1"}

    async def test_results_follow_the_batch_and_the_unroutable_is_refused(
        self, outlet: AmqpOutlet, amqp_url: str, channel: AbstractChannel
    ) -> None:
        batch = [outgoing(1), outgoing(2, recipient="999999"), outgoing(3)]
        first, second, third = await outlet.publish(batch)
        assert (first, third) == (Confirmed(1), Confirmed(3))
        assert isinstance(second, Refused)
        assert "999999.ACRF001" in second.reason
        assert await outlet.publish([batch[1], outgoing(4)]) == [second, Confirmed(4)]
        assert await depth(amqp_url, topology.out_queue(SENDER)) == 3

    async def test_the_same_message_id_twice_in_a_batch(
        self, outlet: AmqpOutlet, amqp_url: str, channel: AbstractChannel
    ) -> None:
        good = outgoing(1)
        lost = outgoing(2, message_id=good.message_id, recipient="999999")
        first, second = await outlet.publish([lost, good])
        assert isinstance(first, Refused)
        assert second == Confirmed(1)
        assert await depth(amqp_url, topology.out_queue(SENDER)) == 1

    async def test_a_review_task_goes_to_the_back_office(self, outlet: AmqpOutlet, channel: AbstractChannel) -> None:
        task = outgoing(1, recipient=topology.ONEM, identification="OCCP101", office="BRU")
        acknowledgement = outgoing(2, recipient=topology.ONEM)
        assert await outlet.publish([task]) == [Confirmed(1)]
        assert await outlet.publish([acknowledgement]) == [Confirmed(2)]
        assert (await one(channel, topology.REVIEW_TASKS)).message_id == task.message_id
        assert (await one(channel, topology.REVIEW_TASKS)).message_id == acknowledgement.message_id

    async def test_a_lost_connection_refuses_and_the_next_batch_passes(
        self, outlet: AmqpOutlet, amqp_url: str, channel: AbstractChannel
    ) -> None:
        assert await outlet.publish([outgoing(1)]) == [Confirmed(1)]
        assert outlet._connection is not None
        await outlet._connection.close()
        assert await outlet.publish([outgoing(2)]) == [Confirmed(2)]
        assert await depth(amqp_url, topology.out_queue(SENDER)) == 2

    async def test_an_unreachable_broker_refuses(self) -> None:
        outlet = AmqpOutlet("amqp://guest:guest@127.0.0.1:1/")
        [result] = await outlet.publish([outgoing(1)])
        assert isinstance(result, Refused)

    async def test_a_queue_that_refuses_is_not_confirmed(self, outlet: AmqpOutlet, channel: AbstractChannel) -> None:
        await channel.queue_delete(topology.out_queue(SENDER))
        full = {"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"}
        await channel.queue_declare(topology.out_queue(SENDER), durable=True, arguments=full)
        await channel.queue_bind(topology.out_queue(SENDER), topology.OUT, f"{SENDER}.#")

        async def refused() -> bool:
            return isinstance((await outlet.publish([outgoing(1)]))[0], Refused)

        await until(refused)
        await channel.queue_delete(topology.out_queue(SENDER))


class TestTopology:
    """Names, arguments, and what stops the start."""

    async def test_is_declared_once(self, channel: AbstractChannel) -> None:
        connection = channel.connection
        assert list(await topology.apply(connection, ["100077"])) == ["queue cpas.100077.out"]
        assert list(await topology.apply(connection, ["100077"])) == []

    async def test_another_kind_of_queue_stops_and_nothing_changes(self, channel: AbstractChannel) -> None:
        await channel.queue_declare("cpas.100078.out", durable=True, arguments={"x-queue-type": "classic"})
        with pytest.raises(topology.TopologyMismatch, match=r"queue cpas\.100078\.out exists with other properties"):
            await topology.apply(channel.connection, ["100078"])
        await channel.queue_declare("cpas.100078.out", durable=True, arguments={"x-queue-type": "classic"})

    async def test_a_rejected_message_reaches_the_dead_letters(
        self, inlet: AmqpInlet, amqp_url: str, channel: AbstractChannel
    ) -> None:
        await publish(channel, b"dead")
        [delivery] = await gather(inlet, 1)
        session, tag = delivery.handle
        await session.channel.basic_reject(tag, requeue=False)

        async def arrived() -> bool:
            return await depth(amqp_url, topology.DEAD) == 1

        await until(arrived)

    async def test_without_the_right_to_configure(
        self, broker: rabbitmq.Broker, amqp_url: str, channel: AbstractChannel
    ) -> None:
        url = limited_user(broker, amqp_url, configure="^$", write=".*", read=".*")
        connection = await connect(url, "test")
        assert list(await topology.apply(connection)) == []
        with pytest.raises(topology.TopologyMismatch, match=r"queue cpas\.100079\.out is missing"):
            await topology.apply(connection, ["100079"])
        await connection.close()


def _short(value: bytes) -> bytes:
    return bytes([len(value)]) + value


def _table(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _nested(levels: int) -> bytes:
    table = _table(b"")
    for _ in range(levels):
        table = _table(_short(b"a") + b"F" + table)
    return table


# Property flags, then the values in the order of the protocol.
POISON = [
    (1 << 10, _short(b"\xe9")),
    (1 << 7, _short(b"\xff" * 255)),
    (1 << 6, struct.pack(">Q", 2**63)),
    (1 << 13, _table(_short(b"FileName") + b"T" + struct.pack(">Q", 2**63))),
    (1 << 13, _table(_short(b"\xe9") + b"t\x01")),
    (1 << 13, _nested(3000)),
    (1 << 13, _table(_short(b"FileName") + b"S" + struct.pack(">I", 2) + b"\xe9\n")),
]


async def _publish_raw(channel: AbstractChannel, poison: tuple[int, bytes]) -> None:
    flags, values = poison
    header = struct.pack(">HxxQH", Basic.frame_id, 0, flags) + values
    envelope = struct.pack(">BHI", 2, channel.number, len(header)) + header + b"\xce"  # type: ignore[attr-defined]
    method = frame.marshal(Basic.Publish(exchange=topology.IN, routing_key="x"), channel.number)  # type: ignore[attr-defined]
    confirmed = channel.create_future()
    async with channel.lock:  # type: ignore[attr-defined]
        channel.delivery_tag += 1  # type: ignore[attr-defined]
        channel.confirmations[channel.delivery_tag] = confirmed  # type: ignore[attr-defined]
        await channel.write_queue.put(ChannelFrame(payload=method + envelope, should_close=False))  # type: ignore[attr-defined]
    async with asyncio.timeout(PATIENCE):
        assert isinstance(await confirmed, Basic.Ack)


def _double_consume(session: Session) -> object:
    again = Basic.Consume(queue=topology.INBOX, consumer_tag=session.consumer_tag)
    return ChannelFrame.marshall(session.channel.number, [again])  # type: ignore[attr-defined]
