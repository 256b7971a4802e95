"""The channel behind one small interface: an inlet that delivers batches, an outlet that publishes with confirmation.

    Inlet   receive ─► deliveries ─► acknowledge (after the commit, never before)
    Outlet  publish ─► one result per message: Confirmed | Refused

Two adapters: `service.channel.folder` (the embedded default) and `service.channel.amqp` (RabbitMQ). Both pass the same
contract tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as the transport gave it.

    `sender` is the authenticated identity (broker `user_id`, or the folder's name), None where there is none: then the
    message goes to quarantine without an answer. `file_name` is the idempotency key, None where it is absent. `handle`
    is the adapter's own and means nothing to anybody else.
    """

    body: bytes
    sender: str | None
    file_name: str | None
    message_id: str | None
    schema_version: str | None
    sent_at: datetime | None = None
    content_encoding: str | None = None
    is_mislabelled: bool = False
    """Whether the transport announces something else than XML, or nothing; False where it announces nothing ever."""
    traceparent: str | None = None
    trail: str | None = None
    """What the broker says happened to a dead letter before, for people; None for all others."""
    is_suspect: bool = False
    """Whether somebody may have had it before and died of it: delivered again, or from a place that cannot tell."""
    source: str = ""
    """Where it came from, for quarantine and logs: queue or path, never content."""
    handle: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish, as stored in the outbox. `body` is the exact XML; a replay is byte-identical.

    `recipient` is a sender number. `office` is set for an OCCP101 only. `headers` are the AMQP headers (`FileName`,
    `SchemaVersion`, and for a replay `Duplicate`, `DuplicateOf`).
    """

    id: int
    recipient: str
    identification: str
    file_name: str
    message_id: str
    correlation_id: str | None
    body: bytes
    headers: Mapping[str, str]
    created_at: datetime
    office: str | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The broker (or the file system) has it, durably and routed."""

    id: int


@dataclass(frozen=True, slots=True)
class Refused:
    """It was returned, nacked, timed out or could not be written: it stays to be sent. `reason` is for the operator.

    `soon` tells that the way was down, which says nothing about this message: it need not wait longer each time.
    """

    id: int
    reason: str
    soon: bool = False


def message_id_for(sender: str, file_name: str) -> str:
    """Give the message id of a file: the same on both channels, and the same when it is sent again."""
    return str(uuid5(NAMESPACE_URL, f"{sender}/{file_name}"))


class InletFailed(Exception):  # noqa: N818 - the name is the sentence
    """No more messages can come in, and trying again here does not help; the text says what was seen."""


class Inlet(Protocol):
    """Where messages come in."""

    async def start(self) -> None:
        """Begin to receive."""
        ...

    async def receive(self, limit: int, wait_ms: int) -> Sequence[Delivery]:
        """Wait for a first message, then gather up to `limit` for at most `wait_ms`; empty once stopped."""
        ...

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the transport that these are committed; harmless when the connection they came on is gone."""
        ...

    async def pause(self) -> None:
        """Take nothing new until `resume`; what was received is still held and may be acknowledged."""
        ...

    async def resume(self) -> None:
        """Go on after `pause`."""
        ...

    async def release(self) -> None:
        """While paused: give back all that is not acknowledged; it comes again after `resume`."""
        ...

    async def stop_receiving(self) -> None:
        """Take no more; what was received may still be acknowledged. A pending `receive` returns what it has."""
        ...

    async def close(self) -> None:
        """Close; unacknowledged deliveries come back to whoever receives next."""
        ...


class Outlet(Protocol):
    """Where answers go out, on a connection of its own."""

    async def start(self) -> None:
        """Connect."""
        ...

    async def publish(self, batch: Sequence[Outgoing]) -> Sequence[Confirmed | Refused]:
        """Publish all, concurrently where the transport can, and await all confirmations; one result per message."""
        ...

    async def close(self) -> None:
        """Close."""
        ...
