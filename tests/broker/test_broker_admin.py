"""What a sender's broker user may do, proven on real brokers through both ways of making it."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
import rabbitmq
from aiormq.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import AMQPError, ChannelAccessRefused, ChannelPreconditionFailed
from yarl import URL

from handlers.dossier import PartyKind
from service import broker_admin
from service.channel import Confirmed, topology
from service.channel.amqp import AmqpInlet, AmqpOutlet
from service.channel.connection import connect
from tests.broker.tools import outgoing, publish, until

SENDER = f"73{secrets.randbelow(10**4):04d}"
OTHER = "720001"


@dataclass(frozen=True)
class Site:
    """A broker with the topology and one sender's user."""

    admin: str
    url: str
    sender_url: str


@pytest.fixture(scope="module", params=["the broker at hand", "the management API"])
def site(request: pytest.FixtureRequest, broker: rabbitmq.Broker, amqp_url: str) -> Iterator[Site]:
    """Make a sender's user through rabbitmqctl or whatever is at hand, and through the management API."""
    admin, url, used = broker.admin, amqp_url, broker
    if request.param == "the management API":
        used = request.getfixturevalue("private_broker")
        admin, url = used.admin, used.add_vhost("admin-test")
    access = asyncio.run(_admit(admin, url))
    assert access.password is not None
    assert access.commands == ()
    yield Site(admin, url, str(URL(url).with_user(SENDER).with_password(access.password)))
    used.drop_user(SENDER)


async def _admit(admin: str, url: str) -> broker_admin.Access:
    connection = await connect(url, "test")
    await topology.apply(connection, [SENDER, OTHER])
    await connection.close()
    return await broker_admin.grant(admin, url, SENDER)


@pytest.fixture
async def channel(site: Site) -> AsyncIterator[AbstractChannel]:
    """Give a channel of the sender's own."""
    connection = await connect(site.sender_url, "sender")
    yield await connection.channel()
    await connection.close()


async def test_publishes_as_itself_and_is_recognised(site: Site, channel: AbstractChannel) -> None:
    await publish(channel, b"<OCCP001/>", f"OCCP001.0.{SENDER}", user_id=SENDER)
    inlet = AmqpInlet(site.url)
    await inlet.start()
    [delivery] = await inlet.receive(1, 0)
    await inlet.acknowledge([delivery])
    await inlet.close()
    assert delivery.sender == SENDER


async def test_reads_its_own_queue(site: Site, channel: AbstractChannel) -> None:
    outlet = AmqpOutlet(site.url)
    assert await outlet.publish([outgoing(1, recipient=SENDER)]) == [Confirmed(1)]
    await outlet.close()
    message = await channel.basic_get(topology.out_queue(SENDER), no_ack=True)
    assert message.body == b"<ACRF>1</ACRF>"


async def test_cannot_publish_as_another(channel: AbstractChannel) -> None:
    with pytest.raises(ChannelPreconditionFailed):
        await publish(channel, b"x", f"OCCP001.0.{SENDER}", user_id=OTHER)


@pytest.mark.parametrize(
    "key",
    [
        f"OCCP102.0.{SENDER}",
        f"OCCP007.0.{SENDER}",
        f"OCCP003.0.{SENDER}",
        f"OCCP0011.0.{SENDER}",
        f"OCCP001.0.{OTHER}",
        f"OCCP001.0.{SENDER}.more",
        f"a.b.OCCP001.0.{SENDER}",
        f"0.{SENDER}",
        "#",
    ],
)
async def test_cannot_publish_with_another_key(channel: AbstractChannel, key: str) -> None:
    with pytest.raises(ChannelAccessRefused):
        await publish(channel, b"x", key, user_id=SENDER)


@pytest.mark.parametrize("queue", [topology.out_queue(OTHER), topology.INBOX, topology.REVIEW_TASKS, topology.DEAD])
async def test_cannot_read_what_is_not_its_own(channel: AbstractChannel, queue: str) -> None:
    with pytest.raises(ChannelAccessRefused):
        await channel.basic_get(queue)


async def test_cannot_answer_in_the_name_of_onem(channel: AbstractChannel) -> None:
    with pytest.raises(ChannelAccessRefused):
        await channel.basic_publish(b"x", exchange=topology.OUT, routing_key=f"{OTHER}.OCCP003")


async def test_cannot_make_or_bind_a_queue(site: Site, channel: AbstractChannel) -> None:
    with pytest.raises(ChannelAccessRefused):
        await channel.queue_declare("mine")
    again = await channel.connection.channel()
    with pytest.raises(ChannelAccessRefused):
        await again.queue_bind(topology.out_queue(SENDER), topology.OUT, "#")


async def test_a_second_time_changes_no_password(site: Site) -> None:
    access = await broker_admin.grant(site.admin, site.url, SENDER)
    assert access.password is None
    assert access.commands == ()
    await (await connect(site.sender_url, "sender")).close()


@dataclass
class FailsOnce:
    """A broker that refuses rights once, and the removal of users as long as `keeps` says."""

    keeps: bool = False
    users: dict[str, str] = field(default_factory=dict)
    refusals: int = 1

    async def check(self, vhost: str) -> None: ...

    async def add_user(self, user: str, password: str) -> bool:
        return self.users.setdefault(user, password) == password

    async def remove_user(self, user: str) -> None:
        if self.keeps:
            raise broker_admin.AdministrationFailed("gone")
        del self.users[user]

    async def permit(self, wanted: broker_admin.Rights) -> None:
        if self.refusals:
            self.refusals -= 1
            raise broker_admin.AdministrationFailed("no rights")

    async def shut_out(self, user: str, vhost: str) -> None: ...


async def test_a_user_that_got_no_rights_is_made_again_with_a_password_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seen to fail with the user left there: the second attempt found it, and nobody ever had its password."""
    way = FailsOnce()
    monkeypatch.setattr(broker_admin, "_ways", lambda *_: (way,))
    with pytest.raises(broker_admin.AdministrationFailed, match="no rights"):
        await broker_admin.grant("rabbitmqctl", "amqp://broker.example/x", SENDER)
    access = await broker_admin.grant("rabbitmqctl", "amqp://broker.example/x", SENDER)
    assert way.users == {SENDER: access.password}


async def test_a_user_that_cannot_be_taken_back_is_named_and_no_other_way_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    way = FailsOnce(keeps=True)
    monkeypatch.setattr(broker_admin, "_ways", lambda *_: (way, way))
    with pytest.raises(broker_admin.UserLeft, match=f"delete_user {SENDER}"):
        await broker_admin.grant("auto", "amqp://broker.example/x", SENDER)


async def test_both_ways_remove_a_user(site: Site) -> None:
    (way,) = broker_admin._ways(site.admin, site.url)
    assert await way.add_user(OTHER, "hushhush")
    await way.remove_user(OTHER)
    assert await way.add_user(OTHER, "hushhush")
    await way.remove_user(OTHER)


async def test_without_administration_the_operator_gets_the_commands() -> None:
    access = await broker_admin.grant("none", "amqp://broker.example/occp-r", "123456")
    assert access.password is None
    assert access.commands == (
        "rabbitmqctl add_user 123456",
        r"rabbitmqctl set_permissions -p occp-r 123456 '^$' '^occp\.in$' '^cpas\.123456\.out$'",
        "rabbitmqctl set_topic_permissions -p occp-r 123456 occp.in "
        r"'^(OCCP001|OCCP002|OCCP006|OCCP008)\.[0-9]\.123456$' '^$'",
    )


async def test_automatic_gives_the_commands_for_a_broker_it_does_not_administer() -> None:
    access = await broker_admin.grant("auto", "amqp://guest:guest@127.0.0.1:1/nowhere", "123456")
    assert access.password is None
    assert len(access.commands) == 3


async def test_a_virtual_host_that_is_not_there(broker: rabbitmq.Broker) -> None:
    with pytest.raises(broker_admin.AdministrationFailed, match="virtual host nowhere"):
        await broker_admin.grant(broker.admin, f"{broker.url}/nowhere", SENDER)


@pytest.mark.parametrize(
    ("kind", "own", "not_own"),
    [
        (PartyKind.VENDOR, ("OCCP001", "OCCP002", "OCCP006", "OCCP008"), ("OCCP007", "OCCP102", "OCCP003")),
        (PartyKind.FEDERATION, ("OCCP007",), ("OCCP001", "OCCP008", "OCCP102")),
        (PartyKind.ONEM, ("OCCP001", "OCCP006", "OCCP007", "OCCP102"), ("OCCP002", "OCCP008", "OCCP101")),
    ],
)
def test_the_keys_are_those_of_the_forms_that_the_kind_may_send(
    kind: PartyKind, own: tuple[str, ...], not_own: tuple[str, ...]
) -> None:
    key = re.compile(broker_admin.rights(SENDER, "occp-t", kind).key)
    assert [form for form in own if not key.search(f"{form}.0.{SENDER}")] == []
    assert [form for form in not_own if key.search(f"{form}.0.{SENDER}")] == []


async def test_a_suspended_sender_is_shut_out_at_once_and_comes_back_with_its_password(site: Site) -> None:
    connection = await connect(site.sender_url, "sender")
    channel = await connection.channel()
    await publish(channel, b"<OCCP001/>", f"OCCP001.0.{SENDER}", user_id=SENDER)
    assert await broker_admin.close(site.admin, site.url, SENDER) == broker_admin.Closed()
    await until(lambda: _is_closed(connection))
    with pytest.raises((AMQPError, OSError)):
        await connect(site.sender_url, "sender")
    assert await broker_admin.close(site.admin, site.url, SENDER) == broker_admin.Closed()
    assert (await broker_admin.grant(site.admin, site.url, SENDER)).password is None
    again = await connect(site.sender_url, "sender")
    await publish(await again.channel(), b"<OCCP001/>", f"OCCP001.0.{SENDER}", user_id=SENDER)
    await again.close()


async def _is_closed(connection: AbstractConnection) -> bool:
    return bool(connection.is_closed)


async def test_without_administration_the_operator_gets_the_commands_that_shut_out() -> None:
    closed = await broker_admin.close("none", "amqp://broker.example/occp-r", "123456")
    assert closed.commands == (
        "rabbitmqctl clear_topic_permissions -p occp-r 123456",
        "rabbitmqctl clear_permissions -p occp-r 123456",
        "rabbitmqctl close_all_user_connections 123456 'access suspended by ONEM'",
    )


async def test_a_sender_without_a_user_is_shut_out_already(site: Site) -> None:
    assert await broker_admin.close(site.admin, site.url, "719999") == broker_admin.Closed()
