"""The stories' ground through a running service: a channel, a database, and a clock that can be put forward.

party ─► channel ─► the service (`service.app.serve`) ─► channel ─► the party's box
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from aiormq.abc import AbstractChannel
from pamqp.commands import Basic
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.dossier import Mandate, PartyKind, Sender
from schemas.codec import decode, encode
from schemas.file_name import FileName
from service.channel import message_id_for, topology
from service.clock import Clock
from service.store import parties
from service.store.access import Change
from service.store.engine import connect
from tests.process.language import Roles, Wanted
from tests.process.place import FEDERATION, NOW, PARTIES, SECOND_VENDOR, STRANGER, VENDOR

PATIENCE = 40
_LOOK_SECONDS = 0.02
_sequence = itertools.count(1)


class MovedClock(Clock):
    """The database's clock, moved to where a story is."""

    def restart(self) -> None:
        """Go back to the day on which the stories begin."""
        self.move(NOW - datetime.now(UTC))

    def forward(self, duration: timedelta) -> None:
        """Let time pass."""
        self.move(self.offset + duration)

    def move(self, offset: timedelta) -> None:
        """Put the clock there."""
        object.__setattr__(self, "offset", offset)


class Channel(Protocol):
    """The parties' side of a channel."""

    async def put(self, sender: str, name: FileName, body: bytes) -> None:
        """Hand in a file."""
        ...

    async def collect(self, party: str) -> Sequence[bytes]:
        """Give what came since the last look."""
        ...


class FolderSide:
    """The parties' folders."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: set[Path] = set()

    async def put(self, sender: str, name: FileName, body: bytes) -> None:
        """Write the file, then its GO file."""
        await asyncio.to_thread(self._write, self._root / sender / "IN", name, body)

    @staticmethod
    def _write(folder: Path, name: FileName, body: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / str(name)).write_bytes(body)
        (folder / str(name.go)).touch()

    async def collect(self, party: str) -> Sequence[bytes]:
        """Read the files whose GO file is there."""
        return await asyncio.to_thread(self._read, self._root / party / "OUT")

    def _read(self, folder: Path) -> list[bytes]:
        names = {path.name for path in folder.glob("*")}
        parsed = [(name, FileName.parse(name)) for name in sorted(names)]
        ready = [folder / name for name, known in parsed if known and known.prefix == "FO" and str(known.go) in names]
        fresh = [path for path in ready if path not in self._seen]
        self._seen.update(fresh)
        return [path.read_bytes() for path in fresh]


class AmqpSide:
    """The parties on RabbitMQ: published in each one's name by a user that may, read from each one's queue."""

    def __init__(self, publishing: AbstractChannel, reading: AbstractChannel) -> None:
        self._publishing = publishing
        self._reading = reading

    async def put(self, sender: str, name: FileName, body: bytes) -> None:
        """Publish, and wait for the confirmation."""
        header = decode(body).header
        properties = Basic.Properties(
            content_type="application/xml",
            headers={"FileName": str(name), "SchemaVersion": "20264"},
            delivery_mode=2,
            message_id=message_id_for(sender, str(name)),
            message_type=header.identification,
            user_id=sender,
        )
        key = topology.inbound_key(header.identification, str(header.status), sender)
        await self._publishing.basic_publish(
            body, exchange=topology.IN, routing_key=key, properties=properties, mandatory=True
        )

    async def collect(self, party: str) -> Sequence[bytes]:
        """Take what is in the party's queue."""
        queue = topology.REVIEW_TASKS if party == topology.ONEM else topology.out_queue(party)
        bodies = []
        while isinstance((message := await self._reading.basic_get(queue, no_ack=True)).delivery, Basic.GetOk):
            bodies.append(message.body)
        return bodies


class Pipeline:
    """A running service as the stories see it."""

    def __init__(self, channel: Channel, clock: MovedClock) -> None:
        self.roles = Roles(VENDOR, SECOND_VENDOR, STRANGER, FEDERATION)
        self.clock = clock
        self._channel = channel
        self._boxes: dict[str, list[Any]] = defaultdict(list)
        self._looking = asyncio.Lock()

    async def send(self, message: Any, party: str) -> None:
        """Hand a form in."""
        name = FileName("FI", "OCCP", party, date(2026, 11, 24), f"{next(_sequence):05d}", "S")
        await self._channel.put(party, name, encode(message))

    async def next(self, party: str, wanted: Wanted) -> Any:
        """Wait for a message, whichever others come before it."""
        box = self._boxes[party]
        try:
            async with asyncio.timeout(PATIENCE):
                while not (found := [message for message in box if wanted.fits(message)]):
                    await self._look(party)
        except TimeoutError:
            held = [(m.header.identification, [r.number for r in m.header.references]) for m in box]
            raise AssertionError(f"{wanted} did not come to {party}; in its box: {held}") from None
        box.remove(found[0])
        return found[0]

    async def _look(self, party: str) -> None:
        async with self._looking:
            bodies = await self._channel.collect(party)
        self._boxes[party] += [decode(body) for body in bodies]
        if not bodies:
            await asyncio.sleep(_LOOK_SECONDS)

    async def pass_time(self, **duration: float) -> None:
        """Put the clock forward; the service sees it at its next look."""
        self.clock.forward(timedelta(**duration))


async def admit_parties(database_url: str) -> None:
    """Make the parties of the stories known."""
    engine = connect(database_url)
    try:
        async with engine.begin() as connection:
            for sender, mandates in PARTIES.values():
                await _admit(connection, sender, mandates)
    finally:
        await engine.dispose()


async def _admit(connection: AsyncConnection, sender: Sender, mandates: Sequence[Mandate]) -> None:
    change = Change("operator test", NOW)
    await parties.add(connection, sender, change)
    if sender.kind is PartyKind.VENDOR:
        await parties.give_mandates(connection, sender.number, mandates, change)
