"""A broker and a database of our own to break: private nodes that can be ended and started again with their data.

    Ground ── Node (RabbitMQ, one or the leader of three) ── end ─► start
           └─ Node (PostgreSQL)                           ── end ─► start

Refuses anything that was found: what is restarted and killed here was started here.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from yarl import URL

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "scripts"))

import postgres
import rabbitmq
from machine import UnavailableError, apt_install

from service import broker_admin
from service.bench.ground import prepare
from service.channel import topology
from service.channel.connection import connect

VHOST = "chaos"
INTERRUPTED = 130
"""Exit code of a run that was ended from outside, as shells give it."""


class BrokerNode:
    """One private RabbitMQ node."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.broker, self._pid = rabbitmq.private(directory)
        self.url = self.broker.add_vhost(VHOST)
        self.urls = (self.url,)

    async def restart(self, *, hard: bool) -> None:
        """End it, in order or by force, and start it again; returns when it answers."""
        number = signal.SIGKILL if hard else signal.SIGTERM
        await asyncio.to_thread(rabbitmq.end_private, self._pid, number)
        self._pid = await asyncio.to_thread(rabbitmq.start_again, self.broker, self._directory)

    def stop(self) -> None:
        """End it for good."""
        rabbitmq.stop_private(self._pid, self._directory)


class DatabaseNode:
    """One private PostgreSQL cluster with one database."""

    def __init__(self, directory: Path) -> None:
        self._server, self._pid, self._data = postgres.private(directory)
        self.url = self.add_database("chaos")

    def add_database(self, name: str) -> str:
        """Make an empty database, and give its URL."""
        return self._server.add_database(name)

    async def restart(self, *, hard: bool) -> None:
        """End it, in order or as in a crash, and start it again; returns when it answers."""
        number = signal.SIGQUIT if hard else signal.SIGINT
        await asyncio.to_thread(postgres.end_private, self._pid, number)
        self._pid = await asyncio.to_thread(postgres.start_again, self._server, self._data)

    def stop(self) -> None:
        """End it for good and remove its data."""
        postgres.stop_private(self._pid, self._data)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a campaign runs on. `sender_url` is the sender's own way to the broker."""

    broker: BrokerNode
    database: DatabaseNode
    directory: Path
    sender: str
    sender_url: str


def installed(attempt: type[BrokerNode] | type[DatabaseNode], directory: Path, package: str) -> BrokerNode:
    """Start a node; where its program is missing, install Debian's package first. Raises UnavailableError."""
    try:
        return attempt(directory)  # type: ignore[return-value]
    except UnavailableError as missing:
        if "not installed" not in str(missing):
            raise
        apt_install(package)
        return attempt(directory)  # type: ignore[return-value]


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does: with its nodes stopped and removed."""
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@asynccontextmanager
async def broken_ground(
    directory: Path, sender: str, make_broker: type[BrokerNode] = BrokerNode
) -> AsyncIterator[Ground]:
    """Start both nodes with topology, tables and the sender; stop them afterwards, whatever happened."""
    broker = await asyncio.to_thread(installed, make_broker, directory / "rabbitmq", "rabbitmq-server")
    try:
        database = await asyncio.to_thread(installed, DatabaseNode, directory, "postgresql")
        try:
            await prepare(database.url, sender)  # type: ignore[attr-defined]
            yield Ground(broker, database, directory, sender, await _admit(broker, sender))  # type: ignore[arg-type]
        finally:
            await asyncio.to_thread(database.stop)
    finally:
        await asyncio.to_thread(broker.stop)


async def _admit(broker: BrokerNode, sender: str) -> str:
    connection = await connect(broker.url, "chaos")
    await topology.apply(connection, [sender])
    await connection.close()
    access = await broker_admin.grant(broker.broker.admin, broker.url, sender)
    assert access.password is not None
    return str(URL(broker.url).with_user(sender).with_password(access.password))
