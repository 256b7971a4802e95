"""The AMQP channel's way out: confirmed, mandatory, persistent publishing on a connection of its own.

    Outgoing ─► exchange and key ─► publish ─► Basic.Ack ─► Confirmed
                                          └► returned, nacked, late, lost ─► Refused, and a new channel

Refuses to call anything sent that the broker did not confirm, and to send it again by itself: that is the relay's.
"""

import asyncio
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import cast

from aiormq.abc import AbstractConnection
from aiormq.channel import Channel
from aiormq.exceptions import DeliveryError, PublishError
from pamqp.commands import Basic
from pamqp.common import FieldTable
from yarl import URL

from service.channel import Confirmed, Outgoing, Refused, pipelined, topology
from service.channel.connection import (
    LOST,
    RPC_SECONDS,
    Pause,
    close_later,
    close_within,
    connect,
    reraise_own_cancellation,
)

CONFIRM_SECONDS = 10
APP_ID = f"cpas-onem/{version('cpas-onem')}"


class AmqpOutlet:
    """Publishes on its own connection. A batch that fails is for the caller to send again, on a new channel."""

    def __init__(self, url: str, confirm_seconds: float = CONFIRM_SECONDS) -> None:
        self._url = url
        self._user = URL(url).user
        self._confirm_seconds = confirm_seconds
        self._connection: AbstractConnection | None = None
        self._channel: Channel | None = None
        self._pause = Pause()
        self._one_batch = asyncio.Lock()

    async def start(self) -> None:
        """Connect. Raises AMQPError, OSError or TimeoutError."""
        await self._open()

    async def publish(self, batch: Sequence[Outgoing]) -> Sequence[Confirmed | Refused]:
        """Publish all at once and await all confirmations; one result per message, in the order given."""
        async with self._one_batch:
            try:
                channel = await self._open()
            except LOST as loss:
                reraise_own_cancellation(loss)
                await asyncio.sleep(self._pause.seconds())
                return [Refused(message.id, f"no connection: {type(loss).__name__}", soon=True) for message in batch]
            self._pause.reset()
            try:
                results = [result for wave in _waves(batch) for result in await self._publish(channel, wave)]
            except BaseException:
                self._channel = None
                close_later(channel)
                raise
            if any(isinstance(result, Refused) for result in results):
                # What is unconfirmed may still be in flight: the same id must never be twice on one channel.
                await self._abandon(channel)
            by_id = {result.id: result for result in results}
            return [by_id[message.id] for message in batch]

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await close_within(self._connection, RPC_SECONDS)
        self._connection = self._channel = None

    async def _publish(self, channel: Channel, wave: Sequence[Outgoing]) -> list[Confirmed | Refused]:
        messages = [
            pipelined.Publish(*topology.route(message), self._properties(message), message.body) for message in wave
        ]
        try:
            outcomes = await pipelined.publish(channel, messages, self._confirm_seconds)
        except LOST as loss:
            reraise_own_cancellation(loss)
            outcomes = [loss] * len(wave)
        return [self._result(*pair) for pair in zip(wave, outcomes, strict=True)]

    def _result(self, message: Outgoing, outcome: object) -> Confirmed | Refused:
        match outcome:
            case Basic.Ack():
                return Confirmed(message.id)
            case PublishError():
                exchange, key = topology.route(message)
                return Refused(message.id, f"returned: nothing is bound to {exchange} for {key}")
            case DeliveryError():
                return Refused(message.id, "the broker refused it")
            case TimeoutError():
                return Refused(message.id, f"no confirmation within {self._confirm_seconds:g} seconds", soon=True)
            case BaseException():
                return Refused(message.id, f"connection lost: {type(outcome).__name__}", soon=True)
            case _:
                return Refused(message.id, f"the broker answered {type(outcome).__name__}")

    def _properties(self, message: Outgoing) -> Basic.Properties:
        headers: FieldTable = dict(message.headers)
        return Basic.Properties(
            content_type="application/xml",
            headers=headers,
            delivery_mode=2,
            correlation_id=message.correlation_id,
            message_id=message.message_id,
            timestamp=message.created_at,
            message_type=message.identification,
            user_id=self._user,
            app_id=APP_ID,
        )

    async def _open(self) -> Channel:
        if self._connection is None or self._connection.is_closed:
            self._channel = None
            self._connection = await connect(self._url, "cpas-onem relay")
        if self._channel is None or self._channel.is_closed:
            channel = await self._connection.channel(
                publisher_confirms=True, on_return_raises=True, timeout=RPC_SECONDS
            )
            self._channel = cast(Channel, channel)
        return self._channel

    async def _abandon(self, channel: Channel) -> None:
        self._channel = None
        if not await close_within(channel, self._confirm_seconds) and self._connection is not None:
            close_later(self._connection)
            self._connection = None


def _waves(batch: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Split so that no message id is in flight twice: a return names the id only."""
    rest = list(batch)
    while rest:
        wave: dict[str, Outgoing] = {}
        later = []
        for message in rest:
            if message.message_id in wave:
                later.append(message)
            else:
                wave[message.message_id] = message
        yield list(wave.values())
        rest = later
