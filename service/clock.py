"""The one clock: the database's, so that all instances agree; shifted only for a demonstration or a test."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

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
