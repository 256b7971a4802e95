"""How to connect: one engine per process, and what each database needs to keep its promises."""

import sqlite3
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_SECONDS = 30
STATEMENT_TIMEOUT_MS = 60_000
LOST_RACES = ("40001", "40P01")
"""SQLSTATE of a serialization failure and of a deadlock: a second try resolves them."""
_REFUSED_VALUES = ("22", "23", "54")
"""SQLSTATE classes of refused values, broken constraints, and values beyond a limit of the server."""
_WAITED = ("55P03", "57014")
"""SQLSTATE of a lock and of a statement that took too long."""
_AWAY = ("08", "25006", "53", "57P", "58", "F0", "XX")
"""SQLSTATE classes of a server that is lost, read-only, out of resources, stopping, or broken."""


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


class Trouble(StrEnum):
    """Why a database fails that is no value's fault."""

    AWAY = "away"
    """It cannot serve anybody: gone, full, read-only."""
    UNFIT = "unfit"
    """It serves, and lacks what this version needs: a table, a column, a right. Somebody must look."""
    BUSY = "busy"
    """A statement waited too long for what somebody else holds; others need not."""


def trouble(failure: BaseException) -> Trouble | None:
    """Tell what is wrong with the database; None where it refused a value, lost a race, or is not what failed.

    Only a refused value, a broken constraint or a lost race is a message's own.
    """
    if isinstance(failure, OSError | TimeoutError | PoolTimeout):
        return Trouble.AWAY
    if not isinstance(failure, DBAPIError) or isinstance(failure, IntegrityError | DataError):
        return None
    state = state_of(failure)
    if failure.connection_invalidated:
        return Trouble.AWAY
    if state is None:
        return _without_state(failure)
    if state.startswith(_REFUSED_VALUES) or state in LOST_RACES:
        return None
    if state in _WAITED:
        return Trouble.BUSY
    return Trouble.AWAY if state.startswith(_AWAY) else Trouble.UNFIT


def _without_state(failure: DBAPIError) -> Trouble | None:
    """Judge what comes from SQLite, or from a driver that did not reach its server."""
    if not isinstance(failure, OperationalError | InterfaceError):
        return None
    return Trouble.UNFIT if getattr(failure.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR else Trouble.AWAY


def is_away(failure: BaseException) -> bool:
    """Tell a database that cannot serve anybody now."""
    return trouble(failure) is Trouble.AWAY


def state_of(failure: BaseException) -> str | None:
    """Give the SQLSTATE of a failure."""
    return getattr(getattr(failure, "orig", None), "sqlstate", None)
