"""Bring a database up to the newest schema, from nothing or from any earlier version."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from service.store.engine import connect

MIGRATION_LOCK = 60_7_1976
"""Advisory lock: of several instances that start together, one migrates and the others wait."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "service:migrations")
    return config


def newest() -> str:
    """Give the newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def upgrade(url: str) -> str:
    """Upgrade the database and give the revision it is at now."""
    engine = connect(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()
    return newest()


async def revision(url: str) -> str | None:
    """Give the revision a database is at, None where it has no schema yet."""
    engine = connect(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
