"""A database that fails: what it is, whose fault it is not, and what is told of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from structlog.testing import capture_logs

from handlers.outcome import DeadlineKind
from service.channel import Confirmed, Outgoing, Refused
from service.channel.folder import FolderInlet
from service.clock import Clock
from service.deadlines import Deadlines
from service.failures import Outage, place_of
from service.intake import Intake
from service.pressure import Pressure
from service.processed import StoreBusy, StoreUnfit
from service.relay import Relay
from service.settings import Settings
from service.store.engine import Trouble, connect, trouble
from tests.service.building import OTHER_INSS, Store, body, decide, delivery, kinds, opened_store
from tests.service.test_deadlines import SPRING, clock_at, dossiers

NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/nowhere"


@asynccontextmanager
async def hasty(url: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine whose statements wait no longer than half a second."""
    engine = create_async_engine(url, connect_args={"server_settings": {"statement_timeout": "500"}})
    try:
        yield engine
    finally:
        await engine.dispose()


async def failing(engine: AsyncEngine, *statements: str) -> Exception:
    """Give what the last statement fails with."""
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    except Exception as failure:
        return failure
    finally:
        await engine.dispose()
    raise AssertionError(statements)


RAISE = "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{}'; END $$"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("08006", Trouble.AWAY),
        ("25006", Trouble.AWAY),
        ("53100", Trouble.AWAY),
        ("53300", Trouble.AWAY),
        ("57P01", Trouble.AWAY),
        ("58030", Trouble.AWAY),
        ("28P01", Trouble.UNFIT),
        ("42501", Trouble.UNFIT),
        ("42703", Trouble.UNFIT),
        ("42P01", Trouble.UNFIT),
        ("55P03", Trouble.BUSY),
        ("57014", Trouble.BUSY),
        ("22003", None),
        ("23505", None),
        ("40001", None),
        ("40P01", None),
        ("54000", None),
    ],
)
async def test_what_a_database_answers_is_its_own_trouble_or_a_messages(
    postgresql_url: str, state: str, expected: Trouble | None
) -> None:
    """SQLSTATE by class: PostgreSQL's documentation, appendix A."""
    failure = await failing(connect(postgresql_url), RAISE.format(state))
    assert trouble(failure) is expected


async def test_a_database_that_is_not_there_is_away_or_unfit(postgresql_url: str, tmp_path: Path) -> None:
    renamed = make_url(postgresql_url).set(database="no_such_database").render_as_string(hide_password=False)
    assert trouble(await failing(connect(NOWHERE), "SELECT 1")) is Trouble.AWAY
    assert trouble(await failing(connect(renamed), "SELECT 1")) is Trouble.UNFIT
    empty = connect(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    assert trouble(await failing(empty, "SELECT 1 FROM inbox")) is Trouble.UNFIT
    assert trouble(await failing(empty, "PRAGMA query_only = 1", "CREATE TABLE x (y)")) is Trouble.AWAY


async def test_a_pool_without_a_free_connection_is_no_messages_fault(postgresql_url: str) -> None:
    engine = create_async_engine(postgresql_url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    async with engine.connect():
        with pytest.raises(Exception) as raised:
            await engine.connect()
    await engine.dispose()
    assert trouble(raised.value) is Trouble.AWAY


async def test_a_place_names_the_state_and_our_own_code_and_no_value(store: Store) -> None:
    """The driver's own last frame is the same for every failure of a statement."""
    async with store.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE decision RENAME TO elsewhere"))
    with pytest.raises(StoreUnfit) as raised:
        await store.intake().process([delivery()])
    place = str(raised.value)
    state = "OperationalError" if store.engine.dialect.name == "sqlite" else "ProgrammingError 42P01"
    assert place.startswith(f"{state} at ")
    assert ", from dossiers.write_decisions:" in place
    assert place_of(KeyError("85073003328")) == "KeyError"


async def test_a_database_that_lacks_a_table_is_called_so_and_holds_no_message(store: Store, tmp_path: Path) -> None:
    """A writable database whose right or table is missing hit every message: none is put aside, and it is said."""
    async with store.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE decision RENAME TO elsewhere"))
    stop = asyncio.Event()
    pressure = Pressure(Settings(), FolderInlet(tmp_path), store.intake(), store.engine, Clock(), stop)
    with capture_logs() as told:
        processing = asyncio.create_task(pressure.process([delivery()]))
        async with asyncio.timeout(30):
            while not told:  # noqa: ASYNC110 - a log tells no event
                await asyncio.sleep(0.01)
        stop.set()
        assert await processing is None
    assert [line["event"] for line in told] == ["database_unfit"]
    assert await store.count("quarantine", "inbox") == {"quarantine": 0, "inbox": 0}


async def test_a_dossier_that_somebody_holds_keeps_nobody_else_from_an_answer(
    postgresql_url: str, tmp_path: Path
) -> None:
    """Somebody's open transaction holds one dossier; its form waits, and the other is not answered twice for it."""
    async with opened_store(postgresql_url) as store, hasty(postgresql_url) as engine:
        await store.intake().process([delivery(1)])
        intake = Intake(engine, store.vault, Clock(), "S", handle=decide)
        pressure = Pressure(Settings(), FolderInlet(tmp_path), intake, engine, Clock(), asyncio.Event())
        async with store.engine.connect() as other:
            await other.execute(text("SELECT * FROM dossier FOR UPDATE"))
            batch = [delivery(2), delivery(3, body(3, OTHER_INSS))]
            with pytest.raises(StoreBusy) as raised:
                await intake.process(batch)
            assert kinds(raised.value.done.outgoing) == ["ACRF001", "NOTI001"]
            assert raised.value.left == batch[:1]
            with capture_logs() as told:
                processing = asyncio.create_task(pressure.process([delivery(2), delivery(4, body(4, OTHER_INSS))]))
                async with asyncio.timeout(30):
                    while "database_busy" not in [line["event"] for line in told]:  # noqa: ASYNC110 - a log
                        await asyncio.sleep(0.05)
            assert (await store.count("inbox"))["inbox"] == 3
        processed = await asyncio.wait_for(processing, 30)
        assert processed is not None
        assert kinds(processed.outgoing) == ["ACRF001", "NOTI001"] * 2
        assert await store.count("outbox", "quarantine") == {"outbox": 8, "quarantine": 0}


async def test_where_everybody_would_wait_a_batch_is_not_tried_one_by_one(postgresql_url: str) -> None:
    async with opened_store(postgresql_url) as store, hasty(postgresql_url) as engine:
        intake = Intake(engine, store.vault, Clock(), "S", handle=decide)
        async with store.engine.connect() as other:
            await other.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
            batch = [delivery(number, body(number)) for number in range(20)]
            with pytest.raises(StoreBusy) as raised:
                await asyncio.wait_for(intake.process(batch), 6)
            assert raised.value.left == batch


async def test_a_dossier_that_somebody_holds_keeps_no_other_deadline(postgresql_url: str) -> None:
    """Seen to fail with a wait that counted as a database that is away: it ended the whole look, and said nothing."""
    day = SPRING.date()
    async with opened_store(postgresql_url) as store, hasty(postgresql_url) as engine:
        due = [(DeadlineKind.R1_WINDOW, day - timedelta(days=ahead)) for ahead in (3, 2)]
        held, free = await dossiers(store, due, SPRING - timedelta(days=8))
        instance = Deadlines(engine, store.vault, await clock_at(store, SPRING), "S", [].extend)
        async with store.engine.connect() as other:
            await other.execute(text("SELECT * FROM dossier WHERE ticket = :ticket FOR UPDATE"), {"ticket": held})
            with capture_logs() as told:
                assert await instance.once() == 1
        assert [key[0] for key in instance.failing] == [held]
        assert [line["event"] for line in told] == ["due_failed", "deadline"]
        assert told[1]["dossier"] == free


def test_an_outage_is_told_once_then_every_minute_and_when_it_is_over() -> None:
    passed = [0.0]
    outage = Outage("relay", now=lambda: passed[0])
    with capture_logs() as told:
        outage.is_over()
        for seconds in range(0, 120, 5):
            passed[0] = seconds
            assert outage.explains(OSError())
        assert not outage.explains(KeyError())
        outage.is_over()
        outage.is_over()
    assert told == [
        {"event": "database_away", "part": "relay", "failure": "OSError", "for_s": 0, "log_level": "error"},
        {"event": "database_away", "part": "relay", "failure": "OSError", "for_s": 60, "log_level": "error"},
        {"event": "database_back", "part": "relay", "after_s": 115, "log_level": "info"},
    ]


class Nobody:
    """An outlet to which nothing is given."""

    async def start(self) -> None: ...

    async def publish(self, batch: Sequence[Outgoing]) -> Sequence[Confirmed | Refused]:
        raise AssertionError(batch)

    async def close(self) -> None: ...


@pytest.mark.parametrize("part", ["relay", "deadlines", "backlog"])
async def test_each_loop_tells_that_the_database_is_away_and_that_it_is_back(
    sqlite_store: Store, tmp_path: Path, part: str
) -> None:
    """A quiet night without a database is seen: no message comes that would show it."""
    away = connect(NOWHERE)
    loops: dict[str, Any] = {
        "relay": Relay(away, sqlite_store.vault, Clock(), Nobody()),
        "deadlines": Deadlines(away, sqlite_store.vault, Clock(), "S", [].extend, poll_seconds=0.01),
        "backlog": Pressure(
            Settings(), FolderInlet(tmp_path), sqlite_store.intake(), away, Clock(), asyncio.Event(), look_seconds=0.01
        ),
    }
    loop = loops[part]
    with capture_logs() as told:
        running = asyncio.create_task(loop.watch_backlog() if part == "backlog" else loop.run())
        async with asyncio.timeout(30):
            while not told:  # noqa: ASYNC110 - a log tells no event
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            object.__setattr__(loop, "engine" if part == "deadlines" else "_engine", sqlite_store.engine)
            while len(told) < 2:  # noqa: ASYNC110 - a log tells no event
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await away.dispose()
    assert [(line["event"], line["part"]) for line in told] == [("database_away", part), ("database_back", part)]
