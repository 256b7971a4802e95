"""Every bad input that AMQP itself lets through, A01 to A16, against the whole service on a real broker.

After each the next request is answered on the same connection: nothing in a property stops or slows the others. What
this broker's version refuses at the door is rewritten by a proxy on its way from the broker to the service. Without
`properties.install` a02, a03 and a05 were seen to fail: no other request is answered any more.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import cast

import pytest
import rabbitmq
from aiormq.channel import Channel
from aiormq.exceptions import ChannelPreconditionFailed
from pamqp.commands import Basic
from structlog.testing import capture_logs

from schemas.parser import Limits
from service.bench.load import Load, draw_sender, requests
from service.channel import message_id_for, topology
from service.channel.caution import NEAR_LIMIT
from service.channel.connection import connect
from service.client import AmqpClient, Answer, Sent
from tests.broker.ground import Ground, admit, empty
from tests.broker.tools import PATIENCE, depth, until
from tests.faults import raw
from tests.faults.proxy import Proxy, Way

SENDER = draw_sender()
THREE = ["ACRF001", "NOTI001", "OCCP003"]
ORDER = (
    "content_type",
    "content_encoding",
    "headers",
    "delivery_mode",
    "priority",
    "correlation_id",
    "reply_to",
    "expiration",
    "message_id",
    "timestamp",
    "type",
    "user_id",
    "app_id",
)
NUMBERS = count(5000)
KEY = f"OCCP001.0.{SENDER}"


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


@dataclass
class Post:
    """The sender's side: publishes bytes of our own making, and reads answers."""

    ground: Ground
    channel: Channel
    client: AmqpClient
    told: list[dict[str, object]] = field(default_factory=list)
    """What the service said."""

    async def send(self, body: bytes | None = None, key: str = KEY, **values: bytes) -> Sent:
        """Publish a good request but for these properties; a header table given replaces the good one."""
        load = next(requests(1, next(NUMBERS), SENDER))
        given = {"headers": good_headers(load), "user_id": raw.short(SENDER.encode())} | values
        await raw.publish(self.channel, topology.IN, key, properties(**given), load.body if body is None else body)
        return Sent(SENDER, load.file_name, message_id_for(SENDER, load.file_name), "OCCP001")

    async def answers(self, sent: Sent) -> list[Answer]:
        """Wait for the answers to a request."""
        return list(await self.client.answers(sent, PATIENCE))

    async def decided(self, sent: Sent) -> bool:
        """Tell whether a request got its decision."""
        return [answer.identification for answer in await self.answers(sent)] == THREE

    async def others_are_served(self) -> bool:
        """Send a good request and tell whether it was decided, on the connection that there always was."""
        decided = await self.decided(await self.send())
        return decided and not [line for line in self.told if line["event"] in ("inlet_lost", "inlet_broken")]


def properties(**values: bytes) -> raw.Properties:
    """Put properties in the order of the protocol."""
    flags = sum(1 << (15 - ORDER.index(name)) for name in values)
    return raw.Properties(flags, b"".join(values[name] for name in ORDER if name in values))


def good_headers(load: Load, more: bytes = b"") -> bytes:
    """Give the header table of a request, and raw entries after it."""
    content = raw.table(FileName=load.file_name.encode(), SchemaVersion=b"20264")[4:] + more
    return struct.pack(">I", len(content)) + content


@pytest.fixture
async def post(ground: Ground) -> AsyncIterator[Post]:
    """Give the sender's side, before the service runs."""
    connection = await connect(ground.sender_url, "test")
    async with AmqpClient(ground.sender_url) as client:
        with capture_logs() as told:
            yield Post(ground, cast(Channel, await connection.channel()), client, told)  # type: ignore[arg-type]
    await connection.close()


@pytest.fixture
async def served(post: Post) -> AsyncIterator[Post]:
    """Give the sender's side while the service runs."""
    async with post.ground.served():
        assert await post.others_are_served()
        yield post
        assert await post.others_are_served()
        await until(lambda: _is_empty(post.ground, topology.INBOX))


async def _is_empty(ground: Ground, queue: str) -> bool:
    return await depth(ground.amqp_url, queue) == 0


async def with_header(post: Post, entry: bytes) -> Sent:
    """Send a request with one more header, given as bytes."""
    load = next(requests(1, next(NUMBERS), SENDER))
    given = properties(headers=good_headers(load, entry), user_id=raw.short(SENDER.encode()))
    await raw.publish(post.channel, topology.IN, KEY, given, load.body)
    return Sent(SENDER, load.file_name, message_id_for(SENDER, load.file_name), "OCCP001")


async def test_a01_no_ids_at_all_is_answered_by_the_file_name(served: Post) -> None:
    assert await served.decided(await served.send())


@pytest.mark.parametrize("value", [b"\xe9", b"\xff" * 255])
async def test_a02_a_correlation_id_that_is_no_text_is_nobodys_business(served: Post, value: bytes) -> None:
    """A request's correlation id means nothing here, so the request itself is answered."""
    assert await served.decided(await served.send(correlation_id=raw.short(value)))


async def test_a03_a_message_id_that_is_no_text_is_derived_from_the_name(served: Post) -> None:
    """Seen to fail with an intake that derives none: no answer referred to the request."""
    assert await served.decided(await served.send(message_id=raw.short(b"\xff" * 255)))


@pytest.mark.parametrize("seconds", [2**63, 2**64 - 1, 1772442000000])
async def test_a04_an_impossible_timestamp_is_none_and_milliseconds_are_seconds(served: Post, seconds: int) -> None:
    """Seen to fail, for 2^63, with a decoder of timestamps that raises: the request was not answered."""
    assert await served.decided(await served.send(timestamp=struct.pack(">Q", seconds)))


def _nested(levels: int) -> bytes:
    inner = struct.pack(">I", 0)
    for _ in range(levels):
        content = raw.short(b"a") + b"F" + inner
        inner = struct.pack(">I", len(content)) + content
    return raw.short(b"deep") + b"F" + inner


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(raw.short(b"when") + b"T" + struct.pack(">Q", 2**63), id="timestamp"),
        pytest.param(_nested(200), id="200 deep"),
        pytest.param(raw.short(b"big") + b"S" + struct.pack(">I", 126_000) + b"x" * 126_000, id="126 kB"),
    ],
)
async def test_a05_strange_headers_are_read_over(served: Post, entry: bytes) -> None:
    assert await served.decided(await with_header(served, entry))


@pytest.mark.parametrize(
    "entry",
    [pytest.param(_nested(3000), id="3000 deep"), pytest.param(raw.short(b"\xe9") + b"t\x01", id="name")],
)
async def test_a05_headers_that_cannot_be_read_hide_the_file_name_and_it_is_refused(served: Post, entry: bytes) -> None:
    await with_header(served, entry)
    await until(lambda: _counts(served.ground, "SELECT count(*) FROM form WHERE NOT accepted", 1))


async def _counts(ground: Ground, query: str, wanted: int) -> bool:
    return await ground.value(query) == wanted


@pytest.mark.parametrize("mode", [9, 0])
async def test_a06_a_delivery_mode_that_does_not_exist(post: Post, mode: int) -> None:
    """Rewritten on the way in: this broker may refuse to take it. With prefetch 1 a lost place would end everything."""
    marked = raw.short(b"a06-marker")
    async with Proxy.of(post.ground.amqp_url) as proxy:
        seen = count()

        def rewrite(chunk: bytes) -> bytes:
            if b"\x02" + marked in chunk:
                next(seen)
            return chunk.replace(b"\x02" + marked, bytes([mode]) + marked)

        proxy.rewrite[Way.DOWN] = rewrite
        ground = Ground(proxy.url(post.ground.amqp_url), "", post.ground.database_url, post.ground.directory)
        async with ground.served(prefetch=1):
            for _ in range(3):
                assert await post.decided(await post.send(delivery_mode=b"\x02", correlation_id=marked))
            assert next(seen) == 3
            assert await post.others_are_served()


async def test_a07_what_expired_before_it_was_read_is_kept_and_told(post: Post) -> None:
    await post.send(expiration=raw.short(b"1"))
    await until(lambda: _is_empty(post.ground, topology.INBOX))
    async with post.ground.served():
        await until(lambda: _counts(post.ground, "SELECT count(*) FROM quarantine WHERE reason LIKE '%expired%'", 1))
        assert await post.others_are_served()


@pytest.mark.parametrize(
    ("kind", "is_warned"),
    [
        (b"application/json", True),
        (b"text/xml", True),
        (b"", True),
        (b"\xff", True),
        (None, True),
        (b"application/xml", False),
        (b"Application/XML; charset=utf-8", False),
    ],
)
async def test_a08_the_body_tells_what_it_is_and_its_content_type_earns_a_warning(
    served: Post, kind: bytes | None, is_warned: bool
) -> None:
    answers = await served.answers(await served.send(**({} if kind is None else {"content_type": raw.short(kind)})))
    assert [answer.identification for answer in answers] == THREE
    assert [b"ACRF-139" in answer.body for answer in answers] == [False, is_warned, False]
    assert answers[1].result == "1"


@pytest.mark.parametrize("encoding", [b"gzip", b"base64", b"utf-16", b"\xe9"])
async def test_a09_a_content_encoding_is_refused(served: Post, encoding: bytes) -> None:
    [answer] = await served.answers(await served.send(content_encoding=raw.short(encoding)))
    assert (answer.identification, answer.result) == ("ACRF001", "0")


@pytest.mark.parametrize("place", ["cpas.999998.out", "amq.rabbitmq.reply-to.g1h2AA", topology.INBOX])
async def test_a10_reply_to_is_ignored(served: Post, place: str) -> None:
    owner = await connect(served.ground.amqp_url, "test")
    await topology.apply(owner, ["999998"])
    assert await served.decided(await served.send(reply_to=raw.short(place.encode())))
    assert await _is_empty(served.ground, "cpas.999998.out")
    await owner.close()


async def test_a11_the_broker_refuses_a_forged_user(served: Post) -> None:
    connection = await connect(served.ground.sender_url, "test")
    channel = cast(Channel, await connection.channel())
    with pytest.raises(ChannelPreconditionFailed):
        await raw.publish(channel, topology.IN, KEY, properties(user_id=raw.short(b"100001")), b"<a/>")
    await connection.close()
    assert await served.ground.value("SELECT count(*) FROM quarantine") == 0


async def test_a12_a_priority_is_ignored(served: Post) -> None:
    assert await served.decided(await served.send(priority=b"\xff"))


async def _return(ground: Ground, times: int) -> None:
    """Be a consumer that gives a message back so many times."""
    connection = await connect(ground.amqp_url, "test")
    channel = await connection.channel()

    async def once() -> bool:
        message = await channel.basic_get(topology.INBOX)
        if not isinstance(message.delivery, Basic.GetOk):
            return False
        await channel.basic_reject(message.delivery_tag or 0, requeue=True)
        return True

    for _ in range(times):
        await until(once)
    await connection.close()


async def test_a13_what_is_delivered_again_and_was_never_seen_is_new(post: Post) -> None:
    sent = await post.send()
    await _return(post.ground, 1)
    async with post.ground.served():
        assert await post.decided(sent)
        assert await post.others_are_served()


async def test_a14_what_nearly_reached_its_limit_is_handled_alone(post: Post) -> None:
    """Seen to fail with `Caution.delivered` doing nothing: the consumer went on with all it may hold."""
    sent = await post.send()
    await _return(post.ground, 9)
    async with post.ground.served():
        assert await post.decided(sent)
        assert await post.others_are_served()
        assert [line["failures"] for line in post.told if line["event"] == "one_by_one"] == [9]
    assert NEAR_LIMIT < 9
    assert await depth(post.ground.amqp_url, topology.DEAD) == 0


@pytest.mark.parametrize("name", ["CC", "BCC"])
async def test_a15_copies_and_forged_histories_change_nothing(served: Post, name: str) -> None:
    key = KEY.replace("OCCP001", "OCCP002").encode()
    other = b"S" + struct.pack(">I", len(key)) + key
    copies = raw.short(name.encode()) + b"A" + struct.pack(">I", len(other)) + other
    death = raw.short(b"x-death") + b"A" + struct.pack(">I", 0)
    count = raw.short(b"x-delivery-count") + b"l" + struct.pack(">q", 9)
    assert await served.decided(await with_header(served, copies + death + count))
    assert not [line for line in served.told if line["event"] == "one_by_one"]
    assert await served.ground.value("SELECT count(*) FROM inbox") == 2


@pytest.mark.parametrize("size", [16 * 1024 * 1024 + 1, Limits().max_bytes + 1])
async def test_a16_what_is_far_too_large_is_refused_here_or_by_the_broker(served: Post, size: int) -> None:
    load = next(requests(1, next(NUMBERS), SENDER))
    sent = Sent(SENDER, load.file_name, message_id_for(SENDER, load.file_name), "OCCP001")
    given = Basic.Properties(headers={"FileName": load.file_name}, message_id=sent.message_id, user_id=SENDER)
    try:
        await served.channel.basic_publish(
            b"x" * size, exchange=topology.IN, routing_key=KEY, properties=given, timeout=PATIENCE
        )
    except ChannelPreconditionFailed:
        assert size > 16 * 1024 * 1024
        connection = served.channel.connection
        served.channel = cast(Channel, await connection.channel())
    else:
        [answer] = await served.answers(sent)
        assert (answer.identification, answer.result) == ("ACRF001", "0")
