"""Bring a database up to the newest schema, from nothing or from any earlier version."""

from collections.abc import Callable
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from service.store.engine import connect

MIGRATION_LOCK = 60_7_1976
"""Advisory lock: of several instances that start together, one migrates and the others wait."""
LOCK_WAIT_S = 30
"""Longest wait for a table that a transaction uses: whoever comes after waits behind a migration that waits."""
_IN_USE = frozenset({"55P03", "SQLITE_BUSY"})
_CANCELLED = "57014"


class Stopped(Exception):  # noqa: N818 - the name is the sentence
    """The migration was stopped, and nothing was changed; the text says by what, and what to do."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "service:migrations")
    return config


def newest() -> str:
    """Give the newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def upgrade(url: str) -> str:
    """Upgrade the database and give the revision it is at now. Raises Stopped."""
    await _run(url, lambda config: command.upgrade(config, "head"))
    return newest()


async def downgrade(url: str, to: str) -> None:
    """Undo down to a revision. What the older tables have no place for is lost. Raises Stopped."""
    await _run(url, lambda config: command.downgrade(config, to))


async def _run(url: str, work: Callable[[Config], None]) -> None:
    engine = connect(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _without_foreign_keys)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_work, work)
    except DBAPIError as failure:
        _say_why_stopped(failure)
        raise
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


def _say_why_stopped(failure: DBAPIError) -> None:
    state = getattr(failure.orig, "sqlstate", None) or getattr(failure.orig, "sqlite_errorname", None)
    if state in _IN_USE:
        raise Stopped(
            "The migration stopped, and nothing was changed: the tables are in use. "
            "Stop the service and whatever else uses them, then run: cpas-onem migrate"
        ) from failure
    if state == _CANCELLED:
        raise Stopped(
            "The migration was cancelled on the database's side, and nothing was changed. "
            "Ask its administrator why, then run: cpas-onem migrate"
        ) from failure


def _without_foreign_keys(connection: Any, _: object) -> None:
    """Let SQLite replace a table that others refer to, the only way it has to change one."""
    connection.execute("PRAGMA foreign_keys=OFF")


def _work(connection: Connection, work: Callable[[Config], None]) -> None:
    if connection.dialect.name == "postgresql":
        # a large table takes as long as it takes, and so does another instance that migrates
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S * 1000:.0f}ms'"))
    config = _config()
    config.attributes["connection"] = connection
    work(config)
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        if broken:
            raise RuntimeError(f"the migration would leave a row of {broken[0]} without what it refers to")
