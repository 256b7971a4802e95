"""The database's clock is the one clock: a machine that is far from it does not serve."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

from service import clock
from service.app import ClockApart, serve
from service.settings import Settings
from tests.service.building import Store


def shifted(seconds: float) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [6, -6])
async def test_the_distance_is_told_in_both_directions(store: Store, seconds: float) -> None:
    found = await clock.apart(store.engine, shifted(seconds))
    # never more than it is, but for the thousandths that SQLite does not tell
    assert timedelta(seconds=3) < found <= timedelta(seconds=6, milliseconds=1)


async def test_the_same_clock_is_not_apart(store: Store) -> None:
    """PostgreSQL runs on this machine here, and SQLite always does."""
    assert await clock.apart(store.engine) < clock.ALERT


async def let_the_database_be_ahead(url: str, seconds: int) -> None:
    """Put a clock of ours before the server's own, for all connections that come."""
    address = make_url(url)
    connection = await asyncpg.connect(address.set(drivername="postgresql").render_as_string(hide_password=False))
    await connection.execute("CREATE SCHEMA ahead")
    await connection.execute(
        "CREATE FUNCTION ahead.now() RETURNS timestamptz LANGUAGE sql STABLE AS "
        f"$$ SELECT pg_catalog.now() + interval '{seconds} seconds' $$"
    )
    await connection.execute(f'ALTER DATABASE "{address.database}" SET search_path = ahead, pg_catalog, public')
    await connection.close()


def settings_of(url: str, directory: Path) -> Settings:
    return Settings(database_url=url, folder=directory / "channel", secret_key_file=directory / "secret.key")


async def test_a_machine_more_than_five_seconds_away_does_not_start(postgresql_url: str, tmp_path: Path) -> None:
    await let_the_database_be_ahead(postgresql_url, 9)
    with pytest.raises(ClockApart, match=r"(8|9)\.[0-9] s from the database's.*NTP"):
        await serve(settings_of(postgresql_url, tmp_path), asyncio.Event())


async def test_a_machine_more_than_a_second_away_starts_with_an_alert(postgresql_url: str, tmp_path: Path) -> None:
    await let_the_database_be_ahead(postgresql_url, 3)
    stop = asyncio.Event()
    stop.set()
    with capture_logs() as logs:
        await serve(settings_of(postgresql_url, tmp_path), stop)
    (alert,) = [entry["what"] for entry in logs if entry["event"] == "alert"]
    assert "from the database's" in alert
