"""The one clock: the database's, so that all instances agree; shifted only for a demonstration or a test.

This machine's own clock still stamps logs and connections, so it must not be far from it: `apart` tells. On SQLite both
are the same clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

ALERT = timedelta(seconds=1)
"""This machine's clock and the database's further apart than this are worth an alert."""
LIMIT = timedelta(seconds=5)
"""Further apart than this, the service does not start."""

_NOW = {
    "postgresql": text("SELECT now()"),
    "sqlite": text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')"),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """Gives the database's time plus `offset`."""

    offset: timedelta = timedelta(0)

    async def now(self, connection: AsyncConnection) -> datetime:
        """Give the time as aware UTC, the same throughout a transaction on PostgreSQL."""
        value = (await connection.execute(_NOW[connection.dialect.name])).scalar_one()
        moment = datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value.astimezone(UTC)
        return moment + self.offset


def _utc() -> datetime:
    return datetime.now(UTC)


async def apart(engine: AsyncEngine, local: Callable[[], datetime] = _utc) -> timedelta:
    """Tell how far this machine's clock surely is from the database's; the time of asking is not blamed on it."""
    async with engine.connect() as connection:
        before = local()
        theirs = await Clock().now(connection)
        after = local()
    return max(timedelta(0), before - theirs, theirs - after)
