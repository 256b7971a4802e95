"""The stories through the running service, on each channel with each database.

Those in which no time passes play at once, so that their forms meet in batches; the others one after another, since
they share the service's clock.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
import rabbitmq
from yarl import URL

from service.app import serve
from service.channel import topology
from service.channel.connection import connect
from service.settings import ChannelKind, Settings
from service.store import migrate
from tests.conftest import drop_postgresql, fresh_postgresql, from_environment
from tests.process.language import Ground
from tests.process.pipeline import PATIENCE, AmqpSide, Channel, FolderSide, MovedClock, Pipeline, admit_parties
from tests.process.place import FEDERATION, SECOND_VENDOR, STRANGER, VENDOR
from tests.process.stories import STORIES, TIMED

pytestmark = pytest.mark.asyncio(loop_scope="module")

Tell = Callable[[Ground], Awaitable[None]]
WAYS = [(channel, database) for channel in ChannelKind for database in ("sqlite", "postgresql")]


@asynccontextmanager
async def database(kind: str, directory: Path, template: dict[str, str]) -> AsyncIterator[str]:
    if kind == "postgresql":
        url = await fresh_postgresql(template)
        try:
            yield url
        finally:
            await drop_postgresql(url)
        return
    url = f"sqlite+aiosqlite:///{directory / 'cpas-onem.db'}"
    await migrate.upgrade(url)
    yield url


@asynccontextmanager
async def channel_side(
    kind: ChannelKind, directory: Path, broker: rabbitmq.Broker
) -> AsyncIterator[tuple[Channel, str]]:
    """Give the parties' side of a channel, and the service's URL of it."""
    if kind is ChannelKind.FOLDER:
        yield FolderSide(directory / "channel"), ""
        return
    _, _, ours = from_environment("CPAS_ONEM_TEST_AMQP_URL").rpartition("/")
    vhost = f"{ours}-{secrets.token_hex(3)}"
    url = broker.add_vhost(vhost)
    user, password = f"{vhost}-parties", secrets.token_hex(8)
    broker.add_user(user, password, vhost, "", ".*", ".*", tags="impersonator")
    owner = await connect(url, "test")
    parties = await connect(str(URL(url).with_user(user).with_password(password)), "test")
    try:
        await topology.apply(owner, [VENDOR, SECOND_VENDOR, STRANGER, FEDERATION])
        yield AmqpSide(await parties.channel(), await owner.channel()), url
    finally:
        await owner.close()
        await parties.close()
        broker.drop_vhost(vhost)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WAYS, ids=lambda way: f"{way[0].value}-{way[1]}")
async def played(
    request: pytest.FixtureRequest,
    broker: rabbitmq.Broker,
    _template: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[Tell, asyncio.Task[None]]]:
    """Run the service and begin all stories on it; each test waits for its own."""
    kind, database_kind = request.param
    directory = tmp_path_factory.mktemp("stories")
    async with (
        database(database_kind, directory, _template) as database_url,
        channel_side(kind, directory, broker) as (side, amqp_url),
    ):
        await admit_parties(database_url)
        settings = Settings(
            channel=kind,
            amqp_url=amqp_url or None,
            database_url=database_url,
            folder=directory / "channel",
            secret_key_file=directory / "secret.key",
            due_seconds=0.1,
        )
        async with serving(settings) as clock:
            stories = begin(Pipeline(side, clock))
            yield stories
            await end(stories)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[MovedClock]:
    """Run the service in this process, and see at the end that it drains."""
    stop, clock = asyncio.Event(), MovedClock()
    clock.restart()
    service = asyncio.create_task(serve(settings, stop, clock))
    try:
        yield clock
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE):
            await service


def begin(ground: Pipeline) -> dict[Tell, asyncio.Task[None]]:
    untimed = {tell: asyncio.ensure_future(tell(ground)) for tell in STORIES if tell not in TIMED}
    one_at_a_time = asyncio.Lock()

    async def timed(tell: Tell) -> None:
        async with one_at_a_time:
            await asyncio.gather(*untimed.values(), return_exceptions=True)
            ground.clock.restart()
            await tell(ground)

    return {**untimed, **{tell: asyncio.create_task(timed(tell)) for tell in STORIES if tell in TIMED}}


async def end(stories: dict[Tell, asyncio.Task[None]]) -> None:
    for task in stories.values():
        task.cancel()
    await asyncio.gather(*stories.values(), return_exceptions=True)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_story(story: Tell, played: dict[Tell, asyncio.Task[None]]) -> None:
    await played[story]
