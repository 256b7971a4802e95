"""Bring a database up to the newest schema, from nothing or from any earlier version."""

from collections.abc import Callable
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text

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
    await _run(url, lambda config: command.upgrade(config, "head"))
    return newest()


async def downgrade(url: str, to: str) -> None:
    """Undo down to a revision. What the older tables have no place for is lost."""
    await _run(url, lambda config: command.downgrade(config, to))


async def _run(url: str, work: Callable[[Config], None]) -> None:
    engine = connect(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _without_foreign_keys)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_work, work)
    finally:
        await engine.dispose()


async def revision(url: str) -> str | None:
    """Give the revision a database is at, None where it has no schema yet."""
    engine = connect(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    finally:
        await engine.dispose()


def _without_foreign_keys(connection: Any, _: object) -> None:
    """Let SQLite replace a table that others refer to, the only way it has to change one."""
    connection.execute("PRAGMA foreign_keys=OFF")


def _work(connection: Connection, work: Callable[[Config], None]) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    config = _config()
    config.attributes["connection"] = connection
    work(config)
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        if broken:
            raise RuntimeError(f"the migration would leave a row of {broken[0]} without what it refers to")
