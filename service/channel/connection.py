"""One way to connect to the broker: heartbeat, name, deadline, pause with jitter. Refuses to reconnect by itself.

Who holds a connection decides what its loss means; `Pause` says how long to wait before the next attempt.
"""

import asyncio
import random

import aiormq
from aiormq.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import AMQPError
from yarl import URL

from service.channel import properties

HEARTBEAT_SECONDS = 10
"""A link that went dead without a word is given up three of these later."""
CONNECT_SECONDS = 15
RPC_SECONDS = 10.0
"""Longest wait for the broker's answer to anything."""
LOST = (AMQPError, OSError, TimeoutError, RuntimeError, asyncio.CancelledError)
"""What a dead connection may raise; a caller that was itself cancelled must look at its own task first."""


def is_loss(failure: BaseException) -> bool:
    """Tell what a dead connection raises from a defect.

    What still waits when a connection ends in order gets a bare `Exception` from the client library.
    """
    return isinstance(failure, LOST) or type(failure) is Exception


async def connect(url: str, name: str) -> AbstractConnection:
    """Open a connection that shows up under `name` in the broker's list. Raises AMQPError, OSError or TimeoutError."""
    properties.install()
    address = URL(url)
    if "heartbeat" not in address.query:
        address = address.update_query(heartbeat=HEARTBEAT_SECONDS)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await aiormq.connect(address, client_properties={"connection_name": name})
    except StopAsyncIteration as hung_up:
        # so the client library tells of a link that ends before its first frame, as one does whose broker is away
        raise ConnectionResetError("the link ended before the broker said anything") from hung_up


class Pause:
    """Grows from half a second to ten, never the same for two instances; `reset` after a success."""

    _SHORTEST = 0.5
    _LONGEST = 10.0

    def __init__(self) -> None:
        self._next = self._SHORTEST

    def reset(self) -> None:
        """Begin again with the shortest."""
        self._next = self._SHORTEST

    def seconds(self) -> float:
        """Give how long to wait now: between half and the whole of the current length, which then doubles."""
        length = self._next
        self._next = min(self._LONGEST, length * 2)
        return length * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, no secret


async def is_set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, but not longer."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


def close_later(what: AbstractConnection | AbstractChannel) -> asyncio.Future[None]:
    """Close without waiting: a cancelled consumer never comes back, a half-used channel is of no more use."""
    task = asyncio.ensure_future(what.close())
    _CLOSING.add(task)
    task.add_done_callback(_closed)
    return task


async def close_within(what: AbstractConnection | AbstractChannel, seconds: float) -> bool:
    """Close; what a dead link does not let end in time goes on closing by itself, and the answer is False."""
    done, _ = await asyncio.wait([close_later(what)], timeout=seconds)
    return bool(done)


def _closed(task: asyncio.Future[None]) -> None:
    _CLOSING.discard(task)
    if not task.cancelled():
        # whatever it failed with, it is closed
        task.exception()


_CLOSING: set[asyncio.Future[None]] = set()


def reraise_own_cancellation(loss: BaseException) -> None:
    """Tell a dead connection's CancelledError from our own task's."""
    task = asyncio.current_task()
    if isinstance(loss, asyncio.CancelledError) and task is not None and task.cancelling():
        raise loss
