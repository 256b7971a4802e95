"""One database, one key: the first start chooses it, and whoever comes with another stops before anything happens."""

import asyncio
import base64
from pathlib import Path

import pytest
from sqlalchemy import delete

from service.app import prepare
from service.settings import Settings
from service.store import schema
from service.store.engine import connect
from service.store.key_check import unlock, verify
from service.vault import NoKey
from tests.service.building import INSS, MASTER, Store, delivery


def key_file(directory: Path, master: bytes = MASTER) -> Path:
    path = directory / f"{master[-1]}.key"
    path.write_bytes(base64.b64encode(master))
    return path


async def forget(url: str) -> None:
    """Make the database one from before it remembered its key."""
    engine = connect(url)
    async with engine.begin() as connection:
        await connection.execute(delete(schema.key_check))
    await engine.dispose()


async def test_another_key_does_not_start_on_a_database_that_has_one(database_url: str, tmp_path: Path) -> None:
    """Seen to fail with no check value: the same person got another index, and was decided again."""
    first = await unlock(database_url, key_file(tmp_path), "S")
    assert (await unlock(database_url, key_file(tmp_path), "S")).index(INSS) == first.index(INSS)
    other = key_file(tmp_path, bytes(32))
    with pytest.raises(NoKey, match=r"another key than the one in .*0\.key.*backup"):
        await unlock(database_url, other, "S")
    with pytest.raises(NoKey):
        await prepare(Settings(database_url=database_url, secret_key_file=other))


async def test_a_lost_key_is_not_replaced_by_a_new_one(database_url: str, tmp_path: Path) -> None:
    await unlock(database_url, key_file(tmp_path), "S")
    with pytest.raises(NoKey, match="does not exist"):
        await unlock(database_url, tmp_path / "lost.key", "S")
    assert not (tmp_path / "lost.key").exists()


@pytest.mark.parametrize("changes", [{}, {"sender": None}], ids=["in the inbox", "in quarantine"])
async def test_a_database_from_before_is_tried_by_what_it_holds(
    store: Store, database_url: str, tmp_path: Path, changes: dict[str, None]
) -> None:
    await store.intake().process([delivery(**changes)])
    await forget(database_url)
    other = key_file(tmp_path, bytes(32))
    for asked in (unlock(database_url, other, "S"), verify(database_url, other)):
        with pytest.raises(NoKey, match="another key"):
            await asked
    assert await store.rows("key_check") == []
    await unlock(database_url, key_file(tmp_path), "S")
    assert len(await store.rows("key_check")) == 1


async def test_of_two_first_starts_with_two_keys_one_stops(database_url: str, tmp_path: Path) -> None:
    files = [key_file(tmp_path, bytes([number] * 32)) for number in (1, 2)]
    done = await asyncio.gather(*(unlock(database_url, file, "S") for file in files), return_exceptions=True)
    assert sorted(isinstance(outcome, NoKey) for outcome in done) == [False, True]


async def test_looking_at_a_new_database_chooses_no_key(store: Store, database_url: str, tmp_path: Path) -> None:
    none = tmp_path / "none.key"
    await verify(database_url, none)
    assert await store.rows("key_check") == []
    assert not none.exists()
