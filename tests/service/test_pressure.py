"""Too many answers unsent: nothing more is taken in until half of them are gone."""

import asyncio
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update
from structlog.testing import capture_logs

from service.channel import Refused
from service.channel.folder import FolderInlet
from service.guard import Guard
from service.pressure import Pressure
from service.settings import Settings
from service.store import outbox, schema
from tests.service.building import LATER, SENDER, Store, body, delivery, kinds, name

PATIENCE = 30


def put(root: Path, number: int) -> None:
    place = root / SENDER / "IN"
    place.mkdir(parents=True, exist_ok=True)
    (place / name(number)).write_bytes(body(number))
    (place / ("GO" + name(number)[2:-2])).touch()


async def until_said(told: list[dict[str, object]], event: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while event not in [line["event"] for line in told]:  # noqa: ASYNC110 - a log tells no event
            await asyncio.sleep(0.01)


async def test_unsent_answers_pause_the_inlet_until_half_of_them_are_gone(sqlite_store: Store, tmp_path: Path) -> None:
    """Seen to fail with a `watch_backlog` that only looks: the message was taken in."""
    intake, inlet = sqlite_store.intake(), FolderInlet(tmp_path, poll_seconds=0.01)
    for number in range(3):
        await intake.process([delivery(number, body(number))])
    settings = Settings(max_unsent=4)
    pressure = Pressure(settings, inlet, intake, sqlite_store.engine, LATER, asyncio.Event(), look_seconds=0.02)
    with capture_logs() as told:
        watching = asyncio.create_task(pressure.watch_backlog())
        await until_said(told, "inlet_paused")  # type: ignore[arg-type]
        assert {"event": "inlet_paused", "reason": "backlog", "unsent": 6, "log_level": "error"} in told
        put(tmp_path, 9)
        receiving = asyncio.create_task(inlet.receive(1, 0))
        done, _ = await asyncio.wait({receiving}, timeout=0.3)
        assert not done
        outbox = schema.metadata.tables["outbox"]
        first = [row.id for row in await sqlite_store.rows("outbox")][:4]
        async with sqlite_store.engine.begin() as connection:
            at = outbox.c.created_at
            await connection.execute(update(outbox).where(outbox.c.id.in_(first)).values(sent_at=at))
        async with asyncio.timeout(PATIENCE):
            [taken] = await receiving
        assert taken.file_name == name(9)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert [line["event"] for line in told if line["event"].startswith("inlet")] == ["inlet_paused", "inlet_goes_on"]


async def test_a_guard_that_fails_is_called_so_and_nothing_comes_again_before_it_works(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """Seen to fail with a probe of the database alone: it answers, and the file was taken and given back for ever."""
    guard = Guard()
    working, guard._command = guard._command, ("/nowhere/python",)
    intake, inlet = sqlite_store.intake(guard=guard), FolderInlet(tmp_path, poll_seconds=0.01)
    pressure = Pressure(Settings(hold_seconds=1), inlet, intake, sqlite_store.engine, LATER, asyncio.Event())
    put(tmp_path, 1)
    taken = await inlet.receive(1, 0)
    with capture_logs() as told:
        processing = asyncio.create_task(pressure.process(taken))
        await until_said(told, "messages_given_back")  # type: ignore[arg-type]
        given_back = len(told)
        async with asyncio.timeout(PATIENCE):
            while "guard_failed" not in [line["event"] for line in told[given_back:]]:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        guard._command = working
        async with asyncio.timeout(PATIENCE):
            assert await processing is None
            [again] = await inlet.receive(1, 0)
        assert kinds((await intake.process([again])).outgoing) == ["ACRF001", "NOTI001"]
        await guard.close()
    events = [line["event"] for line in told]
    assert "database_away" not in events
    assert "guard_failed" in events[events.index("messages_given_back") :]
    assert [line["reason"] for line in told if line["event"] == "inlet_paused"] == ["guard"]
    assert events.count("messages_given_back") == events.count("inlet_goes_on") == 1


async def test_what_one_recipient_refuses_each_time_does_not_stop_the_others(sqlite_store: Store) -> None:
    """Seen to fail with every unsent answer counted."""
    await sqlite_store.intake().process([delivery(number, body(number)) for number in range(3)])
    refused = [Refused(row.id, "the queue is full") for row in await sqlite_store.rows("outbox")]
    async with sqlite_store.engine.begin() as connection:
        now = await LATER.now(connection)
        counted = [await outbox.waiting(connection, now)]
        for _ in range(6):
            await outbox.put_off(connection, refused, now)
            counted.append(await outbox.waiting(connection, now))
        again = await outbox.waiting(connection, now + timedelta(minutes=2))
    assert counted == [6, 6, 6, 6, 6, 0, 0]
    assert again == 6


async def test_what_a_closed_way_refuses_goes_on_counting(sqlite_store: Store) -> None:
    await sqlite_store.intake().process([delivery()])
    refused = [Refused(row.id, "no connection", soon=True) for row in await sqlite_store.rows("outbox")]
    async with sqlite_store.engine.begin() as connection:
        now = await LATER.now(connection)
        for _ in range(9):
            await outbox.put_off(connection, refused, now)
        assert await outbox.waiting(connection, now) == 2
