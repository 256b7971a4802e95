"""The service as a process on RabbitMQ and PostgreSQL: a request's way, a repetition, and death in mid-work."""

import asyncio
import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import rabbitmq
from aiormq.abc import DeliveredMessage

from service.bench import measure
from service.bench.load import draw_sender, requests
from service.channel import message_id_for, topology
from service.channel.connection import connect
from service.client import AmqpClient
from tests.broker.ground import Ground, admit, empty, stop
from tests.broker.tools import PATIENCE, depth, until

SENDER = draw_sender()
THREE = {"ACRF001", "NOTI001", "OCCP003"}
REQUESTS = 500
KILLED_AFTER = 150


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


async def test_a_request_is_answered_and_a_repetition_gets_the_same_bytes(ground: Ground) -> None:
    [load] = requests(1, 1, SENDER)
    async with ground.service() as service, AmqpClient(ground.sender_url) as client:
        first_sent = await client.send(load.body, load.file_name, "20264")
        first = await client.answers(first_sent, PATIENCE)
        again = await client.answers(await client.send(load.body, load.file_name, "20264"), PATIENCE)
        await stop(ground, service)
    assert [answer.identification for answer in first] == ["ACRF001", "NOTI001", "OCCP003"]
    assert {answer.correlation_id for answer in first} == {first_sent.message_id}
    assert {answer.delivery_mode for answer in first} == {2}
    assert [answer.body for answer in again] == [answer.body for answer in first]
    assert [answer.message_id for answer in again] == [answer.message_id for answer in first]
    assert [answer.is_duplicate for answer in first] == [False] * 3
    assert [answer.is_duplicate for answer in again] == [True] * 3
    assert await ground.value("SELECT count(*) FROM decision") == 1
    assert await ground.value("SELECT count(*) FROM history WHERE kind = 'decided'") == 1
    assert await depth(ground.amqp_url, topology.INBOX) == 0


async def test_a_body_that_is_no_xml_is_refused_and_the_next_is_served(ground: Ground) -> None:
    [load] = requests(1, 2, SENDER)
    async with ground.service() as service, AmqpClient(ground.sender_url) as client:
        refused = await client.answers(await client.send(b"%PDF-1.7 not a form"), PATIENCE)
        served = await client.answers(await client.send(load.body, load.file_name), PATIENCE)
        await stop(ground, service)
    assert [(answer.identification, answer.result) for answer in refused] == [("ACRF001", "0")]
    assert {answer.identification for answer in served} == THREE


async def test_killed_in_the_middle_every_request_is_decided_once(ground: Ground) -> None:
    loads = list(requests(REQUESTS, 1000, SENDER))
    owner, sender = await connect(ground.amqp_url, "test"), await connect(ground.sender_url, "test")
    await measure.preload(await owner.channel(), await sender.channel(), loads)

    async def some_are_answered() -> bool:
        return await depth(ground.amqp_url, topology.out_queue(SENDER)) >= KILLED_AFTER

    async with ground.service() as service:
        await until(some_are_answered)
        os.killpg(service.pid, signal.SIGKILL)
        await service.wait()
    answers = _Answers()
    reading = await owner.channel()
    await reading.basic_consume(topology.out_queue(SENDER), answers.take, no_ack=True)
    assert await ground.value("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL") < 3 * REQUESTS

    async def all_are_answered() -> bool:
        unsent = await ground.value("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
        return len(answers.complete()) == REQUESTS and not unsent

    async with ground.service() as service:
        await until(all_are_answered)
        await stop(ground, service)
    await owner.close()
    await sender.close()
    assert answers.complete() == {message_id_for(SENDER, load.file_name) for load in loads}
    assert answers.differing == []
    assert await ground.value("SELECT count(*) FROM inbox") == REQUESTS
    assert await ground.value("SELECT count(*) FROM decision") == REQUESTS
    assert await ground.value("SELECT count(DISTINCT form) FROM decision") == REQUESTS
    assert await ground.value("SELECT count(*) FROM outbox WHERE replay_of IS NULL") == 3 * REQUESTS
    assert await ground.value("SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0
    assert await depth(ground.amqp_url, topology.INBOX) == 0
    assert await depth(ground.amqp_url, topology.DEAD) == 0


class _Answers:
    """Collects answers; one that comes again must be the same, byte by byte."""

    def __init__(self) -> None:
        self.differing: list[str] = []
        self._bodies: dict[str, bytes] = {}
        self._by_request: dict[str, dict[str, str]] = defaultdict(dict)

    async def take(self, message: DeliveredMessage) -> None:
        properties = message.header.properties
        identity, request, kind = properties.message_id, properties.correlation_id, properties.message_type
        assert identity is not None
        assert request is not None
        assert kind is not None
        is_same = self._bodies.setdefault(identity, message.body) == message.body
        if not is_same or self._by_request[request].setdefault(kind, identity) != identity:
            self.differing.append(identity)

    def complete(self) -> set[str]:
        """Give the message ids of the requests with all three answers."""
        return {request for request, kinds in self._by_request.items() if set(kinds) == THREE}
