"""A SQLite database in memory that answers late, fails now and then, and does not always say whether it committed.

The real engine, statements and constraints run on it; only the driver below SQLAlchemy is ours: it takes simulated time
instead of a thread. Transactions are serialised as SQLite's are, by BEGIN IMMEDIATE. A life that dies rolls back.
"""

import asyncio
import random
import sqlite3
from collections import Counter
from typing import Any, Self

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from tests.faults.loop import LIFE, Life

AWAY = "the connection is lost"


class Database:
    """The data of one simulation, and how it misbehaves. `trouble` and `unknown` are probabilities."""

    current: "Database"
    """The one that the shared engine talks to: an engine of its own for each simulation would compile all anew."""

    def __init__(self, template: sqlite3.Connection, draw: random.Random) -> None:
        self.raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        template.backup(self.raw)
        self.raw.execute("PRAGMA foreign_keys=ON")
        self.draw = draw
        self.happened: Counter[str] = Counter()
        """How often what went wrong, for people: what never happened was not tried."""
        self.trouble = 0.0
        self.unknown = 0.0
        self.committed: set[bytes] = set()
        """SHA-256 of each message that a commit made durable, in the inbox or in the quarantine."""
        self._holder: object | None = None
        self._waiting: list[asyncio.Future[None]] = []

    def rows(self, query: str) -> list[Any]:
        """Read outside the simulation; only while nobody's transaction is open."""
        assert self._holder is None
        return self.raw.execute(query).fetchall()

    @property
    def is_free(self) -> bool:
        """Whether no transaction is open."""
        return self._holder is None

    async def begin(self, holder: "Connection") -> None:
        """Wait for the write lock and take it."""
        while self._holder is not None:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self._holder = holder
        self.raw.execute("BEGIN IMMEDIATE")

    def end(self, holder: object, *, commit: bool) -> None:
        """End the holder's transaction, if it is the holder's."""
        if self._holder is not holder:
            return
        self.raw.execute("COMMIT" if commit else "ROLLBACK")
        self._holder = None
        if commit:
            found = self.raw.execute("SELECT sha256 FROM inbox UNION SELECT sha256 FROM quarantine").fetchall()
            self.committed = {row[0] for row in found}
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)

    async def latency(self) -> None:
        """Take a while."""
        await asyncio.sleep(self.draw.expovariate(500.0))

    def may_fail(self) -> None:
        """Fail now and then. Raises sqlite3.OperationalError."""
        if self.trouble and self.draw.random() < self.trouble:
            self.happened["statements failed"] += 1
            raise sqlite3.OperationalError(AWAY)


class Connection:
    """What SQLAlchemy takes for an aiosqlite connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.raw
        life = LIFE.get()
        if isinstance(life, Life):
            life.on_death.append(lambda: database.end(self, commit=False))

    async def create_function(self, *given: Any, **named: Any) -> None:
        """Register a function, as SQLAlchemy does on connecting."""
        self._connection.create_function(*given, **named)

    def cursor(self) -> "Cursor":
        """Give a cursor."""
        return Cursor(self._database, self)

    async def commit(self) -> None:
        """Commit; sometimes the answer is lost, and nobody knows what happened."""
        database = self._database
        await database.latency()
        if database.draw.random() < database.unknown:
            database.end(self, commit=database.draw.random() < 0.5)
            database.happened["commits unknown"] += 1
            await database.latency()
            raise sqlite3.OperationalError(AWAY)
        database.end(self, commit=True)
        await database.latency()

    async def rollback(self) -> None:
        """Roll back."""
        self._database.end(self, commit=False)

    async def close(self) -> None:
        """Close; what is open is rolled back."""
        self._database.end(self, commit=False)

    def stop(self) -> None:
        """Close without waiting."""
        self._database.end(self, commit=False)


class Cursor:
    """What SQLAlchemy takes for an aiosqlite cursor."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self._cursor = database.raw.cursor()

    async def __aenter__(self) -> Self:
        """Open."""
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> Self:
        """Run one statement, in simulated time."""
        await self._database.latency()
        if statement.startswith("BEGIN"):
            await self._database.begin(self._connection)
            return self
        self._database.may_fail()
        self._cursor.execute(statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Any) -> Self:
        """Run one statement for many rows, in simulated time."""
        await self._database.latency()
        self._database.may_fail()
        self._cursor.executemany(statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """Give all rows."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """Close."""

    @property
    def description(self) -> Any:
        """Give the columns."""
        return self._cursor.description

    @property
    def lastrowid(self) -> Any:
        """Give the last row's id."""
        return self._cursor.lastrowid

    @property
    def rowcount(self) -> int:
        """Give how many rows changed."""
        return self._cursor.rowcount


async def _connection(*_: object, **__: object) -> Connection:
    return Connection(Database.current)


def engine() -> AsyncEngine:
    """Make the engine that all simulations of this process share; it connects to `Database.current`."""
    made = create_async_engine(
        "sqlite+aiosqlite://", poolclass=NullPool, connect_args={"async_creator_fn": _connection}, hide_parameters=True
    )
    event.listen(made.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return made
