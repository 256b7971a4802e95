"""The service as a whole on a folder and SQLite: what came in is answered, and stopping it loses nothing."""

import asyncio
from pathlib import Path

import pytest

from service.app import PartEnded, _Service, serve
from service.channel.folder import FolderInlet, FolderOutlet
from service.deadlines import Deadlines
from service.pressure import Pressure
from service.relay import Relay
from service.settings import Settings
from tests.service.building import LATER, OTHER, SENDER, Store, name, opened_store

PATIENCE = 30


def put(root: Path, number: int, sender: str = SENDER) -> None:
    place = root / sender / "IN"
    place.mkdir(parents=True, exist_ok=True)
    (place / name(number, sender)).write_bytes(b"this is not XML")
    (place / ("GO" + name(number, sender)[2:-2])).touch()


def left(root: Path, sender: str = SENDER) -> int:
    return sum(1 for _ in (root / sender / "IN").iterdir())


def answers(root: Path, sender: str = SENDER) -> int:
    return sum(1 for _ in (root / sender / "OUT").glob("GO.ACRF.*"))


async def until_empty(root: Path, sender: str = SENDER) -> None:
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(left, root, sender):  # noqa: ASYNC110 - a directory tells no event
            await asyncio.sleep(0.02)


async def test_stopping_sends_what_was_committed_and_leaves_the_rest_for_the_next_start(
    sqlite_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "channel"
    settings = Settings(
        database_url=sqlite_url, folder=root, secret_key_file=tmp_path / "secret.key", batch_size=4, drain_seconds=20
    )
    for number in range(12):
        put(root, number)
    async with opened_store(sqlite_url) as store:
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(settings, stop))
        await until_empty(root)
        stop.set()
        await asyncio.wait_for(serving, PATIENCE)
        assert answers(root) == 12
        assert [row.sent_at is None for row in await store.rows("outbox")] == [False] * 12
        put(root, 1, OTHER)
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(settings, stop))
        await until_empty(root, OTHER)
        stop.set()
        await asyncio.wait_for(serving, PATIENCE)
        assert (answers(root), answers(root, OTHER)) == (12, 1)


async def test_a_service_told_to_stop_at_once_takes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    root = tmp_path / "channel"
    put(root, 1)
    settings = Settings(database_url=sqlite_url, folder=root, secret_key_file=tmp_path / "secret.key")
    stop = asyncio.Event()
    stop.set()
    await asyncio.wait_for(serve(settings, stop), PATIENCE)
    assert left(root) in (0, 2)
    async with opened_store(sqlite_url) as store:
        counted = await store.count("inbox", "quarantine")
    assert sum(counted.values()) == (1 if left(root) == 0 else 0)


async def test_a_part_that_ends_by_itself_is_a_failure_of_the_service(sqlite_store: Store, tmp_path: Path) -> None:
    """A supervisor starts again what failed, not what ended in order. Seen to fail without `PartEnded`."""
    stop, inlet, engine = asyncio.Event(), FolderInlet(tmp_path, poll_seconds=0.01), sqlite_store.engine
    relay = Relay(engine, sqlite_store.vault, LATER, FolderOutlet(tmp_path))
    pressure = Pressure(Settings(), inlet, sqlite_store.intake(), engine, LATER, stop)
    service = _Service(
        Settings(), inlet, pressure, relay, Deadlines(engine, sqlite_store.vault, LATER, "S", relay.offer), stop
    )
    serving = asyncio.create_task(service.serve())
    await inlet.stop_receiving()
    with pytest.raises(PartEnded, match="intake"):
        await asyncio.wait_for(serving, PATIENCE)
    assert stop.is_set()
