"""The outlet, the relay, the inlet and the client against a broker that breaks its word on command."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Sequence
from pathlib import Path

import pytest
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic, Connection
from pamqp.header import ContentHeader
from structlog.testing import capture_logs

from service.app import serve
from service.channel import Confirmed, InletFailed, Refused, topology
from service.channel.amqp import AmqpInlet, AmqpOutlet, Watch
from service.client import AmqpClient, SendingFailed
from service.clock import Clock
from service.relay import Relay
from service.settings import ChannelKind, Settings
from tests.broker.tools import SENDER, outgoing, until
from tests.faults import fake_broker
from tests.faults.fake_broker import Answer, FakeBroker
from tests.service.building import LATER, body, delivery, opened_store

PATIENCE = 30
FORM = b"<OCCP001><Form><Identification>OCCP001</Identification></Form></OCCP001>"


async def within(seconds: float, work: Awaitable[object]) -> BaseException:
    """Give what it fails with, in that time."""
    async with asyncio.timeout(seconds):
        [outcome] = await asyncio.gather(work, return_exceptions=True)
    assert isinstance(outcome, BaseException), outcome
    return outcome


@pytest.mark.parametrize(
    ("answer", "reason", "connections"),
    [
        (fake_broker.never, "no confirmation within 0.5 seconds", 1),
        (fake_broker.return_then_ack, "returned: nothing is bound", 1),
        (fake_broker.close_channel, "connection lost: ", 1),
        (fake_broker.nonsense, "connection lost: ", 2),
    ],
)
async def test_what_is_not_confirmed_is_refused_and_goes_out_again_on_a_new_channel(
    answer: Answer, reason: str, connections: int
) -> None:
    """Seen to fail with an outlet that keeps its channel after a refusal: the second was the channel's second, too."""
    message = outgoing(1)
    async with FakeBroker(answer) as broker:
        outlet = AmqpOutlet(broker.url, 0.5)
        async with asyncio.timeout(PATIENCE):
            [refused] = await outlet.publish([message])
            broker.on_publish = fake_broker.confirm
            assert await outlet.publish([message]) == [Confirmed(1)]
        await outlet.close()
        first, second = broker.published
    assert isinstance(refused, Refused)
    assert refused.reason.startswith(reason)
    assert first.properties.message_id == second.properties.message_id == message.message_id
    assert (first.tag, second.tag) == (1, 1)
    assert first.body == second.body == message.body
    assert broker.accepted == connections


async def test_a_confirmation_that_crosses_the_end_of_its_channel_confirms_nothing_else() -> None:
    """The next channel has the same number, and its first message the same tag."""
    async with FakeBroker(fake_broker.in_turn(fake_broker.crossing, fake_broker.never)) as broker:
        outlet = AmqpOutlet(broker.url, 0.5)
        async with asyncio.timeout(PATIENCE):
            [late] = await outlet.publish([outgoing(1)])
            [other] = await outlet.publish([outgoing(2)])
        await outlet.close()
    assert isinstance(late, Refused)
    assert isinstance(other, Refused)
    assert [(message.channel, message.tag) for message in broker.published] == [(1, 1), (1, 1)]


async def test_a_confirmation_in_time_is_one_however_late() -> None:
    moment = asyncio.Event()
    async with FakeBroker(fake_broker.late(moment)) as broker:
        outlet = AmqpOutlet(broker.url, PATIENCE)
        sending = asyncio.ensure_future(outlet.publish([outgoing(1), outgoing(2)]))
        await until(lambda: _is(len(broker.published) == 2))
        assert not sending.done()
        moment.set()
        assert await sending == [Confirmed(1), Confirmed(2)]
        await outlet.close()


async def _is(holds: bool) -> bool:
    return holds


@pytest.mark.parametrize("answer", [fake_broker.never, fake_broker.close_channel, fake_broker.return_then_ack])
async def test_g05_what_the_broker_did_not_confirm_stays_to_be_sent(sqlite_url: str, answer: Answer) -> None:
    """Seen to fail with an outlet that calls a timeout, a closed channel or a return confirmed: marked sent."""
    async with opened_store(sqlite_url) as store, FakeBroker(answer) as broker:
        processed = await store.intake().process([delivery(1, body(1))])
        outlet = AmqpOutlet(broker.url, 0.5)
        wanted = {message.message_id for message in processed.outgoing}
        async with asyncio.timeout(PATIENCE):
            await Relay(store.engine, store.vault, LATER, outlet).drain_store()
        rows = await store.rows("outbox")
        assert [row.sent_at for row in rows] == [None] * len(wanted)
        assert {row.attempts > 0 for row in rows} == {True}
        broker.on_publish = fake_broker.confirm
        broker.published.clear()
        async with asyncio.timeout(PATIENCE):
            assert await Relay(store.engine, store.vault, _LATER_STILL, outlet).drain_store() == len(wanted)
        assert {message.properties.message_id for message in broker.published} == wanted
        assert all(row.sent_at is not None for row in await store.rows("outbox"))
        await outlet.close()


_LATER_STILL = Clock(LATER.offset * 10)


async def test_a_broker_that_goes_silent_is_given_up() -> None:
    """After `tune` it says nothing any more: the service's first connection fails, a client's too.

    A client whose message is never confirmed gives up as well.
    """
    async with (
        FakeBroker(silent_after=Connection.StartOk) as silent,
        FakeBroker(fake_broker.never) as mean,
        AmqpClient(mean.url_of(SENDER)) as unheard,
    ):
        failures = await asyncio.gather(
            within(150, AmqpOutlet(silent.url).start()),
            within(150, AmqpInlet(silent.url).start()),
            within(150, AmqpClient(silent.url_of(SENDER)).__aenter__()),
            within(150, unheard.send(FORM)),
        )
    assert [type(failure) for failure in failures] == [TimeoutError, TimeoutError, SendingFailed, SendingFailed]
    assert len(mean.published) == 1


async def test_an_outlet_outlives_a_broker_that_says_nothing_to_its_new_channel() -> None:
    async with FakeBroker(silent_after=Basic.Publish) as broker:
        outlet = AmqpOutlet(broker.url, 0.5)
        async with asyncio.timeout(PATIENCE):
            [refused] = await outlet.publish([outgoing(1)])
            broker.silent_after = None
            [confirmed] = await outlet.publish([outgoing(1)])
        await outlet.close()
    assert isinstance(refused, Refused)
    assert refused.soon
    assert confirmed == Confirmed(1)
    assert broker.accepted == 2


@pytest.mark.parametrize("answer", [fake_broker.return_then_ack, fake_broker.close_channel, fake_broker.nonsense])
async def test_a_client_never_calls_sent_what_was_not_confirmed(answer: Answer) -> None:
    async with FakeBroker(answer) as broker, AmqpClient(broker.url_of(SENDER)) as client:
        failure = await within(100, client.send(FORM))
    assert isinstance(failure, SendingFailed)
    assert len(broker.published) == 1


@pytest.mark.parametrize(("answer", "says"), [(fake_broker.confirm, "silent"), (fake_broker.close_channel, "not take")])
async def test_a_client_without_an_answer_ends_with_3(tmp_path: Path, answer: Answer, says: str) -> None:
    form = tmp_path / "form.xml"
    form.write_bytes(FORM)
    async with FakeBroker(answer) as broker:
        done = await asyncio.to_thread(
            _command, tmp_path, broker.url_of(SENDER), "send", str(form), "--wait", "0.2", "--json"
        )
    assert done.returncode == 3
    assert says in done.stderr


def _command(directory: Path, amqp_url: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CPAS_ONEM_")}
    environment |= {"CPAS_ONEM_CHANNEL": "amqp", "CPAS_ONEM_AMQP_URL": amqp_url}
    environment |= {f"CPAS_ONEM_{name.upper()}": value for name, value in settings.items()}
    command: Sequence[str] = (sys.executable, "-m", "service", *arguments)
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=10 * PATIENCE
    )


NO_CONSUMER = (0, 0)
NOTHING_DELIVERED = (5, 1)
FAULTS = [(NO_CONSUMER, "knows no consumer"), (NOTHING_DELIVERED, "5 messages wait and none was delivered")]


@pytest.mark.parametrize(("state", "fault"), FAULTS)
async def test_a_consumer_that_is_silent_three_times_is_the_end(state: tuple[int, int], fault: str) -> None:
    """Seen to fail with a `Session.look` that finds nothing: the inlet waited for ever.

    Also, where messages wait, with a look that comes too early taken for a good one: each new consumer began anew.
    """
    async with FakeBroker() as broker:
        broker.queues[topology.INBOX] = state
        inlet = AmqpInlet(broker.url, watch=Watch(0.1, 0.2))
        await inlet.start()
        failure = await within(PATIENCE, inlet.receive(1, 0))
        await inlet.close()
    assert isinstance(failure, InletFailed)
    assert "stopped 3 times" in str(failure)
    assert fault in str(failure)
    assert broker.consumed == [topology.INBOX] * 3
    assert broker.accepted == 3


@pytest.mark.parametrize(("state", "fault"), FAULTS)
async def test_a_consumer_that_is_silent_twice_is_replaced_twice(state: tuple[int, int], fault: str) -> None:
    """Faults count in a row only: after a good look it begins with none."""
    async with FakeBroker() as broker:
        with capture_logs() as told:
            inlet = AmqpInlet(broker.url, watch=Watch(0.1, 0.2))
            await inlet.start()
            receiving = asyncio.ensure_future(inlet.receive(1, 0))
            for silences in (2, 4):
                broker.queues[topology.INBOX] = state
                await until(lambda wanted=silences: _is(_silences(told) == wanted))  # type: ignore[misc]
                broker.queues[topology.INBOX] = (0, 1)
                # its third consumer, and a second look at that one
                await until(lambda wanted=silences + 1: _is(len(broker.consumed) == wanted))  # type: ignore[misc]
                looks = len(broker.looks) + 2
                await until(lambda wanted=looks: _is(len(broker.looks) >= wanted))  # type: ignore[misc]
            assert not receiving.done()
            await inlet.close()
            assert list(await receiving) == []
    assert [line["times"] for line in told if line["event"] == "consumer_silent"] == [1, 2, 1, 2]
    assert broker.consumed == [topology.INBOX] * 5


def _silences(told: Sequence[object]) -> int:
    return sum(1 for line in told if isinstance(line, dict) and line["event"] == "consumer_silent")


@pytest.mark.parametrize("queue", [topology.INBOX, topology.DEAD])
async def test_a_service_whose_consumer_stays_silent_ends_with_1(tmp_path: Path, queue: str) -> None:
    """Seen to fail, for the dead letters, with a service that does not wait for who drains them."""
    async with FakeBroker() as broker:
        broker.queues[queue] = NO_CONSUMER
        settings = {"watch_seconds": "0.1", "database_url": f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"}
        done = await asyncio.to_thread(_command, tmp_path, broker.url, "run", **settings)
    assert done.returncode == 1
    assert f"The consumer of {queue} stopped 3 times: the broker knows no consumer." in done.stderr


async def test_dead_letters_that_nobody_drains_any_more_are_an_alert(tmp_path: Path, sqlite_url: str) -> None:
    settings = {"channel": ChannelKind.AMQP, "database_url": sqlite_url, "secret_key_file": tmp_path / "secret.key"}
    async with FakeBroker() as broker:
        broker.queues[topology.DEAD] = NO_CONSUMER
        given = Settings(amqp_url=broker.url, watch_seconds=0.1, **settings)  # type: ignore[arg-type]
        with capture_logs() as told:
            failure = await within(PATIENCE, serve(given, asyncio.Event()))
    assert isinstance(failure, InletFailed)
    assert [line for line in told if line["event"] == "dead_letters_not_drained"]


@pytest.mark.parametrize("redelivered", [False, True])
async def test_a06_a_message_that_cannot_be_made_into_a_delivery_keeps_no_place(redelivered: bool) -> None:
    """Seen to fail without the net in `properties.delivery`: taking it raised, and nothing was received.

    It has no sender then, and the intake puts what has none into quarantine. No decoder gives such properties today.
    """
    header = ContentHeader(body_size=4, properties=Basic.Properties(user_id=SENDER))
    header.properties.headers = ["no table"]  # type: ignore[assignment]
    async with FakeBroker() as broker:
        inlet = AmqpInlet(broker.url, prefetch=1)
        await inlet.start()
        session = inlet._session
        assert session is not None
        for tag in (1, 2):
            method = Basic.Deliver(session.consumer_tag, tag, redelivered, topology.IN, "x")
            inlet._take(session, DeliveredMessage(method, header, b"body", session.channel))  # type: ignore[arg-type]
            async with asyncio.timeout(PATIENCE):
                [delivery] = await inlet.receive(1, 0)
            await inlet.acknowledge([delivery])
            assert (delivery.body, delivery.sender, delivery.file_name) == (b"body", None, None)
        await until(lambda: _is(broker.acknowledged == [(1, False), (2, False)]))
        await inlet.close()
