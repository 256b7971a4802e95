"""The ground for tests of the whole service: a broker with a sender's user and queue, and a database that knows it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import rabbitmq
from sqlalchemy.engine import make_url
from yarl import URL

from service import broker_admin
from service.app import serve
from service.bench.ground import prepare
from service.channel import topology
from service.channel.connection import connect
from service.settings import ChannelKind, Settings
from tests.broker.tools import PATIENCE, until


@dataclass(frozen=True)
class Ground:
    """What a service process runs on."""

    amqp_url: str
    sender_url: str
    database_url: str
    directory: Path

    @asynccontextmanager
    async def service(self, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the service with all its processes; what still runs at the end is killed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CPAS_ONEM_")}
        environment |= {
            "CPAS_ONEM_AMQP_URL": self.amqp_url,
            "CPAS_ONEM_DATABASE_URL": self.database_url,
            "CPAS_ONEM_SECRET_KEY_FILE": str(self.directory / "secret.key"),
        }
        environment |= {f"CPAS_ONEM_{name.upper()}": value for name, value in settings.items()}
        with (self.directory / "service.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "service", "run", "--channel", "amqp",
                env=environment, cwd=self.directory, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def _connected(self) -> asyncpg.Connection:
        url = make_url(self.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        return await asyncpg.connect(url)

    async def execute(self, statements: str) -> None:
        """Run statements that give nothing."""
        connection = await self._connected()
        try:
            await connection.execute(statements)
        finally:
            await connection.close()

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[None]:
        """Let nobody else read or write a table: whoever tries hangs."""
        connection = await self._connected()
        try:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            await connection.close()

    async def value(self, query: str) -> int:
        """Give the one number that a query finds."""
        connection = await self._connected()
        try:
            return int(await connection.fetchval(query))
        finally:
            await connection.close()

    @asynccontextmanager
    async def served(self, **settings: object) -> AsyncIterator[asyncio.Task[None]]:
        """Run the service in this process, and see at the end that it drains."""
        stop = asyncio.Event()
        given = {
            "channel": ChannelKind.AMQP,
            "amqp_url": self.amqp_url,
            "database_url": self.database_url,
            "secret_key_file": self.directory / "secret.key",
            **settings,
        }
        serving = asyncio.create_task(serve(Settings(**given), stop))  # type: ignore[arg-type]

        async def has_begun() -> bool:
            return serving.done() or await are_consumed(self.amqp_url, topology.INBOX, topology.DEAD)

        try:
            await until(has_begun)
            yield serving
        finally:
            stop.set()
            async with asyncio.timeout(PATIENCE):
                await serving

    def log(self) -> str:
        """Give what the service's process said."""
        return (self.directory / "service.log").read_text()


async def are_consumed(amqp_url: str, *queues: str) -> bool:
    """Tell whether each of the queues has a consumer."""
    connection = await connect(amqp_url, "test")
    try:
        channel = await connection.channel()
        return all([(await channel.queue_declare(queue, passive=True)).consumer_count for queue in queues])
    finally:
        await connection.close()


async def admit(broker: rabbitmq.Broker, amqp_url: str, sender: str) -> str:
    """Make a sender's user and queue, and give its URL."""
    connection = await connect(amqp_url, "test")
    await topology.apply(connection, [sender])
    await connection.close()
    access = await broker_admin.grant(broker.admin, amqp_url, sender)
    assert access.password is not None
    return str(URL(amqp_url).with_user(sender).with_password(access.password))


async def empty(amqp_url: str, database_url: str, sender: str) -> None:
    """Empty the queues, and make the sender known to the database."""
    await prepare(database_url, sender)
    connection = await connect(amqp_url, "test")
    channel = await connection.channel()
    for queue in (topology.INBOX, topology.out_queue(sender), topology.DEAD):
        await channel.queue_purge(queue)
    await connection.close()


async def stop(ground: Ground, process: asyncio.subprocess.Process) -> None:
    """Ask the service to end, and see that it drained."""
    assert process.returncode is None, (ground.directory / "service.log").read_text()[-2000:]
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == 0
