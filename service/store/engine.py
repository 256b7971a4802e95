"""How to connect: one engine per process, and what each database needs to keep its promises."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_SECONDS = 30
STATEMENT_TIMEOUT_MS = 60_000
LOST_RACES = ("40001", "40P01")
"""SQLSTATE of a serialization failure and of a deadlock: a second try resolves them."""
_REFUSED_VALUES = ("22", "23")
"""SQLSTATE classes of refused values and broken constraints."""


def connect(url: str) -> AsyncEngine:
    """Make the engine for a `sqlite+aiosqlite` or `postgresql+asyncpg` URL; connects on first use."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        if address.database and address.database != ":memory:":
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(
            address, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS, "isolation_level": None}
        )
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_immediate)
        return engine
    return create_async_engine(
        address,
        pool_size=5,
        max_overflow=5,
        hide_parameters=True,
        connect_args={
            "timeout": 10,
            "server_settings": {
                "application_name": "cpas-onem",
                "timezone": "UTC",
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                # a transaction whose owner is gone must not keep its locks
                "idle_in_transaction_session_timeout": str(STATEMENT_TIMEOUT_MS),
            },
        },
    )


def _prepare_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once: a transaction that upgrades later can be refused in the middle."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def is_away(failure: BaseException) -> bool:
    """Tell a database that cannot serve (gone, full, read-only, waiting too long) from a value that it refuses.

    Only a refused value, a broken constraint or a lost race is a message's own; all else would hit any message.
    """
    if isinstance(failure, OSError | TimeoutError):
        return True
    if not isinstance(failure, DBAPIError) or isinstance(failure, IntegrityError | DataError):
        return False
    state = getattr(failure.orig, "sqlstate", None)
    if failure.connection_invalidated or state is None:
        return failure.connection_invalidated or isinstance(failure, OperationalError | InterfaceError)
    return state[:2] not in _REFUSED_VALUES and state not in LOST_RACES
