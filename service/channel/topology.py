"""What exists on the broker: names, arguments and bindings, as contract.

    occp.in ──#──► onem.inbox ──dead──► occp.dlx ──#──► onem.dead
    occp.out ──<sender>.#──► cpas.<sender>.out           one queue per sender
    onem.review ──#──► onem.review.tasks ◄──000001.#── occp.out

`apply` looks first and declares only what is missing; an account without the right to configure works too, as long as
an operator declared it all. Refuses to delete or to redeclare: what exists with other arguments stops the start. The
arguments are only those that every supported broker version compares alike; all that is tunable belongs in a policy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiormq.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity, ChannelPreconditionFailed
from pamqp.common import FieldValue

from service.channel import Outgoing

IN = "occp.in"
OUT = "occp.out"
REVIEW = "onem.review"
DEAD_LETTERS = "occp.dlx"
INBOX = "onem.inbox"
DEAD = "onem.dead"
REVIEW_TASKS = "onem.review.tasks"
ONEM = "000001"
"""ONEM's own sender number; its out queue is that of the review tasks."""

_RPC_SECONDS = 10


class TopologyMismatch(Exception):  # noqa: N818 - the name is the sentence
    """What the broker has is not what the contract says, or is missing and may not be declared by this account."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable topic exchange."""

    name: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue with its bindings, as (exchange, key)."""

    name: str
    bindings: tuple[tuple[str, str], ...]
    arguments: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def all_arguments(self) -> dict[str, FieldValue]:
        """Give the arguments as declared, the queue type included."""
        return {"x-queue-type": "quorum", **self.arguments}


EXCHANGES = (Exchange(IN), Exchange(OUT), Exchange(REVIEW), Exchange(DEAD_LETTERS))
KEPT: Mapping[str, str | int] = {"x-delivery-limit": 2_000_000_000, "x-overflow": "reject-publish"}
"""Arguments of a queue whose messages nobody but its reader may remove.

Without a limit of its own a quorum queue has one of 20 from RabbitMQ 4.0 on, and drops what was delivered that often: a
reader that comes, takes a few of what it was given and goes would lose its answers. No version can be told "none" in
the same way, so the limit is one that is never reached. Refused is better than dropped where an operator sets a length.
"""
QUEUES = (
    Queue(DEAD, ((DEAD_LETTERS, "#"),), KEPT),
    Queue(
        INBOX,
        ((IN, "#"),),
        {
            "x-delivery-limit": 10,
            "x-dead-letter-exchange": DEAD_LETTERS,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    ),
    Queue(REVIEW_TASKS, ((REVIEW, "#"), (OUT, f"{ONEM}.#")), KEPT),
)
NAMES = frozenset(queue.name for queue in QUEUES)
"""The queues that every installation has."""


def out_queue(sender: str) -> str:
    """Give the queue where a sender finds its answers."""
    return REVIEW_TASKS if sender == ONEM else f"cpas.{sender}.out"


def queue_of(sender: str) -> Queue:
    """Give a sender's own queue with its binding."""
    return Queue(out_queue(sender), ((OUT, f"{sender}.#"),), KEPT)


def route(message: Outgoing) -> tuple[str, str]:
    """Give exchange and key of an answer: a review task goes to its office, everything else to its recipient."""
    if message.office is not None:
        return REVIEW, message.office
    return OUT, f"{message.recipient}.{message.identification}"


def inbound_key(identification: str, status: int | str, sender: str) -> str:
    """Give the key of an inbound message: `<identification>.<attestationstatus>.<sender>`."""
    return f"{identification}.{status}.{sender}"


async def apply(connection: AbstractConnection, senders: Iterable[str] = ()) -> Sequence[str]:
    """Make sure that everything exists, the senders' queues included; gives the names declared now.

    Raises TopologyMismatch with a sentence for the operator.
    """
    work = _Work(connection)
    for exchange in EXCHANGES:
        await work.exchange(exchange)
    for queue in (*QUEUES, *(queue_of(sender) for sender in senders if sender != ONEM)):
        await work.queue(queue)
    await work.close()
    return work.declared


class _Declare(Protocol):
    """A declaration, passive (does it exist?) or active (make it so)."""

    async def __call__(self, *, passive: bool) -> None: ...


class _Work:
    """One channel, replaced after each refusal: the broker closes a channel on which it refused something."""

    def __init__(self, connection: AbstractConnection) -> None:
        self.declared: list[str] = []
        self._connection = connection
        self._channel: AbstractChannel | None = None

    async def _open(self) -> AbstractChannel:
        if self._channel is None or self._channel.is_closed:
            self._channel = await self._connection.channel(publisher_confirms=False, timeout=_RPC_SECONDS)
        return self._channel

    async def close(self) -> None:
        if self._channel is not None and not self._channel.is_closed:
            await self._channel.close()

    async def exchange(self, exchange: Exchange) -> None:
        async def declare(*, passive: bool) -> None:
            channel = await self._open()
            await channel.exchange_declare(
                exchange.name, exchange_type="topic", durable=True, passive=passive, timeout=_RPC_SECONDS
            )

        await self._ensure(f"exchange {exchange.name}", "type topic, durable", declare)

    async def queue(self, queue: Queue) -> None:
        async def declare(*, passive: bool) -> None:
            channel = await self._open()
            await channel.queue_declare(
                queue.name, durable=True, passive=passive, arguments=queue.all_arguments, timeout=_RPC_SECONDS
            )

        arguments = ", ".join(f"{name}={value!r}" for name, value in queue.all_arguments.items())
        await self._ensure(f"queue {queue.name}", f"durable, {arguments}", declare)
        for exchange, key in queue.bindings:
            await self._bind(queue.name, exchange, key)

    async def _ensure(self, what: str, wanted: str, declare: _Declare) -> None:
        try:
            await declare(passive=True)
            missing = False
        except ChannelNotFoundEntity:
            missing = True
        except ChannelAccessRefused:
            # Neither read nor configure right: whoever gave this account its rights declared it.
            return
        try:
            # Equal arguments change nothing; this is how the broker compares them.
            await declare(passive=False)
        except ChannelPreconditionFailed as refusal:
            raise TopologyMismatch(
                f"The {what} exists with other properties ({refusal}). Wanted: {wanted}. "
                "Nothing was changed. Let it run empty, remove it, and run `cpas-onem topology apply`."
            ) from refusal
        except ChannelAccessRefused as refusal:
            if missing:
                raise TopologyMismatch(
                    f"The {what} is missing and this account may not declare it. An operator must: {wanted}; "
                    "or run `cpas-onem topology apply` with an account that may configure."
                ) from refusal
        else:
            if missing:
                self.declared.append(what)

    async def _bind(self, queue: str, exchange: str, key: str) -> None:
        try:
            await (await self._open()).queue_bind(queue, exchange, key, timeout=_RPC_SECONDS)
        except ChannelAccessRefused:
            # Without the right to bind it cannot be looked at either: mandatory publishing shows what is missing.
            return
